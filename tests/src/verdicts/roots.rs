//! The chain of root metadata.

use super::row::Answer::Refuses;
use super::row::{Row, Section};
use super::world::World;
use crate::date::NOW;
use crate::expected::{arbitrary_software, freeze, rollback};
use crate::key::Key;
use crate::repository::Repository;
use crate::role::Authority;

pub(super) fn section() -> Section {
    let row = |name, input, why, world: fn() -> World| {
        Row::of(name, input).measured(Refuses, Refuses).because(why).worlds(move || vec![world()])
    };
    Section {
        title: "Roots",
        about: "Each root is the next one, signed by a threshold of the last one's keys and of its own.",
        rows: vec![
            row(
                "root-below-the-old-threshold",
                "a next root that its own keys alone signed",
                "5.3.4",
                || {
                    let mut repository = rotated();
                    repository.sign_with("root", &[Key::new("new")]);
                    World::of(repository.next_root()).refused(arbitrary_software("root", ("root", 1), 1, 0))
                },
            ),
            row(
                "root-below-the-new-threshold",
                "a next root that the last one's keys alone signed",
                "5.3.4",
                || {
                    let mut repository = rotated();
                    repository.sign_with("root", &[Key::new("root-1")]);
                    World::of(repository.next_root()).refused(arbitrary_software("root", ("root", 2), 1, 0))
                },
            ),
            row("root-that-skips-a-version", "version 3 where version 2 is next", "5.3.5", || {
                let mut repository = Repository::new();
                repository.next_root().next_root();
                let mirror = repository.mirror.clone().passing_off("3.root.json", "2.root.json");
                World::seen_through(&mirror).refused(rollback("root", "root", 1, Some(3)))
            }),
            row("root-of-the-same-version", "version 1 where version 2 is next", "5.3.5", || {
                let mirror = Repository::new().mirror.passing_off("1.root.json", "2.root.json");
                World::seen_through(&mirror).refused(rollback("root", "root", 1, Some(1)))
            }),
            row("last-root-expired", "a last root that has expired", "5.3.10", || {
                let mut repository = Repository::new();
                repository.root.expires = NOW;
                World::of(repository.next_root()).refused(freeze("root", 2, NOW))
            }),
        ],
    }
}

/// A repository that is about to rotate its root key.
fn rotated() -> Repository {
    let mut repository = Repository::new();
    repository.rotate("root", Authority::one("new"));
    repository
}
