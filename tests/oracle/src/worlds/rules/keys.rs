//! Keys, keyids, thresholds and the members of root metadata.

use super::Rule;
use super::case::Says::{Refuses, Takes};
use super::case::case;

const MALFORMED: &[&str] = &["malformed-metadata"];
const ARBITRARY: &[&str] = &["arbitrary-software"];
/// A signature by a key that is not usable here is missing, or it is unsupported if no usable key could have signed.
const NOT_SIGNED: &[&str] = &["arbitrary-software", "unsupported-keys"];

pub(super) const ALL: &[Rule] = &[
    Rule {
        name: "one-key-under-two-keyids",
        differs: "One public key is listed under two keyids, and signs under both. We count it once; the peers count it twice \
                  and find a threshold of 2 met.",
        decides: "5.3.4, 5.4.2, 5.5.3, 5.6.3: \"When computing the THRESHOLD each KEY MUST only contribute one SIGNATURE.\"",
        cases: &[case(
            &["one-key-under-two-keyids", "one-key-under-two-keyids-beside-another"],
            Refuses(ARBITRARY),
            Takes,
            Takes,
        )],
    },
    Rule {
        name: "a-key-too-short",
        differs: "An RSA key has 1024 bits. Its signatures do not count for us; they do for the peers.",
        decides: "4.2.2, PUBLIC of \"rsa\": \"All RSA keys MUST be at least 2048 bits.\"",
        cases: &[case(&["key-too-short"], Refuses(NOT_SIGNED), Takes, Takes)],
    },
    Rule {
        name: "a-key-of-an-unknown-type",
        differs: "A key has a type, a scheme or a form that is not known. We pass it over: the thresholds decide. tuf-js does \
                  so too; python-tuf refuses the whole file, and so does tuf-js where the value is a number.",
        decides: "4.2.2: \"TUF is not restricted to any particular signature SCHEMEs, KEYTYPEs, or cryptographic library. \
                  Adopters can define and use any particular KEYTYPE, signing SCHEME, and cryptographic library.\"",
        cases: &[
            case(
                &[
                    "key-of-an-unknown-type-beside",
                    "key-of-an-unknown-type-alone",
                    "key-unassigned-of-an-unknown-type",
                    "key-of-another-scheme",
                    "key-of-another-type",
                    "key-without-a-value",
                    "key-unassigned-without-public",
                ],
                Takes,
                Refuses(&["DeserializationError"]),
                Takes,
            ),
            case(
                &["key-value-a-number"],
                Takes,
                Refuses(&["DeserializationError"]),
                Refuses(&["keyval must be"]),
            ),
        ],
    },
    Rule {
        name: "a-scheme-that-is-not-the-keys",
        differs: "An ed25519 key names the scheme `ed448`. Its signatures do not count for us, and python-tuf refuses the file; \
                  tuf-js does not look at the scheme of an ed25519 key and counts them.",
        decides: "4.2.2, SCHEME: \"A string denoting a corresponding signature scheme.\"",
        cases: &[case(
            &["key-of-another-scheme"],
            Refuses(NOT_SIGNED),
            Refuses(&["DeserializationError"]),
            Takes,
        )],
    },
    Rule {
        name: "a-keyid-that-is-no-string",
        differs: "A keyid is a number, or `keyids` is one string. We refuse, as tuf-js does; python-tuf takes it.",
        decides: "4.2.1, KEYID: \"The identifier of the key signing the ROLE object, which is a hexdigest of the SHA-256 hash of \
                  the canonical form of the key.\"",
        cases: &[case(
            &["keyids-of-numbers", "keyids-a-string", "signature-keyid-a-number"],
            Refuses(MALFORMED),
            Takes,
            Refuses(&["must be"]),
        )],
    },
    Rule {
        name: "consistent-snapshot-left-out",
        differs: "Root metadata has no `consistent_snapshot`. We take it for false, as python-tuf does; tuf-js refuses.",
        decides: "4.3, CONSISTENT_SNAPSHOT: \"An OPTIONAL boolean indicating whether the repository supports consistent \
                  snapshots. This field is OPTIONAL for backwards compatibility with old metadata.\"",
        cases: &[case(
            &["consistent-snapshot-missing"],
            Takes,
            Takes,
            Refuses(&["consistent_snapshot must be a boolean"]),
        )],
    },
    Rule {
        name: "consistent-snapshot-that-is-no-boolean",
        differs: "`consistent_snapshot` is a string, a number or null. We refuse, as tuf-js does; python-tuf takes it for true \
                  or false.",
        decides: "4.3, CONSISTENT_SNAPSHOT: \"An OPTIONAL boolean indicating whether the repository supports consistent \
                  snapshots.\"",
        cases: &[case(
            &["consistent-snapshot-a-string", "consistent-snapshot-a-number", "consistent-snapshot-null"],
            Refuses(MALFORMED),
            Takes,
            Refuses(&["consistent_snapshot must be a boolean"]),
        )],
    },
    Rule {
        name: "a-role-of-mirrors",
        differs: "Root metadata lists the role `mirrors`. We take it, as tuf-js does; python-tuf refuses any role but the four.",
        decides: "4.3, ROLE: \"One of \"root\", \"snapshot\", \"targets\", \"timestamp\", or \"mirrors\".\"",
        cases: &[case(&["role-of-mirrors"], Takes, Refuses(&["DeserializationError"]), Takes)],
    },
    Rule {
        name: "names-that-javascript-has",
        differs: "A keyid, a role or a target path is `__proto__` or `constructor`. To us and to python-tuf it is a name like \
                  any other; tuf-js keeps names in plain objects, where these have a meaning already.",
        decides: "4.5, TARGETPATH: \"A string giving the path to a file that is relative to a mirror's base URL of targets.\" \
                  ROLENAME: \"A string giving the name of the delegated role.\"",
        cases: &[case(
            &[
                "keyid-named-proto",
                "target-named-proto",
                "target-named-constructor",
                "unlisted-target-named-proto",
                "unlisted-target-named-constructor",
                "delegation-to-a-role-named-proto",
                "unknown-field-named-proto",
                "unknown-field-named-constructor",
            ],
            Takes,
            Takes,
            Refuses(&["multiple signatures", "TypeError", "was signed by", "no delegation found"]),
        )],
    },
];
