//! What a command has to say: one JSON object a line for programs, one line of words for people.

use serde::Serialize;
use tuf_verifier_host::records::RoleState;
use tuf_verifier_host::{Report, UnixTime};

use crate::exit_status::ExitStatus;
use crate::failure::Failure;
use crate::registry::Described;

/// What happened. The names and fields of the JSON objects are documented in the README and do not change.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "reason")]
#[non_exhaustive]
pub enum Event {
    /// The repository's metadata is authentic and current.
    #[serde(rename = "tuf-refreshed")]
    Refreshed {
        /// Where the repository's metadata is.
        repository: String,
        /// The trusted root metadata.
        root: Role,
        /// The trusted timestamp metadata.
        timestamp: Role,
        /// The trusted snapshot metadata.
        snapshot: Role,
        /// The trusted top-level targets metadata.
        targets: Role,
        /// Whether nothing changed since the last time.
        unchanged: bool,
    },
    /// A file of the trusted store was not used, and is replaced.
    #[serde(rename = "tuf-notice")]
    Notice {
        /// File name in the store.
        file: String,
        /// Stable code of why.
        code: String,
        /// Why, in words.
        message: String,
    },
    /// A check was not made as the specification demands, since it was asked not to be.
    #[serde(rename = "tuf-waived")]
    Waived {
        /// Stable code of the check.
        code: String,
        /// Which check, and why it was not made.
        message: String,
    },
    /// A package's index entry and the signed hash of its crate file were verified, and agree.
    #[serde(rename = "tuf-verified")]
    Verified {
        /// Name.
        name: String,
        /// Version.
        version: String,
        /// SHA-256 of the crate file.
        checksum: String,
        /// The role that signed for the crate file.
        role: String,
    },
    /// The packages of a Cargo.lock were verified.
    #[serde(rename = "tuf-closure-verified")]
    ClosureVerified {
        /// Name of the package whose lock it is.
        name: String,
        /// Its version.
        version: String,
        /// Number of packages in the lock without itself.
        packages: usize,
    },
    /// The answer is no.
    #[serde(rename = "tuf-refused")]
    Refused(Problem),
    /// There is no answer.
    #[serde(rename = "tuf-failed")]
    Failed(Problem),
    /// The command is over. Always the last line.
    #[serde(rename = "tuf-finished")]
    Finished {
        /// Whether everything was verified and done.
        success: bool,
        /// The exit status.
        status: u8,
    },
}

/// One trusted metadata file.
#[derive(Clone, Debug, Serialize)]
pub struct Role {
    /// Version number.
    pub version: u64,
    /// Expiry, `YYYY-MM-DDTHH:MM:SSZ`.
    pub expires: String,
}

/// Why a command did not do what it was asked.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// Stable kebab-case code.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// The exit status that goes with it.
    pub status: u8,
}

impl Event {
    /// What a refresh established.
    #[must_use]
    pub fn refreshed(repository: String, report: &Report) -> Self {
        Self::Refreshed {
            repository,
            root: Role::new(report.root),
            timestamp: Role::new(report.timestamp),
            snapshot: Role::new(report.snapshot),
            targets: Role::new(report.targets),
            unchanged: report.timestamp_unchanged,
        }
    }

    /// A package whose index entry and crate file agree.
    #[must_use]
    pub fn verified(described: &Described) -> Self {
        Self::Verified {
            name: described.package.name.to_string(),
            version: described.package.version.to_string(),
            checksum: described.entry.checksum.clone(),
            role: described.target.role.clone(),
        }
    }

    /// The files of the trusted store that a refresh did not use.
    pub fn notices(report: &Report) -> impl Iterator<Item = Self> {
        report.notices.iter().map(|notice| Self::Notice {
            file: notice.name.clone(),
            code: notice.why.code.clone(),
            message: notice.why.message.clone(),
        })
    }

    /// The checks that a refresh did not make.
    pub fn waivers(report: &Report) -> impl Iterator<Item = Self> {
        report
            .waived
            .iter()
            .map(|waiver| Self::Waived { code: waiver.code.clone(), message: waiver.message.clone() })
    }

    /// Why a command did not do what it was asked.
    #[must_use]
    pub fn problem(failure: &Failure) -> Self {
        let status = failure.status();
        let problem =
            Problem { code: failure.code().to_owned(), message: failure.sentence(), status: status.code() };
        if status.is_verdict() { Self::Refused(problem) } else { Self::Failed(problem) }
    }

    /// The end of a command.
    #[must_use]
    pub fn finished(status: ExitStatus) -> Self {
        Self::Finished { success: status == ExitStatus::Success, status: status.code() }
    }
}

impl Role {
    fn new(state: RoleState) -> Self {
        Self { version: state.version, expires: UnixTime::from_seconds(state.expires).to_string() }
    }
}
