//! One metadata file: from the first mirror whose bytes are accepted.

use alloc::collections::VecDeque;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::{
    Action, Client, ClientError, Event, Instant, MirrorIndex, Outstanding, RequestId, TransportError,
};
use crate::workflow::stage::MetadataFile;
use crate::workflow::{Need, REFRESHED, Received, Wanted};

/// A metadata file that is asked for, mirror by mirror.
///
/// A refused answer leaves the cycle as it was, so that the next mirror's can be offered. That there is no such file is
/// offered once every mirror was asked: what one withholds, another has.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    need: Need,
    file: MetadataFile,
    /// The mirrors that were not asked yet, and before them the one that is asked now.
    left: VecDeque<MirrorIndex>,
    /// Those that have no such file.
    absent: Vec<MirrorIndex>,
    /// Failed tries at the mirror that is asked now.
    failed: u32,
    worst: Option<ClientError>,
    /// When the mirror is asked again; none while it is asked.
    due: Option<Instant>,
}

impl Client {
    /// Asks for a file that is wanted, in the store or at the mirrors.
    pub(super) fn ask(&mut self, need: Need, wanted: Wanted, at: Instant) {
        match wanted {
            Wanted::Stored(name) if self.resumes && *name == *REFRESHED => {
                let now = self.now.0.to_string().into_bytes();
                let now = Received::new(now);
                self.loaded(need, Some(now));
            }
            Wanted::Stored(name) => {
                let id = self.request(Outstanding::Load(need, name.clone()));
                self.actions.push_back(Action::Load { id, name: name.into() });
            }
            Wanted::Fetched(file) => {
                let left = self.mirrors.in_order();
                let ask = Ask { need, file, left, absent: Vec::new(), failed: 0, worst: None, due: Some(at) };
                self.ask_next(ask, at);
            }
        }
    }

    /// Asks the mirror whose turn it is. If none is left, the file cannot be had.
    fn ask_next(&mut self, mut ask: Ask, at: Instant) {
        let Some(mirror) = ask.left.front().copied() else {
            return self.exhausted(ask);
        };
        if ask.due.is_some_and(|due| due > at) {
            return self.asks.push(ask);
        }
        ask.due = None;
        let (name, max_length) = (ask.file.name.clone(), ask.file.max_length);
        let id = self.request(Outstanding::Get(ask, mirror));
        self.actions.push_back(Action::Get { id, mirror, name, max_length });
    }

    /// Asks again wherever the time has come.
    pub(super) fn ask_again(&mut self, at: Instant) {
        for ask in core::mem::take(&mut self.asks) {
            self.ask_next(ask, at);
        }
    }

    /// The mirror has no such file.
    pub(super) fn absent(&mut self, mut ask: Ask, mirror: MirrorIndex, at: Instant) {
        ask.absent.push(mirror);
        self.ask_another(ask, at);
    }

    /// The mirror has sent these bytes.
    pub(super) fn offered(&mut self, mut ask: Ask, mirror: MirrorIndex, bytes: Received, at: Instant) {
        let name = ask.file.name.clone();
        match self.cycle.take(ask.need, Some(bytes)) {
            Ok(()) => {
                self.mirrors.depend();
                for behind in ask.absent {
                    self.mirrors.ask_last(behind);
                }
                self.actions.push_back(Action::Tell(Event::Accepted { mirror, name }));
            }
            Err(failure) => {
                let error = ClientError::from(failure);
                match error.concerns_one_mirror() {
                    true => {
                        self.blame(mirror, &ask.file.name, error, &mut ask.worst);
                        self.ask_another(ask, at);
                    }
                    false => self.unmet(ask.need, error),
                }
            }
        }
    }

    /// The mirror has given no answer.
    pub(super) fn unanswered(
        &mut self,
        mut ask: Ask,
        mirror: MirrorIndex,
        request: RequestId,
        error: TransportError,
        at: Instant,
    ) {
        ask.failed = ask.failed.saturating_add(1);
        ask.due = self.mirrors.retry_of(mirror).after(&error, ask.failed, at, &mut self.spread);
        match ask.due {
            Some(_) => self.asks.push(ask),
            None => {
                let error = ClientError::Transport { request, error };
                self.blame(mirror, &ask.file.name, error, &mut ask.worst);
                self.ask_another(ask, at);
            }
        }
    }

    fn ask_another(&mut self, mut ask: Ask, at: Instant) {
        ask.left.pop_front();
        ask.failed = 0;
        ask.due = Some(at);
        self.ask_next(ask, at);
    }

    /// No mirror is left. If one of them said that there is no such file, that is the answer.
    fn exhausted(&mut self, ask: Ask) {
        let Ask { need, file, absent, worst, .. } = ask;
        if absent.is_empty() {
            // Each mirror that was asked has left an error by now.
            let nobody_asked = || ClientError::Offline { name: file.name.as_str().into() };
            return self.unmet(need, worst.unwrap_or_else(nobody_asked));
        }
        if let Err(failure) = self.cycle.take(need, None) {
            self.unmet(need, ClientError::more_telling(worst, failure.into()));
        }
    }
}

impl Ask {
    pub(super) fn need(&self) -> Need {
        self.need
    }

    /// Bytes that the file may have.
    pub(super) fn max_length(&self) -> u64 {
        self.file.max_length
    }

    /// When the mirror is asked again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }
}
