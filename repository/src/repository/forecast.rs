//! What clients see after each single file of a publish: the core runs over what is published with the first files of the
//! plan on top, before any of them is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use tuf_verifier_core::{Failure, Request, Settings, UnixTime, UpdateCycle};

use crate::error::{Error, RehearsalError};
use crate::event::{newly_shadowed, target_change};
use crate::metadata::{ROOT, Root, Rotate, RotatedKeys, SNAPSHOT, Signed, Snapshot, TIMESTAMP, Timestamp};
use crate::repository::layout::{Layout, file_name, rotated_role};
use crate::repository::plan::PlannedFile;
use crate::repository::rehearsal::{Store, drive};
use crate::repository::state::State;
use crate::repository::verification::LONG_AGO;
use crate::repository::view::View;
use crate::review::{Change, Documents, KeyNames, changes};

/// What clients see before a publish, and after each of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The first step is what is published now.
    pub steps: Vec<ForecastStep>,
    /// What is built on.
    pub before: Documents,
    /// What is published in the end.
    pub after: Documents,
    /// The new root metadata, if it changes.
    pub root: Option<Root>,
    /// Top-level roles whose old keys sign nothing any more, although clients with the old root metadata know no others.
    pub abrupt: BTreeSet<String>,
    /// Of a recovery, keyids that are gone though nobody named them: their public key is that of one that is.
    pub also_gone: BTreeSet<String>,
    /// Of a recovery, what waits to be published and lists a key that it takes away.
    pub waiting: Waiting,
}

/// What is not published yet and lists a key that a recovery takes away: no publish takes it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Roles with such a staged change.
    pub staged: BTreeSet<String>,
    /// Events that were made here and can be read: the id, and the folder of the event.
    pub events: BTreeMap<String, PathBuf>,
}

/// What clients see once a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForecastStep {
    /// The file; none of the first step.
    pub written: Option<String>,
    /// What each kind of client sees.
    pub clients: Vec<(ClientKind, Seen)>,
}

/// What a client has before it updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientKind {
    /// The first root metadata, and nothing else.
    New,
    /// What was published last by its publisher.
    UpToDate,
    /// What is published now, which somebody else has signed with a stolen key.
    Deceived,
}

/// What a client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It accepts these versions.
    Accepted {
        /// Of root metadata.
        root: u64,
        /// Of the timestamp.
        timestamp: u64,
        /// Of the snapshot.
        snapshot: u64,
        /// Of top-level targets metadata.
        targets: u64,
    },
    /// It stays with what it has, for this reason.
    Refused(Failure),
}

impl Forecast {
    /// What changes, the most dangerous changes first.
    #[must_use]
    pub fn changes(&self, names: &KeyNames) -> Vec<Change> {
        changes(&self.before, &self.after, names)
    }

    /// What a role said of a target and what it is to say: length, digests, and everything else.
    #[must_use]
    pub fn target_change(&self, role: &str, path: &str) -> String {
        let [before, after] = [&self.before, &self.after]
            .map(|documents| documents.targets.get(role).and_then(|targets| targets.targets.get(path)));
        target_change(role, path, before, after)
    }

    /// Target paths that a role lists although it delegates them, by role, as far as this is new: clients never ask the other
    /// role for them.
    #[must_use]
    pub fn shadowing(&self) -> BTreeMap<&str, Vec<&str>> {
        let found = self.after.targets.iter().map(|(role, after)| {
            let before = self.before.targets.get(role);
            (role.as_str(), newly_shadowed(before, after))
        });
        found.filter(|(_, paths)| !paths.is_empty()).collect()
    }
}

impl ClientKind {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::New => "new client",
            Self::UpToDate => "existing client",
            Self::Deceived => "deceived client",
        }
    }
}

impl Seen {
    /// Whether the client updates.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }
}

/// What a publish is forecast from.
pub(super) struct Forecaster<'a> {
    pub(super) layout: &'a Layout,
    /// What was published last, if it is not what is published now.
    pub(super) kept: &'a [PlannedFile],
    /// The files that will be written, in their order.
    pub(super) files: &'a [PlannedFile],
    pub(super) now: UnixTime,
    /// What the plan was made from.
    pub(super) state: &'a State,
    /// Top-level roles whose old keys sign nothing any more.
    pub(super) abrupt: BTreeSet<String>,
}

impl Forecaster<'_> {
    /// Runs every kind of client over every step.
    ///
    /// # Errors
    /// [`Error::Rehearsal`] where a client refuses what is published in the end; [`Error::Io`].
    pub(super) fn run(&self) -> Result<Forecast, Error> {
        let stores = self.stores()?;
        let mut steps = vec![ForecastStep { written: None, clients: self.see(&stores, &self.published())? }];
        for count in 1..=self.files.len() {
            let planned = self.planned(count);
            let view = View { layout: self.layout, planned: &planned, hidden: None };
            let written = self.files.get(count - 1).map(PlannedFile::name);
            steps.push(ForecastStep { written, clients: self.see(&stores, &view)? });
        }
        let planned = self.planned(self.files.len());
        self.state.check_planned(&View { layout: self.layout, planned: &planned, hidden: None })?;
        let last = steps.last().map(|step| step.clients.as_slice()).unwrap_or_default();
        for (kind, seen) in last {
            if let Seen::Refused(cause) = seen {
                let client = format!("a {}", kind.words());
                return Err(RehearsalError::Refused { client, cause: cause.clone() }.into());
            }
        }
        self.check_end(&stores, &View { layout: self.layout, planned: &planned, hidden: None })?;
        let before = self.state.documents();
        let after = self.after(before.clone())?;
        let root = after.root.clone().filter(|_| self.files.iter().any(|file| file.role == ROOT));
        let (abrupt, also_gone, waiting) = (self.abrupt.clone(), BTreeSet::new(), Waiting::default());
        Ok(Forecast { steps, before, after, root, abrupt, also_gone, waiting })
    }

    /// The files over what was there before.
    fn after(&self, mut after: Documents) -> Result<Documents, Error> {
        for file in self.files {
            match file.role.as_str() {
                files if rotated_role(files).is_some() => {
                    let rotate: Rotate = self.parse(file)?;
                    let rotated = RotatedKeys::after(&rotate);
                    after.rotated.insert(rotate.role, rotated);
                }
                ROOT => after.root = Some(self.parse(file)?),
                TIMESTAMP => after.timestamp = Some(self.parse(file)?),
                SNAPSHOT => after.snapshot = Some(self.parse(file)?),
                role => drop(after.targets.insert(role.to_owned(), self.parse(file)?)),
            }
        }
        Ok(after)
    }

    fn parse<M: DeserializeOwned>(&self, file: &PlannedFile) -> Result<M, Error> {
        let parsed = serde_json::from_slice::<Signed<M>>(&file.bytes);
        let unreadable = |error| Error::unreadable(&self.layout.metadata(&file.name()), error);
        Ok(parsed.map_err(unreadable)?.signed)
    }

    /// Sees that every client ends with what is planned. A client that has another document of the same version accepts what is
    /// published, and keeps its own (5.4.3).
    fn check_end(&self, stores: &[(ClientKind, Store)], view: &View<'_>) -> Result<(), Error> {
        for (kind, store) in stores {
            let mut store = store.clone();
            update(view, &mut store, self.now)?;
            for file in self.files.iter().filter(|file| [SNAPSHOT, TIMESTAMP].contains(&file.role.as_str())) {
                if store.get(&format!("{}.json", file.role)).is_none_or(|stored| *stored != file.bytes) {
                    let (client, role) = (format!("a {}", kind.words()), file.role.clone());
                    return Err(RehearsalError::Kept { client, role, version: file.version }.into());
                }
            }
        }
        Ok(())
    }

    fn published(&self) -> View<'_> {
        View::published(self.layout)
    }

    /// The first files of the plan, over what is put back before them. The timestamp is not put back: it is replaced.
    fn planned(&self, count: usize) -> Vec<PlannedFile> {
        let kept = self.kept.iter().filter(|file| file.role != TIMESTAMP);
        self.files.iter().take(count).chain(kept).cloned().collect()
    }

    /// What each kind of client has stored before.
    fn stores(&self) -> Result<Vec<(ClientKind, Store)>, Error> {
        let last = View { layout: self.layout, planned: self.kept, hidden: self.root_after_kept() };
        let mut stores = vec![(ClientKind::New, Store::new()), (ClientKind::UpToDate, store_of(&last)?)];
        if !self.kept.is_empty() {
            stores.push((ClientKind::Deceived, store_of(&self.published())?));
        }
        Ok(stores)
    }

    fn root_after_kept(&self) -> Option<u64> {
        let roots = self.kept.iter().filter(|file| file.role == ROOT).map(|file| file.version);
        roots.max().map(|version| version.saturating_add(1))
    }

    fn see(&self, stores: &[(ClientKind, Store)], view: &View<'_>) -> Result<Vec<(ClientKind, Seen)>, Error> {
        let see =
            |(kind, store): &(ClientKind, Store)| Ok((*kind, update(view, &mut store.clone(), self.now)?));
        stores.iter().map(see).collect()
    }
}

/// The versions of each role that a client has seen which has updated from what is published now.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn seen_versions(layout: &Layout) -> Result<BTreeMap<String, u64>, Error> {
    let store = store_of(&View::published(layout))?;
    let mut seen = BTreeMap::new();
    let mut see = |name: &str, version: u64| {
        let seen: &mut u64 = seen.entry(name.strip_suffix(".json").unwrap_or(name).to_owned()).or_default();
        *seen = version.max(*seen);
    };
    // The core has read them.
    if let Some(timestamp) = read::<Timestamp>(&store, TIMESTAMP) {
        see(TIMESTAMP, timestamp.version);
        timestamp.meta.iter().for_each(|(name, file)| see(name, file.version));
    }
    if let Some(snapshot) = read::<Snapshot>(&store, SNAPSHOT) {
        see(SNAPSHOT, snapshot.version);
        snapshot.meta.iter().for_each(|(name, file)| see(name, file.version));
    }
    Ok(seen)
}

fn read<M: DeserializeOwned>(store: &Store, role: &str) -> Option<M> {
    let bytes = store.get(&format!("{role}.json"))?;
    serde_json::from_slice::<Signed<M>>(bytes).ok().map(|document| document.signed)
}

/// As much as a client stores of it, also where it refuses the rest. It came before any of it expired.
fn store_of(view: &View<'_>) -> Result<Store, Error> {
    let mut store = Store::new();
    let _accepted_or_not = update(view, &mut store, LONG_AGO)?;
    Ok(store)
}

fn update(view: &View<'_>, store: &mut Store, now: UnixTime) -> Result<Seen, Error> {
    let settings = Settings::default();
    let root = view.metadata(&file_name(ROOT, 1), settings.root_max_length)?.unwrap_or_default();
    let mut cycle = match UpdateCycle::start(&root, now, settings) {
        Ok(cycle) => cycle,
        Err(failure) => return Ok(Seen::Refused(failure)),
    };
    Ok(match drive(&mut cycle, store, view)? {
        Ok(Request::Ready(report)) => Seen::Accepted {
            root: report.root.version,
            timestamp: report.timestamp.version,
            snapshot: report.snapshot.version,
            targets: report.targets.version,
        },
        Ok(_) => Seen::Refused(tuf_verifier_core::Misuse::NothingFound.into()),
        Err(failure) => Seen::Refused(failure),
    })
}
