//! Metadata files: each from the first mirror whose bytes the component accepts.

use crate::client::Progress;
use crate::client::drive::Effects;
use crate::client::mirrors::Mirror;
use crate::error::Error;
use crate::failure::Cause;
use crate::sandbox::Sandbox;

impl Effects {
    /// Answers a request for metadata. A refused answer leaves the component as it was, so that the next mirror's can
    /// be offered. That there is no such file is offered once every mirror was asked: what one withholds, another has.
    pub(super) fn fetch(&self, sandbox: &mut Sandbox, name: &str, max_length: u64) -> Result<(), Error> {
        if self.mirrors.are_none() {
            return Err(Error::Offline { name: name.to_owned() });
        }
        let mut absent = Vec::new();
        let mut worst = None;
        for mirror in self.mirrors.in_order() {
            match self.offer_from(mirror, sandbox, name, max_length) {
                Ok(true) => {
                    self.mirrors.depend();
                    absent.into_iter().for_each(|behind| self.mirrors.ask_last(behind));
                    return Ok(());
                }
                Ok(false) => absent.push(mirror),
                Err(error) if !concerns_one_mirror(&error) => return Err(error),
                Err(error) => {
                    self.mirrors.ask_last(mirror);
                    (self.progress)(Progress::failed(mirror.name, name, &error, &error.to_string()));
                    worst = Some(more_telling(worst, error));
                }
            }
        }
        match worst {
            Some(error) if absent.is_empty() => Err(error),
            worst => sandbox.offer(None).map_err(|error| more_telling(worst, error)),
        }
    }

    /// Offers what one mirror has; `false` where it has no such file.
    fn offer_from(
        &self,
        mirror: Mirror<'_>,
        sandbox: &mut Sandbox,
        name: &str,
        max_length: u64,
    ) -> Result<bool, Error> {
        let mirror_name = mirror.name;
        (self.progress)(Progress::Fetching { mirror: mirror_name, name });
        let Some(bytes) = mirror.source.metadata(name, max_length)? else {
            (self.progress)(Progress::Absent { mirror: mirror_name, name });
            return Ok(false);
        };
        let length = bytes.len().try_into().unwrap_or(u64::MAX);
        (self.progress)(Progress::Fetched { mirror: mirror_name, name, bytes: length });
        let offered = sandbox.offer(Some(bytes));
        if matches!(offered, Err(Error::Sandbox(_))) {
            // What broke the component off came from this mirror: a new instance asks another one first.
            self.mirrors.depend();
            self.mirrors.ask_last(mirror);
        }
        offered?;
        (self.progress)(Progress::Verified { mirror: mirror_name, name });
        Ok(true)
    }
}

/// Whether another mirror can do better.
pub(super) fn concerns_one_mirror(error: &Error) -> bool {
    match error {
        Error::Failure(failure) => !matches!(failure.cause, Cause::Misuse(_)),
        Error::MissingTarget { .. } | Error::Source(_) => true,
        _ => false,
    }
}

/// The error that says more of two: what was refused, then what kept a mirror from answering, then what is missing.
/// The first where they say as much.
pub(super) fn more_telling(first: Option<Error>, second: Error) -> Error {
    match first {
        Some(first) if weight(&first) >= weight(&second) => first,
        _ => second,
    }
}

fn weight(error: &Error) -> u8 {
    match error {
        Error::MissingTarget { .. } => 0,
        Error::Failure(failure) if matches!(failure.cause, Cause::Missing(_)) => 0,
        Error::Source(_) => 1,
        _ => 2,
    }
}
