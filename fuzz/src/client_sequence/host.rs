//! A host that does what a client asks, and holds the client to its rules.

use std::collections::{BTreeMap, BTreeSet};

use tuf_verifier_core::client::{
    Action, Client, ClientOptions, Event, Instant, Outcome, RequestId, Response, SearchId, TransferId,
};
use tuf_verifier_core::{Access, Target, UnixTime};

use super::{is_of, mirrors};
use crate::offer_sequence::{limits, mirrored};

/// Actions after which a client waits.
const ENOUGH: usize = 1_000;

/// A host with its store.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) store: BTreeMap<String, Vec<u8>>,
    pub(super) client: Client,
    pub(super) at: Instant,
    options: ClientOptions,
    pub(super) outstanding: BTreeMap<RequestId, Outstanding>,
    /// The highest number of a request.
    asked: u64,
    held: BTreeMap<RequestId, Vec<u8>>,
    released: BTreeSet<RequestId>,
    /// Whether the refresh has succeeded; none before it has ended.
    pub(super) refreshed: Option<bool>,
    /// What each search has found, if it was not dropped.
    pub(super) searches: BTreeMap<SearchId, Option<Target>>,
    /// The searches that have not ended.
    pub(super) searching: BTreeSet<SearchId>,
    /// What each transfer is to receive.
    pub(super) transfers: BTreeMap<TransferId, Target>,
    /// The transfers that have not ended and were not abandoned.
    pub(super) transferring: BTreeSet<TransferId>,
    /// What is at hand of each.
    pub(super) received: BTreeMap<TransferId, Vec<u8>>,
}

/// A request that was not answered.
#[derive(Clone, Debug)]
pub(super) enum Outstanding {
    Load { name: String },
    Get { name: String, max_length: u64 },
    Receive { transfer: TransferId, target: Target, offset: u64 },
}

impl Host {
    pub(super) fn new(store: BTreeMap<String, Vec<u8>>, now: i64, settings: u8, options: u8) -> Self {
        let pinned = mirrored(0).file("1.root.json");
        let options = ClientOptions {
            settings: limits(settings),
            mirrors: mirrors(options),
            parallel: usize::from(options >> 2 & 0b11) * 3,
            seed: options.into(),
            resumes: options & 0b1_0000 != 0,
        };
        let client = Client::start(pinned, UnixTime(now), &options).expect("a good root");
        let mut host = Self {
            store,
            client,
            at: Instant(0),
            options,
            outstanding: BTreeMap::new(),
            asked: 0,
            held: [(RequestId(0), pinned.to_vec())].into(),
            released: BTreeSet::new(),
            refreshed: None,
            searches: BTreeMap::new(),
            searching: BTreeSet::new(),
            transfers: BTreeMap::new(),
            transferring: BTreeSet::new(),
            received: BTreeMap::new(),
        };
        host.drain();
        host
    }

    /// Answers a request that is outstanding.
    pub(super) fn answer(&mut self, id: RequestId, response: Response) {
        self.outstanding.remove(&id);
        if let Response::Bytes(bytes) = &response {
            self.held.insert(id, bytes.clone());
        }
        assert_eq!(self.client.answer(id, response, self.at), Ok(()), "{id:?} is outstanding");
    }

    /// Does what the client asks, until it waits; when it is to be polled.
    pub(super) fn drain(&mut self) -> Option<Instant> {
        for _ in 0..ENOUGH {
            match self.client.poll(self.at) {
                Action::Await { until } => {
                    assert!(until.is_none_or(|until| until > self.at), "it waits for the past");
                    if until.is_none() && self.outstanding.is_empty() {
                        self.finished();
                    }
                    return until;
                }
                action => self.done(action),
            }
        }
        panic!("it asks without end: {self:?}");
    }

    /// Nothing is left to be answered: all has ended.
    pub(super) fn finished(&self) {
        assert!(self.refreshed.is_some(), "the refresh waits for nothing: {self:?}");
        assert!(self.searching.is_empty(), "{:?} wait for nothing", self.searching);
        assert!(self.transferring.is_empty(), "{:?} wait for nothing", self.transferring);
    }

    fn done(&mut self, action: Action) {
        match action {
            Action::Load { id, name } => self.request(id, Outstanding::Load { name }),
            Action::Get { id, mirror, name, max_length } => {
                self.has(mirror);
                assert_ne!(self.options.settings.access, Access::Store, "{name} is fetched");
                self.request(id, Outstanding::Get { name, max_length });
            }
            Action::Receive { id, transfer, mirror, fetch_path, offset, length, .. } => {
                self.has(mirror);
                assert!(self.transferring.contains(&transfer), "{transfer:?} has ended");
                let target = self.transfers[&transfer].clone();
                assert_eq!((&fetch_path, length), (&target.fetch_path, target.length));
                assert_eq!(offset, self.received[&transfer].len() as u64, "behind what is at hand");
                self.request(id, Outstanding::Receive { transfer, target, offset });
            }
            Action::Discard { transfer } => {
                assert!(self.transferring.contains(&transfer), "{transfer:?} has ended");
                self.received.insert(transfer, Vec::new());
            }
            Action::Keep { answer, name } => {
                self.writes(&name);
                let bytes = self.held.get(&answer).expect("what is kept is held").clone();
                self.store.insert(name, bytes);
            }
            Action::Write { name, bytes } => {
                self.writes(&name);
                self.store.insert(name, bytes);
            }
            Action::Forget { name } => {
                self.writes(&name);
                self.store.remove(&name);
            }
            Action::Release { answer } => {
                assert!(self.held.remove(&answer).is_some(), "what is released is held");
                assert!(self.released.insert(answer), "it is released once");
            }
            Action::Tell(Event::Accepted { mirror, .. } | Event::Failed { mirror, .. }) => self.has(mirror),
            Action::Ended(outcome) => self.ended(outcome),
            Action::Await { .. } => {}
        }
    }

    fn request(&mut self, id: RequestId, request: Outstanding) {
        assert!(id.0 > self.asked, "{id:?} has a number of its own");
        self.asked = id.0;
        self.outstanding.insert(id, request);
    }

    fn has(&self, mirror: usize) {
        assert!(mirror < self.options.mirrors.len(), "there is no mirror {mirror}");
    }

    fn writes(&self, name: &str) {
        let offline = self.options.mirrors.is_empty() || self.options.settings.access == Access::Store;
        assert!(!offline, "{name} is written offline");
    }

    fn ended(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Refreshed(_) => assert_eq!(self.refreshed.replace(true), None, "it ends once"),
            Outcome::RefreshFailed(_) => assert_eq!(self.refreshed.replace(false), None, "it ends once"),
            Outcome::Found { search, target } => {
                assert!(self.searching.remove(&search), "{search:?} ends once");
                self.searches.insert(search, Some(target));
            }
            Outcome::NotFound { search, .. } | Outcome::SearchFailed { search, .. } => {
                assert!(self.searching.remove(&search), "{search:?} ends once");
            }
            Outcome::Verified { transfer } => {
                assert!(self.transferring.remove(&transfer), "{transfer:?} ends once");
                assert!(is_of(&self.transfers[&transfer], &self.received[&transfer]), "other bytes");
            }
            Outcome::TransferFailed { transfer, .. } => {
                assert!(self.transferring.remove(&transfer), "{transfer:?} ends once");
            }
        }
    }
}
