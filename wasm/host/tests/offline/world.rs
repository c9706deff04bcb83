//! A repository as a source that counts what it is asked for.

use std::io::Read;
use std::sync::{Arc, Mutex};

use tuf_tests::{Delegation, Mirror, NOW, Repository};
use tuf_verifier_host::records::Freeze;
use tuf_verifier_host::{Client, Error, Lookup, Session, Source, SourceError, Store, Target, UnixTime};

/// Paths and bytes of the targets that [`repository`] publishes.
pub(crate) const APP: &str = "bin/app";
pub(crate) const APP_CONTENT: &[u8] = b"the bytes of the application";
pub(crate) const TOOL: &str = "team/a tool";
pub(crate) const TOOL_CONTENT: &[u8] = b"the team's tool";

/// What a repository publishes, and what a client asked for.
#[derive(Clone, Default)]
pub(crate) struct Published {
    pub(crate) mirror: Mirror,
    requests: Arc<Mutex<Vec<String>>>,
}

/// A repository with a target of its own and one of a delegated role.
pub(crate) fn repository() -> Repository {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]));
    repository.add_target("targets", APP, APP_CONTENT).add_target("team", TOOL, TOOL_CONTENT).publish();
    repository
}

impl Published {
    pub(crate) fn new() -> Self {
        Self::of(&repository())
    }

    pub(crate) fn of(repository: &Repository) -> Self {
        Self { mirror: repository.mirror.clone(), requests: Arc::default() }
    }

    pub(crate) fn trusted_root(&self) -> Vec<u8> {
        self.mirror.file("1.root.json").to_vec()
    }

    /// A client of this repository, at [`NOW`].
    pub(crate) fn client(&self, store: impl Store + 'static) -> Client {
        self.client_of(self.clone(), store)
    }

    /// A client of another source of this repository, at [`NOW`].
    pub(crate) fn client_of(&self, source: impl Source + 'static, store: impl Store + 'static) -> Client {
        Client::new(self.trusted_root(), source, store).reference_time(at(NOW))
    }

    /// What was asked for since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().expect("no thread panicked"))
    }
}

impl Source for Published {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.requests.lock().expect("no thread panicked").push(name.to_owned());
        Ok(self.mirror.fetch(name, max_length))
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        self.requests.lock().expect("no thread panicked").push(fetch_path.to_owned());
        Ok(self.mirror.targets.get(fetch_path).map(|bytes| Box::new(bytes.as_slice()) as Box<dyn Read + '_>))
    }
}

pub(crate) fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(seconds)
}

pub(crate) fn found(session: &Session, path: &str) -> Target {
    match session.find(path) {
        Ok(Lookup::Found(target)) => target,
        other => panic!("{path}: {other:?}"),
    }
}

/// The bytes of both targets, as this session verifies them.
pub(crate) fn both(session: &Session) -> [Vec<u8>; 2] {
    [APP, TOOL].map(|path| {
        let target = found(session, path);
        session.read(&target).expect("verified")
    })
}

/// The code of a verdict; panics for an error that is none.
pub(crate) fn verdict<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    refusal(result).0
}

/// The code and words of a verdict; panics for an error that is none.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    match result {
        Err(Error::Failure(failure)) => (failure.code.clone(), failure.to_string()),
        other => panic!("no refusal: {other:?}"),
    }
}

/// The words for expired metadata.
pub(crate) fn expired(role: &str, version: u64, expires: i64, now: i64) -> (String, String) {
    let Freeze { role, version, expires, now } = Freeze { role: role.to_owned(), version, expires, now };
    let (expires, now) = (at(expires), at(now));
    let words =
        format!("freeze attack: {role} version {version} expired at {expires}, the update started at {now}");
    ("freeze".to_owned(), words)
}
