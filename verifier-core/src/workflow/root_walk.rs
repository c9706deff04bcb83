//! Update the root role (5.3), with the roots that the store keeps.
//!
//! Two roots are known before anything is fetched: the pinned root P of the host, where trust begins, and the mark M, the
//! store's root under which its timestamp and snapshot metadata were accepted. The rules:
//!
//! 1. The chain begins at the older of P and M, and must contain the newer one, the goal. Each step is verified by 5.3.4
//!    and 5.3.5. Each version comes from `root_history/`; a version that is missing or damaged there is fetched.
//! 2. Nothing is written until the chain contains the goal. Then the fetched versions are, so that a gap is healed once.
//! 3. From P towards M, a repository without the next version withholds it: a rollback. A chain that arrives at other
//!    content than M's is of another line.
//! 4. From M towards P, a chain that does not arrive at P is of another line: P's root says nothing about this store.
//! 5. Another line is refused and the store stays as it was, unless the host replaces the line on purpose
//!    ([`Settings::replace_root_line`]). Then the store changes after the first timestamp that the new keys signed.
//! 6. Behind the goal the chain goes on through the history and then through the repository; each version is written
//!    as soon as it is accepted (5.3.8). Where a newer root changes the timestamp or snapshot keys, what was accepted
//!    under the old ones is forgotten before the mark moves (5.3.11), so that an interruption neither loses a floor nor
//!    keeps one that the repository has given up.
//! 7. The mark is kept twice, as floors are. A store without one is judged by its history. With one the history is a cache:
//!    roots in it that contradict the pinned root, or each other, may be those of an earlier pinned root that leads to the
//!    mark too. They are fetched again, and whether the chain arrives at the mark decides.
//! 8. Offline the chain begins at P, and a missing version is a failure of the store.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::stage::{Refused, RootUpdate, TimestampUpdate};
use super::{Change, Course, Outbox, Received, Wanted};
use crate::check::rollback;
use crate::failure::{Failure, Missing, Place, Refusal};
use crate::role::{ROOT, UnixTime};
use crate::workflow::Settings;

/// The two files of the mark. The copy is written first.
pub(super) const MARK: [&str; 2] = ["floors/root", "root.json"];

/// The root stage with what it waits for.
#[derive(Clone, Debug)]
pub(super) struct RootWalk {
    pinned: Arc<RootUpdate>,
    /// The newest root of the verified chain.
    stage: Arc<RootUpdate>,
    /// The root under which the store's timestamp and snapshot metadata were accepted. Where the store has none that is
    /// usable, the newest root of its history.
    mark: Option<Arc<RootUpdate>>,
    /// Whether each file of [`MARK`] holds the mark.
    kept: [bool; 2],
    /// The newer of pinned root and mark, until the chain contains it.
    goal: Option<Goal>,
    /// Whether the store's history lacks the pinned root.
    unrecorded: bool,
    /// Whether the store's history has another root of the pinned version.
    contradicted: bool,
    /// Whether a version of the chain came from the store's history.
    recalled: bool,
    /// Whether the versions before the goal are fetched, since those of the history lead elsewhere.
    refetches: bool,
    /// A version in the store's history that does not follow from the chain.
    stray: Option<u64>,
    /// Whether the store's line is replaced on purpose.
    replaced: bool,
    /// Changes of the store that wait for the goal; where the line is replaced, for the first timestamp.
    held: Outbox,
    awaiting: Awaiting,
    /// Root metadata files accepted from the repository.
    accepted: u32,
    settings: Settings,
    course: Course,
}

/// The root that the chain must contain.
#[derive(Clone, Debug)]
enum Goal {
    /// The chain began at the pinned root.
    Mark(Arc<RootUpdate>),
    /// The chain began at the mark, which had this version.
    Pinned { root: Arc<RootUpdate>, mark: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaiting {
    /// `root.json` of the store.
    Mark,
    /// `floors/root` of the store.
    MarkCopy,
    /// The pinned version in `root_history/` of the store.
    PinnedVersion,
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
    pub(super) deferred: Vec<Change>,
}

impl RootWalk {
    pub(super) fn new(pinned: RootUpdate, settings: Settings, course: Course) -> Self {
        let pinned = Arc::new(pinned);
        Self {
            stage: pinned.clone(),
            pinned,
            mark: None,
            kept: [false; 2],
            goal: None,
            unrecorded: false,
            contradicted: false,
            recalled: false,
            refetches: false,
            stray: None,
            replaced: false,
            held: Outbox::of(course),
            awaiting: Awaiting::Mark,
            accepted: 0,
            settings,
            course,
        }
    }

    pub(super) fn wanted(&self) -> Wanted {
        let [copy, mark] = MARK;
        match self.awaiting {
            Awaiting::Mark => Wanted::stored(mark),
            Awaiting::MarkCopy => Wanted::stored(copy),
            Awaiting::PinnedVersion => Wanted::stored(&history(self.pinned.version())),
            Awaiting::History => Wanted::stored(&self.next_in_history()),
            Awaiting::Repository => Wanted::Fetched(self.stage.next_file()),
        }
    }

    pub(super) fn answer(mut self, bytes: Option<Received>, now: UnixTime, outbox: &mut Outbox) -> Walked {
        match (self.awaiting, bytes) {
            (Awaiting::Mark, bytes) => {
                self.recall(1, bytes, outbox);
                self.awaiting = Awaiting::MarkCopy;
                Walked::On(self)
            }
            (Awaiting::MarkCopy, bytes) => {
                let before = self.clone();
                self.recall(0, bytes, outbox);
                self.set_out(before, outbox)
            }
            (Awaiting::PinnedVersion, bytes) => self.compare_pinned(bytes, outbox),
            (Awaiting::History, bytes) if self.goal_is_next() => self.meet(bytes, outbox),
            (Awaiting::History, Some(bytes)) => self.accept_stored(bytes, now, outbox),
            (Awaiting::History, None) => self.leave_history(now, outbox),
            (Awaiting::Repository, Some(bytes)) if self.may_accept() => self.accept_fetched(bytes, outbox),
            (Awaiting::Repository, bytes) => self.finish(now, bytes.is_some(), outbox),
        }
    }

    /// Takes a file of the mark for what it is: a mark, not a source of trust. Of two that differ the newer one counts:
    /// an older one is what an interrupted write, or another client, left.
    fn recall(&mut self, file: usize, bytes: Option<Received>, outbox: &mut Outbox) {
        let name = MARK.get(file).copied().unwrap_or_default();
        let stored = match bytes.map(|bytes| self.begun(bytes)) {
            Some(Ok(stored)) => stored,
            Some(Err(why)) => return outbox.notice(name, why),
            None => return,
        };
        let newer = self.mark.as_ref().is_none_or(|mark| mark.version() < stored.version());
        let same = self.mark.as_ref().is_some_and(|mark| **mark.received() == **stored.received());
        if newer {
            self.mark = Some(stored);
            self.kept = [false; 2];
        }
        if let Some(kept) = self.kept.get_mut(file).filter(|_| newer || same) {
            *kept = true;
        }
    }

    /// Root metadata of the store, judged by itself. Bytes that were judged already are the same root.
    fn begun(&self, bytes: Received) -> Result<Arc<RootUpdate>, Failure> {
        let mut known = [Some(&self.pinned), self.mark.as_ref()].into_iter().flatten();
        match known.find(|root| **root.received() == *bytes) {
            Some(root) => Ok(Arc::clone(root)),
            None => RootUpdate::begin(bytes, self.settings).map(Arc::new),
        }
    }

    /// Finds out which of pinned root and mark is the older one: there the chain begins (rule 1).
    fn set_out(mut self, before: Self, outbox: &mut Outbox) -> Walked {
        let Some(mark) = &self.mark else {
            self.awaiting = Awaiting::PinnedVersion;
            return Walked::On(self);
        };
        match mark.version().cmp(&self.pinned.version()) {
            Ordering::Greater => {
                self.awaiting = Awaiting::PinnedVersion;
                return Walked::On(self);
            }
            Ordering::Equal if !mark.same_content(&self.pinned) => {
                return self.other_line(Some(before), outbox);
            }
            Ordering::Less if self.course == Course::Full => {
                self.goal = Some(Goal::Pinned { root: self.pinned.clone(), mark: mark.version() });
                self.stage = mark.clone();
            }
            Ordering::Equal | Ordering::Less => {}
        }
        self.awaiting = Awaiting::History;
        Walked::On(self)
    }

    /// Compares the pinned root with the same version of the store's history. If there is no mark, another one there proves
    /// another line. Otherwise it was perhaps left by an earlier pinned root, and the chain to the mark decides.
    fn compare_pinned(mut self, bytes: Option<Received>, outbox: &mut Outbox) -> Walked {
        self.unrecorded = match bytes.map(|bytes| self.begun(bytes)) {
            Some(Ok(stored)) if stored.same_content(&self.pinned) => false,
            Some(Ok(stored)) if stored.version() == self.pinned.version() => {
                if self.mark.is_none() {
                    return self.other_line(None, outbox);
                }
                let (stored, pinned) = (stored.version(), self.pinned.version());
                outbox.notice(&history(pinned), Refusal::OtherRootLine { stored, pinned }.into());
                self.contradicted = true;
                true
            }
            Some(Err(why)) => {
                outbox.notice(&history(self.pinned.version()), why);
                true
            }
            Some(Ok(_)) | None => true,
        };
        self.goal = self.mark.clone().map(Goal::Mark);
        self.awaiting = Awaiting::History;
        Walked::On(self)
    }

    fn accept_stored(mut self, bytes: Received, now: UnixTime, outbox: &mut Outbox) -> Walked {
        match self.stage.next(bytes.clone()) {
            Ok(next) => {
                self.recalled = true;
                self.extend(next, outbox)
            }
            Err(failure) => {
                // Without a mark, the history alone tells the line.
                if self.mark.is_none() && !self.replaced && self.is_next_root(&bytes) {
                    return self.other_line(None, outbox);
                }
                outbox.notice(&self.next_in_history(), failure);
                if self.is_led_astray() && self.is_next_root(&bytes) {
                    return Walked::On(self.without_history());
                }
                self.stray = self.stage.version().checked_add(1);
                self.leave_history(now, outbox)
            }
        }
    }

    /// Whether the chain to the mark may be another one than the history says. It is fetched once.
    fn is_led_astray(&self) -> bool {
        let to_mark = matches!(self.goal, Some(Goal::Mark(_)));
        to_mark && self.recalled && !self.refetches && self.course == Course::Full
    }

    /// The walk from the pinned root again, by the repository alone. The goal still decides.
    fn without_history(self) -> Self {
        Self {
            stage: self.pinned.clone(),
            held: Outbox::of(self.course),
            awaiting: Awaiting::Repository,
            refetches: true,
            ..self
        }
    }

    /// Goes on to the repository. Where the store alone is used, the chain ends.
    fn leave_history(mut self, now: UnixTime, outbox: &mut Outbox) -> Walked {
        match (self.course, &self.goal) {
            (Course::Full, _) => {
                self.mark.get_or_insert_with(|| self.stage.clone());
                self.awaiting = Awaiting::Repository;
                Walked::On(self)
            }
            (Course::Store(_), Some(_)) => {
                let name = self.next_in_history().into();
                Walked::Refused(self, Missing { name, place: Place::Store }.into())
            }
            (Course::Store(_), None) => self.finish(now, false, outbox),
        }
    }

    /// Whether the limit of one cycle allows another version (5.3.3). Towards the mark, the mark's version is the limit:
    /// what is fetched there is not written before the mark, so that the next cycle would begin at the same version.
    fn may_accept(&self) -> bool {
        matches!(self.goal, Some(Goal::Mark(_))) || self.accepted < self.settings.max_root_updates
    }

    fn accept_fetched(mut self, bytes: Received, outbox: &mut Outbox) -> Walked {
        let next = match self.stage.next(bytes) {
            Ok(next) => next,
            Err(Failure::Refused(Refusal::ArbitrarySoftware { .. }))
                if matches!(self.goal, Some(Goal::Pinned { .. })) =>
            {
                return self.other_line(None, outbox);
            }
            Err(failure) => return Walked::Refused(self, failure),
        };
        // Another mirror may have the version that leads to the goal.
        if self.goal.as_ref().is_some_and(|goal| !goal.may_follow(&next)) {
            return self.other_line(None, outbox);
        }
        self.accepted = self.accepted.saturating_add(1);
        self.held.persist(history(next.version()), next.received().kept());
        let before_goal = next.version().checked_add(1);
        let is_before_goal =
            self.goal.as_ref().is_some_and(|goal| Some(goal.root().version()) == before_goal);
        if self.goal.is_some() && (is_before_goal || !self.refetches) {
            self.awaiting = Awaiting::History;
        }
        self.extend(next, outbox)
    }

    fn extend(mut self, next: RootUpdate, outbox: &mut Outbox) -> Walked {
        self.stage = Arc::new(next);
        if self.moves() {
            self.move_mark();
        }
        self.release(outbox);
        Walked::On(self)
    }

    fn goal_is_next(&self) -> bool {
        let next = self.stage.version().checked_add(1);
        self.goal.as_ref().is_some_and(|goal| Some(goal.root().version()) == next)
    }

    /// Takes the goal itself as the next version. The history's file of this version is healed where it is another.
    fn meet(mut self, bytes: Option<Received>, outbox: &mut Outbox) -> Walked {
        let Some(goal) = self.goal.as_ref().map(|goal| goal.root().clone()) else {
            return Walked::On(self);
        };
        let Ok(met) = self.stage.next(goal.received().clone()) else {
            if self.is_led_astray() {
                return Walked::On(self.without_history());
            }
            return self.other_line(None, outbox);
        };
        match bytes.map(|bytes| self.stage.next(bytes)) {
            Some(Ok(stored)) if stored.same_content(&goal) => {}
            // It was accepted once, so that the goal is of another line.
            Some(Ok(_)) => return self.other_line(None, outbox),
            unusable => {
                if let Some(Err(why)) = unusable {
                    outbox.notice(&self.next_in_history(), why);
                }
                self.held.persist(self.next_in_history(), goal.received().kept());
            }
        }
        if self.unrecorded {
            self.record_pinned();
        }
        self.goal = None;
        self.stage = Arc::new(met);
        if self.moves() {
            self.move_mark();
        }
        self.release(outbox);
        Walked::On(self)
    }

    /// Writes what was held, once the chain contains pinned root and mark (rule 2).
    fn release(&mut self, outbox: &mut Outbox) {
        if self.goal.is_none() && !self.replaced {
            outbox.change(self.held.changes.drain(..));
        }
    }

    /// Refuses the pinned root, or replaces the line of the store's roots by its line (rule 5). `before` is the walk
    /// before the answer, where that has changed it.
    fn other_line(self, before: Option<Self>, outbox: &mut Outbox) -> Walked {
        let (stored, pinned) = (self.stored_version(), self.pinned.version());
        let refusal = Refusal::OtherRootLine { stored, pinned };
        if !self.settings.replace_root_line {
            return Walked::Refused(before.unwrap_or(self), refusal.into());
        }
        outbox.notice("root.json", refusal.into());
        Walked::On(Self {
            stage: self.pinned.clone(),
            goal: None,
            unrecorded: true,
            contradicted: false,
            replaced: true,
            held: Outbox::of(self.course),
            awaiting: Awaiting::History,
            accepted: 0,
            ..self
        })
    }

    /// The version of the mark as it was found; without one, that of the history which contradicts the pinned root.
    fn stored_version(&self) -> u64 {
        match (&self.goal, &self.mark) {
            (Some(Goal::Pinned { mark, .. }), _) => *mark,
            (_, Some(mark)) => mark.version(),
            (_, None) if self.awaiting == Awaiting::PinnedVersion => self.pinned.version(),
            (_, None) => self.stage.version().saturating_add(1),
        }
    }

    fn is_next_root(&self, bytes: &[u8]) -> bool {
        let next = self.stage.version().checked_add(1);
        RootUpdate::start(bytes, self.settings).is_ok_and(|root| Some(root.version()) == next)
    }

    /// Whether the mark is older than the chain's newest root.
    fn moves(&self) -> bool {
        let version = self.stage.version();
        !self.replaced && self.mark.as_ref().is_some_and(|mark| mark.version() < version)
    }

    /// Makes the chain's newest root the mark, after what was accepted under other keys (5.3.8, 5.3.11).
    fn move_mark(&mut self) {
        if self.rotated() {
            for name in ["floors/timestamp", "floors/snapshot", "timestamp.json", "snapshot.json"] {
                self.held.forget(name);
            }
        }
        self.mark = Some(self.stage.clone());
        self.kept = [false; 2];
        self.keep_mark();
    }

    /// Writes each file that does not hold the mark.
    fn keep_mark(&mut self) {
        let Some(mark) = &self.mark else { return };
        for (name, kept) in MARK.into_iter().zip(self.kept) {
            if !kept {
                self.held.persist(name, mark.received().kept());
            }
        }
        self.kept = [true; 2];
    }

    /// Writes the pinned root into the history: by it the store is told from one of another line.
    fn record_pinned(&mut self) {
        self.held.persist(history(self.pinned.version()), self.pinned.received().kept());
        self.unrecorded = false;
    }

    /// Whether the chain's newest root has other timestamp or snapshot keys than the mark.
    fn rotated(&self) -> bool {
        self.replaced || self.mark.as_ref().is_some_and(|mark| !mark.same_online_keys(&self.stage))
    }

    /// Ends the chain. It may not end before its goal.
    fn finish(mut self, now: UnixTime, limit_reached: bool, outbox: &mut Outbox) -> Walked {
        match &self.goal {
            Some(Goal::Mark(mark)) if !self.settings.replace_root_line && !self.contradicted => {
                let withheld = rollback::version(ROOT, ROOT, mark.version(), self.stage.version());
                return match withheld {
                    Err(refusal) => Walked::Refused(self, refusal.into()),
                    Ok(()) => self.other_line(None, outbox),
                };
            }
            Some(_) => return self.other_line(None, outbox),
            None => {}
        }
        match RootUpdate::clone(&self.stage).finish(now) {
            Ok(next) => {
                let rotated = self.rotated();
                self.defer();
                let deferred = self.held.changes.into();
                Walked::Done(Chain { next: Box::new(next), limit_reached, rotated, deferred })
            }
            Err(Refused { failure, .. }) => Walked::Refused(self, failure),
        }
    }

    /// Holds the changes that make a root the store's which did not come from the repository. A wrong pinned root is
    /// found out by the timestamp's signature, and must not have changed the store by then.
    fn defer(&mut self) {
        let version = self.stage.version();
        if let Some(stray) = self.stray.filter(|stray| *stray > version) {
            self.held.forget(&history(stray));
        }
        if self.unrecorded {
            self.record_pinned();
        }
        match self.replaced {
            true => self.move_mark(),
            false => self.keep_mark(),
        }
    }

    fn next_in_history(&self) -> String {
        history(self.stage.version().saturating_add(1))
    }
}

impl Goal {
    fn root(&self) -> &Arc<RootUpdate> {
        match self {
            Self::Mark(root) | Self::Pinned { root, .. } => root,
        }
    }

    /// Whether a chain that ends with this root may lead here: whoever may sign the next version signed the goal.
    fn may_follow(&self, root: &RootUpdate) -> bool {
        let goal = self.root();
        root.version().checked_add(1) != Some(goal.version()) || root.next(goal.received().clone()).is_ok()
    }
}

/// Name of a version in the store's history.
pub(super) fn history(version: u64) -> String {
    format!("root_history/{version}.root.json")
}
