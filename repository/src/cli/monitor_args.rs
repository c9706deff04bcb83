//! The command line of `tufrepo monitor` as it is written.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use tuf_repository::source::Access;

use crate::cli::within::Within;

/// A published repository, seen from outside. The exit status is 0; 3 if a role expires within the period of `--within`;
/// 4 if clients refuse the repository; 1 if it does not answer.
#[derive(Debug, ClapArgs)]
pub(crate) struct MonitorArgs {
    /// URL of the folder that has the metadata files, such a folder, or an object store such as `s3://BUCKET/PREFIX`.
    #[arg(value_name = "URL|DIR")]
    pub(crate) place: String,
    /// Root metadata that clients of the repository start from.
    #[arg(long, value_name = "FILE")]
    pub(crate) root: PathBuf,
    /// End with status 3 if a role has expired or expires within this period, such as `4d`, `12h` or `30m`. `ROLE=PERIOD` is for
    /// one role, such as `timestamp=6h`. May be repeated.
    #[arg(long, value_name = "[ROLE=]PERIOD")]
    pub(crate) within: Vec<Within>,
    /// Print the text format of Prometheus.
    #[arg(long)]
    pub(crate) prometheus: bool,
    /// PEM file with the authorities that the server's certificate may come from, instead of the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Seconds that all files behind a URL may take together.
    #[arg(long, value_name = "SECONDS", default_value_t = Access::TIME_LIMIT_SECONDS, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) time_limit: u64,
}
