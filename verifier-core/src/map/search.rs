//! The search for a target on several repositories.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::mapping::Mapping;
use crate::check::agreement;
use crate::failure::{Failure, Misuse};
use crate::workflow::{Hash, Target};

/// What repositories must agree on: the length of a target and its hashes. Its custom metadata may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Bytes of the target file.
    pub length: u64,
    /// Every listed hash, in the order of the algorithms' names.
    pub hashes: Vec<Hash>,
}

/// What a search needs next, or what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapRequest {
    /// Refresh this repository, search the target there, and answer with what it lists.
    Ask {
        /// Name of the repository.
        repository: Box<str>,
    },
    /// These repositories agree on the target. The first one's target is the one to be taken, with its custom metadata;
    /// the bytes may come from any of them.
    Found {
        /// Names of the repositories, at least as many as the threshold, in the order of the mapping.
        repositories: Vec<Box<str>>,
    },
    /// The search ended without the target. An answer, not a failure.
    NotFound(MapNotFound),
}

/// Why a search on several repositories ended without the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapNotFound {
    /// No mapping covers the path: no repository may speak for it, and none was asked.
    Unmapped,
    /// None of the repositories that were asked lists the target.
    Absent {
        /// Names of the repositories, in the order in which they were asked.
        repositories: Vec<Box<str>>,
    },
    /// At least one repository lists the target, and in no mapping do as many as its threshold agree on it.
    Disagreement {
        /// Index of the mapping, from 0: the first of those consulted with a repository that lists the target.
        mapping: u32,
        /// Names of its repositories that list the target, in the order of the mapping.
        repositories: Vec<Box<str>>,
    },
}

/// A search for one target on the repositories of a map.
///
/// The mappings that cover the path are consulted in their order, up to the first terminating one. The repositories of
/// each are asked in the listed order, until as many as its threshold list the same length and the same set of hashes. No
/// repository is asked twice: an answer counts in every mapping.
///
/// A repository that could not be reached, or whose metadata was refused, has not answered. There is no answer for that: a
/// search without it is given up. Whoever can keep a client from one repository could otherwise choose the repository that
/// the search turns to.
///
/// # Specification
/// TAP 4, Searching for Files on Multiple Repositories.
#[derive(Clone, Debug)]
pub struct MapSearch {
    mappings: Vec<Consulted>,
    /// Repositories and their answers, in the order in which they were asked.
    answers: Vec<(Box<str>, Option<Listing>)>,
}

/// A mapping that covers the path.
#[derive(Clone, Debug)]
struct Consulted {
    /// Its index in the map.
    index: usize,
    repositories: Vec<Box<str>>,
    threshold: u64,
}

/// What the answers so far say of one mapping.
enum Standing {
    /// This repository is to be asked.
    Open(Box<str>),
    /// These repositories agree.
    Met(Vec<Box<str>>),
    /// All were asked, and too few agree. These list the target.
    Unmet(Vec<Box<str>>),
}

impl MapSearch {
    /// Begins a search from the mappings that cover the path, each with its index.
    pub(super) fn new<'a>(covering: impl Iterator<Item = (usize, &'a Mapping)>) -> Self {
        let mut mappings = Vec::new();
        for (index, mapping) in covering {
            let Mapping { repositories, threshold, terminating, .. } = mapping;
            mappings.push(Consulted { index, repositories: repositories.clone(), threshold: *threshold });
            if *terminating {
                break;
            }
        }
        Self { mappings, answers: Vec::new() }
    }

    /// What is needed next. [`MapRequest::Ask`] is repeated until it is answered; anything else is the end.
    ///
    /// # Specification
    /// TAP 4, Searching for Files on Multiple Repositories, steps 2 to 4.
    #[must_use]
    pub fn next(&self) -> MapRequest {
        let mut disagreement = None;
        for mapping in &self.mappings {
            match self.standing(mapping) {
                Standing::Open(repository) => return MapRequest::Ask { repository },
                Standing::Met(repositories) => return MapRequest::Found { repositories },
                Standing::Unmet(listing) if listing.is_empty() => {}
                Standing::Unmet(repositories) => {
                    let mapping = u32::try_from(mapping.index).unwrap_or(u32::MAX);
                    disagreement.get_or_insert(MapNotFound::Disagreement { mapping, repositories });
                }
            }
        }
        MapRequest::NotFound(disagreement.unwrap_or_else(|| self.absent()))
    }

    /// Answers [`MapRequest::Ask`]: what the repository lists of the target, or none where its search ended without it.
    ///
    /// # Errors
    /// [`Misuse::NothingToAnswer`] where no repository is being asked.
    pub fn answer(&mut self, listing: Option<Listing>) -> Result<(), Failure> {
        match self.next() {
            MapRequest::Ask { repository } => {
                self.answers.push((repository, listing));
                Ok(())
            }
            MapRequest::Found { .. } | MapRequest::NotFound(_) => Err(Misuse::NothingToAnswer.into()),
        }
    }

    /// Goes through the answers in the order of the mapping, and stops where enough agree.
    fn standing(&self, mapping: &Consulted) -> Standing {
        let mut listings = Vec::new();
        for repository in &mapping.repositories {
            let Some((_, listing)) = self.answers.iter().find(|(asked, _)| asked == repository) else {
                return Standing::Open(repository.clone());
            };
            listings.push(listing.as_ref().map(|listing| (listing.length, &*listing.hashes)));
            if let Some(winner) = agreement::earliest(&listings, mapping.threshold) {
                let winner = listings.get(winner);
                return Standing::Met(mapping.that(&listings, |listing| Some(listing) == winner));
            }
        }
        Standing::Unmet(mapping.that(&listings, Option::is_some))
    }

    fn absent(&self) -> MapNotFound {
        match self.mappings.is_empty() {
            true => MapNotFound::Unmapped,
            false => MapNotFound::Absent {
                repositories: self.answers.iter().map(|(asked, _)| asked.clone()).collect(),
            },
        }
    }
}

impl Consulted {
    /// The names of the repositories whose listings are so.
    fn that<T>(&self, listings: &[T], so: impl Fn(&T) -> bool) -> Vec<Box<str>> {
        let named = self.repositories.iter().zip(listings);
        named.filter(|(_, listing)| so(listing)).map(|(repository, _)| repository.clone()).collect()
    }
}

impl From<&Target> for Listing {
    fn from(target: &Target) -> Self {
        Self { length: target.length, hashes: target.hashes.clone() }
    }
}
