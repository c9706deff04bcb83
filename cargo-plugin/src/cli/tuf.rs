//! `cargo tuf`.

use clap::{Parser, Subcommand};
use tuf_verifier_host::long_version;

use super::{EXIT_STATUSES, InstallArguments, RepositoryArguments, ShellArguments};

/// Verify what cargo builds against the signed metadata of a TUF repository
#[derive(Parser, Clone, Debug)]
#[command(
    name = "cargo-tuf",
    bin_name = "cargo tuf",
    version,
    long_version = long_version(env!("CARGO_PKG_VERSION")),
    after_help = EXIT_STATUSES
)]
pub struct TufArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: TufCommand,
}

/// The commands of `cargo tuf`.
#[derive(Subcommand, Clone, Debug)]
pub enum TufCommand {
    /// The same as `cargo tuf-install`
    #[command(bin_name = "cargo tuf install")]
    Install(Box<InstallArguments>),
    /// Refresh the metadata of the repository and print what is trusted
    Status(StatusArguments),
}

/// `cargo tuf status`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = EXIT_STATUSES)]
pub struct StatusArguments {
    /// Which repository, and whom to trust.
    #[command(flatten)]
    pub repository: RepositoryArguments,
    /// What is printed, and how.
    #[command(flatten)]
    pub shell: ShellArguments,
}
