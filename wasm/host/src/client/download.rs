//! Target files on disk: written beside their place, moved there once they are verified.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::client::digests::Digests;
use crate::client::reception::CHUNK;
use crate::records::Target;

/// What a download did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Downloaded {
    /// The file was fetched, verified and written.
    Fetched,
    /// The file was there already and verified; nothing was fetched.
    Unchanged,
}

/// The digests of a file of the target's length; none for any other. A file that cannot be read is not there: it is
/// fetched and replaced.
pub(super) fn hash_file(target: &Target, at: &Path) -> Option<Digests> {
    // Asked before it is opened: opening a named pipe would wait for a writer.
    let metadata = fs::metadata(at).ok()?;
    if !metadata.is_file() || metadata.len() != target.length {
        return None;
    }
    let file = File::open(at).ok()?;
    let mut digests = Digests::listed_by(target);
    let mut reader = BufReader::new(file).take(target.length.saturating_add(1));
    let mut chunk = vec![0; CHUNK];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Some(digests),
            Ok(read) => digests.update(chunk.get(..read)?),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}
