//! Target files on disk: written beside their place, moved there once they are verified.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::client::Session;
use crate::client::digests::Digests;
use crate::client::drive::Effects;
use crate::client::transfer::{CHUNK, Transfer};
use crate::client::unfinished::Unfinished;
use crate::error::Error;
use crate::sandbox::Sandbox;
use crate::target::Target;

/// What a download did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Downloaded {
    /// The file was fetched, verified and written.
    Fetched,
    /// The file was there already and verified; nothing was fetched.
    Unchanged,
}

/// Whether the file is there and the component accepts it as the target. A file that cannot be read is not there: it
/// is fetched and replaced.
pub(super) fn is_there(session: &mut Session, target: &Target, at: &Path) -> Result<bool, Error> {
    let Some(digests) = hash_file(target, at) else {
        return Ok(false);
    };
    match session.check(target, digests) {
        Ok(()) => Ok(true),
        Err(Error::Failure(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The digests of a file of the target's length; none for any other.
fn hash_file(target: &Target, at: &Path) -> Option<Digests> {
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

/// Fetches the target beside its place and moves it there once it is verified. Where the mirrors fail, what they sent is
/// kept for the next call. The component must have found this target last.
pub(super) fn fetch(
    effects: &Effects,
    sandbox: &mut Sandbox,
    target: &Target,
    to: &Path,
) -> Result<(), Error> {
    let mut unfinished = Unfinished::create(target, to)?;
    let digests = unfinished.take_over(target)?;
    match Transfer::new(effects, target, &mut unfinished, digests).run(sandbox) {
        Ok(()) => unfinished.finish(),
        // A full disk is not made fuller.
        Err(error @ Error::Output { .. }) => Err(error),
        Err(error) => {
            unfinished.keep();
            Err(error)
        }
    }
}
