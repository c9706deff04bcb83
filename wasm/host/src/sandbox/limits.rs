//! What one instance of the component may use.

use std::time::Duration;

use wasmtime::{Error, ResourceLimiter, Trap};

use super::error::SandboxError;

/// What one instance of the component may use. They are a net under the limits of [`Settings`](crate::Settings),
/// which refuse long files with a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxLimits {
    /// Bytes of memory; the component's own maximum is 1 GiB. A metadata file needs up to eight times its length: whoever
    /// raises [`Settings::listed_max_length`](crate::Settings) raises this as well.
    pub memory: u64,
    /// Time that one refresh, one search or one check of target bytes may compute; fetching and storing do not count.
    pub computation: Duration,
}

impl Default for SandboxLimits {
    /// 512 MiB and 60 seconds.
    fn default() -> Self {
        Self { memory: 512 << 20, computation: Duration::from_secs(60) }
    }
}

/// The limits of a running instance, and the one of memory that was met.
pub(crate) struct Meter {
    limits: SandboxLimits,
    /// The limit of memory that was met: ours, or the module's own where that is lower.
    memory_met: Option<u64>,
}

impl Meter {
    pub(crate) fn new(limits: SandboxLimits) -> Self {
        Self { limits, memory_met: None }
    }

    /// The limit that an error of Wasmtime comes from, if it is one.
    pub(crate) fn limit_met(&self, error: &Error) -> Option<SandboxError> {
        if let Some(limit) = self.memory_met {
            return Some(SandboxError::OutOfMemory { limit });
        }
        matches!(error.downcast_ref(), Some(Trap::Interrupt))
            .then_some(SandboxError::OutOfTime { limit: self.limits.computation })
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        let of_module = maximum.and_then(|maximum| u64::try_from(maximum).ok()).unwrap_or(u64::MAX);
        let limit = self.limits.memory.min(of_module);
        if u64::try_from(desired).is_ok_and(|desired| desired <= limit) {
            return Ok(true);
        }
        // An error, not a refused growth: the guest's allocator would turn that into a panic, and the cause were lost.
        self.memory_met = Some(limit);
        Err(Error::msg("the memory limit is met"))
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        self.memory_met.get_or_insert(self.limits.memory);
        Err(error)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, Error> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

/// Elements of a table: those of the component's functions are a few hundred, and none grows.
const TABLE_ELEMENTS: usize = 10_000;
