//! Searches and target bytes after a refresh.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::client::digests::Digests;
use crate::client::download::{Downloaded, hash_file};
use crate::client::driver::{Driver, Found, Stopped, out_of_order};
use crate::client::reception::Reception;
use crate::client::running::Handle;
use crate::client::unfinished::Unfinished;
use crate::error::Error;
use crate::records::{NotFound, Report, Target};

/// Times that other threads may break the component off while a target is received.
const RESTARTS: usize = 100;

/// A refreshed client: every search and every check is under the metadata of one snapshot.
///
/// Several threads may search and fetch at the same time. Metadata that two of them need is fetched once.
pub struct Session {
    driver: Driver,
    report: Report,
    /// What was found, by target path.
    found: Mutex<BTreeMap<String, (Handle, Target)>>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The target, as trusted metadata describes it.
    Found(Target),
    /// No target, and why.
    NotFound(NotFound),
}

impl Session {
    pub(super) fn new(driver: Driver, report: Report) -> Self {
        Self { driver, report, found: Mutex::default() }
    }

    /// What the refresh established.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Searches a target by its path (5.6.7). Fetches the metadata of delegated roles where it must.
    ///
    /// It is stored without the lock: each version is the one that the trusted snapshot lists, so that a late write
    /// by another process can cost a fetch, and no trust.
    ///
    /// # Errors
    /// [`Error::Failure`] where the path could leave the base URL, delegated metadata is not accepted, or the target is
    /// listed with more bytes than [`Settings::target_file_max_length`](crate::Settings); the others where there is no
    /// verdict. After [`Error::Sandbox`] the session goes on in a new instance.
    pub fn find(&self, path: &str) -> Result<Lookup, Error> {
        self.driver.run(|| self.search(path))
    }

    /// Fetches a target into memory and verifies it (5.7). Hands out no byte before the verdict. A transfer that breaks
    /// off goes on where it stopped, at the same mirror or at the next.
    ///
    /// # Errors
    /// [`Error::Failure`] where the bytes are not the target's; the others where there is no verdict.
    pub fn read(&self, target: &Target) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.receive(target, &mut Reception::new(target, &mut bytes, Digests::listed_by(target)))?;
        Ok(bytes)
    }

    /// Fetches a target into a file and verifies it (5.7). The file appears under its name, in a folder that is there,
    /// once it is verified. A file that is there already and verifies is kept.
    ///
    /// A transfer that breaks off goes on where it stopped, at the same mirror or at the next. Where no mirror goes on,
    /// what was received stays in the folder as `.tuf-<hash>.<letters>.unfinished`, and the next download of the target
    /// into this folder goes on behind it, also in another process. If the whole is then refused, it is fetched from
    /// the beginning.
    ///
    /// # Errors
    /// [`Error::Failure`] where the bytes are not the target's; the others where there is no verdict.
    pub fn download(&self, target: &Target, to: &Path) -> Result<Downloaded, Error> {
        if let Some(digests) = hash_file(target, to) {
            match self.check(target, digests) {
                Ok(()) => return Ok(Downloaded::Unchanged),
                Err(Error::Failure(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let mut unfinished = Unfinished::create(target, to)?;
        let digests = unfinished.take_over(target)?;
        match self.receive(target, &mut Reception::new(target, &mut unfinished, digests)) {
            Ok(()) => unfinished.finish()?,
            // A full disk is not made fuller.
            Err(error @ Error::Output { .. }) => return Err(error),
            Err(error) => {
                unfinished.keep();
                return Err(error);
            }
        }
        Ok(Downloaded::Fetched)
    }

    /// Verifies bytes that came from elsewhere (5.7.3).
    ///
    /// # Errors
    /// [`Error::Failure`] where the bytes are not the target's; the others where there is no verdict.
    pub fn check_bytes(&self, target: &Target, bytes: &[u8]) -> Result<(), Error> {
        let mut digests = Digests::listed_by(target);
        digests.update(bytes);
        self.check(target, digests)
    }

    fn check(&self, target: &Target, digests: Digests) -> Result<(), Error> {
        let at_hand = digests.at_hand();
        self.driver.run(|| self.driver.check(self.handle(target)?, at_hand.clone()))
    }

    fn receive(&self, target: &Target, reception: &mut Reception<'_>) -> Result<(), Error> {
        // A transfer may take as long as a mirror makes it: it is outside of the turns that searches take.
        for _ in 0..RESTARTS {
            let handle = self.driver.run(|| self.handle(target))?;
            match self.driver.receive(handle, reception) {
                Ok(()) => return Ok(()),
                Err(Stopped::Failed(error)) => return Err(error),
                Err(Stopped::Elsewhere) => {}
            }
        }
        Err(out_of_order().into())
    }

    fn search(&self, path: &str) -> Result<Lookup, Stopped> {
        match self.driver.search(path)? {
            Found::Target(handle, target) => {
                self.remember(handle, &target);
                Ok(Lookup::Found(target))
            }
            Found::Nothing(reason) => Ok(Lookup::NotFound(reason)),
        }
    }

    /// The number under which the component knows the target. It is searched again if the instance that found it was broken
    /// off, or if this session has not found it.
    fn handle(&self, target: &Target) -> Result<Handle, Stopped> {
        if let Some(handle) = self.remembered(target) {
            return Ok(handle);
        }
        let foreign = || Error::ForeignTarget { path: target.path.clone() };
        match self.search(&target.path)? {
            Lookup::Found(found) if found == *target => self.remembered(target).ok_or(Stopped::Elsewhere),
            Lookup::Found(_) | Lookup::NotFound(_) => Err(foreign().into()),
        }
    }

    fn remembered(&self, target: &Target) -> Option<Handle> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let (handle, known) = found.get(&target.path)?;
        (known == target && self.driver.knows(*handle)).then_some(*handle)
    }

    /// Remembers under which number a target was found. Another thread may be using the number of an earlier search.
    fn remember(&self, handle: Handle, target: &Target) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match found.get(&target.path) {
            Some((earlier, known)) if known == target && self.driver.knows(*earlier) => {
                self.driver.drop_target(handle);
            }
            _ => {
                found.insert(target.path.clone(), (handle, target.clone()));
            }
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("report", &self.report).finish_non_exhaustive()
    }
}
