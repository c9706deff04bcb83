//! The trusted store under whole refreshes, by the component, in processes that run at once or are killed.

mod crowd;
mod kill;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tuf_tests::{Authority, Delegation, NOW, Repository};
use tuf_verifier_host::{Client, FolderSource, FolderStore, Lookup, Session, Store, UnixTime};

/// A target of the delegated role `team`.
const PATH: &str = "team/app";

/// A folder in which a repository is published and a device has its store.
struct World {
    repository: Repository,
    folder: tempfile::TempDir,
}

impl World {
    /// A world with a delegated role, published.
    fn new() -> Self {
        let mut repository = Repository::new();
        repository.delegate("targets", Delegation::paths("team", &["team/*"]));
        repository.add_target("team", PATH, b"the team's application").publish();
        let world = Self { repository, folder: tempfile::tempdir().expect("a folder") };
        world.publish();
        world
    }

    /// Publishes the next version of everything, and every fifth time new timestamp keys.
    fn move_on(&mut self) {
        self.repository.role("team").header.version += 1;
        match self.repository.timestamp.version.is_multiple_of(5) {
            true => self.rotate(),
            false => _ = self.repository.release(),
        }
        self.publish();
    }

    /// Rotates the timestamp keys. The keys of every root sign from then on, first a timestamp that is there before the new
    /// root is: a reader may meet any of the roots with any timestamp, however long it stood still in between.
    fn rotate(&mut self) {
        let new = Authority::one(&format!("timestamp of root {}", self.repository.root.version + 1));
        let before = &self.repository.authorities["timestamp"].keys;
        let before = self.repository.signing.get("timestamp").unwrap_or(before);
        let all = [&before[..], &new.keys[..]].concat();
        self.repository.sign_with("timestamp", &all).release();
        self.publish();
        self.repository.rotate("timestamp", new).next_root();
    }

    fn publish(&self) {
        self.repository.mirror.publish_to(self.folder.path()).expect("the folder can be written");
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs an ignored test of this program in a process of its own.
    fn command(&self, test: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", test, "--ignored", "--nocapture", "--quiet"]);
        command.env("TUF_TEST_WORLD", self.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// The folder of the world that a child lives in.
fn world_of_child() -> PathBuf {
    std::env::var_os("TUF_TEST_WORLD").expect("run by another test").into()
}

fn store_of(world: &Path) -> FolderStore {
    FolderStore::open(world.join("store")).expect("the folder can be used")
}

/// Refreshes with this store and finds [`PATH`].
fn update(world: &Path, store: impl Store + 'static) -> Result<Session, String> {
    let trusted_root = fs::read(world.join("metadata/1.root.json")).map_err(|error| error.to_string())?;
    let source = FolderSource::new(world.join("metadata"), world.join("targets"));
    let client = Client::new(trusted_root, source, store).reference_time(UnixTime::from_seconds(NOW));
    let session = client.refresh().map_err(|error| format!("{} {error}", error.code()))?;
    match session.find(PATH).map_err(|error| format!("{} {error}", error.code()))? {
        Lookup::Found(_) => Ok(session),
        Lookup::NotFound(_) => Err(format!("{PATH} was not found")),
    }
}

/// The files of a store by their relative paths.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            let below = files(&entry.path());
            found.extend(below.into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
    found
}
