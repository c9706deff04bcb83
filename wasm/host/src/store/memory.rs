//! A trusted store in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use super::file_name::StoreName;
use super::{Guard, Store, StoreError};

/// A trusted store that ends with its process. Clones share what they hold.
///
/// Without a lasting store, metadata that is older than what was trusted before cannot be told (rollback attacks
/// between processes).
#[derive(Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    lock: Mutex<()>,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
}

struct MemoryLock<'a> {
    /// Dropping it releases the lock.
    _guard: MutexGuard<'a, ()>,
}

impl Guard for MemoryLock<'_> {}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The names of its files, in the order of their bytes.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.files().keys().cloned().collect()
    }

    /// A write is one insertion: a panic elsewhere leaves the map whole.
    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.shared.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("names", &self.names()).finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn lock(&self, waiting: &mut dyn FnMut()) -> Result<Box<dyn Guard + '_>, StoreError> {
        let guard = match self.shared.lock.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                waiting();
                self.shared.lock.lock().unwrap_or_else(PoisonError::into_inner)
            }
        };
        Ok(Box::new(MemoryLock { _guard: guard }))
    }

    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        StoreName::parse(name)?;
        Ok(self.files().get(name).cloned())
    }

    fn persist(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        StoreName::parse(name)?;
        self.files().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<(), StoreError> {
        StoreName::parse(name)?;
        self.files().remove(name);
        Ok(())
    }
}
