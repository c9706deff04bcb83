//! The bytes of one target against its metadata (5.7).

use crate::failure::{Failure, Misuse};
use crate::workflow::Hash;

/// Verifies the bytes of one target.
#[derive(Debug)]
pub struct TargetCheck {}

impl TargetCheck {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// Endless data, as soon as there are more bytes than listed.
    pub fn write(&mut self, _chunk: &[u8]) -> Result<(), Failure> {
        Err(Misuse::CheckFinished.into())
    }

    /// Compares the length and every listed hash of a supported algorithm, of all bytes written.
    ///
    /// # Errors
    /// Wrong software.
    pub fn finish(&mut self) -> Result<(), Failure> {
        Err(Misuse::CheckFinished.into())
    }

    /// Compares a length and digests that the host computed.
    ///
    /// # Errors
    /// Wrong software; misuse where a listed, supported digest was not given.
    pub fn check_digests(&mut self, _length: u64, _hashes: &[Hash]) -> Result<(), Failure> {
        Err(Misuse::CheckFinished.into())
    }
}
