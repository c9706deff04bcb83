//! What can be wrong with a repository: one mutation of one role, by somebody with its keys or without.

mod delegations;
mod files;
mod header;
mod json;
mod keys;
mod listing;
mod signatures;
mod targets;
mod text;

use tuf_tests::Repository;

use super::honest;
use super::random::Random;
use super::scene::Scene;
use super::world::VERSIONS_USED_TWICE;

/// One mutation.
#[derive(Clone, Copy)]
pub(super) struct Mutation {
    /// Name, by which rules refer to it.
    pub(super) name: &'static str,
    on: On,
    /// Applies it to the attacked role of a scene.
    pub(super) act: fn(&mut Scene<'_>),
}

/// The roles that a mutation can be applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    Any,
    Root,
    /// Timestamp and snapshot.
    Listing,
    /// The targets role and delegated ones.
    Targets,
    /// Those of them that list targets.
    Lists,
    /// Those of them that delegate to named roles.
    Delegates,
    /// Those of them that delegate to succinct bins.
    Bins,
    /// Root, and targets roles that delegate to named roles.
    Keys,
}

const ALL: [&[Mutation]; 9] = [
    signatures::ALL,
    header::ALL,
    json::ALL,
    text::ALL,
    files::ALL,
    listing::ALL,
    targets::ALL,
    keys::ALL,
    delegations::ALL,
];

/// The names of all mutations.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().copied().flatten().map(|mutation| mutation.name).chain([VERSIONS_USED_TWICE])
}

/// A mutation, and a role that it can be applied to.
pub(super) fn choose(repository: &Repository, random: &mut Random) -> (Mutation, String) {
    loop {
        let kinds = random.pick(&ALL);
        let mutation = random.pick(kinds);
        let of = honest::roles(repository);
        let fit: Vec<String> = of.into_iter().filter(|role| mutation.on.fits(repository, role)).collect();
        if !fit.is_empty() {
            return (mutation, random.pick(&fit));
        }
    }
}

impl On {
    fn fits(self, repository: &Repository, role: &str) -> bool {
        let targets = repository.targets.get(role);
        match self {
            Self::Any => true,
            Self::Root => role == "root",
            Self::Listing => role == "timestamp" || role == "snapshot",
            Self::Targets => targets.is_some(),
            Self::Lists => targets.is_some_and(|targets| !targets.targets.is_empty()),
            Self::Delegates => targets.is_some_and(|targets| !targets.delegations.is_empty()),
            Self::Bins => targets.is_some_and(|targets| targets.succinct.is_some()),
            Self::Keys => role == "root" || Self::Delegates.fits(repository, role),
        }
    }
}

const fn mutation(name: &'static str, on: On, act: fn(&mut Scene<'_>)) -> Mutation {
    Mutation { name, on, act }
}
