//! What a map of repositories asks for and is told.

use tuf_verifier_core::{Listing, MapNotFound, MapRequest, MappedRepository};

use crate::{hash, wit};

/// A request of a search, from the core to the host.
#[must_use]
pub fn to_wit(request: MapRequest) -> wit::MapRequest {
    match request {
        MapRequest::Ask { repository } => wit::MapRequest::Ask(repository.into()),
        MapRequest::Found { repositories } => wit::MapRequest::Found(names(repositories)),
        MapRequest::NotFound(reason) => wit::MapRequest::NotFound(not_found(reason)),
    }
}

/// Repositories, from the core to the host.
#[must_use]
pub fn repositories(repositories: &[MappedRepository]) -> Vec<wit::MappedRepository> {
    repositories.iter().map(repository).collect()
}

/// What a repository lists, from the host to the core.
#[must_use]
pub fn to_core(listing: wit::Listing) -> Listing {
    Listing { length: listing.length, hashes: hash::to_core(listing.hashes) }
}

fn repository(repository: &MappedRepository) -> wit::MappedRepository {
    let MappedRepository { name, urls } = repository.clone();
    wit::MappedRepository { name: name.into(), urls: names(urls) }
}

fn not_found(reason: MapNotFound) -> wit::MapNotFound {
    match reason {
        MapNotFound::Unmapped => wit::MapNotFound::Unmapped,
        MapNotFound::Absent { repositories } => wit::MapNotFound::Absent(names(repositories)),
        MapNotFound::Disagreement { mapping, repositories } => {
            wit::MapNotFound::Disagreement(wit::MapDisagreement {
                mapping,
                repositories: names(repositories),
            })
        }
    }
}

fn names(names: Vec<Box<str>>) -> Vec<String> {
    names.into_iter().map(String::from).collect()
}
