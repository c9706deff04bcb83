//! Hashes and lengths that timestamp, snapshot and targets list.

use super::Rule;
use super::case::Says::{Refuses, Takes};
use super::case::case;

pub(super) const ALL: &[Rule] = &[
    Rule {
        name: "a-hash-in-capitals",
        differs: "A digest is written with the digits A to F. We compare bytes and take it; the peers compare text and refuse.",
        decides: "4.4, HASHES: \"the hexdigest of the cryptographic function computed on the metadata file at METAPATH\": no case \
                  of the digits is demanded.",
        cases: &[case(
            &["listed-hash-in-capitals", "target-hash-in-capitals"],
            Takes,
            Refuses(&["LengthOrHashMismatchError"]),
            Refuses(&["Expected hash"]),
        )],
    },
    Rule {
        name: "a-hash-of-an-unknown-algorithm-beside-a-known-one",
        differs: "Two hashes are listed, one of an algorithm that is not known. We check every hash that can be checked, at \
                  least one; the peers refuse.",
        decides: "4.4, HASHES: \"A dictionary that specifies one or more hashes\". 6.2.1: \"on a read, the choice of function \
                  follows from the selection of a digest (which includes the name of the cryptographic function) from all \
                  digests in the referred file.\"",
        cases: &[case(
            &["listed-hash-of-an-unknown-algorithm-beside", "target-hash-of-an-unknown-algorithm-beside"],
            Takes,
            Refuses(&["Unsupported algorithm"]),
            Refuses(&["not supported"]),
        )],
    },
    Rule {
        name: "hashes-without-a-hash",
        differs: "`hashes` is there and has none. We refuse, as python-tuf does; tuf-js takes it, and checks nothing.",
        decides: "4.4, HASHES: \"A dictionary that specifies one or more hashes of the metadata file at METAPATH\"; 4.5 has the \
                  same of the target file.",
        cases: &[case(
            &["listed-hashes-none", "listed-hashes-an-array", "target-hashes-none", "target-hashes-an-array"],
            Refuses(&["malformed-metadata"]),
            Refuses(&["DeserializationError"]),
            Takes,
        )],
    },
    Rule {
        name: "a-stored-snapshot-of-another-hash",
        differs: "A new timestamp lists the version of the stored snapshot with another hash or length. We compare the stored \
                  bytes with it, and fetch where they differ; the peers use the stored snapshot as soon as its version is the \
                  listed one.",
        decides: "5.5.2: \"The hashes of the new snapshot metadata file MUST match the hashes, if any, listed in the trusted \
                  timestamp metadata.\"",
        cases: &[case(
            &[
                "listed-hash-wrong",
                "listed-hash-wrong-beside-a-right-one",
                "listed-hash-no-digest",
                "listed-hash-empty",
                "listed-hash-of-an-unknown-algorithm",
                "listed-hash-in-capitals",
                "listed-version-back",
                "listed-length-too-small",
                "listed-length-too-great",
                "listed-length-zero",
            ],
            Refuses(&["mix-and-match", "endless-data", "no-supported-hash"]),
            Takes,
            Takes,
        )
        .when(|difference| difference.mutated("timestamp"))
        .brought(|brought| brought.keeps_its_snapshot())],
    },
];
