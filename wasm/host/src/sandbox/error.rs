//! Why the component did not come to a verdict.

use std::time::Duration;

/// Why the component did not come to a verdict. Never a verdict itself: nothing was accepted, nothing refused.
///
/// The instance that was stopped is not used again. A session goes on in a new one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The component needed more memory than allowed.
    #[error("the verifier needed more than {limit} bytes of memory, the limit `memory` of its sandbox")]
    OutOfMemory {
        /// Bytes allowed.
        limit: u64,
    },
    /// One refresh, search or check took longer than allowed.
    #[error("the verifier computed for longer than {limit:?}, the limit `computation` of its sandbox")]
    OutOfTime {
        /// Time allowed.
        limit: Duration,
    },
    /// The component broke off: a defect of the component.
    #[error("the verifier broke off: {reason}")]
    Trapped {
        /// What Wasmtime reported.
        reason: String,
    },
    /// The component cannot run on this machine.
    #[error("the verifier cannot run on this machine: {reason}")]
    Unusable {
        /// What Wasmtime reported.
        reason: String,
    },
}

impl SandboxError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfMemory { .. } => "sandbox-out-of-memory",
            Self::OutOfTime { .. } => "sandbox-out-of-time",
            Self::Trapped { .. } => "sandbox-trapped",
            Self::Unusable { .. } => "sandbox-unusable",
        }
    }
}
