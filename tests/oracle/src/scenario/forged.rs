//! Signed metadata that must not be accepted: too few or foreign signatures, expired, or saying what is not so.

use super::Looked::{Absent, Refused, Verified};
use super::{Expected, Looked, Scenario};
use crate::{Plan, Release};

/// The top-level roles can be refused by the refresh, `alpha` by the search.
const TOP_LEVEL: [&str; 4] = ["root", "timestamp", "snapshot", "targets"];
const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub(super) fn all() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for role in TOP_LEVEL {
        scenarios.push(
            signed("rejects_expired", role, |role| role.expires_in = -60).ends(Expected::Refused("freeze")),
        );
        scenarios.push(
            signed("rejects_below_threshold", role, |role| {
                role.signers.truncate(usize::from(role.threshold > 1))
            })
            .ends(Expected::Refused("arbitrary-software")),
        );
        scenarios.push(
            signed("rejects_strangers_signatures_of", role, |role| {
                role.sign_with(&["stranger-1", "stranger-2"])
            })
            .ends(Expected::Refused("arbitrary-software")),
        );
    }
    scenarios.extend([
        signed("rejects_expired", "alpha", |role| role.expires_in = -60).ends(alpha(FREEZE)),
        signed("rejects_below_threshold", "alpha", |role| role.signers.clear()).ends(alpha(ARBITRARY)),
        signed("rejects_strangers_signatures_of", "alpha", |role| role.sign_with(&["stranger-1"]))
            .ends(alpha(ARBITRARY)),
    ]);
    scenarios.extend(root_chain());
    scenarios.extend(listings());
    scenarios.extend(files());
    scenarios
}

const FREEZE: &[Looked] = &[Verified, Refused("freeze"), Refused("freeze")];
const ARBITRARY: &[Looked] = &[Verified, Refused("arbitrary-software"), Refused("arbitrary-software")];
const MISMATCH: &[Looked] = &[Verified, Refused("mix-and-match"), Refused("mix-and-match")];

fn alpha(looked: &'static [Looked]) -> Expected {
    Expected::Accepted(looked)
}

fn signed(name: &str, role: &str, change: impl FnOnce(&mut crate::Role)) -> Scenario {
    let plan = Plan::standard().with(|release| change(release.role(role)));
    Scenario::new(format!("{name}_{role}"), plan)
}

fn root_chain() -> Vec<Scenario> {
    let refused = Expected::Refused("arbitrary-software");
    let next_root = |signers: &'static [&'static str]| {
        move |release: &mut Release| {
            let root = release.role("root");
            root.version = 2;
            root.rekey(&["root-4", "root-5"]);
            root.sign_with(signers);
        }
    };
    let raised = Plan::standard().then(|release| release.role("root").version = 3);
    let same = Plan::standard();
    vec![
        Scenario::new(
            "rejects_new_root_without_the_old_threshold",
            Plan::standard().then(next_root(&["root-1", "root-4", "root-5"])),
        )
        .ends(refused),
        Scenario::new(
            "rejects_new_root_without_its_own_threshold",
            Plan::standard().then(next_root(&["root-1", "root-2", "root-4"])),
        )
        .ends(refused),
        Scenario::new("rejects_skipped_root_version", raised)
            .spoiled(|published| published.copy("metadata/3.root.json", "metadata/2.root.json"))
            .ends(Expected::Refused("rollback")),
        Scenario::new("rejects_repeated_root_version", same)
            .spoiled(|published| published.copy("metadata/1.root.json", "metadata/2.root.json"))
            .ends(Expected::Refused("rollback")),
    ]
}

fn listings() -> Vec<Scenario> {
    let lying =
        |name: &str, change: &dyn Fn(&mut Release)| Scenario::new(name, Plan::standard().with(change));
    let mut unversioned = Plan::standard();
    unversioned.consistent_snapshot = false;
    let version = |name: &str, role: &str| {
        let lie = |release: &mut Release| release.lies.listed_versions.extend([(role.to_owned(), 2)]);
        Scenario::new(name, unversioned.clone().with(lie))
    };
    let mismatch = Expected::Refused("mix-and-match");
    let hash = |role: &'static str| {
        move |release: &mut Release| release.lies.listed_hashes.extend([(role.to_owned(), ZEROS.to_owned())])
    };
    let length = |role: &'static str| {
        move |release: &mut Release| release.lies.listed_lengths.extend([(role.to_owned(), 100)])
    };
    vec![
        lying("rejects_snapshot_of_another_hash", &hash("snapshot")).ends(mismatch),
        lying("rejects_targets_of_another_hash", &hash("targets")).ends(mismatch),
        lying("rejects_alpha_of_another_hash", &hash("alpha")).ends(alpha(MISMATCH)),
        lying("rejects_snapshot_over_its_length", &length("snapshot"))
            .ends(Expected::Refused("endless-data")),
        lying("rejects_targets_over_its_length", &length("targets")).ends(Expected::Refused("endless-data")),
        version("rejects_snapshot_of_another_version", "snapshot").ends(mismatch),
        version("rejects_targets_of_another_version", "targets").ends(mismatch),
        version("rejects_alpha_of_another_version", "alpha").ends(alpha(MISMATCH)),
        lying("rejects_targets_that_the_snapshot_leaves_out", &|release| {
            release.lies.unlisted.push("targets".to_owned());
        })
        .ends(mismatch),
        lying("rejects_alpha_that_the_snapshot_leaves_out", &|release| {
            release.lies.unlisted.push("alpha".to_owned());
        })
        .ends(alpha(MISMATCH)),
    ]
}

fn files() -> Vec<Scenario> {
    const WRONG: &[Looked] = &[Refused("wrong-software"), Verified, Absent];
    const ENDLESS: &[Looked] = &[Refused("endless-data"), Verified, Absent];
    let path = || "readme.txt".to_owned();
    let lying = |name: &str, change: &dyn Fn(&mut Release), looked| {
        Scenario::new(name, Plan::standard().with(change)).ends(Expected::Accepted(looked))
    };
    let length = |length| move |release: &mut Release| release.lies.file_lengths.extend([(path(), length)]);
    vec![
        lying(
            "rejects_a_target_of_another_hash",
            &|release| release.lies.file_hashes.extend([(path(), ZEROS.to_owned())]),
            WRONG,
        ),
        lying("rejects_a_target_under_its_length", &length(100), WRONG),
        lying("rejects_a_target_over_its_length", &length(1), ENDLESS),
    ]
}
