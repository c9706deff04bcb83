//! Text that is no unambiguous JSON.

use super::Rule;
use super::case::Says::{Refuses, Takes};
use super::case::case;

const MALFORMED: &[&str] = &["malformed-json"];

pub(super) const ALL: &[Rule] = &[
    Rule {
        name: "a-name-twice-in-one-object",
        differs: "An object has two members of one name. We refuse; python-tuf and tuf-js take the last of the two.",
        decides: "4.1: \"Implementers of TUF may use any data format for metadata files as long as all fields in this \
                  specification are included and TUF clients are able to interpret them without ambiguity.\"",
        cases: &[case(
            &["name-twice-the-last-signed", "name-twice-alike", "name-twice-escaped", "target-listed-twice"],
            Refuses(MALFORMED),
            Takes,
            Takes,
        )],
    },
    Rule {
        name: "a-number-with-a-fraction",
        differs: "An integer is written as `1.0` or `1e0`. We refuse, as python-tuf does; tuf-js reads it as 1, and its \
                  canonical form is that of 1.",
        decides: "4.1: \"The examples in this document use a subset of the JSON object format, with floating-point numbers \
                  omitted.\" 4.3, VERSION: \"An integer that is greater than 0.\"",
        cases: &[case(
            &["version-written-with-a-fraction", "version-written-with-an-exponent"],
            Refuses(MALFORMED),
            Refuses(&["SerializationError"]),
            Takes,
        )],
    },
    Rule {
        name: "text-that-is-not-unicode",
        differs: "A string has bytes that are no UTF-8, or a surrogate without its pair. We refuse, as python-tuf does; tuf-js \
                  reads U+FFFD instead, and verifies that.",
        decides: "4.1: \"Implementers should choose a data format that allows for canonicalization, or one that will decode \
                  data deterministically by default so that signatures can be accurately verified.\"",
        cases: &[case(
            &["text-not-utf-8", "text-with-a-lone-surrogate"],
            Refuses(MALFORMED),
            Refuses(&["SerializationError", "DeserializationError"]),
            Takes,
        )],
    },
    Rule {
        name: "names-beyond-16-bits",
        differs: "Members have names on both sides of U+FFFF. We sort them by code point, as python-tuf does; tuf-js sorts by \
                  UTF-16 unit, so its canonical form is another and the signatures fail.",
        decides: "4.1: \"When calculating the digest of an object, we use the \"canonical JSON\" subdialect as described at \
                  Canonical JSON\", which sorts by Unicode code point.",
        cases: &[case(&["unknown-fields-beyond-16-bits"], Takes, Takes, Refuses(&["was signed by"]))],
    },
    Rule {
        name: "integers-beyond-53-bits",
        differs: "A field that nobody knows has an integer of more than 53 bits. We keep its digits, as python-tuf does; tuf-js \
                  rounds it, so its canonical form is another and the signatures fail.",
        decides: "4: \"Implementers who encounter undefined attribute-value pairs in the format must include the data when \
                  calculating hashes or verifying signatures and must preserve the data when re-serializing.\"",
        cases: &[case(&["unknown-field-of-great-integers"], Takes, Takes, Refuses(&["was signed by"]))],
    },
    Rule {
        name: "deep-nesting",
        differs: "A field that nobody knows has 300 levels of arrays. We refuse more than 128 levels; the peers take it, up to \
                  the depth of their stacks.",
        decides: "4.1: \"Implementers of TUF may use any data format for metadata files\". RFC 8259, 9: \"An implementation may \
                  set limits on the maximum depth of nesting.\"",
        cases: &[case(&["unknown-field-300-levels-deep"], Refuses(MALFORMED), Takes, Takes)],
    },
];
