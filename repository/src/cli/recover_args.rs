//! The command line of `tufrepo recover` as it is written.

use std::str::FromStr;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use tuf_repository::BuildOn;

use crate::cli::registry::Destination;

/// What is to be recovered from. Each command prints first what clients will see after each file that is written, proved by
/// running them over it, and then publishes.
#[derive(Debug, Subcommand)]
pub(crate) enum RecoverCommand {
    /// The keys of the timestamp or snapshot role are stolen or lost.
    OnlineKey(OnlineKey),
    /// The key of a targets role, top-level or delegated, is stolen or lost.
    Key(AnyKey),
    /// Somebody has published versions so high that clients refuse everything that follows. Gives the snapshot and timestamp
    /// roles new keys: clients forget the versions then.
    FastForward(FastForward),
    /// Keys of the root role are stolen or lost.
    Root(RootKey),
}

/// What every recovery needs.
#[derive(Debug, ClapArgs)]
pub(crate) struct Replacement {
    /// New key: the name of a key of the repository, or a file such as `./NAME.json`; `ROLE=KEY` for one role. May be repeated.
    #[arg(long, required = true, value_name = "[ROLE=]KEY")]
    pub(crate) new_key: Vec<NewKey>,
    /// New key that the repository gave up before, and that nobody else has ever had. May be repeated.
    #[arg(long, value_name = "KEY")]
    pub(crate) take_back: Vec<String>,
    /// What to build on, if what is published is not what was published last from here.
    #[arg(long, value_name = "STATE")]
    pub(crate) build_on: Option<StartingState>,
    /// Print what clients would see, and write nothing.
    #[arg(long, conflicts_with = "to")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) destination: Destination,
}

/// Keys of the timestamp or snapshot role.
#[derive(Debug, ClapArgs)]
pub(crate) struct OnlineKey {
    /// Key that is gone, by name or keyid. May be repeated. Otherwise every key of the two roles is.
    #[arg(long, value_name = "KEY")]
    pub(crate) gone: Vec<String>,
    #[command(flatten)]
    pub(crate) replacement: Replacement,
}

/// A key of any role.
#[derive(Debug, ClapArgs)]
pub(crate) struct AnyKey {
    /// Key that is gone, by name or keyid. May be repeated. No role has it afterwards.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) gone: Vec<String>,
    #[command(flatten)]
    pub(crate) replacement: Replacement,
}

/// Planted versions.
#[derive(Debug, ClapArgs)]
pub(crate) struct FastForward {
    /// Targets role, top-level or delegated, whose keys are gone too. May be repeated.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    #[command(flatten)]
    pub(crate) replacement: Replacement,
}

/// Keys of the root role.
#[derive(Debug, ClapArgs)]
pub(crate) struct RootKey {
    /// Key that is gone, by name or keyid. May be repeated.
    #[arg(long, required = true, value_name = "KEY")]
    pub(crate) gone: Vec<String>,
    /// So many keys are stolen that no threshold is left, and you still have them: they sign a last time. A thief can do the same,
    /// so ship the new root metadata to clients as well.
    #[arg(long)]
    pub(crate) threshold_stolen: bool,
    #[command(flatten)]
    pub(crate) replacement: Replacement,
}

/// What a recovery starts from.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum StartingState {
    /// What was published last from here: whatever came after it is a thief's.
    Remembered,
    /// What is published now: another publisher of yours has gone on.
    Published,
}

impl From<StartingState> for BuildOn {
    fn from(state: StartingState) -> Self {
        match state {
            StartingState::Remembered => Self::Remembered,
            StartingState::Published => Self::Published,
        }
    }
}

/// A key for every role that loses one, or for one role.
#[derive(Clone, Debug)]
pub(crate) struct NewKey {
    pub(crate) role: Option<String>,
    pub(crate) key: String,
}

impl FromStr for NewKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, key) = match text.split_once('=') {
            Some((role, key)) => (Some(role.to_owned()), key),
            None => (None, text),
        };
        if key.is_empty() || role.as_deref() == Some("") {
            return Err(format!("{text:?} is not ROLE=KEY, such as timestamp=online-2"));
        }
        Ok(Self { role, key: key.to_owned() })
    }
}
