//! Searches and target bytes after a refresh.

use std::fmt;
use std::path::Path;

use crate::client::Beginning;
use crate::client::digests::Digests;
use crate::client::download::{self, Downloaded};
use crate::client::drive::{Effects, Outcome, out_of_order};
use crate::client::transfer::Transfer;
use crate::error::Error;
use crate::report::Report;
use crate::sandbox::Sandbox;
use crate::target::{NotFound, Target};

/// A refreshed client: every search and every check is under the metadata of one snapshot.
pub struct Session {
    sandbox: Sandbox,
    effects: Effects,
    report: Report,
    beginning: Beginning,
    /// The target that the component found last: its checks are of that one.
    found: Option<Target>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The target, as trusted metadata describes it.
    Found(Target),
    /// No target, and why.
    NotFound(NotFound),
}

impl Session {
    pub(crate) fn new(sandbox: Sandbox, effects: Effects, report: Report, beginning: Beginning) -> Self {
        Self { sandbox, effects, report, beginning, found: None }
    }

    /// What the refresh established.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Searches a target by its path (5.6.7). Fetches the metadata of delegated roles where it must.
    ///
    /// It is stored without the lock: each version is the one that the trusted snapshot lists, so that a late write
    /// by another process can cost a fetch, and no trust.
    ///
    /// # Errors
    /// [`Error::Failure`] where the path could leave the base URL, delegated metadata is not accepted, or the target is
    /// listed with more bytes than [`Settings::target_file_max_length`](crate::Settings); the others where there is no
    /// verdict. After [`Error::Sandbox`] the session goes on in a new instance.
    pub fn find(&mut self, path: &str) -> Result<Lookup, Error> {
        self.found = None;
        self.go_on()?;
        self.sandbox.find(path)?;
        match self.effects.drive(&mut self.sandbox)? {
            Outcome::Found(target) => {
                self.found = Some(target.clone());
                Ok(Lookup::Found(target))
            }
            Outcome::NotFound(reason) => Ok(Lookup::NotFound(reason)),
            Outcome::Ready(_) => Err(out_of_order().into()),
        }
    }

    /// Fetches a target into memory and verifies it (5.7). Hands out no byte before the verdict. A transfer that breaks
    /// off goes on where it stopped, at the same mirror or at the next.
    ///
    /// # Errors
    /// [`Error::Failure`] where the bytes are not the target's; the others where there is no verdict.
    pub fn read(&mut self, target: &Target) -> Result<Vec<u8>, Error> {
        self.select(target)?;
        let (mut bytes, digests) = (Vec::new(), Digests::listed_by(target));
        Transfer::new(&self.effects, target, &mut bytes, digests).run(&mut self.sandbox)?;
        Ok(bytes)
    }

    /// Fetches a target into a file and verifies it (5.7). The file appears under its name, in a folder that is there,
    /// once it is verified. A file that is there already and verifies is kept.
    ///
    /// A transfer that breaks off goes on where it stopped, at the same mirror or at the next. Where no mirror goes on,
    /// what was received stays in the folder as `.tuf-<hash>.<letters>.unfinished`, and the next download of the target
    /// into this folder goes on behind it, also in another process. If the whole is then refused, it is fetched from
    /// the beginning.
    ///
    /// # Errors
    /// [`Error::Failure`] where the bytes are not the target's; the others where there is no verdict.
    pub fn download(&mut self, target: &Target, to: &Path) -> Result<Downloaded, Error> {
        if download::is_there(self, target, to)? {
            return Ok(Downloaded::Unchanged);
        }
        self.select(target)?;
        download::fetch(&self.effects, &mut self.sandbox, target, to)?;
        Ok(Downloaded::Fetched)
    }

    /// Verifies bytes that came from elsewhere (5.7.3).
    ///
    /// # Errors
    /// [`Error::Failure`] where the bytes are not the target's; the others where there is no verdict.
    pub fn check_bytes(&mut self, target: &Target, bytes: &[u8]) -> Result<(), Error> {
        let mut digests = Digests::listed_by(target);
        digests.update(bytes);
        self.check(target, digests)
    }

    /// Has the component judge a length and digests.
    pub(crate) fn check(&mut self, target: &Target, digests: Digests) -> Result<(), Error> {
        self.select(target)?;
        self.sandbox.check_digests(digests.length(), digests.finish())
    }

    /// Goes on in a new instance where a search or a check broke the last one off: whoever signs for some paths must not
    /// keep the others from being found.
    fn go_on(&mut self) -> Result<(), Error> {
        if self.sandbox.is_stopped() {
            self.found = None;
            let (sandbox, report) = self.beginning.again(&self.effects)?;
            self.sandbox = sandbox;
            // Another process may have refreshed the store since. What this session asked for, it has asked for.
            self.report = Report {
                now: self.report.now,
                notices: std::mem::take(&mut self.report.notices),
                waived: std::mem::take(&mut self.report.waived),
                timestamp_unchanged: self.report.timestamp_unchanged,
                ..report
            };
        }
        Ok(())
    }

    /// Makes the target the one that the component found last.
    fn select(&mut self, target: &Target) -> Result<(), Error> {
        self.go_on()?;
        if self.found.as_ref() == Some(target) {
            return Ok(());
        }
        match self.find(&target.path)? {
            Lookup::Found(found) if found == *target => Ok(()),
            Lookup::Found(_) | Lookup::NotFound(_) => Err(Error::ForeignTarget { path: target.path.clone() }),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("report", &self.report).finish_non_exhaustive()
    }
}
