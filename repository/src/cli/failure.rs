//! One clear line for what went wrong, and what to do next.

use std::path::Path;

use tuf_repository::images::ImageError;
use tuf_repository::{Error, KeyError, UploadError};

/// What went wrong, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) next: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), next: None }
    }

    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    pub(crate) fn reading(path: &Path, cause: impl std::fmt::Display) -> Self {
        Self::new(format!("could not read {}: {cause}", path.display()))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Self::new(error.to_string());
        match next_step(&error) {
            Some(next) => failure.next(next),
            None => failure,
        }
    }
}

fn next_step(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::NoRepository(_) => "make one with `tufrepo init`, or name its folder with `-C DIR`",
        Error::RepositoryExists(_) => "change it with `tufrepo target add` and `tufrepo publish`",
        Error::Locked { .. } => "wait for the other publisher to end, or end the process that holds the lock",
        Error::Interrupted => {
            "finish it with `tufrepo publish`, or drop it and everything staged with `tufrepo discard`"
        }
        Error::BaseMoved { .. } => "drop what is staged with `tufrepo discard`, then stage the change again",
        Error::Conflict(_) => {
            "find the other publisher; `tufrepo discard` drops this publish and everything staged"
        }
        Error::MissingKeys { .. } => {
            "say where their private keys are with `--keys DIR`; `tufrepo key list` lists those at hand"
        }
        Error::StagedChange(_) => "run `tufrepo publish`",
        Error::NoSuchRole(_) => {
            "`tufrepo status` lists the roles; make one with `tufrepo delegate` or `tufrepo crates delegate`"
        }
        Error::NotDelegated { .. } => "choose another role with `--role`, or widen the delegation",
        Error::Rehearsal(_) => {
            "`tufrepo status` shows what is expired, `tufrepo refresh ROLE` signs it anew; `tufrepo discard` drops what is staged"
        }
        Error::Registry(error) => error.advice(),
        Error::Image(ImageError::Absent { .. }) => "check the reference, and what is there",
        Error::Upload(UploadError::Ahead { .. }) => {
            "publish from the folder that it was published from, or choose another repository"
        }
        Error::Upload(_) => "choose a repository that has nothing but this",
        Error::Cargo(_) => "cargo says why in the lines above",
        Error::Uncovered(_) => "leave them out with `--allow-uncovered`",
        Error::Key { cause, .. } => return key_step(cause),
        _ => return None,
    })
}

fn key_step(error: &KeyError) -> Option<&'static str> {
    Some(match error {
        KeyError::WrongPassphrase => {
            "check the passphrase; keys with different ones need the prompt: no TUFREPO_PASSPHRASE, no --passphrase-file"
        }
        KeyError::PassphraseNeeded => {
            "give it with `--passphrase-file FILE` or in TUFREPO_PASSPHRASE, or run from a terminal"
        }
        KeyError::EmptyPassphrase => "choose a passphrase, or say `--unencrypted`",
        _ => return None,
    })
}
