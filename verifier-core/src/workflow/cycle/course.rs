//! Where a cycle gets its metadata: from the store and the repository, or from the store alone.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::str;

use super::answer::Answered;
use super::{State, UpdateCycle};
use crate::role::UnixTime;
use crate::workflow::root_walk::RootWalk;
use crate::workflow::stage::RootUpdate;
use crate::workflow::{Access, Basis, Change, Course, Outbox, Settings, Waived, Waiver};

/// The file of the store that holds the time of the last full refresh, as decimal seconds since 1970.
pub(crate) const REFRESHED: &str = "refreshed";

impl UpdateCycle {
    /// The course that the settings demand, and the state that it begins with.
    pub(super) fn begin(root: RootUpdate, settings: Settings) -> (Course, State) {
        match settings.access {
            Access::Store => {
                let course = Course::Store(Basis::Offline);
                (course, walk(root, settings, course))
            }
            Access::Repository if settings.fresh_for > 0 => (Course::Full, State::Refreshed(Box::new(root))),
            Access::Repository | Access::Bundle => (Course::Full, walk(root, settings, Course::Full)),
        }
    }

    /// Goes on with the store alone where the last full refresh is young enough, else with the repository.
    pub(super) fn answer_refreshed(&mut self, root: RootUpdate, bytes: Option<&[u8]>) -> State {
        if let Some(refreshed) = bytes.and_then(time).filter(|time| self.is_fresh(*time)) {
            self.fallback = Some(Box::new(root.clone()));
            self.set_out(Course::Store(Basis::Fresh { refreshed }));
        }
        walk(root, self.settings, self.course)
    }

    /// What an answer led to, seen by the course. Where a fresh store does not do after all, the cycle begins anew with
    /// the repository; where the refresh is complete, its time is kept.
    pub(super) fn settle(&mut self, (state, outcome): Answered) -> Answered {
        if outcome.is_err() {
            return match self.fallback.take() {
                Some(root) => {
                    self.set_out(Course::Full);
                    (walk(*root, self.settings, Course::Full), Ok(()))
                }
                None => (state, outcome),
            };
        }
        if !self.completed && matches!(state, State::Trusted(..)) {
            self.complete();
        }
        (state, outcome)
    }

    /// Checks that the course of the refresh left out.
    pub(super) fn left_out(&self) -> Vec<Waiver> {
        let asked = match (self.basis, self.settings.access) {
            (Some(basis), _) => Some(basis),
            (None, Access::Bundle) => Some(Basis::Bundle),
            (None, Access::Repository | Access::Store) => None,
        };
        let unasked =
            asked.map(|why| [Waived::NewerRoot, Waived::NewerTimestamp].map(|check| Waiver { check, why }));
        let limit = self.root_limit_reached.then_some(Waiver {
            check: Waived::RootLimit,
            why: Basis::Limit { files: self.settings.max_root_updates },
        });
        unasked.into_iter().flatten().chain(limit).collect()
    }

    /// Keeps the time of a full refresh. Searches after a refresh from a fresh store may use the repository.
    fn complete(&mut self) {
        let asked = self.settings.access == Access::Repository && !self.root_limit_reached;
        match self.course {
            Course::Full if asked && self.settings.fresh_for > 0 => {
                let bytes = self.now.0.to_string().into_bytes();
                self.outbox.change([Change::Write { name: REFRESHED.into(), bytes }]);
            }
            Course::Store(Basis::Fresh { .. }) => {
                let basis = self.basis;
                self.set_out(Course::Full);
                self.basis = basis;
            }
            _ => {}
        }
        self.fallback = None;
        self.completed = true;
    }

    fn set_out(&mut self, course: Course) {
        self.course = course;
        self.outbox = Outbox::of(course);
        self.deferred.clear();
        self.basis = match course {
            Course::Full => None,
            Course::Store(basis) => Some(basis),
        };
    }

    /// Whether a time lies in the past, by less than the seconds that count as fresh.
    fn is_fresh(&self, refreshed: UnixTime) -> bool {
        let age = self.now.0.checked_sub(refreshed.0).and_then(|age| u64::try_from(age).ok());
        age.is_some_and(|age| age < self.settings.fresh_for)
    }
}

fn walk(root: RootUpdate, settings: Settings, course: Course) -> State {
    State::Root(Box::new(RootWalk::new(root, settings, course)))
}

fn time(bytes: &[u8]) -> Option<UnixTime> {
    str::from_utf8(bytes).ok()?.parse().ok().map(UnixTime)
}
