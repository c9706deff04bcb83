//! Update the root role (5.3), with the roots that the store keeps.
//!
//! The pinned root metadata that the host brings is where trust begins. Newer versions are taken from the store's
//! `root_history/`, each verified again, and then from the repository. The store's `root.json` is the one under which
//! its timestamp and snapshot metadata were accepted: when a newer root changes the keys of either, both are forgotten
//! before `root.json` is replaced, so that an interruption at any point neither loses a floor nor keeps one that the
//! repository has given up.
//!
//! A root of the repository is written as soon as it is accepted (5.3.8). The pinned root itself is written after the
//! first timestamp that its keys signed: a pinned root of another repository leaves the store as it was.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::stage::{Refused, RootUpdate, TimestampUpdate};
use super::{Course, Outbox};
use crate::check::{rollback, threshold};
use crate::failure::{Failure, Refusal};
use crate::role::{ROOT, Role, UnixTime};
use crate::workflow::{Request, Settings};

/// The root stage with what it waits for.
#[derive(Clone, Debug)]
pub(super) struct RootWalk {
    stage: Box<RootUpdate>,
    awaiting: Awaiting,
    /// The store's `root.json`; where it has no usable one, the newest root of its history.
    mark: Option<RootUpdate>,
    /// Whether `mark` is what the store has.
    marked: bool,
    /// A version in the store's history that does not follow from the pinned root.
    stray: Option<u64>,
    /// Root metadata files accepted from the repository.
    accepted: u32,
    settings: Settings,
    course: Course,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaiting {
    /// `root.json` of the store.
    Settled,
    /// The next version in `root_history/` of the store.
    History,
    /// The next version in the repository.
    Repository,
}

/// What follows an answer.
pub(super) enum Walked {
    /// The walk goes on.
    On(RootWalk),
    /// The root chain has ended.
    Done(Chain),
    /// The answer was refused. The walk is unchanged.
    Refused(RootWalk, Failure),
}

/// A root chain that has ended.
pub(super) struct Chain {
    pub(super) next: Box<TimestampUpdate>,
    /// It ended at the limit: there is newer root metadata.
    pub(super) limit_reached: bool,
    /// The timestamp and snapshot metadata of the store were accepted under other keys.
    pub(super) rotated: bool,
    /// Changes of the store that wait until the root has proven to be this repository's.
    pub(super) deferred: Vec<Request>,
}

impl RootWalk {
    pub(super) fn new(stage: RootUpdate, settings: Settings, course: Course) -> Self {
        Self {
            stage: Box::new(stage),
            awaiting: Awaiting::Settled,
            mark: None,
            marked: false,
            stray: None,
            accepted: 0,
            settings,
            course,
        }
    }

    pub(super) fn request(&self) -> Request {
        match self.awaiting {
            Awaiting::Settled => Request::Load { name: "root.json".into() },
            Awaiting::History => Request::Load { name: self.next_in_history() },
            Awaiting::Repository => {
                let file = self.stage.next_file();
                Request::Fetch { name: file.name, max_length: file.max_length }
            }
        }
    }

    pub(super) fn answer(mut self, bytes: Option<Vec<u8>>, now: UnixTime, outbox: &mut Outbox) -> Walked {
        match (self.awaiting, bytes) {
            (Awaiting::Settled, bytes) => {
                self.recall(bytes.as_deref(), outbox);
                self.awaiting = Awaiting::History;
                Walked::On(self)
            }
            (Awaiting::History, Some(bytes)) => self.accept_stored(bytes, now, outbox),
            (Awaiting::History, None) => self.leave_store(now, outbox),
            (Awaiting::Repository, Some(bytes)) if self.accepted < self.settings.max_root_updates => {
                self.accept_fetched(bytes, outbox)
            }
            (Awaiting::Repository, bytes) => self.finish(now, bytes.is_some(), outbox),
        }
    }

    /// Takes the store's `root.json` for what it is: a mark, not a source of trust.
    fn recall(&mut self, bytes: Option<&[u8]>, outbox: &mut Outbox) {
        match bytes.map(|bytes| RootUpdate::start(bytes, self.settings)) {
            Some(Ok(stored)) => {
                self.mark = Some(stored);
                self.marked = true;
            }
            Some(Err(why)) => outbox.notice("root.json", why),
            None => {}
        }
    }

    fn accept_stored(mut self, bytes: Vec<u8>, now: UnixTime, outbox: &mut Outbox) -> Walked {
        let name = self.next_in_history();
        match self.stage.accept(bytes) {
            Ok(stage) => {
                self.stage = Box::new(stage);
                if self.moves() {
                    self.move_mark(outbox);
                }
                Walked::On(self)
            }
            Err(Refused { stage, failure }) => {
                outbox.notice(&name, failure);
                let stray = stage.version().checked_add(1);
                Self { stage, stray, ..self }.leave_store(now, outbox)
            }
        }
    }

    /// Goes on to the repository, or ends the chain where the store alone is used. Where the store had no usable
    /// `root.json`, its newest root counts as the one under which its timestamp and snapshot metadata were accepted.
    fn leave_store(mut self, now: UnixTime, outbox: &mut Outbox) -> Walked {
        self.mark.get_or_insert_with(|| (*self.stage).clone());
        match self.course {
            Course::Full => {
                self.awaiting = Awaiting::Repository;
                Walked::On(self)
            }
            Course::Store(_) => self.accept_mark().finish(now, false, outbox),
        }
    }

    /// Takes the store's `root.json` as the next version where it is: other clients keep no history.
    fn accept_mark(self) -> Self {
        let next = self.stage.version().checked_add(1);
        match self.mark.as_ref().filter(|mark| Some(mark.version()) == next) {
            Some(mark) => match self.stage.accept(mark.received().to_vec()) {
                Ok(stage) => Self { stage: Box::new(stage), ..self },
                Err(Refused { stage, .. }) => Self { stage, ..self },
            },
            None => self,
        }
    }

    fn accept_fetched(mut self, bytes: Vec<u8>, outbox: &mut Outbox) -> Walked {
        match self.stage.accept(bytes) {
            Ok(stage) => {
                self.stage = Box::new(stage);
                self.accepted = self.accepted.saturating_add(1);
                outbox.persist(history(self.stage.version()), self.stage.received().to_vec());
                if self.moves() {
                    self.move_mark(outbox);
                }
                Walked::On(self)
            }
            Err(Refused { stage, failure }) => Walked::Refused(Self { stage, ..self }, failure),
        }
    }

    /// Whether the store's root is an older one than the trusted root, or another one of the same version.
    fn moves(&self) -> bool {
        let version = self.stage.version();
        self.mark.as_ref().is_some_and(|mark| {
            let same = mark.version() == version && mark.received() == self.stage.received();
            mark.version() <= version && !same
        })
    }

    /// Makes the trusted root the store's, after what was accepted under other keys (5.3.8, 5.3.11).
    fn move_mark(&mut self, outbox: &mut Outbox) {
        if self.rotated() {
            for name in ["floors/timestamp", "floors/snapshot", "timestamp.json", "snapshot.json"] {
                outbox.forget(name);
            }
        }
        outbox.persist("root.json", self.stage.received().to_vec());
        self.mark = Some((*self.stage).clone());
        self.marked = true;
    }

    /// Whether the trusted root has other timestamp or snapshot keys than the store's root.
    fn rotated(&self) -> bool {
        let root = self.stage.root();
        self.mark.as_ref().map(RootUpdate::root).is_some_and(|mark| {
            let same = |before, now| threshold::same_keys(before, now, self.settings.profile);
            !same(&mark.timestamp, &root.timestamp) || !same(&mark.snapshot, &root.snapshot)
        })
    }

    /// Ends the chain. Where the store's root is a later one that the trusted root's keys signed, newer roots are being
    /// withheld. A later one that they did not sign is of another line of roots, and is replaced.
    fn finish(self, now: UnixTime, limit_reached: bool, outbox: &mut Outbox) -> Walked {
        let foreign = match self.foreign_mark() {
            Ok(foreign) => foreign,
            Err(refusal) => return Walked::Refused(self, refusal.into()),
        };
        let rotated = self.rotated();
        let deferred = self.deferred(foreign.is_some());
        match self.stage.finish(now) {
            Ok(next) => {
                if let Some(failure) = foreign {
                    outbox.notice("root.json", failure);
                }
                Walked::Done(Chain { next: Box::new(next), limit_reached, rotated, deferred })
            }
            Err(Refused { stage, failure }) => Walked::Refused(Self { stage, ..self }, failure),
        }
    }

    /// Why the store's root, where it is later than the trusted root, is not of its line.
    fn foreign_mark(&self) -> Result<Option<Failure>, Refusal> {
        let version = self.stage.version();
        let Some(mark) = self.mark.as_ref().filter(|mark| mark.version() > version) else {
            return Ok(None);
        };
        match threshold::signed(ROOT, mark.root().envelope(), &self.stage.root().root) {
            Err(failure) => Ok(Some(failure)),
            Ok(_) => rollback::version(ROOT, ROOT, mark.version(), version).map(|()| None),
        }
    }

    /// The changes that make a root the store's which did not come from the repository. A wrong pinned root is found out
    /// by the timestamp's signature, and must not have changed the store by then.
    fn deferred(&self, foreign: bool) -> Vec<Request> {
        let mut deferred = Outbox::of(self.course);
        let version = self.stage.version();
        if let Some(stray) = self.stray.filter(|stray| *stray > version) {
            deferred.forget(&history(stray));
        }
        if foreign || !self.marked || self.moves() {
            deferred.persist(history(version), self.stage.received().to_vec());
            self.clone().move_mark(&mut deferred);
        }
        deferred.requests.into()
    }

    fn next_in_history(&self) -> String {
        history(self.stage.version().saturating_add(1))
    }
}

fn history(version: u64) -> String {
    format!("root_history/{version}.root.json")
}
