//! Hosts that answer anything: honest files, files of thieves, changed files, the wrong files, none.

mod proof;
mod script;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use tuf_tests::{DAY, Mirror, NOW, sha256};
use tuf_verifier_core::{Access, Failure, NotFound, Profile, Report, Request, Settings, Target};
use tuf_verifier_core::{UnixTime, UpdateCycle};

use proof::Offered;
use world::MIRRORS;
pub(crate) use world::PATHS;

pub use script::Act;
pub use world::HONEST;

/// Acts that one input describes; what is behind them is not read.
const MOST: usize = 40;
/// Requests after which a cycle with one search has ended.
const ENOUGH: usize = 300;

/// Nothing panics. A refused answer leaves the request. A file of the store is an error only where nothing but the
/// store may be used; then nothing is fetched and nothing is written. No more bytes, roots and roles are accepted
/// than the settings allow. What a cycle reports, and what a search finds, is signed by the thresholds that lead to
/// it, is listed and has not expired, as counted again over the files offered. Target bytes pass that are the listed
/// ones, and no others.
///
/// # Panics
/// Where that does not hold for this input.
pub fn check(input: &[u8]) {
    let (records, _) = input.as_chunks();
    let mut host = Host::new();
    for act in records.iter().take(MOST).map(|record| Act::read(*record)) {
        host.act(act);
    }
    host.end();
}

/// A host with its store, in the middle of a cycle.
#[derive(Clone)]
struct Host {
    store: BTreeMap<String, Vec<u8>>,
    cycle: UpdateCycle,
    settings: Settings,
    /// What the cycle has accepted, from the store or the repository.
    offered: Offered,
    /// Root metadata files accepted from the repository.
    roots: u32,
    /// Roles asked for in the search.
    visited: BTreeSet<String>,
    /// The last answer that was proven.
    proven: Option<Request>,
}

thread_local! {
    /// Hosts that have refreshed from each honest mirror.
    static REFRESHED: Vec<Host> = (0..HONEST).map(Host::refreshed).collect();
}

impl Host {
    fn refreshed(mirror: u8) -> Self {
        let mut host = Self::new();
        while !matches!(host.request(), Request::Ready(_)) {
            host.act(Act::Answer { mirror });
        }
        host
    }

    fn new() -> Self {
        Self::with(BTreeMap::new(), NOW, Settings::default())
    }

    fn with(store: BTreeMap<String, Vec<u8>>, now: i64, settings: Settings) -> Self {
        let pinned = MIRRORS[0].file("1.root.json");
        let cycle = UpdateCycle::start(pinned, UnixTime(now), settings).expect("a good root");
        let offered = Offered::new(pinned, now);
        Self { store, cycle, settings, offered, roots: 0, visited: BTreeSet::new(), proven: None }
    }

    fn act(&mut self, act: Act) {
        let request = self.request();
        match act {
            Act::Find { path } => self.find(PATHS[usize::from(path) % PATHS.len()], &request),
            Act::Check { mirror } => self.check(mirrored(mirror), &request),
            Act::Restart { half_days, settings } => {
                let now = NOW + i64::from(half_days % 32) * DAY / 2;
                *self = Self::with(std::mem::take(&mut self.store), now, limits(settings));
            }
            Act::Become { mirror } => {
                let number = usize::from(mirror % HONEST);
                *self = REFRESHED.with(|hosts| hosts[number].clone());
            }
            answer => {
                let bytes = self.bytes(answer, &request);
                self.offer(&request, bytes);
            }
        }
    }

    /// The bytes that an act answers a request with.
    fn bytes(&self, act: Act, request: &Request) -> Option<Vec<u8>> {
        let there = |mirror: u8| match request {
            Request::Fetch { name, max_length } => mirrored(mirror).fetch(name, *max_length),
            Request::Load { name } => self.store.get(name).cloned(),
            _ => None,
        };
        match act {
            Act::Answer { mirror } => there(mirror),
            Act::Garbage(bytes) => Some(bytes.to_vec()),
            Act::Changed { mirror, at, with } => there(mirror).map(|mut bytes| {
                let at = usize::from(at) % bytes.len().max(1);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= with);
                bytes
            }),
            Act::Other { mirror, file } => {
                let files = &mirrored(mirror).metadata;
                files.values().nth(usize::from(file) % files.len()).cloned()
            }
            _ => None,
        }
    }

    fn offer(&mut self, request: &Request, bytes: Option<Vec<u8>>) {
        let outcome = self.cycle.offer(bytes.clone());
        let stored = self.settings.access == Access::Store;
        match (request, outcome) {
            (Request::Load { name }, Err(failure)) => {
                let other_line = failure.code() == "other-root-line";
                assert!(stored || other_line, "{name} of the store is an error: {failure}");
                assert_eq!(&self.cycle.next(), request, "a refused answer leaves the request");
            }
            (Request::Load { name }, Ok(())) => {
                self.visited.insert(name.clone());
                self.offered.extend(bytes);
            }
            (Request::Fetch { .. }, Err(failure)) => {
                assert!(!matches!(failure, Failure::Misuse(_)), "an answer is no misuse: {failure}");
                assert_eq!(&self.cycle.next(), request, "a refused answer leaves the request");
            }
            (Request::Fetch { name, max_length }, Ok(())) => {
                let length = bytes.as_ref().map_or(0, Vec::len) as u64;
                // Bytes are left unread where the root chain is at its limit.
                let root = name.ends_with("root.json");
                assert!(length <= *max_length || root, "{name} is longer than {max_length} bytes");
                if root && bytes.is_some() && self.cycle_persists() {
                    self.roots += 1;
                    assert!(self.roots <= self.settings.max_root_updates, "{name} is one root too many");
                }
                self.offered.extend(bytes);
            }
            (idle, outcome) => {
                assert_eq!(outcome.map_err(|failure| failure.code()), Err("nothing-to-answer"));
                assert_eq!(&self.cycle.next(), idle, "a refused answer leaves the request");
            }
        }
    }

    /// Whether the accepted root is written: it is not the one that was left unread at the limit.
    fn cycle_persists(&self) -> bool {
        matches!(self.cycle.clone().next(), Request::Persist { .. } | Request::Forget { .. })
    }

    /// Does what needs no answer. The request that does, or the verdict, which is proven.
    fn request(&mut self) -> Request {
        loop {
            match self.cycle.next() {
                Request::Persist { name, bytes } => {
                    assert_ne!(self.settings.access, Access::Store, "{name} is written");
                    self.store.insert(name, bytes);
                }
                Request::Forget { name } => {
                    assert_ne!(self.settings.access, Access::Store, "{name} is deleted");
                    self.store.remove(&name);
                }
                Request::Fetch { name, .. } if self.settings.access == Access::Store => {
                    panic!("{name} is fetched")
                }
                request => {
                    self.prove(&request);
                    return request;
                }
            }
        }
    }

    fn prove(&mut self, request: &Request) {
        if self.proven.as_ref() == Some(request) {
            return;
        }
        match request {
            Request::Ready(report) => self.ready(report),
            Request::Found(target) => self.found(target),
            Request::NotFound(NotFound::BudgetSpent { visited }) => {
                assert_eq!(*visited, self.settings.max_delegations);
            }
            _ => return,
        }
        self.proven = Some(request.clone());
    }

    fn ready(&self, report: &Report) {
        assert!(!self.offered.lines(report).is_empty(), "no files prove {report:?}");
    }

    fn found(&self, target: &Target) {
        let Some(report) = self.offered.report() else { panic!("found before the refresh was finished") };
        let lines = self.offered.lines(report);
        assert!(lines.iter().any(|line| line.lead_to(target)), "no files prove {target:?}");
        let roles = self.visited.iter().filter(|name| !name.contains("rotate")).count();
        assert!(roles <= self.settings.max_delegations as usize, "visited {:?}", self.visited);
    }

    fn find(&mut self, path: &str, request: &Request) {
        if let Request::Ready(report) = request {
            self.offered.refreshed(report);
        }
        match self.cycle.find(path) {
            Ok(()) => {
                assert!(self.offered.report().is_some(), "a search before the refresh was finished");
                self.visited.clear();
                self.proven = None;
            }
            Err(failure) => {
                let code = if path.starts_with("..") { "unsafe-path" } else { "not-ready" };
                assert_eq!(failure.code(), code);
                assert_eq!(&self.cycle.next(), request, "misuse leaves the request");
            }
        }
    }

    fn check(&mut self, mirror: &Mirror, request: &Request) {
        match (request, self.cycle.check()) {
            (Request::Found(target), Ok(mut check)) => {
                let Some(bytes) = mirror.targets.get(&target.fetch_path) else { return };
                let outcome = check.write(bytes).and_then(|()| check.finish());
                let listed = |hash: &tuf_verifier_core::Hash| *hash.digest == *sha256(bytes);
                let same = bytes.len() as u64 == target.length && target.hashes.iter().all(listed);
                assert_eq!(outcome.is_ok(), same, "{}: {outcome:?}", target.path);
            }
            (_, outcome) => {
                assert_eq!(outcome.map(drop).map_err(|failure| failure.code()), Err("nothing-found"));
            }
        }
    }

    /// Lets the cycle come to an end with an honest mirror, or be refused by what the input has made of it.
    fn end(mut self) {
        let latest = mirrored(HONEST - 1);
        for _ in 0..ENOUGH {
            let answer = match self.request() {
                Request::Load { name } => self.store.get(&name).cloned(),
                Request::Fetch { name, max_length } => latest.fetch(&name, max_length),
                _ => return,
            };
            if self.cycle.offer(answer.clone()).is_err() {
                return;
            }
            self.offered.extend(answer);
        }
        panic!("no end");
    }
}

pub(crate) fn mirrored(number: u8) -> &'static Mirror {
    &MIRRORS[usize::from(number) % MIRRORS.len()]
}

/// The settings of a cycle, one bit each.
pub(crate) fn limits(bits: u8) -> Settings {
    let bit = |bit: u32| bits >> bit & 1 == 1;
    Settings {
        max_delegations: if bit(0) { 1 } else { 4 },
        max_root_updates: if bit(1) { 1 } else { 8 },
        access: match (bit(2), bit(3)) {
            (true, _) => Access::Store,
            (false, true) => Access::Bundle,
            (false, false) => Access::Repository,
        },
        fresh_for: if bit(4) { 86_400 } else { 0 },
        profile: if bit(5) { Profile::Compatible } else { Profile::Strict },
        ..Settings::default()
    }
}
