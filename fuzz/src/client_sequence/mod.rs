//! Hosts of a client that answer anything, in any order, and at any time.

mod host;
mod script;

use std::collections::BTreeMap;

use tuf_tests::{DAY, Mirror, NOW, sha256, sha384, sha512};
use tuf_verifier_core::client::{
    self, AtHand, MirrorKind, Phase, RequestId, Response, Retry, SearchId, Stream, TransferId,
    TransportError, TransportKind,
};
use tuf_verifier_core::{Failure, Hash, Misuse, Target};

use crate::offer_sequence::{HONEST, PATHS, mirrored};
use host::{Host, Outstanding};

pub use script::Act;

/// Acts that one input describes; what is behind them is not read.
const MOST: usize = 60;
/// Answers after which an honest host has seen everything end.
const ENOUGH: usize = 2_000;

/// Nothing panics. A client comes to its end or waits: for a request that was not answered, or for a time to come. A
/// request has a number of its own, and goes to a mirror that there is. What is kept is held, and is released once.
/// What cannot be answered so changes nothing. A refresh, a search and a transfer end once each; what was abandoned
/// is not heard of again. A transfer is verified only if the bytes at hand are the target's, and a check passes only
/// for them. With an honest host everything ends.
///
/// # Panics
/// Where that does not hold for this input.
pub fn check(input: &[u8]) {
    let (records, _) = input.as_chunks();
    let mut host = Host::new(BTreeMap::new(), NOW, 0, 2);
    for act in records.iter().take(MOST).map(|record| Act::read(*record)) {
        host.act(act);
    }
    host.end();
}

impl Host {
    fn act(&mut self, act: Act) {
        match act {
            Act::Find { path } => self.find(PATHS[usize::from(path) % PATHS.len()]),
            Act::Receive { which, mirror, left_over } => self.receive(which, mirrored(mirror), left_over),
            Act::Check { which, mirror } => self.check(which, mirrored(mirror)),
            Act::Abandon { which } => self.abandon(which),
            Act::Drop { which } => self.drop_target(which),
            Act::Wait { milliseconds } => self.at.0 += u64::from(milliseconds),
            Act::Confuse { which } => self.confuse(which),
            Act::Restart { half_days, settings, options } => {
                let now = NOW + i64::from(half_days % 32) * DAY / 2;
                *self = Self::new(std::mem::take(&mut self.store), now, settings, options);
            }
            Act::Answer { which, .. }
            | Act::Absent { which }
            | Act::Failed { which, .. }
            | Act::Changed { which, .. }
            | Act::Other { which, .. }
            | Act::Stream { which, .. } => {
                self.drain();
                if let Some((id, request)) = picked(&self.outstanding, which) {
                    let response = self.response(act, &request);
                    self.answer(id, response);
                }
            }
        }
    }

    /// What an act answers a request with.
    fn response(&mut self, act: Act, request: &Outstanding) -> Response {
        match (act, request) {
            (Act::Absent { .. }, _) => Response::Absent,
            (Act::Failed { .. }, Outstanding::Load { .. }) => Response::Unreadable,
            (Act::Failed { kind, retry_after, .. }, _) => Response::Failed(failure(kind, retry_after)),
            (_, Outstanding::Receive { transfer, target, offset }) => {
                let sent = match act {
                    Act::Changed { mirror, at, .. } => {
                        target_of(mirror, target).map(|bytes| changed(bytes, at))
                    }
                    Act::Other { mirror, file, .. } => nth(mirror, file),
                    Act::Answer { mirror, .. } | Act::Stream { mirror, .. } => target_of(mirror, target),
                    _ => None,
                };
                let Some(sent) = sent else { return Response::Absent };
                let (anew, most, broken) = match act {
                    Act::Stream { bytes, kind, anew, .. } => {
                        (anew, usize::from(bytes), (kind > 0).then(|| failure(kind, 0)))
                    }
                    _ => (false, usize::MAX, None),
                };
                let start = if anew { 0 } else { *offset };
                self.stream(*transfer, start, &sent, most, broken)
            }
            (act, request) => {
                let there = |mirror: u8| match request {
                    Outstanding::Get { name, max_length } => mirrored(mirror).fetch(name, *max_length),
                    Outstanding::Load { name } => self.store.get(name).cloned(),
                    Outstanding::Receive { .. } => None,
                };
                let bytes = match act {
                    Act::Answer { mirror, .. } | Act::Stream { mirror, .. } => there(mirror),
                    Act::Changed { mirror, at, .. } => there(mirror).map(|bytes| changed(bytes, at)),
                    Act::Other { mirror, file, .. } => nth(mirror, file),
                    _ => None,
                };
                bytes.map_or(Response::Absent, Response::Bytes)
            }
        }
    }

    /// Sends what a server has behind the start, at most so many bytes of it.
    fn stream(
        &mut self,
        transfer: TransferId,
        start: u64,
        sent: &[u8],
        most: usize,
        broken: Option<TransportError>,
    ) -> Response {
        let at_hand = self.received.entry(transfer).or_default();
        let from = usize::try_from(start).expect("a length");
        at_hand.truncate(from);
        at_hand.extend(sent.iter().skip(from).take(most));
        let validator = broken.is_some().then(|| "\"tag\"".to_owned());
        Response::Stream(Stream { start, at_hand: described(at_hand), validator, broken })
    }

    fn find(&mut self, path: &str) {
        match self.client.find(path) {
            Ok(search) => {
                assert!(self.searches.insert(search, None).is_none(), "{search:?} has a number of its own");
                self.searching.insert(search);
                self.drain();
                assert_eq!(self.refreshed, Some(true), "a search before the refresh was finished");
            }
            Err(failure) => {
                let code = if path.starts_with("..") { "unsafe-path" } else { "not-ready" };
                assert_eq!(failure.code(), code);
            }
        }
    }

    fn receive(&mut self, which: u8, mirror: &Mirror, left_over: u8) {
        self.drain();
        let (search, target) = self.search(which);
        let left_over = target.as_ref().and_then(|target| {
            let bytes = mirror.targets.get(&target.fetch_path)?;
            Some(bytes[..bytes.len().min(left_over.into())].to_vec())
        });
        let left_over = left_over.unwrap_or_default();
        match (self.client.receive(search, described(&left_over), self.at), target) {
            (Ok(transfer), Some(target)) => {
                assert!(self.transfers.insert(transfer, target).is_none(), "a number of its own");
                self.transferring.insert(transfer);
                self.received.insert(transfer, left_over);
            }
            (outcome, target) => assert_eq!((outcome, target), (Err(Misuse::NothingFound), None)),
        }
    }

    fn check(&mut self, which: u8, mirror: &Mirror) {
        self.drain();
        let (search, target) = self.search(which);
        let bytes = target.as_ref().and_then(|target| mirror.targets.get(&target.fetch_path));
        let outcome = self.client.check(search, &described(bytes.map(Vec::as_slice).unwrap_or_default()));
        match target {
            Some(target) => {
                assert_eq!(outcome.is_ok(), is_of(&target, bytes.map(Vec::as_slice).unwrap_or_default()));
            }
            None => assert_eq!(outcome, Err(Failure::from(Misuse::NothingFound))),
        }
    }

    fn abandon(&mut self, which: u8) {
        let transfer = picked(&self.transfers, which).map_or(TransferId(u64::MAX), |(transfer, _)| transfer);
        self.client.abandon(transfer);
        self.transferring.remove(&transfer);
        self.outstanding.retain(
            |_, request| !matches!(request, Outstanding::Receive { transfer: of, .. } if *of == transfer),
        );
    }

    fn drop_target(&mut self, which: u8) {
        self.drain();
        let (search, _) = self.search(which);
        self.client.drop_target(search);
        if let Some(found) = self.searches.get_mut(&search) {
            *found = None;
        }
    }

    /// A search, and what it has found; or one that never was.
    fn search(&self, which: u8) -> (SearchId, Option<Target>) {
        picked(&self.searches, which).unwrap_or((SearchId(u64::MAX), None))
    }

    /// What cannot be answered so is misuse, and changes nothing.
    fn confuse(&mut self, which: u8) {
        let misuse = Err(Misuse::NothingToAnswer);
        assert_eq!(self.client.answer(RequestId(u64::MAX), Response::Absent, self.at), misuse);
        let Some((id, request)) = picked(&self.outstanding, which) else { return };
        let wrong = match request {
            Outstanding::Load { .. } => Response::Failed(failure(0, 0)),
            Outstanding::Get { .. } => Response::Stream(Stream::default()),
            Outstanding::Receive { .. } => Response::Bytes(Vec::new()),
        };
        assert_eq!(self.client.answer(id, wrong, self.at), misuse);
    }

    /// Answers everything with an honest repository, until there is nothing left to be answered.
    fn end(mut self) {
        let honest = |which| Act::Answer { which, mirror: HONEST - 1 };
        for _ in 0..ENOUGH {
            let until = self.drain();
            match (self.outstanding.is_empty(), until) {
                (false, _) => self.act(honest(0)),
                (true, Some(until)) => self.at = until,
                (true, None) => return self.finished(),
            }
        }
        panic!("no end: {self:?}");
    }
}

/// One of these, if there is any.
fn picked<K: Ord + Copy, V: Clone>(of: &BTreeMap<K, V>, which: u8) -> Option<(K, V)> {
    let number = usize::from(which).checked_rem(of.len())?;
    of.iter().nth(number).map(|(key, value)| (*key, value.clone()))
}

fn target_of(mirror: u8, target: &Target) -> Option<Vec<u8>> {
    mirrored(mirror).targets.get(&target.fetch_path).cloned()
}

fn nth(mirror: u8, file: u8) -> Option<Vec<u8>> {
    let files = &mirrored(mirror).metadata;
    files.values().nth(usize::from(file) % files.len()).cloned()
}

fn changed(mut bytes: Vec<u8>, at: u16) -> Vec<u8> {
    let at = usize::from(at) % bytes.len().max(1);
    bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
    bytes
}

fn failure(kind: u8, retry_after: u8) -> TransportError {
    let kind = match kind % 12 {
        0 => TransportKind::Read,
        1 => TransportKind::Timeout(Phase::Bytes),
        2 => TransportKind::Unreachable,
        3 => TransportKind::Protocol,
        4 => TransportKind::TooSlow,
        5 => TransportKind::Status(503),
        6 => TransportKind::Status(418),
        7 => TransportKind::Timeout(Phase::End),
        8 => TransportKind::Tls,
        9 => TransportKind::Unusable,
        10 => TransportKind::Redirect,
        _ => TransportKind::Status(429),
    };
    let retry_after = (retry_after > 0).then(|| u64::from(retry_after) * 1_000);
    TransportError { kind, retry_after, text: "a test".to_owned() }
}

/// Whether these are the bytes of a target.
fn is_of(target: &Target, bytes: &[u8]) -> bool {
    let is_listed = |hash: &Hash| match &*hash.algorithm {
        "sha256" => *hash.digest == *sha256(bytes),
        "sha384" => *hash.digest == *sha384(bytes),
        "sha512" => *hash.digest == *sha512(bytes),
        _ => true,
    };
    bytes.len() as u64 == target.length && target.hashes.iter().all(is_listed)
}

/// What a host says of bytes that it has.
fn described(bytes: &[u8]) -> AtHand {
    let digests = [("sha256", sha256(bytes)), ("sha384", sha384(bytes)), ("sha512", sha512(bytes))];
    let digests = digests
        .map(|(algorithm, digest)| Hash { algorithm: algorithm.into(), digest: digest.into() })
        .to_vec();
    AtHand { length: bytes.len() as u64, digests }
}

/// The kinds of so many mirrors: all bundles, or none.
fn mirrors(options: u8) -> Vec<client::Mirror> {
    let kind = if options & 0b1000_0000 == 0 { MirrorKind::Repository } else { MirrorKind::Bundle };
    vec![client::Mirror { kind, retry: Retry::default() }; usize::from(options % 4)]
}
