//! The command line of `tufrepo refresh` as it is written.

use clap::Args as ClapArgs;

use crate::cli::config::seconds;
use crate::cli::registry::Destination;

/// A refresh.
#[derive(Debug, ClapArgs)]
pub(crate) struct Refresh {
    /// Roles to sign anew.
    #[arg(value_name = "ROLE", default_values = ["snapshot", "timestamp"])]
    pub(crate) roles: Vec<String>,
    /// Sign only the roles that are about to expire (`[renew]` in tufrepo.toml) and whose keys are at hand. For a timer or a
    /// scheduled job.
    #[arg(long, conflicts_with = "roles")]
    pub(crate) due: bool,
    /// Do the same again and again, until SIGTERM or SIGINT: a round that has begun is finished. Errors are printed, and the
    /// round is done again, first after 30 seconds, then more and more seldom.
    #[arg(long = "loop", conflicts_with_all = ["roles", "due"])]
    pub(crate) repeat: bool,
    /// With --loop: look at least once in this period, such as `1h` or `10m`.
    #[arg(long, value_name = "PERIOD", value_parser = seconds, requires = "repeat", default_value = "1h")]
    pub(crate) every: u64,
    /// Sign and check everything, and write nothing.
    #[arg(long, conflicts_with_all = ["to", "due", "repeat"])]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) destination: Destination,
}
