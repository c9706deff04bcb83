//! What a client keeps from one refresh to the next.

use super::Rule;
use super::case::Says::{Anything, Refuses, Takes};
use super::case::{Case, case};
use crate::worlds::Place;
use crate::worlds::stored::Brought;

/// How the peers say that a version went back, or that a role is no longer listed.
const ROLLBACK: &[&str] =
    &["BadVersionNumberError", "missing info for", "less than current version", "Missing file"];

/// How the peers refuse what is not what their stored timestamp or snapshot lists.
const NOT_WHAT_IS_STORED: &[&str] = &[
    "exceeding the maximum",
    "Max length",
    "Observed ",
    "Expected hash",
    "Expected length",
    "BadVersionNumberError",
    "does not match",
    "doesn't match",
    "was signed by",
    "no http://world.test/",
    "Unsupported algorithm",
    "not supported",
];

/// How we refuse a file that the peers do not look at, since they stay with a stored one.
const OF_AN_OFFERED_FILE: &[&str] = &[
    "rollback",
    "mix-and-match",
    "arbitrary-software",
    "freeze",
    "malformed",
    "endless-data",
    "unsupported-spec-version",
    "unsupported-keys",
    "unsupported-date",
    "no-supported-hash",
    "missing-metadata",
    "wrong-software",
    "missing-target",
];

/// How the peers refuse a stored timestamp, with which they stay since the offered one has its version.
const EXPIRED: &[&str] = &["is expired"];

/// The peers stay with what they have stored; we fetch what is offered, and refuse it.
const fn we_refuse(stay: fn(&Brought<'_>) -> bool) -> Case {
    case(&[], Refuses(OF_AN_OFFERED_FILE), Takes, Takes).brought(stay)
}

/// The peers stay with what they have stored, which lists other files than are offered; we take those.
const fn peers_refuse(stay: fn(&Brought<'_>) -> bool) -> Case {
    case(&[], Takes, Refuses(NOT_WHAT_IS_STORED), Refuses(NOT_WHAT_IS_STORED))
        .when(|difference| difference.we_take_what_is_offered())
        .brought(stay)
}

/// The peers stay with what they have stored, and both take what that lists; we take what is offered.
const fn peers_take_another(stay: fn(&Brought<'_>) -> bool) -> Case {
    case(&[], Takes, Takes, Takes)
        .when(|difference| {
            difference.we_take_what_is_offered()
                && difference.answers.python.same_verdict(&difference.answers.node)
        })
        .brought(stay)
}

fn outlives_and_stays(brought: &Brought<'_>) -> bool {
    brought.outlives_its_keys() && (brought.keeps_another_timestamp() || brought.keeps_another_snapshot())
}

fn stays_with_what_is_not_listed(brought: &Brought<'_>) -> bool {
    brought.keeps_another_snapshot() && brought.snapshot_is_not_the_listed_one()
}

pub(super) const ALL: &[Rule] = &[
    Rule {
        name: "rotated-keys-end-both-floors",
        differs: "A newer root has other keys for the timestamp or for the snapshot. We forget both stored files, so that a \
                  repository recovers from a fast-forward attack on either; the peers keep the one whose keys still verify it, \
                  and refuse versions below its own, or stay with what they have, with a timestamp that has expired or a \
                  snapshot that lists other files.",
        decides: "5.3.11: \"If the timestamp and / or snapshot keys have been rotated, then delete the trusted timestamp and \
                  snapshot metadata files.\"",
        cases: &[
            case(&[], Takes, Refuses(ROLLBACK), Refuses(ROLLBACK))
                .when(|difference| difference.we_take_what_is_offered())
                .brought(|brought| brought.outlives_its_keys() && brought.has_a_floor()),
            case(&[], Takes, Refuses(EXPIRED), Refuses(EXPIRED))
                .when(|difference| difference.we_take_what_is_offered())
                .brought(|brought| {
                    brought.outlives_its_keys()
                        && brought.keeps_another_timestamp()
                        && brought.timestamp_has_expired()
                }),
            case(&[], Takes, Takes, Takes)
                .when(|difference| {
                    difference.place == Place::Versions && difference.we_take_what_is_offered()
                })
                .brought(|brought| brought.outlives_its_keys() && brought.has_a_floor()),
            we_refuse(outlives_and_stays),
            peers_refuse(outlives_and_stays),
            peers_take_another(outlives_and_stays),
        ],
    },
    Rule {
        name: "a-version-used-twice",
        differs: "The repository publishes two snapshots of one version, one after the other, and the timestamp lists the hash of \
                  the later one. We see that the stored one is not meant, and fetch; the peers use the stored one, with what it \
                  lists.",
        decides: "5.5.2: \"The hashes of the new snapshot metadata file MUST match the hashes, if any, listed in the trusted \
                  timestamp metadata.\" 4.4, HASHES: where they are omitted, \"the repository MUST guarantee that VERSION alone \
                  unambiguously identifies the metadata at METAPATH.\"",
        cases: &[
            we_refuse(stays_with_what_is_not_listed),
            peers_refuse(stays_with_what_is_not_listed),
            peers_take_another(stays_with_what_is_not_listed),
        ],
    },
    Rule {
        name: "a-root-that-not-all-have-taken",
        differs: "An earlier step offered root metadata with a mutation that another rule of this page knows, and offers other \
                  root metadata of that version now, or none. Who took it has stored it, and goes on under it; who did not goes \
                  on without it. Nobody knew at the time, since the refresh was refused for all.",
        decides: "5.3.8: \"Persist root metadata. The client MUST write the file to non-volatile storage as FILENAME.EXT\"; \
                  whether it was to be taken is what the other rule says.",
        cases: &[case(&[], Anything, Anything, Anything)
            .when(|difference| difference.roots_differ_by_a_known_mutation())],
    },
    Rule {
        name: "a-snapshot-that-does-not-list-targets",
        differs: "A snapshot does not list `targets.json`. We refuse and forget it; the peers refuse the targets role for want of \
                  it, but keep the snapshot, and then demand that the next one lists all that it listed, or use it in \
                  the place of another one of its version.",
        decides: "4.4, METAPATH: \"For snapshot.json, these are top-level targets metadata and delegated targets metadata.\"",
        cases: &[
            case(&[], Takes, Refuses(ROLLBACK), Refuses(ROLLBACK))
                .when(|difference| difference.we_take_what_is_offered())
                .brought(|brought| brought.snapshot_lists_no_targets()),
            case(&[], Takes, Refuses(&["not part of snapshot"]), Refuses(&["reading 'length'"]))
                .when(|difference| difference.we_take_what_is_offered())
                .brought(|brought| brought.snapshot_lists_no_targets() && brought.keeps_another_snapshot()),
        ],
    },
    Rule {
        name: "a-snapshot-that-leaves-out-what-is-no-targets-metadata",
        differs: "A snapshot listed `root.json`, and a later one does not. We take it; the peers demand that all that was listed \
                  is listed for ever.",
        decides: "5.5.5: \"The version number of the targets metadata file, and all delegated targets metadata files, if any, in \
                  the trusted snapshot metadata file, if any, MUST be less than or equal to its version number in the new \
                  snapshot metadata file. Furthermore, any targets metadata filename that was listed in the trusted snapshot \
                  metadata file, if any, MUST continue to be listed in the new snapshot metadata file.\"",
        cases: &[case(&[], Takes, Refuses(&["missing info for"]), Refuses(&["Missing file root.json"]))
            .when(|difference| difference.we_take_what_is_offered())
            .brought(|brought| brought.snapshot_lists_root())],
    },
];
