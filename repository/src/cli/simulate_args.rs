//! The command line of `tufrepo simulate`.

use clap::Args as ClapArgs;

use crate::cli::inspect_args::{Form, Reading};

/// Keys that may be stolen.
#[derive(Debug, ClapArgs)]
pub(crate) struct Simulate {
    /// The repository, as for `tufrepo inspect`. Otherwise what `-C` publishes to: its object store, or the folder.
    #[arg(value_name = "WHAT")]
    pub(crate) what: Option<String>,
    /// A stolen key by its name or the beginning of its keyid. Several of one thief are separated by commas, or the option
    /// is repeated. Without it, each key of the repository is stolen once, alone.
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub(crate) stolen: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) form: Form,
}
