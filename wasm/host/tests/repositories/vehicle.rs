//! A vehicle whose map names two repositories, and the servers of those.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tuf_test_server::{Answer, Request, Server, from_folder};
use tuf_tests::{Authority, NOW, Repository};
use tuf_verifier_host::map::{MapError, MapLookup, MapNotFound, MapTarget, Repositories};
use tuf_verifier_host::{Client, FolderStore, HttpSource, UnixTime};

pub(crate) const FIRMWARE: &str = "ecu/brakes.bin";
pub(crate) const GENUINE: &[u8] = b"firmware of the brakes";
pub(crate) const EVIL: &[u8] = b"firmware that does not";

/// What a server does besides serving its repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Honest,
    /// Answers 503 to everything.
    Down,
    /// Answers 503 to requests for targets.
    TargetsDown,
    /// Has no target files.
    WithoutTargets,
    /// Has other target files.
    WrongTargets,
}

/// One repository and its server.
pub(crate) struct Served {
    pub(crate) repository: Repository,
    folder: PathBuf,
    server: Server,
    mode: Arc<Mutex<Mode>>,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Repositories by name, and the device that trusts them.
pub(crate) struct Vehicle {
    folder: TempDir,
    mappings: String,
    pub(crate) served: BTreeMap<&'static str, Served>,
    /// Repositories connected to, in order, with the folder of the store.
    connected: Arc<Mutex<Vec<(String, PathBuf)>>>,
}

impl Vehicle {
    /// An image repository and a director that must agree on everything, as Uptane has them, and both list the firmware.
    pub(crate) fn new() -> Self {
        Self::mapped(
            r#"{"paths": ["*"], "repositories": ["image", "director"], "threshold": 2, "terminating": true}"#,
        )
    }

    /// The same two repositories under other mappings.
    pub(crate) fn mapped(mappings: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let served = ["image", "director"].map(|name| (name, Served::new(name, folder.path().join(name))));
        let mappings = mappings.to_owned();
        Self { folder, mappings, served: served.into(), connected: Arc::default() }
    }

    pub(crate) fn served(&mut self, name: &str) -> &mut Served {
        self.served.get_mut(name).unwrap()
    }

    /// The map file, with the URLs of the servers.
    pub(crate) fn map(&self) -> Vec<u8> {
        let url = |(name, served): (&&str, &Served)| format!(r#""{name}": ["{}/"]"#, served.server.url());
        let urls: Vec<String> = self.served.iter().map(url).collect();
        format!(r#"{{"repositories": {{{}}}, "mapping": [{}]}}"#, urls.join(","), self.mappings).into_bytes()
    }

    /// The folder with the trusted stores.
    pub(crate) fn trusted(&self) -> PathBuf {
        self.folder.path().join("trusted")
    }

    pub(crate) fn open(&self) -> Repositories {
        self.try_open(self.map()).unwrap()
    }

    /// Opens a map whose clients know the first root metadata of their repositories.
    pub(crate) fn try_open(&self, map: Vec<u8>) -> Result<Repositories, MapError> {
        let roots: BTreeMap<String, Vec<u8>> = self
            .served
            .iter()
            .map(|(name, served)| ((*name).to_owned(), served.repository.mirror.file("1.root.json").to_vec()))
            .collect();
        let connected = Arc::clone(&self.connected);
        Repositories::open(map, self.trusted(), move |repository, store| {
            connected.lock().unwrap().push((repository.name.clone(), store.to_owned()));
            let source = |url: &str| {
                let builder = HttpSource::builder(&format!("{url}metadata"), &format!("{url}targets"));
                builder.retries(0).direct().build()
            };
            let client = Client::new(
                roots[&repository.name].clone(),
                source(&repository.urls[0])?,
                FolderStore::open(store)?,
            );
            let client = client.reference_time(UnixTime::from_seconds(NOW));
            repository.urls[1..].iter().try_fold(client, |client, url| Ok(client.mirror(source(url)?)))
        })
    }

    /// The repositories connected to so far, in order.
    pub(crate) fn connected(&self) -> Vec<(String, PathBuf)> {
        self.connected.lock().unwrap().clone()
    }
}

impl Served {
    fn new(name: &str, folder: PathBuf) -> Self {
        let mut repository = Repository::new();
        for role in ["root", "timestamp", "snapshot", "targets"] {
            repository.rotate(role, Authority::one(&format!("{name}-{role}")));
        }
        repository.add_target("targets", FIRMWARE, GENUINE);
        repository.write_root().publish();
        repository.mirror.publish_to(&folder).unwrap();
        let (mode, requests) = (Arc::new(Mutex::new(Mode::Honest)), Arc::default());
        let server = serve(folder.clone(), Arc::clone(&mode), Arc::clone(&requests));
        Self { repository, folder, server, mode, requests }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn becomes(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// Changes the repository and publishes its next version.
    pub(crate) fn release(&mut self, change: impl FnOnce(&mut Repository)) {
        change(&mut self.repository);
        self.repository.release();
        self.repository.mirror.publish_to(&self.folder).unwrap();
    }

    /// Whoever has all keys publishes another target under the path.
    pub(crate) fn compromise(&mut self) {
        self.release(|repository| _ = repository.add_target("targets", FIRMWARE, EVIL));
    }

    /// The firmware is no longer listed.
    pub(crate) fn withdraw(&mut self) {
        self.release(|repository| {
            repository.role("targets").targets.retain(|target| target.path != FIRMWARE)
        });
    }

    /// Paths asked for since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

/// The target that was found.
pub(crate) fn found(repositories: &mut Repositories) -> MapTarget {
    match repositories.find(FIRMWARE) {
        Ok(MapLookup::Found(target)) => target,
        other => panic!("{other:?}"),
    }
}

/// Why no target was found.
pub(crate) fn not_found(repositories: &mut Repositories) -> MapNotFound {
    match repositories.find(FIRMWARE) {
        Ok(MapLookup::NotFound(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

/// The repository and the code of an error.
pub(crate) fn blamed<T: std::fmt::Debug>(result: Result<T, MapError>) -> (Option<String>, String) {
    let error = result.unwrap_err();
    (error.repository.clone(), error.code().to_owned())
}

/// As [`blamed`] gives it.
pub(crate) fn blame(repository: &str, code: &str) -> (Option<String>, String) {
    (Some(repository.to_owned()), code.to_owned())
}

fn serve(folder: PathBuf, mode: Arc<Mutex<Mode>>, requests: Arc<Mutex<Vec<String>>>) -> Server {
    Server::start(move |request: &Request| {
        requests.lock().unwrap().push(request.path.clone());
        let is_target = request.path.starts_with("/targets/");
        match *mode.lock().unwrap() {
            Mode::Down => Answer::Status(503),
            Mode::TargetsDown if is_target => Answer::Status(503),
            Mode::WithoutTargets if is_target => Answer::Status(404),
            Mode::WrongTargets if is_target => Answer::Bytes(EVIL.to_vec()),
            _ => from_folder(&folder, request),
        }
    })
    .unwrap()
}
