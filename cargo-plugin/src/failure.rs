//! Why a command did not do what it was asked, with its exit status and what to do next.

use std::io;
use std::path::PathBuf;

use tuf_files::Exposed;
use tuf_verifier_host::records::{Cause, Missing, Place};
use tuf_verifier_host::{Error as VerifierError, NotFound, SourceError, with_causes};

use crate::cache::CacheError;
use crate::cargo_config::CargoConfigError;
use crate::closure::{ChecksumMismatch, NotCovered};
use crate::config::ConfigError;
use crate::crate_file::CrateFileError;
use crate::exit_status::ExitStatus;
use crate::index::{ForeignDependency, IndexError, NoVersion};
use crate::lock::LockError;
use crate::manifest::ManifestError;
use crate::package::{InvalidSpec, InvalidVersion, PackageId, PackageName};
use crate::preflight::Conflict;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was to be installed is no package or version.
    #[error(transparent)]
    Spec(#[from] InvalidSpec),
    /// `--version` is no version.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// The configuration of this command cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The user's cargo configuration cannot be read.
    #[error(transparent)]
    CargoConfig(#[from] CargoConfigError),
    /// The user's cargo configuration contradicts what this command does.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The trusted root file cannot be read.
    #[error("cannot read the trusted root {}", path.display())]
    TrustedRoot {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The verifier refused, or could not come to a verdict.
    #[error(transparent)]
    Verifier(#[from] VerifierError),
    /// A folder of this command's state, or a file above the build that cargo would read, can be changed by somebody else.
    #[error("{} is not used: {exposed}", path.display())]
    Exposed {
        /// The folder or file.
        path: PathBuf,
        /// What can be changed, and by whom.
        exposed: Exposed,
    },
    /// Somebody else can make a file that cargo or rustup would read.
    #[error("{} is missing, and others can make it, which cargo would obey: {exposed}", path.display())]
    Makeable {
        /// The file.
        path: PathBuf,
        /// The folder above it, and who can write to it.
        exposed: Exposed,
    },
    /// A cargo configuration stands between the user's own and the build, where only this command writes.
    #[error("{} is not part of your cargo configuration, but cargo would read it", path.display())]
    ForeignConfig {
        /// The file.
        path: PathBuf,
    },
    /// The repository's answer is that it does not have a file.
    #[error("{what} is not in the repository: {path}: {reason}")]
    NotInRepository {
        /// What was looked for.
        what: String,
        /// Its target path.
        path: String,
        /// Why the search ended.
        reason: Box<NotFound>,
    },
    /// The index lists no such version.
    #[error(transparent)]
    NoVersion(#[from] Box<NoVersion>),
    /// The index does not list the version of a package that is to be used.
    #[error("{package} is not in the repository: the index lists no such version")]
    NotInIndex {
        /// The package.
        package: PackageId,
    },
    /// A signed index file is no index file.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A package depends on a package of another registry.
    #[error(
        "not covered: {name} v{} depends on {} of another registry, {}", .dependency.of, .dependency.name,
        .dependency.registry
    )]
    ForeignDependency {
        /// The package.
        name: PackageName,
        /// The dependency.
        dependency: ForeignDependency,
    },
    /// A cargo asked for something of another source, and did not get it.
    #[error("not covered: cargo asked for {target}, which the repository cannot vouch for")]
    OtherSource {
        /// What it asked the proxy for.
        target: String,
    },
    /// A signed `.crate` file is no crate file.
    #[error(transparent)]
    CrateFile(#[from] CrateFileError),
    /// The package's manifest names sources that the repository cannot vouch for.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The Cargo.lock in a `.crate` file is none.
    #[error("malformed Cargo.lock in {package}: {error}")]
    Lock {
        /// The package whose lock it is.
        package: PackageId,
        /// What is wrong.
        error: LockError,
    },
    /// A `.crate` file has no Cargo.lock.
    #[error(
        "not covered: {package} has no Cargo.lock, so that its dependencies cannot be verified before the build"
    )]
    NoLock {
        /// The package.
        package: PackageId,
    },
    /// Two statements about one `.crate` file differ.
    #[error(transparent)]
    Checksum(#[from] Box<ChecksumMismatch>),
    /// The lock names packages that the repository cannot vouch for.
    #[error(transparent)]
    NotCovered(#[from] NotCovered),
    /// A file of the cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// There is no network, by the user's wish, and a file is needed.
    #[error("{what} is needed, and --offline keeps it from being fetched")]
    Offline {
        /// What is needed.
        what: String,
    },
    /// A file or folder could not be used.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was to be done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The proxy could not be started.
    #[error("cannot start the proxy on the loopback interface")]
    Proxy(#[source] io::Error),
    /// Cargo could not be started.
    #[error("cannot start {}", cargo.display())]
    CargoMissing {
        /// The command.
        cargo: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Cargo ended with an error of its own.
    #[error("everything that cargo asked for was verified, but cargo failed ({0})")]
    Cargo(std::process::ExitStatus),
    /// Cargo ended without an error, and its list of installed programs does not have the package.
    #[error("cargo ended without an error, but {package} is not installed")]
    NothingInstalled {
        /// The package.
        package: PackageId,
    },
    /// Nobody reads stdout any more.
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
    /// The user interrupted the command.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// The whole sentence: the message with what caused it, safe to print.
    #[must_use]
    pub fn sentence(&self) -> String {
        with_causes(self)
    }

    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Spec(_) | Self::Version(_) => "usage",
            Self::Config(error) => error.code(),
            Self::CargoConfig(CargoConfigError::Exposed { .. }) => "config-exposed",
            Self::CargoConfig(_) => "cargo-config-unusable",
            Self::TrustedRoot { .. } => "no-trusted-root",
            Self::Exposed { .. } | Self::Makeable { .. } => "state-exposed",
            Self::ForeignConfig { .. } => "cargo-config-conflict",
            Self::Conflict(conflict) => conflict.code(),
            Self::Verifier(error) => error.code(),
            Self::NotInRepository { reason, .. } => match reason.code.as_str() {
                "absent" => "not-in-repository",
                code => code,
            },
            Self::NoVersion(_) | Self::NotInIndex { .. } => "no-such-version",
            Self::Index(_) => "malformed-index",
            Self::ForeignDependency { .. }
            | Self::OtherSource { .. }
            | Self::NotCovered(_)
            | Self::Manifest(_) => "not-covered",
            Self::CrateFile(_) => "malformed-crate-file",
            Self::Lock { .. } => "malformed-lock",
            Self::NoLock { .. } => "no-lock",
            Self::Checksum(_) => "checksum-mismatch",
            Self::Cache(_) | Self::File { .. } => "file-unusable",
            Self::Offline { .. } => "offline",
            Self::Proxy(_) => "proxy-unusable",
            Self::CargoMissing { .. } => "cargo-missing",
            Self::Cargo(_) => "cargo-failed",
            Self::NothingInstalled { .. } => "not-installed",
            Self::Stdout(_) => "stdout-closed",
            Self::Interrupted => "interrupted",
        }
    }

    /// The exit status.
    #[must_use]
    pub fn status(&self) -> ExitStatus {
        match self {
            Self::Verifier(error) => verifier_status(error),
            Self::Spec(_)
            | Self::Version(_)
            | Self::Config(_)
            | Self::CargoConfig(_)
            | Self::Exposed { .. }
            | Self::Makeable { .. }
            | Self::ForeignConfig { .. }
            | Self::TrustedRoot { .. } => ExitStatus::Usage,
            Self::Conflict(conflict) => conflict.status(),
            Self::NotInRepository { .. } | Self::NoVersion(_) | Self::NotInIndex { .. } => {
                ExitStatus::NotInRepository
            }
            Self::Index(_) | Self::CrateFile(_) | Self::Lock { .. } | Self::Checksum(_) => {
                ExitStatus::VerificationFailed
            }
            Self::ForeignDependency { .. }
            | Self::OtherSource { .. }
            | Self::NotCovered(_)
            | Self::Manifest(_)
            | Self::NoLock { .. } => ExitStatus::NotCovered,
            Self::Cache(_) | Self::File { .. } | Self::Proxy(_) | Self::Stdout(_) => ExitStatus::Usage,
            Self::Offline { .. } => ExitStatus::Network,
            Self::CargoMissing { .. } | Self::Cargo(_) | Self::NothingInstalled { .. } => {
                ExitStatus::CargoFailed
            }
            Self::Interrupted => ExitStatus::Interrupted,
        }
    }
}

fn verifier_status(error: &VerifierError) -> ExitStatus {
    match error {
        VerifierError::Failure(failure) => match (&failure.cause, failure.code.as_str()) {
            (Cause::Refused(_), "rollback" | "freeze") => ExitStatus::ExpiredOrRolledBack,
            (Cause::Unsupported(_), _) => ExitStatus::Unsupported,
            (Cause::Missing(Missing { place: Place::Store, .. }), _) => ExitStatus::Network,
            _ => ExitStatus::VerificationFailed,
        },
        // A setting that cannot work: nobody was asked.
        VerifierError::Source(SourceError::Unusable { .. }) => ExitStatus::Usage,
        VerifierError::Source(_) | VerifierError::Offline { .. } => ExitStatus::Network,
        VerifierError::Store(_) | VerifierError::Output { .. } => ExitStatus::Usage,
        _ => ExitStatus::VerificationFailed,
    }
}
