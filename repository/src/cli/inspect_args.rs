//! The command line of `tufrepo inspect` and `tufrepo diff`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use tuf_repository::UnixTime;
use tuf_repository::metadata::parse_time;
use tuf_repository::source::Access;

/// A repository that somebody made.
#[derive(Debug, ClapArgs)]
pub(crate) struct Inspect {
    /// A folder with `metadata/` or of metadata files, a bundle, a URL of either folder, or an object store such as
    /// `s3://BUCKET/PREFIX`. Otherwise what `-C` publishes to: its object store, or the folder.
    #[arg(value_name = "WHAT")]
    pub(crate) what: Option<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Two repositories, or two states of one.
#[derive(Debug, ClapArgs)]
pub(crate) struct Diff {
    /// What was there before: as for `tufrepo inspect`.
    #[arg(value_name = "A")]
    pub(crate) before: String,
    /// What is there now.
    #[arg(value_name = "B")]
    pub(crate) after: String,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Paths that are listed of each group of targets; the others are counted. JSON has all of them.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) most_paths: usize,
    /// List every path of every group of targets, as `tufrepo event diff` does.
    #[arg(long, conflicts_with = "most_paths")]
    pub(crate) all: bool,
}

/// How a repository is read.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reading {
    /// Root metadata to start from, which you have from elsewhere. Otherwise the oldest one that is there, which proves
    /// nothing about who made the repository.
    #[arg(long, value_name = "FILE")]
    pub(crate) root: Option<PathBuf>,
    /// The time at which expiry is judged, such as 2026-01-01T00:00:00Z. Otherwise now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<UnixTime>,
    /// Delegated roles that are read at most.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) most_roles: usize,
    /// Seconds that all files behind a URL may take together.
    #[arg(long, value_name = "SECONDS", default_value_t = Access::TIME_LIMIT_SECONDS, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) time_limit: u64,
}

/// In which form the result is given.
#[derive(Debug, ClapArgs)]
pub(crate) struct Form {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write one self-contained page to this file as well.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

fn time(text: &str) -> Result<UnixTime, String> {
    parse_time(text).ok_or_else(|| "a time is written like 2026-01-01T00:00:00Z".to_owned())
}
