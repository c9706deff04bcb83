//! The client of one repository: mirrors, the trusted store and transfers around the workflow, without I/O.
//!
//! A host polls for [`Action`]s, does them in their order and answers. The rules:
//!
//! 1. Each metadata file comes from the first mirror whose bytes are accepted. A refused answer leaves the workflow as it was,
//!    so that the next mirror's can be offered. That there is no such file counts once every mirror was asked.
//! 2. A mirror that failed, or had no file that another had, is asked last from then on. None is ever excluded.
//! 3. A refresh that failed after some file was accepted begins again, led by a mirror that has not led, once for each: a
//!    mirror that leads with old, valid metadata and withholds the rest cannot keep the client from the others.
//! 4. A request that failed for a passing reason is made again, later each time. Time is an input.
//! 5. Of several errors the most telling one is reported: a refusal, then an error of the network, then a missing file.
//! 6. Searches and transfers go on side by side, and no failure of one reaches another. Searches that need the same file wait
//!    for one request together.
//! 7. Bytes of metadata cross to the client once: the host holds what it answered with until it is released, and is told
//!    under which names to keep it. A file that is too long for that is [supplied](Client::supply) in parts, while it is on a
//!    disk. Bytes of targets never cross: the host hashes them.
//! 8. Changes of the store are done in the order in which they are asked for (ADR 0004, ADR 0027).

mod action;
mod error;
mod hasher;
mod metadata;
mod mirrors;
mod retry;
mod transfer;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Weak;
use alloc::vec::Vec;

use crate::failure::{Failure, Misuse};
use crate::role::UnixTime;
use crate::target::TargetCheck;
use crate::workflow::{
    Access, Answer, Change, Kept, Need, Received, SearchNumber, Settings, Target, UpdateCycle, Verdict,
    Wanted,
};
use metadata::Ask;
use mirrors::Mirrors;
use retry::Spread;
use transfer::Transfer;

pub use action::{
    Action, AtHand, Event, Instant, MirrorIndex, Outcome, RequestId, Response, SearchId, Stream, TransferId,
};
pub use error::{ClientError, Phase, TransportError, TransportKind};
pub use hasher::TargetHasher;
pub use mirrors::{Mirror, MirrorKind};
pub use retry::Retry;

/// What a client is started with, beside the trusted root and the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// What an update cycle may cost, where metadata may come from, and how strictly it is read. A client without mirrors
    /// uses the store alone; one whose mirrors are bundles cannot ask for newer metadata.
    pub settings: Settings,
    /// The sources of the repository, in the order in which they are asked. With none, the client is offline.
    pub mirrors: Vec<Mirror>,
    /// Metadata files that are asked for at the same time, at least one.
    pub parallel: usize,
    /// Any number. Clients with different ones spread their tries over time.
    pub seed: u64,
    /// Whether this client goes on for one that was lost after its refresh at the same time: what the store then held is
    /// used without asking the mirrors, if it is still accepted.
    pub resumes: bool,
}

/// A client of one repository.
#[derive(Clone, Debug)]
pub struct Client {
    trusted_root: Vec<u8>,
    now: UnixTime,
    settings: Settings,
    parallel: usize,
    resumes: bool,
    cycle: UpdateCycle,
    stage: Stage,
    mirrors: Mirrors,
    spread: Spread,
    /// What was asked of the host and not answered.
    outstanding: BTreeMap<RequestId, Outstanding>,
    /// Metadata files whose mirror is asked again later.
    asks: Vec<Ask>,
    /// Transfers whose mirror is asked again later.
    transfers: Vec<Transfer>,
    /// The targets that searches have found.
    found: BTreeMap<SearchId, Target>,
    /// What the host has still to be told.
    actions: VecDeque<Action>,
    /// Bytes that the host holds, as long as they are known here.
    held: BTreeMap<u64, Weak<Answer>>,
    /// What came so far of the files that are outstanding.
    supplied: BTreeMap<RequestId, Vec<u8>>,
    /// The most telling error of the attempts that failed.
    worst: Option<ClientError>,
    numbers: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Refreshing,
    Refreshed,
    Failed,
}

/// A request that was not answered.
#[derive(Clone, Debug)]
enum Outstanding {
    /// A file of the store.
    Load(Need, Box<str>),
    /// A metadata file of a mirror.
    Get(Ask, MirrorIndex),
    /// Bytes of a target of a mirror.
    Receive(Transfer, MirrorIndex),
}

impl Client {
    /// Trusted root metadata and a time become a client that refreshes. The host holds the lock of the store from before until
    /// the refresh has ended.
    ///
    /// # Errors
    /// Malformed metadata; an arbitrary software attack if the root metadata is not signed by its own keys.
    ///
    /// # Specification
    /// 5.1, Record fixed update start time; 5.2, Load trusted root metadata.
    pub fn start(trusted_root: &[u8], now: UnixTime, options: &ClientOptions) -> Result<Self, Failure> {
        let mut settings = Settings { access: access(options), ..options.settings };
        if options.resumes {
            // What was refreshed at this very time is younger than a second.
            settings.fresh_for = settings.fresh_for.max(1);
        }
        let mirrors = match settings.access {
            Access::Store => Mirrors::new(&[]),
            Access::Repository | Access::Bundle => Mirrors::new(&options.mirrors),
        };
        Ok(Self {
            trusted_root: trusted_root.to_vec(),
            now,
            settings,
            parallel: options.parallel.max(1),
            resumes: options.resumes,
            cycle: UpdateCycle::start(trusted_root, now, settings)?,
            stage: Stage::Refreshing,
            mirrors,
            spread: Spread::new(options.seed),
            outstanding: BTreeMap::new(),
            asks: Vec::new(),
            transfers: Vec::new(),
            found: BTreeMap::new(),
            actions: VecDeque::new(),
            held: BTreeMap::new(),
            supplied: BTreeMap::new(),
            worst: None,
            numbers: 0,
        })
    }

    /// What is to be done next.
    pub fn poll(&mut self, at: Instant) -> Action {
        if let Some(action) = self.actions.pop_front() {
            return action;
        }
        self.go_on(at);
        self.actions.pop_front().unwrap_or_else(|| Action::Await { until: self.due() })
    }

    /// Takes the next part of a metadata file that was asked for, so that a host need not hold the whole of it. [`Response::Supplied`]
    /// says that it was the last one; any other answer drops what came. `length` is how many bytes the host expects in all: memory is got
    /// for them at once, and for no more than may be accepted. Bytes beyond those are not kept: one of them is enough to refuse the file.
    ///
    /// # Errors
    /// [`Misuse::NothingToAnswer`] if no such request is outstanding, or it is none for metadata. Nothing has changed then.
    pub fn supply(&mut self, id: RequestId, part: &[u8], length: u64) -> Result<(), Misuse> {
        let limit = match self.outstanding.get(&id) {
            Some(Outstanding::Load(..)) => u64::MAX,
            Some(Outstanding::Get(ask, _)) => ask.max_length().saturating_add(1),
            Some(Outstanding::Receive(..)) | None => return Err(Misuse::NothingToAnswer),
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let expected = usize::try_from(length).unwrap_or(usize::MAX).min(limit);
        let supplied = self.supplied.entry(id).or_insert_with(|| {
            let mut bytes = Vec::new();
            // A host that expects too much has to do with what there is.
            let _ = bytes.try_reserve_exact(expected);
            bytes
        });
        let left = limit.saturating_sub(supplied.len()).min(part.len());
        supplied.extend_from_slice(part.get(..left).unwrap_or_default());
        Ok(())
    }

    /// Answers a request.
    ///
    /// # Errors
    /// [`Misuse::NothingToAnswer`] if no such request is outstanding, or it cannot be answered so. Nothing has changed then.
    pub fn answer(&mut self, id: RequestId, response: Response, at: Instant) -> Result<(), Misuse> {
        let outstanding = self.outstanding.get(&id).ok_or(Misuse::NothingToAnswer)?;
        if !outstanding.takes(&response) {
            return Err(Misuse::NothingToAnswer);
        }
        let supplied = self.supplied.remove(&id).unwrap_or_default();
        let response = match response {
            Response::Supplied => Response::Bytes(supplied),
            other => other,
        };
        match (self.outstanding.remove(&id), response) {
            (Some(Outstanding::Load(need, _)), Response::Bytes(bytes)) => {
                let bytes = self.hold(bytes, id);
                self.loaded(need, Some(bytes));
            }
            (Some(Outstanding::Load(need, name)), Response::Unreadable) => {
                self.unmet(need, ClientError::Store { request: id, name });
            }
            (Some(Outstanding::Load(need, _)), _) => self.loaded(need, None),
            (Some(Outstanding::Get(ask, mirror)), Response::Bytes(bytes)) => {
                let bytes = self.hold(bytes, id);
                self.offered(ask, mirror, bytes, at);
            }
            (Some(Outstanding::Get(ask, mirror)), Response::Failed(error)) => {
                self.unanswered(ask, mirror, id, error, at);
            }
            (Some(Outstanding::Get(ask, mirror)), _) => self.absent(ask, mirror, at),
            (Some(Outstanding::Receive(transfer, mirror)), Response::Stream(stream)) => {
                self.ended_stream(transfer, mirror, id, stream, at);
            }
            (Some(Outstanding::Receive(transfer, mirror)), Response::Failed(error)) => {
                self.not_begun(transfer, mirror, id, error, at);
            }
            (Some(Outstanding::Receive(transfer, mirror)), _) => self.no_file(transfer, mirror, at),
            (None, _) => {}
        }
        self.settle();
        Ok(())
    }

    /// Begins the search for a target. Searches go on side by side.
    ///
    /// # Errors
    /// [`Misuse::UnsafePath`] for a path that could leave the base URL; [`Misuse::NotReady`] before the refresh is finished.
    ///
    /// # Specification
    /// 5.6.7.
    pub fn find(&mut self, path: &str) -> Result<SearchId, Failure> {
        let SearchNumber(number) = self.cycle.begin_search(path)?;
        self.settle();
        Ok(SearchId(number))
    }

    /// Compares a length in bytes and digests that the host computed with those of the target that a search found. Each
    /// listed hash of a supported algorithm must be there.
    ///
    /// # Errors
    /// Endless data or wrong software; [`Misuse::DigestNotGiven`]; [`Misuse::NothingFound`] if the search has found no target,
    /// or it was dropped.
    ///
    /// # Specification
    /// 5.7.1, 5.7.3.
    pub fn check(&self, found: SearchId, at_hand: &AtHand) -> Result<(), Failure> {
        let target = self.found.get(&found).ok_or(Misuse::NothingFound)?;
        TargetCheck::new(target)?.check_digests(at_hand.length, &at_hand.digests)
    }

    /// Drops the target that a search found: its number is no handle any more. Transfers of it go on.
    pub fn drop_target(&mut self, found: SearchId) {
        self.found.remove(&found);
    }

    /// Asks for whatever is wanted and was not asked for, within the limit.
    fn go_on(&mut self, at: Instant) {
        self.ask_again(at);
        self.receive_again(at);
        while let Some((need, wanted)) = self.unasked() {
            self.ask(need, wanted, at);
        }
        self.settle();
    }

    /// The oldest need that was not asked for, if one more may be asked for.
    fn unasked(&self) -> Option<(Need, Wanted)> {
        if self.stage == Stage::Failed {
            return None;
        }
        let asked: BTreeSet<Need> = self
            .outstanding
            .values()
            .filter_map(Outstanding::need)
            .chain(self.asks.iter().map(Ask::need))
            .collect();
        if asked.len() >= self.parallel {
            return None;
        }
        self.cycle.wanted_beside(&asked)
    }

    /// When something is asked again.
    fn due(&self) -> Option<Instant> {
        let asks = self.asks.iter().filter_map(Ask::due);
        asks.chain(self.transfers.iter().filter_map(Transfer::due)).min()
    }

    fn loaded(&mut self, need: Need, bytes: Option<Received>) {
        if let Err(failure) = self.cycle.take(need, bytes) {
            self.unmet(need, failure.into());
        }
    }

    /// What was needed cannot be had.
    fn unmet(&mut self, need: Need, error: ClientError) {
        match need {
            Need::Refresh => self.attempt_failed(error),
            Need::Search(need) => {
                for SearchNumber(number) in self.cycle.give_up(need) {
                    self.end(Outcome::SearchFailed { search: SearchId(number), error: error.clone() });
                }
            }
        }
    }

    /// Begins another attempt, led by another mirror, if it can end otherwise (rule 3).
    fn attempt_failed(&mut self, error: ClientError) {
        if !error.concerns_one_mirror() {
            return self.refresh_failed(error);
        }
        let error = ClientError::more_telling(self.worst.take(), error);
        if !self.mirrors.lead_with_another() {
            return self.refresh_failed(error);
        }
        self.worst = Some(error);
        match UpdateCycle::start(&self.trusted_root, self.now, self.settings) {
            Ok(cycle) => self.cycle = cycle,
            Err(failure) => self.refresh_failed(failure.into()),
        }
    }

    fn refresh_failed(&mut self, error: ClientError) {
        self.stage = Stage::Failed;
        self.end(Outcome::RefreshFailed(error));
    }

    /// Tells the host what an answer has led to.
    fn settle(&mut self) {
        while let Some(change) = self.cycle.change() {
            self.actions.push_back(match change {
                Change::Keep { name, kept: Kept::Answer(answer) } => {
                    Action::Keep { answer: RequestId(answer.0), name }
                }
                // Of all that is written, the trusted root alone was no answer. Its number is 0.
                Change::Keep { name, kept: Kept::Bytes(_) } => Action::Keep { answer: RequestId(0), name },
                Change::Write { name, bytes } => Action::Write { name, bytes },
                Change::Forget { name } => Action::Forget { name },
            });
        }
        let actions = &mut self.actions;
        self.held.retain(|answer, bytes| {
            let is_known = bytes.strong_count() > 0;
            if !is_known {
                actions.push_back(Action::Release { answer: RequestId(*answer) });
            }
            is_known
        });
        if self.stage == Stage::Refreshing
            && let Some(report) = self.cycle.finished()
        {
            self.stage = Stage::Refreshed;
            self.end(Outcome::Refreshed(report));
        }
        while let Some((SearchNumber(number), verdict)) = self.cycle.ended_search() {
            let search = SearchId(number);
            let outcome = match verdict {
                Verdict::Found(target) => {
                    self.found.insert(search, target.clone());
                    Outcome::Found { search, target }
                }
                Verdict::NotFound(reason) => Outcome::NotFound { search, reason },
                Verdict::Failed(failure) => Outcome::SearchFailed { search, error: failure.into() },
            };
            self.end(outcome);
        }
    }

    /// Has a mirror asked last that did not serve what it was asked for, and keeps the more telling of its error and the worst.
    fn blame(
        &mut self,
        mirror: MirrorIndex,
        name: &str,
        error: ClientError,
        worst: &mut Option<ClientError>,
    ) {
        self.mirrors.ask_last(mirror);
        let event = Event::Failed { mirror, name: name.into(), error: error.clone() };
        self.actions.push_back(Action::Tell(event));
        *worst = Some(ClientError::more_telling(worst.take(), error));
    }

    fn end(&mut self, outcome: Outcome) {
        self.actions.push_back(Action::Ended(outcome));
    }

    fn next_number(&mut self) -> u64 {
        self.numbers = self.numbers.saturating_add(1);
        self.numbers
    }

    fn request(&mut self, request: Outstanding) -> RequestId {
        let id = RequestId(self.next_number());
        self.outstanding.insert(id, request);
        id
    }

    /// Notes that the host holds the bytes of this answer.
    fn hold(&mut self, bytes: Vec<u8>, id: RequestId) -> Received {
        let received = Received::held(bytes, id.0);
        self.held.insert(id.0, received.downgrade());
        received
    }
}

impl Outstanding {
    /// Whether the request can be answered so.
    fn takes(&self, response: &Response) -> bool {
        match response {
            Response::Bytes(_) | Response::Supplied => !matches!(self, Self::Receive(..)),
            Response::Absent => true,
            Response::Failed(_) => !matches!(self, Self::Load(..)),
            Response::Unreadable => matches!(self, Self::Load(..)),
            Response::Stream(_) => matches!(self, Self::Receive(..)),
        }
    }

    /// What the request is for, if it is for metadata.
    fn need(&self) -> Option<Need> {
        match self {
            Self::Load(need, _) => Some(*need),
            Self::Get(ask, _) => Some(ask.need()),
            Self::Receive(..) => None,
        }
    }
}

/// Where metadata may come from, of what was asked for: an offline client has the store alone.
fn access(options: &ClientOptions) -> Access {
    let are_bundles = options.mirrors.iter().all(|mirror| mirror.kind == MirrorKind::Bundle);
    match options.settings.access {
        _ if options.mirrors.is_empty() => Access::Store,
        Access::Repository if are_bundles => Access::Bundle,
        asked => asked,
    }
}
