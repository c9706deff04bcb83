//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tuf_verifier_host::long_version;

/// Make and verify bundles: metadata and targets of a TUF repository in one file
#[derive(Parser, Debug)]
#[command(name = "tuf-bundle", version, long_version = long_version(env!("CARGO_PKG_VERSION")))]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Make a bundle of the metadata and of some targets
    Create(CreateArguments),
    /// Verify a bundle and the targets in it; opens no socket
    Verify(VerifyArguments),
}

/// `tuf-bundle create`.
#[derive(Args, Debug)]
pub(crate) struct CreateArguments {
    /// Root metadata that is trusted already: the oldest that anybody will verify the bundle with
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: PathBuf,
    /// Base URL of the metadata, or their folder
    #[arg(long, value_name = "URL")]
    pub(crate) metadata: String,
    /// Base URL of the targets, or their folder
    #[arg(long, value_name = "URL")]
    pub(crate) targets: String,
    /// Bytes of a target: one that is listed with more is refused before it is fetched
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30)]
    pub(crate) max_target_length: u64,
    /// The bundle to write
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Target paths
    #[arg(value_name = "TARGET")]
    pub(crate) paths: Vec<String>,
}

/// `tuf-bundle verify`.
#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// Root metadata that is trusted already
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: PathBuf,
    /// Folder of the trusted store, which refuses a bundle older than what it has seen [default: none is kept]
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Replace the store's roots and versions by those of another trusted root, once
    #[arg(long, requires = "store")]
    pub(crate) replace_root_line: bool,
    /// Folder for the verified targets, each under its percent-encoded path [default: none is kept]
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Bytes of a target: one that is listed with more is refused before it is fetched
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30)]
    pub(crate) max_target_length: u64,
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    pub(crate) bundle: PathBuf,
    /// Target paths
    #[arg(value_name = "TARGET")]
    pub(crate) paths: Vec<String>,
}
