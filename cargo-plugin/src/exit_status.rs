//! The exit statuses, which are documented and do not change.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitStatus {
    /// Everything that was asked for was verified and done.
    Success = 0,
    /// Something that the repository cannot vouch for was to be used; nothing was built.
    NotCovered = 1,
    /// The command line, a configuration file, the trusted root or a folder cannot be used; nothing was verified.
    Usage = 2,
    /// A verification failed: an attack, or a broken repository.
    VerificationFailed = 40,
    /// The repository says that it does not have what was asked for.
    NotInRepository = 41,
    /// The metadata is expired, or older than what was trusted before.
    ExpiredOrRolledBack = 42,
    /// The metadata needs keys, hashes or a form that this version does not support; nothing was verified, and no attack
    /// was seen.
    Unsupported = 43,
    /// No answer from the repository; nothing was verified.
    Network = 68,
    /// Everything was verified, and cargo itself failed.
    CargoFailed = 101,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl ExitStatus {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Whether the status is an answer about what was to be installed, and not about the circumstances.
    #[must_use]
    pub fn is_verdict(self) -> bool {
        matches!(
            self,
            Self::NotCovered
                | Self::VerificationFailed
                | Self::NotInRepository
                | Self::ExpiredOrRolledBack
                | Self::Unsupported
        )
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
