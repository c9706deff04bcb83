//! A mirror behind a real HTTP server, and a client of it with the real component.

use std::sync::{Arc, Mutex};

use tuf_test_server::{Answer, Server};
use tuf_tests::{Mirror, NOW, Repository};
use tuf_verifier_host::source::HttpSourceBuilder;
use tuf_verifier_host::{Client, Error, HttpSource, Lookup, MemoryStore, Session, Target, UnixTime};

/// The target of [`repository`], and its bytes.
pub(crate) const PATH: &str = "bin/app";
pub(crate) const CONTENT: &[u8] = b"the bytes of the application";

/// A repository with one target.
pub(crate) fn repository() -> Repository {
    let mut repository = Repository::new();
    repository.add_target("targets", PATH, CONTENT).publish();
    repository
}

/// A server of a mirror: `/metadata/` and `/targets/`, and whatever a test wants to be answered otherwise.
pub(crate) struct Site {
    server: Server,
    mirror: Mirror,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) fn of(mirror: &Mirror) -> Self {
        Self::answering(mirror, |_| None)
    }

    /// Each path for which `otherwise` has an answer is answered so.
    pub(crate) fn answering(
        mirror: &Mirror,
        otherwise: impl Fn(&str) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let (record, files) = (Arc::clone(&requests), mirror.clone());
        let server = Server::start(move |request| {
            record.lock().expect("no thread panicked").push(request.path.clone());
            otherwise(&request.path).unwrap_or_else(|| file(&files, &request.path))
        });
        Self { server: server.expect("a loopback port"), mirror: mirror.clone(), requests }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn builder(&self) -> HttpSourceBuilder {
        let url = self.server.url();
        HttpSource::builder(&format!("{url}/metadata"), &format!("{url}/targets")).direct().retries(0)
    }

    pub(crate) fn refresh(&self) -> Result<Session, Error> {
        self.refresh_by(self.builder())
    }

    pub(crate) fn refresh_by(&self, source: HttpSourceBuilder) -> Result<Session, Error> {
        let root = self.mirror.file("1.root.json").to_vec();
        let client = Client::new(root, source.build()?, MemoryStore::new());
        client.reference_time(UnixTime::from_seconds(NOW)).refresh()
    }

    /// What was asked for, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no thread panicked").clone()
    }
}

fn file(mirror: &Mirror, path: &str) -> Answer {
    let found = match path.strip_prefix("/metadata/") {
        Some(name) => mirror.metadata.get(name),
        None => path.strip_prefix("/targets/").and_then(|path| mirror.targets.get(path)),
    };
    found.map_or(Answer::Status(404), |bytes| Answer::Bytes(bytes.clone()))
}

/// What the session finds at this path.
pub(crate) fn found(session: &Session, path: &str) -> Target {
    match session.find(path).expect("an honest repository") {
        Lookup::Found(target) => target,
        other => panic!("{path}: {other:?}"),
    }
}

/// Refreshes, finds [`PATH`] and reads it.
pub(crate) fn read(site: &Site) -> Result<Vec<u8>, Error> {
    let session = site.refresh()?;
    let target = found(&session, PATH);
    session.read(&target)
}

/// The code of what went wrong.
pub(crate) fn code<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => panic!("nothing went wrong"),
        Err(error) => error.code().to_owned(),
    }
}
