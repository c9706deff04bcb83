//! What the publisher publishes by itself: a history made with `Repository`, which plans, signs and writes as the command
//! `tufrepo` does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tuf_repository::metadata::{Scope, SuccinctRoles};
use tuf_repository::{
    Delegation, Handover, KeyRing, Periods, Repository, RoleKeys, Setup, SigningKey, UnixTime,
};
use tuf_test_server::Server;

use crate::{Implementation, Journey, KeyType, Keys, Outcome, Stop, Visit};

const BIN_BITS: u32 = 3;
const README: &str = "readme.txt";
const ALPHA: &str = "alpha/one";
const BINNED: &str = "packages/one";
const NAMES: [&str; 9] = [
    "root",
    "root-2",
    "targets",
    "targets-2",
    "snapshot",
    "timestamp",
    "timestamp-2",
    "timestamp-3",
    "delegate",
];

/// A published history, one folder a state.
pub struct History {
    folder: TempDir,
    server: Server,
    /// Content of each target at each state; none where nobody lists it any more.
    states: Vec<BTreeMap<&'static str, Option<&'static str>>>,
}

impl History {
    /// Publishes a repository with delegations by path and by bins, updates it, rotates every kind of key, revokes a
    /// delegation, and renews.
    ///
    /// # Errors
    /// Where the publisher refuses one of it.
    pub fn publish(keys: &Keys, key_type: KeyType) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let publisher = Publisher::init(keys, key_type, folder.path().join("repository"))?;
        let states = vec![
            publisher.first()?,
            publisher.update()?,
            publisher.rotate(&[("timestamp", "timestamp-2", Handover::Overlapping)])?,
            publisher.rotate(&[
                ("root", "root-2", Handover::Overlapping),
                ("targets", "targets-2", Handover::Overlapping),
            ])?,
            publisher.rotate(&[("timestamp", "timestamp-3", Handover::Abrupt)])?,
            publisher.revoke()?,
            publisher.renew()?,
        ];
        let server = Server::folder(folder.path().join("states"))?;
        Ok(Self { folder, server, states })
    }

    /// Lets a client follow every state in turn with one store.
    ///
    /// # Errors
    /// Where it answers otherwise than it must.
    pub fn check_returning(&self, reader: &Implementation) -> Result<()> {
        self.check(reader, "returning", 0)
    }

    /// Lets a client begin with the last state and the first root metadata.
    ///
    /// # Errors
    /// Where it answers otherwise than it must.
    pub fn check_new(&self, reader: &Implementation) -> Result<()> {
        self.check(reader, "new", self.states.len() - 1)
    }

    fn check(&self, reader: &Implementation, kind: &str, first: usize) -> Result<()> {
        let stop = |state: usize| Stop {
            metadata_url: format!("{}/{state}/metadata", self.server.url()),
            targets_url: format!("{}/{state}/targets", self.server.url()),
        };
        let journey = Journey {
            root: self.folder.path().join("repository/metadata/1.root.json"),
            store: self.folder.path().join(format!("store-{}-{kind}", reader.name())),
            stops: (first..self.states.len()).map(stop).collect(),
            targets: [README, ALPHA, BINNED].map(str::to_owned).to_vec(),
            reference_time: None,
        };
        let visits = reader.read(&journey)?;
        for ((number, state), visit) in (0..).zip(&self.states).skip(first).zip(&visits) {
            let expected = Visit {
                refresh: Outcome::Accepted,
                targets: state
                    .iter()
                    .map(|(path, content)| ((*path).to_owned(), outcome(*content)))
                    .collect(),
            };
            if *visit != expected {
                bail!("at state {number}: expected {expected:#?}, {} answered {visit:#?}", reader.name());
            }
        }
        Ok(())
    }
}

fn outcome(content: Option<&str>) -> Outcome {
    match content {
        Some(content) => Outcome::Verified {
            sha256: Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect(),
        },
        None => Outcome::Absent,
    }
}

type State = BTreeMap<&'static str, Option<&'static str>>;

/// The repository while it is being published.
struct Publisher {
    keys: BTreeMap<&'static str, Arc<SigningKey>>,
    folder: PathBuf,
}

impl Publisher {
    fn init(keys: &Keys, key_type: KeyType, folder: PathBuf) -> Result<Self> {
        let keys = NAMES.iter().map(|name| Ok((*name, keys.of(key_type, name)?))).collect::<Result<_>>()?;
        let publisher = Self { keys, folder };
        let setup = Setup {
            root: publisher.role_keys("root")?,
            targets: publisher.role_keys("targets")?,
            snapshot: publisher.role_keys("snapshot")?,
            timestamp: publisher.role_keys("timestamp")?,
        };
        fs::create_dir_all(&publisher.folder)?;
        Repository::init(
            &publisher.folder,
            &publisher.state(),
            &setup,
            publisher.ring(),
            Periods::default(),
            now(),
        )?;
        Ok(publisher)
    }

    fn first(&self) -> Result<State> {
        let repository = self.open()?;
        let mut staged = repository.stage()?;
        let role = |name: &str, pattern: &str| -> Result<Delegation> {
            Ok(Delegation::Role {
                name: name.to_owned(),
                keys: self.role_keys("delegate")?,
                scope: Scope::Paths(vec![pattern.to_owned()]),
                terminating: false,
            })
        };
        let bins = Delegation::Succinct {
            name_prefix: "bin".to_owned(),
            bit_length: BIN_BITS,
            keys: self.role_keys("delegate")?,
        };
        staged.delegate("targets", role("alpha", "alpha/*")?)?;
        staged.delegate("targets", role("packages", "packages/*")?)?;
        staged.delegate("packages", bins)?;
        staged.save()?;
        repository.add_target("targets", README, b"read me\n")?;
        repository.add_target("alpha", ALPHA, b"one\n")?;
        repository.add_target(&bin_of(BINNED), BINNED, b"binned\n")?;
        self.published(&repository, "read me\n", Some("one\n"))
    }

    fn update(&self) -> Result<State> {
        let repository = self.open()?;
        repository.add_target("targets", README, b"changed\n")?;
        self.published(&repository, "changed\n", Some("one\n"))
    }

    fn rotate(&self, rotations: &[(&str, &str, Handover)]) -> Result<State> {
        let repository = self.open()?;
        let mut staged = repository.stage()?;
        for (role, key, handover) in rotations {
            staged.set_keys(role, &self.role_keys(key)?, *handover)?;
        }
        staged.save()?;
        self.published(&repository, "changed\n", Some("one\n"))
    }

    fn revoke(&self) -> Result<State> {
        let repository = self.open()?;
        let mut staged = repository.stage()?;
        staged.revoke("alpha")?;
        staged.save()?;
        self.published(&repository, "changed\n", None)
    }

    fn renew(&self) -> Result<State> {
        self.open()?.refresh(&["snapshot", "timestamp"], now())?;
        self.keep("changed\n", None)
    }

    fn published(
        &self,
        repository: &Repository,
        readme: &'static str,
        alpha: Option<&'static str>,
    ) -> Result<State> {
        repository.publish(now())?;
        self.keep(readme, alpha)
    }

    /// Keeps what is published now as one more state.
    fn keep(&self, readme: &'static str, alpha: Option<&'static str>) -> Result<State> {
        let states = self.folder.with_file_name("states");
        fs::create_dir_all(&states)?;
        let number = fs::read_dir(&states)?.count();
        for part in ["metadata", "targets"] {
            copy_folder(&self.folder.join(part), &states.join(number.to_string()).join(part))?;
        }
        Ok(State::from([(README, Some(readme)), (ALPHA, alpha), (BINNED, Some("binned\n"))]))
    }

    fn open(&self) -> Result<Repository> {
        Ok(Repository::open(&self.folder, &self.state(), self.ring(), Periods::default())?)
    }

    /// What the publisher remembers.
    fn state(&self) -> PathBuf {
        self.folder.with_file_name("publisher")
    }

    fn ring(&self) -> KeyRing {
        self.keys.values().cloned().collect()
    }

    fn role_keys(&self, name: &str) -> Result<RoleKeys> {
        Ok(RoleKeys::single(self.keys.get(name).with_context(|| format!("no key {name}"))?.public()))
    }
}

fn bin_of(path: &str) -> String {
    let bins = SuccinctRoles {
        keyids: Vec::new(),
        threshold: 1,
        bit_length: BIN_BITS,
        name_prefix: "bin".to_owned(),
        unrecognized: serde_json::Map::new(),
    };
    bins.bin_of(path)
}

fn now() -> UnixTime {
    UnixTime(tuf_verifier_host::UnixTime::now().seconds())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
