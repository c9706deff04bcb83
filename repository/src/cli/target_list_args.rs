//! The command line of `tufrepo target list` as it is written.

use clap::Args as ClapArgs;

/// Targets: role, target path, length in bytes and SHA-256, tab-separated, one a line.
#[derive(Debug, ClapArgs)]
pub(crate) struct TargetList {
    /// Role that lists them. Otherwise every role.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
    /// What the next publish changes, after a word for it: `added`, `changed` or `removed`.
    #[arg(long)]
    pub(crate) staged: bool,
}
