//! A map file inside an instance of its own, and the searches on it.

use wasmtime::component::{Component, Instance as Exported, ResourceAny, TypedFunc};
use wasmtime::{Error as Unusable, Store};

use super::exports::{Fallible, Interface};
use super::limits::{Meter, SandboxLimits};
use super::{Instance, SandboxError};
use crate::error::Error;
use crate::records::{Listing, MapRequest, MappedRepository};

/// A parsed map.
pub(crate) struct Map {
    instance: Instance<MapExports>,
    map: ResourceAny,
}

/// A search that has begun.
pub(crate) struct MapSearch(ResourceAny);

impl Map {
    /// An instance is made, and reads a map file.
    pub(crate) fn parse(file: Vec<u8>, limits: SandboxLimits) -> Result<Self, Error> {
        let mut instance = Instance::new(limits, MapExports::of)?;
        let (map,) = instance.call(instance.exports.parse, (file,))?;
        let map = map.map_err(Box::new)?;
        Ok(Self { instance, map })
    }

    pub(crate) fn repositories(&mut self) -> Result<Vec<MappedRepository>, SandboxError> {
        let (repositories,) = self.instance.call(self.instance.exports.repositories, (self.map,))?;
        Ok(repositories)
    }

    pub(crate) fn pin(&mut self, repository: &str, root: &[u8]) -> Result<(), Error> {
        let pin = self.instance.exports.pin;
        let (pinned,) = self.instance.call(pin, (self.map, repository.to_owned(), root.to_vec()))?;
        Ok(pinned.map_err(Box::new)?)
    }

    pub(crate) fn search(&mut self, path: &str) -> Result<MapSearch, Error> {
        self.instance.begin_operation();
        let (search,) = self.instance.call(self.instance.exports.search, (self.map, path.to_owned()))?;
        Ok(MapSearch(search.map_err(Box::new)?))
    }

    pub(crate) fn next(&mut self, search: &MapSearch) -> Result<MapRequest, SandboxError> {
        let (request,) = self.instance.call(self.instance.exports.next, (search.0,))?;
        Ok(request)
    }

    pub(crate) fn answer(&mut self, search: &MapSearch, listing: Option<Listing>) -> Result<(), Error> {
        let (answer,) = self.instance.call(self.instance.exports.answer, (search.0, listing))?;
        Ok(answer.map_err(Box::new)?)
    }

    /// Frees what the component keeps of a search.
    pub(crate) fn end(&mut self, search: MapSearch) -> Result<(), SandboxError> {
        self.instance.drop_resource(search.0)
    }
}

/// The functions of one instance.
struct MapExports {
    parse: TypedFunc<(Vec<u8>,), Fallible<ResourceAny>>,
    repositories: TypedFunc<(ResourceAny,), (Vec<MappedRepository>,)>,
    pin: TypedFunc<(ResourceAny, String, Vec<u8>), Fallible<()>>,
    search: TypedFunc<(ResourceAny, String), Fallible<ResourceAny>>,
    next: TypedFunc<(ResourceAny,), (MapRequest,)>,
    answer: TypedFunc<(ResourceAny, Option<Listing>), Fallible<()>>,
}

impl MapExports {
    fn of(component: &Component, instance: &Exported, store: &mut Store<Meter>) -> Result<Self, Unusable> {
        let mut interface = Interface::of(component, instance, store)?;
        Ok(Self {
            parse: interface.function("[static]repository-map.parse")?,
            repositories: interface.function("[method]repository-map.repositories")?,
            pin: interface.function("[method]repository-map.pin")?,
            search: interface.function("[method]repository-map.search")?,
            next: interface.function("[method]map-search.next")?,
            answer: interface.function("[method]map-search.answer")?,
        })
    }
}
