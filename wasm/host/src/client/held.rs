//! Metadata files that the host holds for the component: in memory, or in a file if they are long.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use crate::records::Response;
use crate::store::{LONG, Store, Stored};

/// A file that the component may have kept.
pub(super) enum Held {
    /// As it was answered.
    Bytes(Arc<Response>),
    /// As it was supplied.
    File(File),
}

/// Reads a stream to its end. What is too long for memory goes to a file that the store has a place for. If there is none, or it cannot
/// be written, it is held in memory after all: whether it is trusted does not depend on that.
///
/// # Errors
/// The stream breaks off.
pub(super) fn collect(mut stream: impl Read, store: &dyn Store) -> io::Result<Stored> {
    let mut bytes = Vec::new();
    stream.by_ref().take(LONG as u64).read_to_end(&mut bytes)?;
    if bytes.len() == LONG
        && let Some(mut file) = store.scratch_file()
    {
        let mut written = 0;
        loop {
            if file.write_all(&bytes).is_err() {
                let part = std::mem::replace(&mut bytes, read_back(&mut file, written)?);
                bytes.extend(part);
                break;
            }
            written += bytes.len() as u64;
            bytes.clear();
            stream.by_ref().take(LONG as u64).read_to_end(&mut bytes)?;
            if bytes.is_empty() {
                file.rewind()?;
                return Ok(Stored::File(file));
            }
        }
    }
    stream.read_to_end(&mut bytes)?;
    Ok(Stored::Bytes(bytes))
}

/// The first bytes of a file, so many of them at most.
fn read_back(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Moves a file that has no name to memory: its room on the disk is free then.
///
/// # Errors
/// It cannot be read, or it is a file of the store, which is open for reading alone.
pub(super) fn into_memory(file: &mut File) -> io::Result<Held> {
    let bytes = read_back(file, u64::MAX)?;
    file.set_len(0)?;
    Ok(Held::Bytes(Arc::new(Response::Bytes(bytes))))
}

/// The parts of a file that the component is supplied with, in their order, and its length in bytes.
///
/// # Errors
/// The file cannot be read.
pub(super) fn parts(file: &mut File) -> io::Result<(u64, impl Iterator<Item = io::Result<Vec<u8>>>)> {
    let length = file.metadata()?.len();
    file.rewind()?;
    let mut rest = file.take(length);
    let parts = std::iter::from_fn(move || {
        let mut part = Vec::with_capacity(LONG);
        match rest.by_ref().take(LONG as u64).read_to_end(&mut part) {
            Ok(0) => None,
            read => Some(read.map(|_| part)),
        }
    });
    Ok((length, parts))
}
