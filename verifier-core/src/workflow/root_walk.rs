//! Update the root role (5.3), with the roots that the store keeps.
//!
//! The pinned root metadata that the host brings is where trust begins. Newer versions are taken from the store's
//! `root_history/`, each verified again, and then from the repository. The store's `root.json` is the one under which
//! its timestamp and snapshot metadata were accepted: when a newer root changes the keys of either, both are forgotten
//! before `root.json` is replaced, so that an interruption at any point neither loses a floor nor keeps one that the
//! repository has given up.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Outbox;
use super::stage::{Refused, RootUpdate, TimestampUpdate};
use crate::check::rollback;
use crate::failure::Failure;
use crate::role::{Authority, ROOT, Root, UnixTime};
use crate::workflow::{Request, Settings};

/// The root stage with what it waits for.
#[derive(Clone, Debug)]
pub(super) struct RootWalk {
    stage: Box<RootUpdate>,
    awaiting: Awaiting,
    settled: Option<Settled>,
    /// Root metadata files accepted from the repository.
    accepted: u32,
    settings: Settings,
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

/// The root under which the store's timestamp and snapshot metadata were accepted.
#[derive(Clone, Debug)]
struct Settled {
    version: u64,
    timestamp: Authority,
    snapshot: Authority,
}

/// What follows an answer.
pub(super) enum Walked {
    /// The walk goes on.
    On(RootWalk),
    /// The root chain has ended, at the limit or not.
    Done { next: Box<TimestampUpdate>, limit_reached: bool },
    /// The answer was refused. The walk is unchanged.
    Refused(RootWalk, Failure),
}

impl RootWalk {
    pub(super) fn new(stage: RootUpdate, settings: Settings) -> Self {
        Self { stage: Box::new(stage), awaiting: Awaiting::Settled, settled: None, accepted: 0, settings }
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
            (Awaiting::History, Some(bytes)) => Walked::On(self.accept_stored(bytes, outbox)),
            (Awaiting::History, None) => Walked::On(self.leave_store(outbox)),
            (Awaiting::Repository, Some(bytes)) if self.accepted < self.settings.max_root_updates => {
                self.accept_fetched(bytes, outbox)
            }
            (Awaiting::Repository, bytes) => self.finish(now, bytes.is_some()),
        }
    }

    /// Takes the store's `root.json` for what it is: a mark, not a source of trust.
    fn recall(&mut self, bytes: Option<&[u8]>, outbox: &mut Outbox) {
        match bytes.map(|bytes| RootUpdate::start(bytes, self.settings)) {
            Some(Ok(stored)) => {
                self.settled = Some(Settled::under(&stored));
                self.settle(outbox, true);
            }
            Some(Err(why)) => outbox.notice("root.json", why),
            None => {}
        }
    }

    fn accept_stored(mut self, bytes: Vec<u8>, outbox: &mut Outbox) -> Self {
        let name = self.next_in_history();
        match self.stage.accept(bytes) {
            Ok(stage) => {
                self.stage = Box::new(stage);
                if self.settled.is_some() {
                    self.settle(outbox, false);
                }
                self
            }
            Err(Refused { stage, failure }) => {
                outbox.notice(&name, failure);
                Self { stage, ..self }.leave_store(outbox)
            }
        }
    }

    /// Goes on to the repository. Where the store had no usable `root.json` the newest root of the store becomes it.
    fn leave_store(mut self, outbox: &mut Outbox) -> Self {
        self.settle(outbox, true);
        self.awaiting = Awaiting::Repository;
        self
    }

    fn accept_fetched(mut self, bytes: Vec<u8>, outbox: &mut Outbox) -> Walked {
        match self.stage.accept(bytes) {
            Ok(stage) => {
                self.stage = Box::new(stage);
                self.accepted = self.accepted.saturating_add(1);
                self.settle(outbox, true);
                Walked::On(self)
            }
            Err(Refused { stage, failure }) => Walked::Refused(Self { stage, ..self }, failure),
        }
    }

    /// Makes the trusted root the store's, where it is newer (5.3.8, 5.3.11).
    fn settle(&mut self, outbox: &mut Outbox, keep: bool) {
        let version = self.stage.version();
        let before = self.settled.as_ref();
        if keep && before.is_none_or(|settled| settled.version < version || self.fetched()) {
            outbox.persist(history(version), self.stage.received());
        }
        if before.is_some_and(|settled| settled.version >= version) {
            return;
        }
        if before.is_some_and(|settled| settled.rotated(self.stage.root())) {
            outbox.forget("timestamp.json");
            outbox.forget("snapshot.json");
        }
        outbox.persist("root.json", self.stage.received());
        self.settled = Some(Settled::under(&self.stage));
    }

    fn fetched(&self) -> bool {
        self.awaiting == Awaiting::Repository
    }

    fn finish(self, now: UnixTime, limit_reached: bool) -> Walked {
        let version = self.stage.version();
        let trusted = self.settled.as_ref().map_or(version, |settled| settled.version);
        if let Err(refusal) = rollback::version(ROOT, ROOT, trusted, version) {
            return Walked::Refused(self, refusal.into());
        }
        match self.stage.finish(now) {
            Ok(next) => Walked::Done { next: Box::new(next), limit_reached },
            Err(Refused { stage, failure }) => Walked::Refused(Self { stage, ..self }, failure),
        }
    }

    fn next_in_history(&self) -> String {
        history(self.stage.version().saturating_add(1))
    }
}

impl Settled {
    fn under(stage: &RootUpdate) -> Self {
        let root: &Root = stage.root();
        Self { version: stage.version(), timestamp: root.timestamp.clone(), snapshot: root.snapshot.clone() }
    }

    /// Whether another root has other timestamp or snapshot keys (5.3.11).
    fn rotated(&self, root: &Root) -> bool {
        !self.timestamp.same_keys(&root.timestamp) || !self.snapshot.same_keys(&root.snapshot)
    }
}

fn history(version: u64) -> String {
    format!("root_history/{version}.root.json")
}
