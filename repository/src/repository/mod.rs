//! A repository: a folder, and what is published, in that folder or in an object store.
//!
//! The truth is what is published: versions and keys are read from it, and from nothing else. It is verified each time
//! it is read, from root metadata that is remembered in the publisher's state folder, outside of everything that is
//! served. Changes are staged in the state folder, one file a role. A publish plans and signs everything first, rehearses it as clients will see it, puts
//! the plan on the disk, and only then writes published files. After a crash the next publish writes the same bytes
//! again.

mod admission;
mod adoption;
mod agreement;
mod authority;
mod changes;
mod client_check;
mod documents;
mod draft;
mod due_roles;
mod event_publish;
mod events;
mod folder;
mod forecast;
mod foreign_lines;
mod given_up;
mod journal;
mod kept;
mod keys;
mod layout;
mod listing;
mod memory;
mod open_event;
mod pending;
mod periods;
mod plan;
mod prune;
mod publish;
pub mod rebase;
mod recovery;
mod rehearsal;
mod renewal;
mod rotation;
mod rounds;
mod signing;
mod site;
mod staging;
mod state;
mod status;
mod target_files;
mod upload;
mod verification;
mod view;

pub use admission::{Admission, Admitted};
pub use adoption::{Adoption, Versions};
pub use agreement::Disagreement;
pub(crate) use agreement::disagreements_of;
pub use due_roles::{LeftRole, Renewed};
pub use events::{EventRequest, Rebased};
pub use folder::StagedFolder;
pub use forecast::{ClientKind, Forecast, ForecastStep, Seen, Waiting};
pub use journal::{JournalEntry, JournalError, JournalFile, JournalHead};
pub use kept::Restored;
pub use keys::{Delegation, EarlierRole, Handover, RoleKeys, SharedKey};
pub(crate) use layout::check_role_name;
pub use listing::{Change, TargetEntry};
pub use periods::Periods;
pub use prune::{Keep, Pruned};
pub use publish::{Published, Setup};
pub use recovery::{BuildOn, LastRoot, Recovery};
pub use renewal::{Contradiction, FoundIn, LeadTimes};
pub use site::{Site, StoreCheck};
pub use staging::{Added, Staged, TargetDescription};
pub use status::{Newer, RoleStatus, Status};
pub use target_files::{ListedTarget, TargetFiles};
pub use upload::{CopyState, OlderCopy, Replaced, UploadError, Uploaded};

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::clients::ClientRules;
use crate::error::Error;
use crate::key::Signers;
use crate::store::{Disk, Folder, Lock, PATIENCE, WriteObserver, private};
pub(crate) use authority::delegates;
pub(crate) use journal::HEAD as JOURNAL_HEAD;
use layout::{Layout, unfinished};
pub(crate) use layout::{check_file_role, file_name};
use memory::Memory;
use pending::{Disks, Pending, StagedTargets};
pub(crate) use state::MOST_BIN_BITS;

/// A repository: a folder, and what is published, there or in an object store.
pub struct Repository {
    layout: Layout,
    disk: Disk,
    state_disk: Disk,
    signers: Box<dyn Signers>,
    periods: Periods,
    clients: ClientRules,
    waiting: Box<dyn Fn()>,
    /// How long another process is waited for.
    patience: Duration,
    /// Called before a change is planned anew, because another publisher was faster; with the number of times.
    pause: Box<dyn Fn(u32)>,
    keeps_journal: bool,
}

impl Repository {
    /// Opens a repository. Nothing is locked or changed by it.
    ///
    /// `state` is the publisher's folder for this repository, outside of everything that is served: what it remembers of
    /// the repository, and drafts. Nobody else may be able to write to it. It need not be there yet.
    ///
    /// # Errors
    /// [`Error::NoRepository`] where the folder holds none; [`Error::OthersCanWrite`] where others can write to the state
    /// folder.
    pub fn open(
        site: impl Into<Site>,
        state: &Path,
        signers: impl Signers + 'static,
        periods: Periods,
    ) -> Result<Self, Error> {
        private::check(state)?;
        let repository = Self::at(&site.into(), state, signers, periods);
        let layout = &repository.layout;
        let is_known = Memory::load(layout)?.is_some() || Pending::load(layout)?.is_some();
        if !is_known && layout.read_metadata("1.root.json", 0)?.is_none() {
            return Err(Error::NoRepository(layout.location()));
        }
        Ok(repository)
    }

    /// Calls `waiting` whenever another process has locked the repository, before this one waits for it.
    #[must_use]
    pub fn on_wait(mut self, waiting: impl Fn() + 'static) -> Self {
        self.waiting = Box::new(waiting);
        self
    }

    /// Waits this long for another process that has locked the repository. Default: five minutes.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Calls `pause` instead of waiting for a random time of some seconds, before a change is planned anew because another
    /// publisher was faster. It is told how often that has happened.
    #[must_use]
    pub fn on_contention(mut self, pause: impl Fn(u32) + 'static) -> Self {
        self.pause = Box::new(pause);
        self
    }

    /// Shows every change of the folder to an observer first, which can stop it.
    #[must_use]
    pub fn observe_writes(self, observer: Arc<dyn WriteObserver>) -> Self {
        self.state_disk.observe(Arc::clone(&observer));
        self.layout.tree().observe(Arc::clone(&observer));
        self.disk.observe(observer);
        self
    }

    /// The periods that metadata is signed for from now on.
    pub fn periods_mut(&mut self) -> &mut Periods {
        &mut self.periods
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.layout.folder()
    }

    /// Begins a set of changes. The repository is locked as long as the set lives.
    ///
    /// # Errors
    /// [`Error::Interrupted`] where a publish was interrupted: finish it or discard it first.
    pub fn stage(&self) -> Result<Staged<'_>, Error> {
        let lock = self.lock()?;
        if Pending::load(&self.layout)?.is_some() {
            return Err(Error::Interrupted);
        }
        Staged::begin(&self.layout, &self.disk, &self.state_disk, lock)
    }

    /// Adds one target and keeps the change. Several are faster in one [`Repository::stage`].
    ///
    /// # Errors
    /// As [`Staged::add_target`].
    pub fn add_target(&self, role: &str, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut staged = self.stage()?;
        staged.add_target(role, path, bytes, None)?;
        staged.save()
    }

    /// Adds one delegation and keeps the change.
    ///
    /// # Errors
    /// As [`Staged::delegate`].
    pub fn delegate(&self, delegator: &str, delegation: Delegation) -> Result<(), Error> {
        let mut staged = self.stage()?;
        staged.delegate(delegator, delegation)?;
        staged.save()
    }

    /// Periods that contradict each other: of the settings for these roles, and of what is published.
    #[must_use]
    pub fn contradictions(&self, status: &Status) -> Vec<Contradiction> {
        let mut found = renewal::contradictory_periods(&status.roles, &self.periods);
        found.extend(renewal::contradictory_expiries(&status.roles));
        found
    }

    /// Forgets every change that is not published, an interrupted publish included. Events stay, and the target files that
    /// they need.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn discard(&self) -> Result<(), Error> {
        let _lock = self.lock()?;
        let targets = match self.has_open_events()? {
            true => StagedTargets::Kept,
            false => StagedTargets::Removed,
        };
        pending::discard(targets, &self.layout, self.disks())
    }

    /// What is published, and what is not yet.
    ///
    /// # Errors
    /// [`Error::NotAdopted`]; [`Error::Changed`] and [`Error::RolledBack`] where somebody else has written to the folder.
    pub fn status(&self) -> Result<Status, Error> {
        self.layout.tree().begin();
        Status::load(&self.layout)
    }

    fn at(site: &Site, state: &Path, signers: impl Signers + 'static, periods: Periods) -> Self {
        let folder = Folder::new(site.path());
        let disk = Disk::new(folder.clone(), unfinished(folder.path()));
        let layout = Layout::new(folder.clone(), state, site.tree(folder, disk.clone()));
        let state_disk = Disk::new(layout.remembered().clone(), layout.unfinished_state());
        Self {
            layout,
            disk,
            state_disk,
            signers: Box::new(signers),
            periods,
            clients: ClientRules::default(),
            waiting: Box::new(|| {}),
            patience: PATIENCE,
            pause: Box::new(rounds::pause),
            keeps_journal: false,
        }
    }

    fn lock(&self) -> Result<Lock, Error> {
        let lock = self.lock_file(&self.layout.lock())?;
        self.layout.tree().begin();
        Ok(lock)
    }

    fn lock_file(&self, path: &Path) -> Result<Lock, Error> {
        private::prepare(self.layout.state())?;
        Lock::acquire(self.layout.own(), path, self.patience, &self.waiting)
    }

    fn disks(&self) -> Disks<'_> {
        Disks { own: &self.disk, state: &self.state_disk }
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository").field("folder", &self.layout.folder()).finish_non_exhaustive()
    }
}
