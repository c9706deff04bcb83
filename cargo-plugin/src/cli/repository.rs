//! Options that every command has.

use std::path::PathBuf;

use clap::{ArgAction, Args, ColorChoice};

use crate::cargo_config::CargoConfig;
use crate::config::Flags;
use crate::repository::Network;
use crate::shell::{MessageFormat, ProgressWhen, Shell, Verbosity};

/// Which repository, and whom to trust.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Repository options")]
pub struct RepositoryArguments {
    /// Base URL or folder of the repository's metadata
    #[arg(long, value_name = "URL")]
    pub metadata_url: Option<String>,
    /// Base URL or folder of the repository's target files [default: `targets` beside `metadata`]
    #[arg(long, value_name = "URL")]
    pub targets_url: Option<String>,
    /// Root metadata that you got from the publisher and trust
    #[arg(long, value_name = "FILE")]
    pub trusted_root: Option<PathBuf>,
    /// Read this file in place of .cargo/tuf.toml and $CARGO_HOME/tuf.toml
    #[arg(long, value_name = "FILE")]
    pub tuf_config: Option<PathBuf>,
    /// Do not ask the repository again within this time after a refresh, as long as nothing has expired
    #[arg(long, value_name = "SECONDS")]
    pub fresh_for: Option<u64>,
    /// Run without the network: metadata of the trusted store, files of the cache
    #[arg(long)]
    pub offline: bool,
}

/// What is printed, and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Display options")]
pub struct ShellArguments {
    /// Say every metadata file and package (-vv: pass -v to cargo too)
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say errors only
    #[arg(short, long)]
    pub quiet: bool,
    /// When to colour the text on stderr
    #[arg(long, value_name = "WHEN")]
    pub color: Option<ColorChoice>,
    /// What stdout is for
    #[arg(long, value_name = "FMT", default_value = "human")]
    pub message_format: MessageFormat,
}

impl RepositoryArguments {
    /// The values for the configuration.
    #[must_use]
    pub fn flags(&self) -> Flags {
        Flags {
            metadata_url: self.metadata_url.clone(),
            targets_url: self.targets_url.clone(),
            trusted_root: self.trusted_root.clone(),
            fresh_for: self.fresh_for,
            file: self.tuf_config.clone(),
        }
    }

    /// Whether the network may be used, by these options and by cargo's `net.offline`.
    #[must_use]
    pub fn network(&self, cargo: &CargoConfig) -> Network {
        if self.offline || cargo.offline() { Network::Offline } else { Network::Online }
    }
}

impl ShellArguments {
    /// A shell for these options, and below them the user's cargo configuration where it could be read.
    #[must_use]
    pub fn shell(&self, cargo: Option<&CargoConfig>) -> Shell {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, _) => Verbosity::Verbose,
        };
        let configured = || match cargo?.color()?.as_str() {
            "always" => Some(ColorChoice::Always),
            "never" => Some(ColorChoice::Never),
            _ => None,
        };
        let color = self.color.or_else(configured).unwrap_or(ColorChoice::Auto);
        let never = cargo.and_then(CargoConfig::progress).is_some_and(|when| when == "never");
        let when = if never { ProgressWhen::Never } else { ProgressWhen::Auto };
        Shell::new(verbosity, self.message_format, color, when)
    }
}
