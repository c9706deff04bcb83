//! A repository in a temporary folder, and a client that reads it with the verifier's core.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use tuf_repository::{
    KeyRing, KeyType, Periods, Repository, RoleKeys, Setup, SigningKey, UnixTime, Write, WriteObserver,
};
use tuf_verifier_core::{Failure, Report, Request, Settings, UpdateCycle};

/// 2026-01-01T00:00:00Z.
pub(crate) const NOW: UnixTime = UnixTime(1_767_225_600);

/// Keys by name, and a repository that uses `root`, `targets`, `snapshot` and `timestamp`.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    path: PathBuf,
    pub(crate) keys: BTreeMap<String, Arc<SigningKey>>,
}

impl World {
    /// Makes keys, and no repository.
    pub(crate) fn without_repository(names: &[&str]) -> Self {
        let top_level = ["root", "targets", "snapshot", "timestamp"];
        let keys = top_level.iter().chain(names).map(|name| {
            (String::from(*name), Arc::new(SigningKey::generate(KeyType::Ed25519).expect("random numbers")))
        });
        let folder = TempDir::new().expect("a temporary folder");
        Self { path: folder.path().join("repo"), folder, keys: keys.collect() }
    }

    /// Makes keys, with these ones besides those of the top-level roles, and an empty repository.
    pub(crate) fn with_keys(names: &[&str]) -> Self {
        let world = Self::without_repository(names);
        world.init().expect("a new repository");
        world
    }

    /// Makes an empty repository.
    pub(crate) fn init(&self) -> Result<Repository, tuf_repository::Error> {
        let (ring, periods) = (self.ring(), Periods::default());
        Repository::init(self.path(), &self.home().join("state"), &self.setup(), ring, periods, NOW)
    }

    /// The folder with everything of the publisher: `repo`, the repository, and `state`, what it remembers.
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    /// The repository.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What the publisher remembers.
    pub(crate) fn state(&self) -> PathBuf {
        self.home().join("state")
    }

    pub(crate) fn setup(&self) -> Setup {
        Setup {
            root: self.role_keys(&["root"]),
            targets: self.role_keys(&["targets"]),
            snapshot: self.role_keys(&["snapshot"]),
            timestamp: self.role_keys(&["timestamp"]),
        }
    }

    pub(crate) fn ring(&self) -> KeyRing {
        self.keys.values().cloned().collect()
    }

    pub(crate) fn ring_without(&self, missing: &str) -> KeyRing {
        self.keys.iter().filter(|(name, _)| *name != missing).map(|(_, key)| Arc::clone(key)).collect()
    }

    /// These keys, with a threshold of all of them.
    pub(crate) fn role_keys(&self, names: &[&str]) -> RoleKeys {
        let keys = names.iter().map(|name| self.keys[*name].public().clone()).collect();
        RoleKeys { keys, threshold: names.len() as u64 }
    }

    pub(crate) fn open(&self) -> Repository {
        self.open_at(self.home())
    }

    /// Opens a copy of everything.
    pub(crate) fn open_at(&self, home: &Path) -> Repository {
        self.open_with(home, self.ring())
    }

    pub(crate) fn open_with(&self, home: &Path, ring: KeyRing) -> Repository {
        let (folder, state) = (home.join("repo"), home.join("state"));
        Repository::open(&folder, &state, ring, Periods::default()).expect("a repository")
    }
}

/// A client with its trusted store.
#[derive(Clone, Default)]
pub(crate) struct Client {
    store: BTreeMap<String, Vec<u8>>,
}

/// What a client found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The role that lists the target.
    By(String),
    /// Nothing.
    Nothing,
}

impl Client {
    /// Updates from the first root metadata, then looks for a target and verifies its bytes.
    pub(crate) fn find(
        &mut self,
        folder: &Path,
        path: &str,
        now: UnixTime,
    ) -> Result<(Report, Found), Failure> {
        self.find_in(&|name| fs::read(folder.join(name)).ok(), path, now)
    }

    /// As [`Client::find`], where `served` gives what a server does, by names such as `metadata/1.root.json`.
    pub(crate) fn find_in(
        &mut self,
        served: &dyn Fn(&str) -> Option<Vec<u8>>,
        path: &str,
        now: UnixTime,
    ) -> Result<(Report, Found), Failure> {
        let root = served("metadata/1.root.json").expect("the first root metadata");
        let mut cycle = UpdateCycle::start(&root, now, Settings::default())?;
        let Request::Ready(report) = self.drive(&mut cycle, served)? else { panic!("not ready") };
        cycle.find(path)?;
        match self.drive(&mut cycle, served)? {
            Request::Found(target) => {
                let bytes = served(&format!("targets/{}", target.fetch_path)).expect("target bytes");
                let mut check = cycle.check()?;
                check.write(&bytes)?;
                check.finish()?;
                Ok((report, Found::By(target.role.into())))
            }
            Request::SearchFailed(failure) => Err(failure),
            _ => Ok((report, Found::Nothing)),
        }
    }

    /// Updates from the first root metadata.
    pub(crate) fn update(&mut self, folder: &Path, now: UnixTime) -> Result<Report, Failure> {
        self.find(folder, "no/such/target", now).map(|(report, _)| report)
    }

    fn drive(
        &mut self,
        cycle: &mut UpdateCycle,
        served: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Request, Failure> {
        loop {
            match cycle.next() {
                Request::Load { name } => cycle.offer(self.store.get(&name).cloned())?,
                Request::Fetch { name, .. } => cycle.offer(served(&format!("metadata/{name}")))?,
                Request::Persist { name, bytes } => drop(self.store.insert(name, bytes)),
                Request::Forget { name } => drop(self.store.remove(&name)),
                answer => return Ok(answer),
            }
        }
    }
}

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to: PathBuf = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a copied file");
        }
    }
}

/// Every file below a folder with its bytes, by its path relative to the folder.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let relative = entry.path().strip_prefix(folder).expect("below the folder").to_owned();
                found.insert(relative, fs::read(entry.path()).expect("a file"));
            }
        }
    }
    found
}

/// Says that a test could not run, where the project's test command counts it.
pub(crate) fn skip(test: &str, reason: &str) {
    use std::io::Write;
    let line = format!("SKIPPED {test}: {reason}");
    eprintln!("{line}");
    if let Some(path) = std::env::var_os("TUF_TEST_SKIPS") {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).expect("the skip list");
        writeln!(file, "{line}").expect("the skip list");
    }
}

/// Stops every write after some.
pub(crate) struct CrashAt(AtomicUsize);

impl CrashAt {
    /// Lets this many writes pass.
    pub(crate) fn write(number: usize) -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(number)))
    }
}

impl WriteObserver for CrashAt {
    fn before(&self, _write: Write<'_>) -> io::Result<()> {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| io::Error::other("crash"))
    }
}
