//! The resources `repository-map` and `map-search`.

use std::cell::RefCell;

use tuf_verifier_core::{Failure, MapSearch, RepositoryMap};
use tuf_verifier_records::{failure, map, wit};

/// A map file. As with the other resources, the cell is never borrowed twice.
pub(crate) struct Map(RefCell<RepositoryMap>);

/// A search on several repositories.
pub(crate) struct Search(RefCell<MapSearch>);

impl wit::GuestRepositoryMap for Map {
    fn parse(file: Vec<u8>) -> Result<wit::RepositoryMap, wit::Failure> {
        let map = RepositoryMap::parse(&file).map_err(|why| failure::to_wit(Failure::from(why)))?;
        Ok(wit::RepositoryMap::new(Self(RefCell::new(map))))
    }

    fn repositories(&self) -> Vec<wit::MappedRepository> {
        map::repositories(self.0.borrow().repositories())
    }

    fn pin(&self, repository: String, root: Vec<u8>) -> Result<(), wit::Failure> {
        self.0.borrow_mut().pin(&repository, &root).map_err(failure::to_wit)
    }

    fn search(&self, path: String) -> Result<wit::MapSearch, wit::Failure> {
        let search = self.0.borrow().search(&path).map_err(failure::to_wit)?;
        Ok(wit::MapSearch::new(Search(RefCell::new(search))))
    }
}

impl wit::GuestMapSearch for Search {
    fn next(&self) -> wit::MapRequest {
        map::to_wit(self.0.borrow().next())
    }

    fn answer(&self, listing: Option<wit::Listing>) -> Result<(), wit::Failure> {
        self.0.borrow_mut().answer(listing.map(map::to_core)).map_err(failure::to_wit)
    }
}
