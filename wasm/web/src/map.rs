//! The classes `RepositoryMap` and `MapSearch`.

use tuf_verifier_core::Failure;
use tuf_verifier_records::{map, wit};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::thrown;
use crate::value::{FromJs, ToJs};

/// A map file: repositories, and the mappings that say which of them are asked for which targets (TAP 4).
#[wasm_bindgen]
pub struct RepositoryMap(tuf_verifier_core::RepositoryMap);

/// A search for one target on the repositories of a map.
#[wasm_bindgen]
pub struct MapSearch(tuf_verifier_core::MapSearch);

#[wasm_bindgen]
impl RepositoryMap {
    /// A map file (`Uint8Array` of UTF-8 JSON) becomes a map.
    ///
    /// # Errors
    /// The record `failure` where it is none.
    pub fn parse(file: JsValue) -> Result<Self, JsValue> {
        let file: Vec<u8> = Vec::from_js(&file, "file")?;
        tuf_verifier_core::RepositoryMap::parse(&file).map(Self).map_err(|why| thrown(Failure::from(why)))
    }

    /// The repositories, in the order of their names: an array of records `mapped-repository`.
    #[must_use]
    pub fn repositories(&self) -> JsValue {
        map::repositories(self.0.repositories()).to_js()
    }

    /// Names the root metadata (`Uint8Array` of UTF-8 JSON) that is pinned for a repository, by its name (string).
    ///
    /// # Errors
    /// The record `failure`.
    pub fn pin(&mut self, repository: JsValue, root: JsValue) -> Result<(), JsValue> {
        let (repository, root) = (String::from_js(&repository, "repository")?, Vec::from_js(&root, "root")?);
        self.0.pin(&repository, &root).map_err(thrown)
    }

    /// Begins the search for a target by its path (string).
    ///
    /// # Errors
    /// The record `failure`.
    pub fn search(&self, path: JsValue) -> Result<MapSearch, JsValue> {
        self.0.search(&String::from_js(&path, "path")?).map(MapSearch).map_err(thrown)
    }
}

#[wasm_bindgen]
impl MapSearch {
    /// What is needed next: the variant `map-request`. `ask` is repeated until it is answered.
    #[must_use]
    pub fn next(&self) -> JsValue {
        map::to_wit(self.0.next()).to_js()
    }

    /// Answers `ask`: the record `listing`, or `undefined` where the repository's search ended without the target.
    ///
    /// # Errors
    /// The record `failure`.
    pub fn answer(&mut self, listing: JsValue) -> Result<(), JsValue> {
        let listing: Option<wit::Listing> = Option::from_js(&listing, "listing")?;
        self.0.answer(listing.map(map::to_core)).map_err(thrown)
    }
}
