//! What a search on several repositories answers.

use super::out_of_order;
use crate::client::Lookup;
use crate::error::Error;
use crate::records::{self, NotFound, Target};

/// What a search on several repositories found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapLookup {
    /// The target that enough repositories agree on.
    Found(MapTarget),
    /// No target, and why.
    NotFound(MapNotFound),
}

/// A target that enough repositories agree on: they list the same length and the same hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapTarget {
    pub(super) first: Listed,
    pub(super) others: Vec<Listed>,
}

/// A target as one repository lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Name of the repository.
    pub repository: String,
    /// The target. Its custom metadata, its role and the place of its file are this repository's.
    pub target: Target,
}

/// Why a search on several repositories ended without the target. An answer, not a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapNotFound {
    /// No mapping covers the path: no repository may speak for it, and none was asked.
    Unmapped,
    /// None of the repositories that were asked lists the target. Each with its reason, in the order in which they were
    /// asked.
    Absent(Vec<Unlisted>),
    /// This repository's search ended before it could say whether it lists the target: at a delegation that is not
    /// understood, at the limit of delegations, or with roles that do not agree. No repository was asked after it.
    Undecided(Unlisted),
    /// At least one repository lists the target, and in no mapping do as many as its threshold agree on it.
    Disagreement {
        /// Index of the mapping, from 0: the first of those consulted with a repository that lists the target.
        mapping: u32,
        /// What its repositories list, in the order of the mapping.
        listed: Vec<Listed>,
    },
}

/// That one repository does not list a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// Name of the repository.
    pub repository: String,
    /// Why its search ended without the target.
    pub reason: NotFound,
}

impl MapTarget {
    /// The target as the first of the agreeing repositories lists it: the one to be taken, with its custom metadata.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.first.target
    }

    /// The agreeing repositories and what each lists, in the order of the mapping.
    pub fn agreeing(&self) -> impl Iterator<Item = &Listed> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// What the repositories asked in one search have answered.
#[derive(Debug, Default)]
pub(super) struct Answers(Vec<(String, Lookup)>);

impl Answers {
    pub(super) fn push(&mut self, repository: String, lookup: Lookup) {
        self.0.push((repository, lookup));
    }

    /// The target that these repositories agree on.
    pub(super) fn agreed(&self, repositories: &[String]) -> Result<MapTarget, Error> {
        let mut listed = self.listed(repositories).into_iter();
        let first = listed.next().ok_or_else(out_of_order)?;
        Ok(MapTarget { first, others: listed.collect() })
    }

    /// The component's reason, with what the repositories that it names have answered.
    pub(super) fn not_found(&self, reason: records::MapNotFound) -> MapNotFound {
        match reason {
            records::MapNotFound::Unmapped => MapNotFound::Unmapped,
            records::MapNotFound::Absent(repositories) => MapNotFound::Absent(self.unlisted(&repositories)),
            records::MapNotFound::Disagreement(disagreement) => MapNotFound::Disagreement {
                mapping: disagreement.mapping,
                listed: self.listed(&disagreement.repositories),
            },
        }
    }

    fn listed(&self, repositories: &[String]) -> Vec<Listed> {
        let found = self.of(repositories).filter_map(|(repository, lookup)| match lookup {
            Lookup::Found(target) => Some(Listed { repository: repository.clone(), target: target.clone() }),
            Lookup::NotFound(_) => None,
        });
        found.collect()
    }

    fn unlisted(&self, repositories: &[String]) -> Vec<Unlisted> {
        let without = self.of(repositories).filter_map(|(repository, lookup)| match lookup {
            Lookup::Found(_) => None,
            Lookup::NotFound(reason) => {
                Some(Unlisted { repository: repository.clone(), reason: reason.clone() })
            }
        });
        without.collect()
    }

    /// The answers of these repositories, in this order.
    fn of(&self, repositories: &[String]) -> impl Iterator<Item = &(String, Lookup)> {
        repositories.iter().filter_map(|repository| self.0.iter().find(|(asked, _)| asked == repository))
    }
}
