//! The command line of the protocol.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use tuf_verifier_host::long_version;

/// The client under test of the official TUF conformance suite
#[derive(Parser, Debug)]
#[command(
    name = "tuf-conformance-client",
    version,
    long_version = long_version(env!("CARGO_PKG_VERSION")),
    disable_help_subcommand = true,
    arg_required_else_help = false
)]
pub(crate) struct Arguments {
    /// Folder of the trusted metadata
    #[arg(long, value_name = "DIR")]
    pub(crate) metadata_dir: PathBuf,
    /// Base URL of the repository's metadata
    #[arg(long, value_name = "URL")]
    pub(crate) metadata_url: Option<String>,
    /// Target path to download; given again, the targets are downloaded in this order
    #[arg(long = "target-name", value_name = "PATH", allow_hyphen_values = true)]
    pub(crate) target_names: Vec<String>,
    /// Folder of the downloaded targets
    #[arg(long, value_name = "DIR")]
    pub(crate) target_dir: Option<PathBuf>,
    /// Base URL of the repository's targets
    #[arg(long, value_name = "URL")]
    pub(crate) target_base_url: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands of the protocol.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Begin to trust this root metadata; asks the repository for nothing
    Init {
        /// File of the root metadata
        trusted_root: PathBuf,
    },
    /// Bring the trusted metadata up to date
    Refresh,
    /// Bring the trusted metadata up to date and download targets
    Download,
}

/// What a command line asks for.
pub(crate) enum Asked {
    /// A command.
    Command(Arguments),
    /// The help or the version.
    Text(String),
}

impl Arguments {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub(crate) fn read(line: impl IntoIterator<Item = OsString>) -> Result<Asked, Box<dyn Error>> {
        match Self::try_parse_from(line) {
            Ok(arguments) => Ok(Asked::Command(arguments)),
            Err(error) if !error.use_stderr() => Ok(Asked::Text(error.to_string())),
            Err(error) => Err(first_paragraph(&error.to_string()).into()),
        }
    }
}

/// What clap says before the usage, as one line without its own `error: `.
fn first_paragraph(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect::<Vec<_>>().join(" ")
}
