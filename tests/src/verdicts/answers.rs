//! Four answers that are not "refused", each its own.

use tuf_verifier_core::NotFound;

use super::row::Answer::{Absent, Refuses, Takes};
use super::row::{Row, Section};
use super::signed::APP;
use super::world::{End, World};
use crate::repository::Repository;
use crate::role::Delegation;

pub(super) fn section() -> Section {
    Section {
        title: "Answers that are no refusal",
        about: "Every peer folds these into one answer: no target.",
        rows: vec![
            Row::of("absent", "a path that nobody lists")
                .measured(Absent, Absent)
                .because("5.7.2")
                .worlds(|| vec![World::of(&Repository::new()).missing("no/such/target")]),
            Row::of("search-budget-spent", "a chain of 40 delegations, the last of which lists the target")
                .measured(Absent, Absent)
                .because("5.6.7.1: 32 roles by default; the target may be there")
                .worlds(|| vec![chain(40).looking_for("x", End::NotFound(NotFound::BudgetSpent { visited: 32 }))]),
            Row::of("search-within-the-budget", "a chain of 32 delegations, the last of which lists the target")
                .measured(Takes, Takes)
                .because("5.6.7.1: 32 roles by default")
                .worlds(|| vec![chain(32).finding("x", "role-31")]),
            Row::of("unsupported-kind-of-delegation", "a delegation with neither `paths` nor `path_hash_prefixes`")
                .measured(Refuses, Absent)
                .because("4.5 names two kinds; whether another one covers the path cannot be said")
                .worlds(|| {
                    let mut repository = Repository::new();
                    let unknown = Delegation { paths: None, ..Delegation::paths("unknown", &[]) };
                    repository.delegate("targets", unknown);
                    let answer = NotFound::UnsupportedDelegation { role: "unknown".into() };
                    vec![World::of(repository.publish()).looking_for("x", End::NotFound(answer))]
                }),
            Row::of(
                "role-after-an-unsupported-kind-of-delegation",
                "the same, terminating or not, and after it a delegation to a role that lists the target",
            )
            .measured(Refuses, Takes)
            .because("4.5: the first delegation is trusted over the second one, and may be the one that speaks for the path")
            .worlds(|| [false, true].map(after_an_unknown_kind).into()),
            Row::of("root-chain-past-the-limit", "258 roots after the pinned one")
                .measured(Takes, Takes)
                .because("5.3.3: 256 by default; the metadata may be judged under roots that are not the last, and the report says so")
                .worlds(|| {
                    let world = World::of(&with_roots(258)).refreshing(End::RootLimit(257));
                    vec![world.finding(APP, "targets")]
                }),
            Row::of("root-chain-within-the-limit", "255 roots after the pinned one")
                .measured(Takes, Takes)
                .because("5.3.3")
                .worlds(|| vec![World::of(&with_roots(255)).finding(APP, "targets")]),
        ],
    }
}

/// A delegation of an unknown kind, and after it one to a role that lists the target.
fn after_an_unknown_kind(terminating: bool) -> World {
    let mut repository = Repository::new();
    let unknown = Delegation { paths: None, terminating, ..Delegation::paths("unknown", &[]) };
    repository.delegate("targets", unknown).delegate("targets", Delegation::paths("later", &["x"]));
    repository.add_target("later", "x", b"x");
    let answer = NotFound::UnsupportedDelegation { role: "unknown".into() };
    World::of(repository.publish()).looking_for("x", End::NotFound(answer))
}

/// A chain of so many delegations, the last role of which lists the target `x`.
fn chain(length: usize) -> World {
    let mut repository = Repository::new();
    let mut delegator = "targets".to_owned();
    for number in 0..length {
        let name = format!("role-{number}");
        repository.delegate(&delegator, Delegation::paths(&name, &["x"]));
        delegator = name;
    }
    repository.add_target(&delegator, "x", b"1");
    World::of(repository.publish())
}

/// So many roots after the first one.
fn with_roots(count: usize) -> Repository {
    let mut repository = Repository::new();
    for _ in 0..count {
        repository.next_root();
    }
    repository
}
