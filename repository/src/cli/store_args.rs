//! `tufrepo doctor`, `tufrepo prune` and `tufrepo gc`, as they are written.

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum DoctorCommand {
    /// Race the object store that is published to, or another one, before it is trusted: many connections write one object
    /// at the same moment, and one of them may win. What is written for that is removed again.
    Store(DoctorStore),
}

/// An object store.
#[derive(Debug, ClapArgs)]
pub(crate) struct DoctorStore {
    /// `s3://BUCKET[/PREFIX]`, `gs://BUCKET[/PREFIX]` or `az://CONTAINER[/PREFIX]`. Otherwise the store of the repository.
    pub(crate) url: Option<String>,
}

/// What no client needs any more.
#[derive(Debug, ClapArgs)]
pub(crate) struct Prune {
    /// Print what would be removed, and remove nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Keep whatever was current, or written, within this many days.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) keep_days: u32,
    /// Keep at least this many of the newest snapshots with everything that they list.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep_snapshots: u32,
}

/// What interrupted publishes have left.
#[derive(Debug, ClapArgs)]
pub(crate) struct Gc {
    /// Print what would be removed, and remove nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Keep whatever was written within this many days: another publisher may be about to list it.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) keep_days: u32,
}
