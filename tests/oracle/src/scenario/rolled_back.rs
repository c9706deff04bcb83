//! Old states offered again, as they were or signed anew.

use super::{Expected, Scenario};
use crate::Plan;

pub(super) fn all() -> Vec<Scenario> {
    let rollback = Expected::Refused("rollback");
    let from = |role: &'static str, trusted: u64, offered: u64| {
        Plan::standard()
            .with(move |release| release.role(role).version = trusted)
            .then(move |release| release.role(role).version = offered)
    };
    vec![
        replayed_timestamp(),
        Scenario::new("rejects_rollback_of_timestamp", from("timestamp", 5, 4)).ends(rollback),
        Scenario::new("rejects_rollback_of_snapshot", from("snapshot", 5, 4)).ends(rollback),
        Scenario::new("rejects_rollback_of_targets", from("targets", 5, 4)).ends(rollback),
        Scenario::new("rejects_rollback_of_alpha", from("alpha", 5, 4)).ends(rollback),
        Scenario::new(
            "rejects_a_snapshot_that_drops_a_role",
            Plan::standard().then(|release| release.lies.unlisted.push("alpha".to_owned())),
        )
        .ends(rollback),
        Scenario::new("rejects_slow_recovery_without_new_keys", from("timestamp", 2_147_483_647, 3))
            .ends(rollback),
    ]
}

/// The second release, then the first one again.
pub fn replayed_timestamp() -> Scenario {
    Scenario::new("rejects_a_replayed_timestamp", Plan::standard().then(|_| ()))
        .visiting(&[1, 2, 1])
        .ends(Expected::Refused("rollback"))
}
