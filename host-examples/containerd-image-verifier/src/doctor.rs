//! `tuf-image-verifier doctor`: everything that lets pulls pass unasked, or blocks them.

use std::path::PathBuf;

use clap::Args;

use crate::node::ADDRESS;

/// Which containerd is looked at.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// containerd's socket
    #[arg(long, short, value_name = "SOCKET", env = "CONTAINERD_ADDRESS", default_value = ADDRESS)]
    address: PathBuf,
}

pub(crate) fn run(options: &Options) -> (Vec<String>, u8) {
    let api = crate::node::Api::connect(&options.address);
    (vec![format!("{api:?}")], 1)
}
