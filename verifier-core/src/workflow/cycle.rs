//! The driver: one update cycle over the stages, one request at a time.

use alloc::vec::Vec;

use crate::failure::{Failure, Misuse};
use crate::role::UnixTime;
use crate::target::TargetCheck;
use crate::workflow::{Request, Settings};

/// One update cycle with the searches that follow it.
#[derive(Debug)]
pub struct UpdateCycle {}

impl UpdateCycle {
    /// Trusted root metadata and a time become a cycle (5.1, 5.2).
    ///
    /// # Errors
    /// [`Failure::Malformed`] or [`Failure::Refused`] where the root metadata is no root metadata or is not signed by itself.
    pub fn start(_trusted_root: &[u8], _now: UnixTime, _settings: Settings) -> Result<Self, Failure> {
        Err(Misuse::NotReady.into())
    }

    /// What is needed next.
    pub fn next(&mut self) -> Request {
        Request::Load { name: Default::default() }
    }

    /// Answers [`Request::Load`] and [`Request::Fetch`].
    ///
    /// # Errors
    /// Why the bytes were not accepted. The cycle is unchanged and repeats its request.
    pub fn offer(&mut self, _bytes: Option<Vec<u8>>) -> Result<(), Failure> {
        Err(Misuse::NothingToAnswer.into())
    }

    /// Begins the search for a target (5.6.7).
    ///
    /// # Errors
    /// [`Misuse`] before the refresh is finished, or for an unsafe path.
    pub fn find(&mut self, _path: &str) -> Result<(), Failure> {
        Err(Misuse::NotReady.into())
    }

    /// Begins the verification of the bytes of the target that the last search found (5.7).
    ///
    /// # Errors
    /// [`Misuse::NothingFound`]; [`Failure::Malformed`] where none of its hashes is supported.
    pub fn check(&self) -> Result<TargetCheck, Failure> {
        Err(Misuse::NothingFound.into())
    }
}
