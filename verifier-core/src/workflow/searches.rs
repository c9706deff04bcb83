//! The searches after a refresh, as many at once as the host begins (5.6.7).
//!
//! A search that needs a file waits for it. Searches that need the same file under the same authority wait together: it
//! is asked for once and judged once, and each of them goes on with it. A file that cannot be had fails the searches that
//! wait for it and no other; a later search asks for it anew.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::stage::{MetadataFile, Progress, Search, Step, Trusted};
use super::{Course, NotFound, Outbox, Received, Request, Target};
use crate::failure::{Failure, Missing, Misuse, Place};

/// Number of a search, distinct in one cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SearchNumber(pub(crate) u64);

/// Number of a file that searches wait for, distinct in one cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NeedNumber(u64);

/// What a search came to.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Found(Target),
    NotFound(NotFound),
    Failed(Failure),
}

/// Where a needed file is looked for: first in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// This file of the store.
    Stored(Box<str>),
    /// This file of the repository.
    Fetched(MetadataFile),
}

impl Wanted {
    pub(crate) fn stored(name: &str) -> Self {
        Self::Stored(name.into())
    }
}

impl From<Wanted> for Request {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Stored(name) => Self::Load { name: name.into() },
            Wanted::Fetched(MetadataFile { name, max_length, .. }) => Self::Fetch { name, max_length },
        }
    }
}

/// Authentic and current metadata with the searches in it.
#[derive(Clone, Debug)]
pub(crate) struct Searches {
    trusted: Trusted,
    needs: Vec<Need>,
    /// Searches that came to an end and were not taken yet, the oldest first.
    ended: VecDeque<(SearchNumber, Verdict)>,
    begun: u64,
    needed: u64,
}

/// A file that searches wait for.
#[derive(Clone, Debug)]
struct Need {
    number: NeedNumber,
    step: Step,
    file: MetadataFile,
    /// Whether the store's file is of no use.
    fetched: bool,
    /// At least one.
    waiting: Vec<(SearchNumber, Search)>,
}

impl Searches {
    pub(crate) fn new(trusted: Trusted) -> Self {
        Self { trusted, needs: Vec::new(), ended: VecDeque::new(), begun: 0, needed: 0 }
    }

    pub(crate) fn trusted(&self) -> &Trusted {
        &self.trusted
    }

    /// Begins a search.
    pub(crate) fn begin(&mut self, search: Search) -> SearchNumber {
        let number = SearchNumber(self.begun);
        self.begun = self.begun.saturating_add(1);
        self.go_on(number, search);
        number
    }

    /// Ends every search without a verdict.
    pub(crate) fn abandon(&mut self) {
        self.needs.clear();
        self.ended.clear();
    }

    /// The oldest search that came to an end, once.
    pub(crate) fn ended(&mut self) -> Option<(SearchNumber, Verdict)> {
        self.ended.pop_front()
    }

    /// What is needed, each until it is offered or given up, the oldest first.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = (NeedNumber, Wanted)> {
        self.needs.iter().map(|need| {
            let wanted = match need.fetched {
                true => Wanted::Fetched(need.file.clone()),
                false => Wanted::stored(&need.step.stored_name()),
            };
            (need.number, wanted)
        })
    }

    /// Answers a need with bytes, or with "there is no such file".
    ///
    /// # Errors
    /// Why the bytes were not accepted; the need stays, so that other bytes may be offered. A file of the store that is of
    /// no use is noted and then wanted from the repository, unless the store alone is used.
    pub(crate) fn offer(
        &mut self,
        number: NeedNumber,
        bytes: Option<Received>,
        course: Course,
        outbox: &mut Outbox,
    ) -> Result<(), Failure> {
        let need = self.needs.iter_mut().find(|need| need.number == number);
        let need = need.ok_or(Misuse::NothingToAnswer)?;
        let accepted = match need.fetched {
            true => need.take_fetched(&mut self.trusted, bytes, outbox),
            false => need.take_stored(&mut self.trusted, bytes, course, outbox),
        };
        if accepted? {
            for (number, search) in self.remove(number) {
                self.go_on(number, search);
            }
        }
        Ok(())
    }

    /// Gives a need up. Returns the searches that waited for it: they have ended.
    pub(crate) fn give_up(&mut self, number: NeedNumber) -> Vec<SearchNumber> {
        self.remove(number).into_iter().map(|(number, _)| number).collect()
    }

    /// The searches that waited for a need, which is forgotten.
    fn remove(&mut self, number: NeedNumber) -> Vec<(SearchNumber, Search)> {
        let position = self.needs.iter().position(|need| need.number == number);
        position.map(|position| self.needs.remove(position).waiting).unwrap_or_default()
    }

    /// Goes on with a search until it needs metadata or ends.
    fn go_on(&mut self, number: SearchNumber, mut search: Search) {
        let verdict = match self.trusted.advance(&mut search) {
            Ok(Progress::Needs(step)) => return self.wait(step, number, search),
            Ok(Progress::Found(target)) => Verdict::Found(target),
            Ok(Progress::NotFound(reason)) => Verdict::NotFound(reason),
            Err(failure) => Verdict::Failed(failure),
        };
        self.ended.push_back((number, verdict));
    }

    /// Has a search wait for the file of a step.
    fn wait(&mut self, step: Step, number: SearchNumber, search: Search) {
        if let Some(need) = self.needs.iter_mut().find(|need| need.step.needs_the_same(&step)) {
            return need.waiting.push((number, search));
        }
        match self.trusted.file(&step) {
            Ok(file) => {
                let waiting = Vec::from([(number, search)]);
                self.needs.push(Need {
                    number: NeedNumber(self.needed),
                    step,
                    file,
                    fetched: false,
                    waiting,
                });
                self.needed = self.needed.saturating_add(1);
            }
            Err(failure) => self.ended.push_back((number, Verdict::Failed(failure))),
        }
    }
}

impl Need {
    /// Takes the store's file. Whether it does.
    fn take_stored(
        &mut self,
        trusted: &mut Trusted,
        bytes: Option<Received>,
        course: Course,
        outbox: &mut Outbox,
    ) -> Result<bool, Failure> {
        let stored = self.step.stored_name();
        match (course, bytes) {
            (Course::Store(_), Some(bytes)) => {
                return trusted.take(&self.step, bytes.into_bytes()).map(|()| true);
            }
            (Course::Store(_), None) => {
                return Err(Missing { name: stored.into(), place: Place::Store }.into());
            }
            (Course::Full, Some(bytes)) => match trusted.recall(&self.step, bytes.into_bytes()) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(failure) => outbox.notice(&stored, failure),
            },
            (Course::Full, None) => {}
        }
        self.fetched = true;
        Ok(false)
    }

    /// Takes the repository's file, which is then kept.
    fn take_fetched(
        &self,
        trusted: &mut Trusted,
        bytes: Option<Received>,
        outbox: &mut Outbox,
    ) -> Result<bool, Failure> {
        let missing = || Missing { name: self.file.name.clone().into(), place: Place::Repository };
        let bytes = bytes.ok_or_else(missing)?;
        let kept = bytes.kept();
        trusted.take(&self.step, bytes.into_bytes())?;
        outbox.persist(self.step.stored_name(), kept);
        Ok(true)
    }
}
