//! A repository behind a server, and a client's folders.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tuf_test_server::{Answer, Request, Server};
use tuf_tests::{Mirror, Repository};

use crate::program::{Program, Run};

/// 2100-01-01T00:00:00Z: long after every run of these tests by the real clock.
pub(crate) const FAR: i64 = 4_102_444_800;

/// 2020-01-01T00:00:00Z: long before.
pub(crate) const PAST: i64 = 1_577_836_800;

/// A published repository, the server that serves it, and a client with its folders.
pub(crate) struct World {
    pub(crate) program: Program,
    pub(crate) repository: Repository,
    folder: tempfile::TempDir,
    server: Server,
    served: Arc<Mutex<Served>>,
}

/// What the server has, and what it was asked for.
#[derive(Default)]
struct Served {
    mirror: Mirror,
    requests: Vec<String>,
    /// Statuses answered instead of metadata files.
    failures: BTreeMap<String, u16>,
    /// Answers to the next requests for targets, head and body.
    answers: VecDeque<Vec<u8>>,
}

impl World {
    /// A repository whose metadata expires in 2100, and a client that has its first root.
    pub(crate) fn new(program: Program) -> Self {
        Self::of(program, lasting())
    }

    /// A client that has the first root of this repository.
    pub(crate) fn of(program: Program, repository: Repository) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let served: Arc<Mutex<Served>> = Arc::default();
        let shared = Arc::clone(&served);
        let server = Server::start(move |request| shared.lock().expect("no thread panicked").answer(request));
        let world = Self { program, repository, folder, server: server.expect("a loopback port"), served };
        world.publish();
        fs::write(world.path("trusted-root.json"), world.repository.mirror.file("1.root.json"))
            .expect("written");
        assert_eq!(world.init(), Run::success());
        world
    }

    /// Changes the repository and puts it on the server.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Repository)) {
        change(&mut self.repository);
        self.publish();
    }

    /// Puts what the repository's mirror has on the server.
    fn publish(&self) {
        self.served.lock().expect("no thread panicked").mirror = self.repository.mirror.clone();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.server.url())
    }

    /// Runs the client with these arguments.
    pub(crate) fn run(&self, arguments: &[OsString]) -> Run {
        self.program.run(arguments)
    }

    pub(crate) fn init(&self) -> Run {
        let root = self.path("trusted-root.json");
        self.run(&["--metadata-dir".into(), self.path("metadata").into(), "init".into(), root.into()])
    }

    pub(crate) fn refresh(&self) -> Run {
        self.run(&self.refreshing())
    }

    pub(crate) fn download(&self, targets: &[&str]) -> Run {
        self.run(&self.downloading(targets))
    }

    /// The arguments of a refresh.
    pub(crate) fn refreshing(&self) -> Vec<OsString> {
        let mut arguments = self.options();
        arguments.push("refresh".into());
        arguments
    }

    /// The arguments of a download.
    pub(crate) fn downloading(&self, targets: &[&str]) -> Vec<OsString> {
        let mut arguments = self.options();
        for target in targets {
            arguments.extend(["--target-name".into(), (*target).into()]);
        }
        arguments.extend(["--target-dir".into(), self.path("downloads").into()]);
        arguments.extend(["--target-base-url".into(), self.url("targets").into(), "download".into()]);
        arguments
    }

    fn options(&self) -> Vec<OsString> {
        let url = self.url("metadata").into();
        vec!["--metadata-dir".into(), self.path("metadata").into(), "--metadata-url".into(), url]
    }

    /// Has the server answer with this status instead of a metadata file.
    pub(crate) fn fail(&self, name: &str, status: u16) {
        self.served.lock().expect("no thread panicked").failures.insert(name.to_owned(), status);
    }

    /// Has the server answer the next request for a target with these bytes, head and body, after those that were named before.
    pub(crate) fn answer(&self, answer: &str) {
        self.served.lock().expect("no thread panicked").answers.push_back(answer.into());
    }

    /// What was asked of the server since the last call, without the folder of metadata.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.served.lock().expect("no thread panicked").requests);
        requests.iter().map(|path| path.strip_prefix("/metadata/").unwrap_or(path).to_owned()).collect()
    }

    /// The version that a file of the client's metadata has; none where there is no such file.
    pub(crate) fn version(&self, role: &str) -> Option<u64> {
        let bytes = fs::read(self.path("metadata").join(format!("{role}.json"))).ok()?;
        let metadata: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        metadata["signed"]["version"].as_u64()
    }

    /// The versions of root, timestamp, snapshot and targets in the client's metadata, 0 where there is no such file.
    pub(crate) fn versions(&self) -> [u64; 4] {
        ["root", "timestamp", "snapshot", "targets"].map(|role| self.version(role).unwrap_or_default())
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("text");
        let mut names: Vec<String> = entries.map(|entry| name(entry.expect("an entry"))).collect();
        names.sort_unstable();
        names
    }
}

impl Served {
    fn answer(&mut self, request: &Request) -> Answer {
        self.requests.push(request.path.clone());
        // What stands before is the client's name in tests of many.
        let file = match (request.path.split_once("/metadata/"), request.path.split_once("/targets/")) {
            (Some((_, name)), _) if self.failures.contains_key(name) => {
                return Answer::Status(self.failures[name]);
            }
            (Some((_, name)), _) => self.mirror.metadata.get(name),
            (None, Some((_, path))) => match self.answers.pop_front() {
                Some(answer) => return Answer::Raw(answer),
                None => self.mirror.targets.get(path),
            },
            (None, None) => None,
        };
        file.map_or(Answer::Status(404), |bytes| Answer::Bytes(bytes.clone()))
    }
}

/// A repository whose metadata expires in 2100.
pub(crate) fn lasting() -> Repository {
    let mut repository = Repository::new();
    for header in [&mut repository.timestamp, &mut repository.snapshot, &mut repository.root] {
        header.expires = FAR;
    }
    repository.role("targets").header.expires = FAR;
    repository.write_root().publish();
    repository
}
