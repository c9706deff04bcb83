//! One clear line for what went wrong, and what to do next.

use std::path::Path;

use tuf_repository::images::ImageError;
use tuf_repository::{Error, KeyError, UploadError};

use crate::cli::event_failure::event_step;

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
        let failure = Self::new(format!("{error} [{}]", error.code()));
        if let Error::WouldGoBack { remembered, .. } = error {
            return failure.next(format!(
                "put the newest state back from a copy of your own; `--go-back-from {remembered}` gives up what is remembered, \
                 and clients that have seen it refuse what is published"
            ));
        }
        if let Error::Upload(UploadError::Ahead { state, .. }) = &error {
            return failure.next(format!(
                "publish from the folder that it was published from; `--replace-copy {state}` throws away what is there, and \
                 clients that have seen it refuse what is copied until a newer version is published"
            ));
        }
        if let Error::Upload(UploadError::Conflict { state, .. }) = &error {
            return failure.next(format!(
                "choose a repository that has nothing but this; if it is yours, find out who has written to it, then \
                 `--replace-copy {state}` throws away what is there"
            ));
        }
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
        Error::BaseMoved { .. } | Error::StagedConflict { .. } => {
            "drop what is staged with `tufrepo discard`, then stage the change again"
        }
        Error::Changed { .. } => {
            "somebody else has written to what you publish: find out who; `tufrepo restore` puts metadata back, anything else comes from \
             a copy of your own; then publish again"
        }
        Error::RolledBack { path, .. } if path.to_str().is_some_and(|path| path.starts_with("oci")) => {
            "find out who has taken it back; `--replace-older-copy` copies what is published again"
        }
        Error::RolledBack { .. } => {
            "`tufrepo restore` puts the newest state back; `tufrepo adopt --go-back-from` believes the older one instead"
        }
        Error::NothingKept(_) => "put the file back from a copy of your own; the next publish keeps one",
        Error::KeptIsOlder { .. } => "run `tufrepo restore` where the other publisher is at work",
        Error::SymbolicLink(_) => "put the folder or the file itself in its place, then publish again",
        Error::NotAdopted(_) => {
            "`tufrepo adopt` shows the SHA-256 of its root metadata: compare it with what clients start from"
        }
        Error::NotConfirmed(_) => {
            "compare each with what clients start from, then run `tufrepo adopt --root-sha256 SHA256`, once for each"
        }
        Error::OthersCanWrite(_) => {
            "make it yours alone (`chown`, `chmod go-w`), remove it if you did not make it, or choose another place with `--state DIR` or CARGO_HOME"
        }
        Error::StateInUse(_) => {
            "put the files of that repository back; remove the folder where it is gone for good"
        }
        Error::VersionsExhausted { .. } => "give the role another name, or begin a new repository",
        Error::Refused(_) => "`tufrepo status` shows what is expired, `tufrepo refresh ROLE` signs it anew",
        Error::Conflict(_) => {
            "find the other publisher; `tufrepo discard` drops this publish and everything staged"
        }
        Error::MissingKeys { .. } => {
            "say where their private keys are with `--keys DIR`; `tufrepo key list` lists those at hand"
        }
        Error::PrivateKey(_) => {
            "leave the file out; `--allow-private-keys` publishes a key that everybody may have, such as one of a test"
        }
        Error::TargetTooLong { .. } => {
            "clients refuse it unless they are told otherwise: split it; `--max-length BYTES` publishes it nevertheless"
        }
        Error::OwnFolder { .. } => "name a folder that has only what is to be published",
        Error::StagedChange(_) => "run `tufrepo publish`",
        Error::NoSuchRole(_) => {
            "`tufrepo status` lists the roles; make one with `tufrepo delegate` or `tufrepo crates delegate`"
        }
        Error::NotDelegated { .. } => "choose another role with `--role`, or widen the delegation",
        Error::ShadowsDelegated { .. } => {
            "find out who put it there; list it with `--role` in the role that it is delegated to, or leave it out. `tufrepo target add \
             --shadow-delegated` lists it nevertheless"
        }
        Error::Rehearsal(_) => {
            "`tufrepo status` shows what is expired, `tufrepo refresh ROLE` signs it anew; `tufrepo discard` drops what is staged"
        }
        Error::Journal(_) => {
            "somebody has written to the journal: put it back from a copy of your own, and find out who"
        }
        Error::Event(error) => return event_step(error),
        Error::Registry(error) => error.advice(),
        Error::Image(ImageError::Absent { .. }) => "check the reference, and what is there",
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
        KeyError::Exposed { .. } => {
            "`chmod 600` it; whoever has read it can sign: if that may have happened, `tufrepo rotate` its roles"
        }
        KeyError::EmptyPassphrase => "choose a passphrase, or say `--unencrypted`",
        _ => return None,
    })
}
