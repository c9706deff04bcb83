//! Where a repository is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

#[cfg(feature = "object-store")]
use crate::bucket::{Bucket, BucketTree};
use crate::error::Error;
use crate::repository::Repository;
use crate::repository::layout::Layout;
use crate::store::{Disk, Folder, FolderTree, Tree};

/// Where a repository is: a folder of its own, and what is published of it, in that folder or in an object store.
#[derive(Clone, Debug)]
pub struct Site {
    folder: PathBuf,
    #[cfg(feature = "object-store")]
    bucket: Option<Bucket>,
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Site {
    /// Everything is in one folder.
    fn from(folder: &P) -> Self {
        Self {
            folder: folder.as_ref().to_owned(),
            #[cfg(feature = "object-store")]
            bucket: None,
        }
    }
}

impl Site {
    /// What is published is in an object store. The folder has what is staged, and the locks.
    #[cfg(feature = "object-store")]
    #[must_use]
    pub fn with_bucket(mut self, bucket: Bucket) -> Self {
        self.bucket = Some(bucket);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn tree(&self, folder: Folder, disk: Disk) -> Arc<dyn Tree> {
        #[cfg(feature = "object-store")]
        if let Some(bucket) = &self.bucket {
            return Arc::new(BucketTree::new(bucket.clone()));
        }
        Arc::new(FolderTree::new(folder, disk))
    }
}

/// What is known of the store that is published to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreCheck {
    /// Nothing: nothing was published there from here.
    Unchecked,
    /// It goes by the conditions of one publisher at a time.
    Conditions,
    /// It was raced, and let one of many win each time. So is a folder, which has a lock.
    Raced,
}

/// What is remembered of a store, in the state folder.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checked {
    location: PathBuf,
    check: StoreCheck,
}

impl Repository {
    /// What is known of the store that is published to.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Io`].
    pub fn store_check(&self) -> Result<StoreCheck, Error> {
        if !self.layout.tree().is_shared() {
            return Ok(StoreCheck::Raced);
        }
        let path = checked(&self.layout);
        let Some(text) = self.layout.read_state(&path)? else { return Ok(StoreCheck::Unchecked) };
        let known: Checked =
            serde_json::from_slice(&text).map_err(|error| Error::unreadable(&path, error))?;
        let is_same = known.location == self.layout.location();
        Ok(if is_same { known.check } else { StoreCheck::Unchecked })
    }

    /// Races the store that is published to, and remembers that it went by the rules. None for a folder.
    ///
    /// # Errors
    /// As for [`examine`](crate::examine).
    #[cfg(feature = "object-store")]
    pub fn examine_store(site: &Site, state: &Path) -> Result<Option<crate::Examination>, Error> {
        let Some(bucket) = &site.bucket else { return Ok(None) };
        let examination = crate::examine(bucket)?;
        crate::store::private::prepare(state)?;
        let repository = Self::at(site, state, crate::KeyRing::default(), crate::Periods::default());
        repository.remember_check(StoreCheck::Raced)?;
        Ok(Some(examination))
    }

    /// Sees once that the store goes by the conditions, before something is written to it for the first time.
    pub(super) fn trust_store(&self) -> Result<(), Error> {
        if self.store_check()? != StoreCheck::Unchecked {
            return Ok(());
        }
        self.layout.tree().check()?;
        self.remember_check(StoreCheck::Conditions)
    }

    fn remember_check(&self, check: StoreCheck) -> Result<(), Error> {
        let checked_store = Checked { location: self.layout.location(), check };
        let text = serde_json::to_vec_pretty(&checked_store).map_err(Error::NotJson)?;
        self.state_disk.replace(&checked(&self.layout), &text)
    }
}

fn checked(layout: &Layout) -> PathBuf {
    layout.state().join("store.json")
}
