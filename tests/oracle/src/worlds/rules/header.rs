//! Version, expiry and specification version.

use super::Rule;
use super::case::Says::{Refuses, Takes};
use super::case::case;

const MALFORMED: &[&str] = &["malformed-metadata"];

pub(super) const ALL: &[Rule] = &[
    Rule {
        name: "expiry-in-another-form",
        differs: "`expires` is a date-time of another form, or of a day that no calendar has. We refuse, as python-tuf does; \
                  tuf-js takes what `new Date` takes.",
        decides: "4.2.3: \"The expected format of the combined date and time string is \"YYYY-MM-DDTHH:MM:SSZ\".  Time is always \
                  in UTC, and the \"Z\" time zone designator is attached to indicate a zero UTC offset.\"",
        cases: &[case(
            &[
                "expires-without-a-zone",
                "expires-a-date-alone",
                "expires-in-lower-case",
                "expires-with-a-space",
                "expires-in-words",
                "expires-on-february-30",
                "expires-at-24-hours",
            ],
            Refuses(&["malformed-metadata", "unsupported-date"]),
            Refuses(&["DeserializationError", "UnsignedMetadataError"]),
            Takes,
        )],
    },
    Rule {
        name: "expiry-with-a-fraction-or-an-offset",
        differs: "`expires` has a fraction of a second, or an offset from UTC. We take it, as tuf-js does, and report it; \
                  python-tuf refuses. Our profile `strict` refuses as well.",
        decides: "ADR 0053: such a date is exact, so no check is weakened by it, and real repositories carry it.",
        cases: &[case(
            &["expires-with-a-fraction", "expires-with-an-offset"],
            Takes,
            Refuses(&["DeserializationError", "UnsignedMetadataError"]),
            Takes,
        )],
    },
    Rule {
        name: "specification-version-in-another-form",
        differs: "`spec_version` has a part that is no decimal number: `1.0x1`, `1..1`, `1.0. 1`. We refuse, as python-tuf does; \
                  tuf-js takes what `Number` takes.",
        decides: "4.3, SPEC_VERSION: \"Its format follows the Semantic Versioning 2.0.0 (semver) specification.\"",
        cases: &[case(
            &["spec-version-hexadecimal", "spec-version-with-a-space", "spec-version-with-an-empty-part"],
            Refuses(&["unsupported-spec-version"]),
            Refuses(&["DeserializationError"]),
            Takes,
        )],
    },
    Rule {
        name: "version-zero",
        differs: "`version` is 0 or negative. We refuse, as python-tuf does; tuf-js takes it where nothing else lists it.",
        decides: "4.3, VERSION: \"An integer that is greater than 0.\"",
        cases: &[case(
            &["version-zero", "version-negative"],
            Refuses(MALFORMED),
            Refuses(&["DeserializationError"]),
            Takes,
        )],
    },
    Rule {
        name: "version-beyond-64-bits",
        differs: "`version` has more than 64 bits. We refuse; python-tuf takes it; tuf-js rounds it, so that the signatures \
                  fail. Whoever accepts such a version can hardly take a later one: it is the end of a fast-forward attack.",
        decides: "1.5.2, Fast-forward attacks: \"In some situations, such as those where there is a maximum possible version \
                  number, the perpetrator cannot use a number so high that the system would never be able to match it with the \
                  one in the snapshot metadata, and thus new updates could never be downloaded.\"",
        cases: &[case(&["version-beyond-64-bits"], Refuses(MALFORMED), Takes, Refuses(&["was signed by"]))],
    },
];
