//! The resources `repository-map` and `map-search`.

use std::cell::RefCell;

use tuf_verifier_core::{
    Failure, Listing, MapNotFound, MapRequest, MapSearch, MappedRepository, RepositoryMap,
};

use crate::{check, failure, wit};

/// A map file.
pub(crate) struct Map(RepositoryMap);

/// A search on several repositories. As with the other resources, the cell is never borrowed twice.
pub(crate) struct Search(RefCell<MapSearch>);

impl wit::GuestRepositoryMap for Map {
    fn parse(map: Vec<u8>) -> Result<wit::RepositoryMap, wit::Failure> {
        let map = RepositoryMap::parse(&map).map_err(|why| failure::to_wit(Failure::from(why)))?;
        Ok(wit::RepositoryMap::new(Self(map)))
    }

    fn repositories(&self) -> Vec<wit::MappedRepository> {
        self.0.repositories().iter().map(repository).collect()
    }

    fn search(&self, path: String) -> Result<wit::MapSearch, wit::Failure> {
        let search = self.0.search(&path).map_err(failure::to_wit)?;
        Ok(wit::MapSearch::new(Search(RefCell::new(search))))
    }
}

impl wit::GuestMapSearch for Search {
    fn next(&self) -> wit::MapRequest {
        match self.0.borrow().next() {
            MapRequest::Ask { repository } => wit::MapRequest::Ask(repository.into()),
            MapRequest::Found { repositories } => wit::MapRequest::Found(names(repositories)),
            MapRequest::NotFound(reason) => wit::MapRequest::NotFound(not_found(reason)),
        }
    }

    fn answer(&self, listing: Option<wit::Listing>) -> Result<(), wit::Failure> {
        let listing =
            listing.map(|listing| Listing { length: listing.length, hashes: check::to_core(listing.hashes) });
        self.0.borrow_mut().answer(listing).map_err(failure::to_wit)
    }
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
