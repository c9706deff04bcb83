//! The native client as `cargo xtask bench` measures it: refresh, look one target up, fetch and verify it.
//!
//! `measured-client ROOT STORE METADATA_URL TARGETS_URL TARGET`; with no arguments it only starts the sandbox.

use std::path::Path;

use anyhow::{Context, Result, bail};
use tuf_verifier_host::{Client, FolderSource, FolderStore, HttpSource, Lookup, MemoryStore};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => start(),
        [root, store, metadata_url, targets_url, target] => {
            update(root, store, metadata_url, targets_url, target)
        }
        _ => bail!("usage: measured-client [ROOT STORE METADATA_URL TARGETS_URL TARGET]"),
    }
}

/// The component comes up, looks at root metadata that is none, and says so.
fn start() -> Result<()> {
    let nothing = FolderSource::new(Path::new("."), Path::new("."));
    match Client::new(b"{}".to_vec(), nothing, MemoryStore::new()).refresh() {
        Err(error) if error.code() == "malformed-metadata" => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => bail!("an empty object is no root metadata"),
    }
}

fn update(root: &str, store: &str, metadata_url: &str, targets_url: &str, target: &str) -> Result<()> {
    let root = std::fs::read(root).with_context(|| format!("cannot read {root}"))?;
    let source = HttpSource::builder(metadata_url, targets_url).direct().build()?;
    let settings = tuf_verifier_host::Settings {
        targets_max_length: 1 << 30,
        listed_max_length: 1 << 30,
        ..Default::default()
    };
    let session = Client::new(root, source, FolderStore::open(store)?).settings(settings).refresh()?;
    match session.find(target)? {
        Lookup::Found(found) => {
            session.read(&found)?;
            Ok(())
        }
        Lookup::NotFound(reason) => bail!("{target} was not found: {reason:?}"),
    }
}
