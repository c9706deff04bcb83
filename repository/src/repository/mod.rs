//! A repository in a folder.
//!
//! The truth is what is published: versions and keys are read from it, and from nothing else. Changes are staged
//! beside it, one file a role. A publish plans and signs everything first, rehearses it as clients will see it, puts
//! the plan on the disk, and only then writes published files. After a crash the next publish writes the same bytes
//! again.

mod authority;
mod changes;
mod documents;
mod draft;
mod folder;
mod hashing;
mod keys;
mod layout;
mod pending;
mod periods;
mod plan;
mod publish;
mod rehearsal;
mod signing;
mod staging;
mod state;
mod status;
mod upload;

pub use folder::StagedFolder;
pub use keys::{Delegation, Handover, RoleKeys};
pub use periods::Periods;
pub use publish::{Published, Setup};
pub use staging::{Staged, TargetDescription};
pub use status::{RoleStatus, Status};
pub use upload::{UploadError, Uploaded};

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::key::Signers;
use crate::store::{Disk, Lock, PATIENCE, WriteObserver};
use layout::Layout;
use pending::Pending;

/// A repository in a folder.
pub struct Repository {
    layout: Layout,
    disk: Disk,
    signers: Box<dyn Signers>,
    periods: Periods,
    waiting: Box<dyn Fn()>,
    /// How long another process is waited for.
    patience: Duration,
}

impl Repository {
    /// Opens a repository. Nothing is locked or changed by it.
    ///
    /// # Errors
    /// [`Error::NoRepository`] where the folder holds none.
    pub fn open(folder: &Path, signers: impl Signers + 'static, periods: Periods) -> Result<Self, Error> {
        let repository = Self::at(folder, signers, periods);
        let published = repository.layout.metadata("1.root.json").exists();
        if !published && Pending::load(&repository.layout)?.is_none() {
            return Err(Error::NoRepository(folder.to_owned()));
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

    /// Shows every change of the folder to an observer first, which can stop it.
    #[must_use]
    pub fn observe_writes(mut self, observer: Arc<dyn WriteObserver>) -> Self {
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
        Staged::begin(&self.layout, &self.disk, lock)
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

    /// Forgets every change that is not published, an interrupted publish included.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn discard(&self) -> Result<(), Error> {
        let _lock = self.lock()?;
        pending::discard(&self.layout, &self.disk)
    }

    /// What is published, and what is not yet.
    ///
    /// # Errors
    /// [`Error::Unreadable`] where published metadata is missing or broken.
    pub fn status(&self) -> Result<Status, Error> {
        Status::load(&self.layout)
    }

    fn at(folder: &Path, signers: impl Signers + 'static, periods: Periods) -> Self {
        let layout = Layout::new(folder);
        let disk = Disk::new(layout.temporary());
        Self {
            layout,
            disk,
            signers: Box::new(signers),
            periods,
            waiting: Box::new(|| {}),
            patience: PATIENCE,
        }
    }

    fn lock(&self) -> Result<Lock, Error> {
        let staged = self.layout.staged();
        std::fs::create_dir_all(&staged).map_err(|cause| Error::io("create the folder", &staged, cause))?;
        Lock::acquire(&self.layout.lock(), self.patience, &self.waiting)
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository").field("folder", &self.layout.folder()).finish_non_exhaustive()
    }
}
