//! What the metadata of a delegated role must be.

use tuf_verifier_core::{Failure, Mismatch};

use super::delegations::{PATH, with_team};
use super::row::Answer::Refuses;
use super::row::Row;
use super::world::{End, World};
use crate::date::NOW;
use crate::expected::{
    arbitrary_software, digest, freeze, mix_and_match, no_supported_hash, signed_twice, version,
};
use crate::key::Key;
use crate::repository::{Listing, Repository};
use crate::role::Authority;

/// A delegated role that is refused, each for one reason.
pub(super) fn rows() -> Vec<Row> {
    let row = |name, input, why, world: fn() -> World| {
        Row::of(name, input).measured(Refuses, Refuses).because(why).worlds(move || vec![world()])
    };
    vec![
        row("delegated-role-below-its-threshold", "one of two signatures", "5.6.3", || {
            let mut repository = with_team();
            repository.role("targets").delegations[0].authority = Authority::of(2, &["a", "b"]);
            repository.sign_with("team", &[Key::new("a")]).publish();
            refused(&repository, arbitrary_software("team", ("targets", 1), 2, 1))
        }),
        row(
            "delegated-role-with-a-duplicate-signature",
            "two signatures by one of two keys",
            "4.2.1, 5.6.3",
            || {
                let mut repository = with_team();
                repository.role("targets").delegations[0].authority = Authority::of(2, &["a", "b"]);
                repository.sign_with("team", &["a", "a"].map(Key::new)).publish();
                refused(&repository, signed_twice("1.team.json"))
            },
        ),
        row("delegated-role-that-has-expired", "an expired role", "5.6.5", || {
            let mut repository = with_team();
            repository.role("team").header.expires = NOW;
            refused(repository.publish(), freeze("team", 1, NOW))
        }),
        row("delegated-role-of-another-version", "version 2 where the snapshot lists 1", "5.6.4", || {
            let mut repository = with_team();
            repository.edit("team", |signed| {
                signed.set("version", 2_u64);
            });
            refused(repository.publish(), mix_and_match("team", version(1, 2)))
        }),
        row("delegated-role-of-another-hash", "other bytes of the listed length", "5.6.2", || {
            let mut repository = with_team();
            repository.listing = Listing::Everything;
            repository.publish();
            repository.mirror =
                repository.mirror.clone().tampering("1.team.json", "\"targets\": {", "\"targets\" :{");
            refused(&repository, mix_and_match("team", digest("sha256")))
        }),
        row(
            "delegated-role-that-the-snapshot-leaves-out",
            "a role that the snapshot does not list",
            "5.6.4: its version cannot be checked",
            || {
                let mut repository = with_team();
                repository.edit("snapshot", |signed| {
                    signed.at(&["meta"]).remove("team.json");
                });
                refused(repository.publish(), mix_and_match("team", Mismatch::Unlisted))
            },
        ),
        row(
            "target-without-a-supported-hash",
            "a target with an md5 hash alone",
            "5.7.3: nothing could be checked, which is never success",
            || {
                let mut repository = with_team();
                repository.role("team").targets[0].hashes = vec![("md5".into(), "00".repeat(16))];
                refused(repository.publish(), no_supported_hash(PATH, &["md5"]))
            },
        ),
    ]
}

fn refused(repository: &Repository, failure: Failure) -> World {
    World::of(repository).looking_for(PATH, End::Refused(failure))
}
