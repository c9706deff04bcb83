//! A simulated repository as a source of the client.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use tuf_tests::{Mirror, NOW, Repository};
use tuf_verifier_host::{Client, Error, Lookup, MemoryStore, Session, Source, SourceError, Target, UnixTime};

/// Path and bytes of the target that [`repository`] publishes.
pub(crate) const PATH: &str = "bin/app";
pub(crate) const CONTENT: &[u8] = b"the bytes of the application";

/// A repository with one target, and what a client asked it for.
#[derive(Clone, Default)]
pub(crate) struct World {
    pub(crate) mirror: Mirror,
    /// Bytes after which the transfer of a target breaks off, by its path.
    pub(crate) broken: BTreeMap<String, usize>,
    /// Whether no request is answered.
    unreachable: bool,
    requests: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(&repository())
    }

    pub(crate) fn of(repository: &Repository) -> Self {
        Self::seen_through(&repository.mirror)
    }

    pub(crate) fn seen_through(mirror: &Mirror) -> Self {
        Self { mirror: mirror.clone(), ..Self::default() }
    }

    /// One that answers no request.
    pub(crate) fn unreachable() -> Self {
        Self { unreachable: true, ..Self::new() }
    }

    /// A client that trusts the first root metadata and has stored nothing.
    pub(crate) fn client(&self) -> Client {
        self.client_with(MemoryStore::new())
    }

    pub(crate) fn client_with(&self, store: MemoryStore) -> Client {
        let trusted_root = self.mirror.file("1.root.json").to_vec();
        Client::new(trusted_root, self.clone(), store).reference_time(UnixTime::from_seconds(NOW))
    }

    pub(crate) fn session(&self) -> Session {
        self.client().refresh().expect("an honest repository is accepted")
    }

    /// What was asked for since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    fn record(&self, name: &str) -> Result<(), SourceError> {
        self.requests.lock().unwrap().push(name.to_owned());
        match self.unreachable {
            true => {
                let source = io::ErrorKind::ConnectionRefused.into();
                Err(SourceError::Unreachable { location: name.to_owned(), source })
            }
            false => Ok(()),
        }
    }

    /// Exchanges the bytes of every target file.
    pub(crate) fn spoil_targets(&mut self, content: &[u8]) {
        self.mirror.targets.values_mut().for_each(|bytes| *bytes = content.to_vec());
    }
}

impl Source for World {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.record(name)?;
        Ok(self.mirror.fetch(name, max_length))
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        self.record(fetch_path)?;
        let Some(bytes) = self.mirror.targets.get(fetch_path) else { return Ok(None) };
        Ok(Some(match self.broken.get(fetch_path) {
            Some(&after) => Box::new(bytes.as_slice().take(after as u64).chain(Reset)),
            None => Box::new(bytes.as_slice()),
        }))
    }
}

/// A connection that was reset.
struct Reset;

impl Read for Reset {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

pub(crate) fn repository() -> Repository {
    let mut repository = Repository::new();
    repository.add_target("targets", PATH, CONTENT).publish();
    repository
}

pub(crate) fn found(session: &Session, path: &str) -> Target {
    match session.find(path) {
        Ok(Lookup::Found(target)) => target,
        other => panic!("{path}: {other:?}"),
    }
}

/// The code of a verdict; panics for an error that is none.
pub(crate) fn verdict<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Failure(failure)) => failure.code,
        other => panic!("no refusal: {other:?}"),
    }
}
