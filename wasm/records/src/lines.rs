//! The files with which a pinned root's store begins.

use tuf_verifier_core::SeedFile;

use crate::wit;

/// The files, from the core to the host.
#[must_use]
pub fn to_wit(files: Vec<SeedFile>) -> Vec<wit::StoreFile> {
    files.into_iter().map(|SeedFile { name, bytes }| wit::StoreFile { name, bytes }).collect()
}
