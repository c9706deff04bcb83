//! The command line of `tufrepo status` as it is written.

use clap::Args as ClapArgs;

use crate::cli::within::Within;

/// What is published and what is staged. The exit status is 0; 3 if a role expires within the period of `--within`, or if
/// target files are missing or changed.
#[derive(Debug, ClapArgs)]
pub(crate) struct StatusArgs {
    /// End with status 3 if a role has expired or expires within this period, such as `4d`, `12h` or `30m`. A role that is
    /// signed for no longer than that is due when it should have been renewed (`[renew]` in tufrepo.toml).
    /// `ROLE=PERIOD` is for one role. May be repeated.
    #[arg(long, value_name = "[ROLE=]PERIOD")]
    pub(crate) within: Vec<Within>,
    /// Print one JSON object, with who can sign, when each role is renewed, and what is staged.
    #[arg(long)]
    pub(crate) json: bool,
    /// Read all bytes of all target files. End with status 3 if one is missing or changed.
    #[arg(long)]
    pub(crate) targets: bool,
}
