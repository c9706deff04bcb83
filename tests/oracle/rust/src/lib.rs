//! What the clients are started with.

use anyhow::{Result, bail};

/// The arguments of a client: `ROOT STORE METADATA_URL TARGETS_URL TARGET`.
pub struct Arguments {
    /// The trusted root, a file.
    pub root: String,
    /// The folder of the trusted store.
    pub store: String,
    /// The metadata base URL.
    pub metadata_url: String,
    /// The targets base URL.
    pub targets_url: String,
    /// Target path.
    pub target: String,
}

/// Reads the arguments of the program.
///
/// # Errors
/// There are others.
pub fn arguments() -> Result<Arguments> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match <[String; 5]>::try_from(arguments) {
        Ok([root, store, metadata_url, targets_url, target]) => {
            Ok(Arguments { root, store, metadata_url, targets_url, target })
        }
        Err(_) => bail!("usage: ROOT STORE METADATA_URL TARGETS_URL TARGET"),
    }
}
