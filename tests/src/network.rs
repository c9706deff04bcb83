//! A client against servers that are slow, lossy or dishonest, in virtual time.
//!
//! Nothing sleeps: the clock jumps to the next answer, or to the time at which the client wants to be polled. Latency is of
//! whole requests; requests that are outstanding together wait together.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tuf_verifier_core::client::{
    Action, AtHand, ClientError, ClientOptions, Event, Instant, MirrorKind, Outcome, RequestId, Response,
    Retry, SearchId, Stream, TransferId, TransportError, TransportKind,
};
use tuf_verifier_core::{Failure, Hash, NotFound, Report, Target, UnixTime};

use crate::device::Device;
use crate::digest::{sha256, sha384, sha512};
use crate::mirror::Mirror;
use crate::recorded::Client;

/// More actions than any honest client of these tests needs.
const ENOUGH: usize = 1_000_000;

/// A server: what it has, how long it takes, and what goes wrong.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its files.
    pub files: Mirror,
    /// Milliseconds from a request to the end of its answer.
    pub latency: u64,
    /// What goes wrong with the next requests of a file: its name or fetch path, and for each request the fault.
    pub faults: BTreeMap<String, VecDeque<Fault>>,
    /// What goes wrong with every request for which there is no fault of its own.
    pub always: Option<Fault>,
    /// Whether it can begin elsewhere than at the beginning.
    pub resumes: bool,
    /// What it calls the state of its files.
    pub validator: Option<String>,
}

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Nothing,
    /// The server says that there is no such file.
    Absent,
    /// There is no answer.
    Fails(TransportError),
    /// So many bytes come, and then no more.
    BreaksOff(u64, TransportKind),
    /// Other bytes come than the server has.
    Serves(Vec<u8>),
    /// The answer takes so many milliseconds longer.
    Late(u64),
}

/// What happened, with the virtual time in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// A mirror was asked for a metadata file.
    Get(u64, usize, String),
    /// A mirror was asked for target bytes from this offset.
    Receive(u64, usize, String, u64),
    /// It was told what somebody calls the state of the file.
    Validator(usize, String),
    /// A mirror was blamed; the code of the error.
    Blamed(usize, String, &'static str),
    /// A file was written to the store.
    Kept(String),
    /// A file of the store was deleted.
    Forgot(String),
    /// The bytes of a transfer were dropped.
    Discarded,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The search.
    pub search: SearchId,
    /// The target.
    pub target: Target,
}

/// A device that updates over a network.
#[derive(Debug)]
pub struct Network<'device> {
    device: &'device mut Device,
    client: Client,
    /// The mirrors of the repository.
    pub servers: Vec<Server>,
    /// The virtual time.
    pub at: Instant,
    /// Whether answers that are due at the same time come in the reverse order.
    pub reorders: bool,
    /// Bytes of the parts that metadata files are supplied in; none where they are answered whole.
    pub parts: Option<usize>,
    /// Files that the store has and cannot read.
    pub unreadable: BTreeSet<String>,
    /// What has happened so far.
    pub traffic: Vec<Traffic>,
    /// What each transfer has at hand.
    pub received: BTreeMap<TransferId, Vec<u8>>,
    /// The answers that are on their way.
    coming: Vec<(Instant, RequestId, Response)>,
    held: BTreeMap<RequestId, Vec<u8>>,
    ended: VecDeque<Outcome>,
}

impl Server {
    /// A server that has these files and answers at once.
    #[must_use]
    pub fn honest(files: &Mirror) -> Self {
        Self {
            files: files.clone(),
            latency: 0,
            faults: BTreeMap::new(),
            always: None,
            resumes: true,
            validator: None,
        }
    }

    /// A server whose every request fails.
    #[must_use]
    pub fn down(kind: TransportKind) -> Self {
        Self { always: Some(Fault::Fails(failure(kind))), ..Self::honest(&Mirror::default()) }
    }

    /// Has the next request of this file go wrong, after those that are to go wrong already.
    #[must_use]
    pub fn with(mut self, name: &str, fault: Fault) -> Self {
        self.faults.entry(name.to_owned()).or_default().push_back(fault);
        self
    }

    /// Has every answer take so many milliseconds.
    #[must_use]
    pub fn taking(self, latency: u64) -> Self {
        Self { latency, ..self }
    }

    fn fault(&mut self, name: &str) -> Fault {
        let own = self.faults.get_mut(name).and_then(VecDeque::pop_front);
        own.or_else(|| self.always.clone()).unwrap_or(Fault::Nothing)
    }
}

/// A failure of this kind.
#[must_use]
pub fn failure(kind: TransportKind) -> TransportError {
    TransportError { kind, retry_after: None, text: format!("a test: {}", kind.code()) }
}

impl<'device> Network<'device> {
    /// A client of these servers, which is about to refresh.
    ///
    /// # Errors
    /// Why the root metadata that the device was shipped with is unusable.
    pub fn start(device: &'device mut Device, servers: Vec<Server>) -> Result<Self, Failure> {
        Self::start_with(device, servers, 8)
    }

    /// [`start`](Self::start), with so many metadata files asked for at the same time.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_with(
        device: &'device mut Device,
        servers: Vec<Server>,
        parallel: usize,
    ) -> Result<Self, Failure> {
        Self::start_as(device, servers, |options| options.parallel = parallel)
    }

    /// [`start`](Self::start), with options of which some are changed.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_as(
        device: &'device mut Device,
        servers: Vec<Server>,
        change: impl FnOnce(&mut ClientOptions),
    ) -> Result<Self, Failure> {
        let mirror =
            tuf_verifier_core::client::Mirror { kind: MirrorKind::Repository, retry: Retry::default() };
        let (settings, mirrors) = (device.settings, vec![mirror; servers.len()]);
        let mut options = ClientOptions { settings, mirrors, parallel: 8, seed: 7, resumes: false };
        change(&mut options);
        let client = Client::start(&device.pinned, UnixTime(device.now), &options)?;
        let held = [(RequestId(0), device.pinned.clone())].into();
        Ok(Self {
            device,
            client,
            servers,
            at: Instant(1_000),
            reorders: false,
            parts: None,
            unreadable: BTreeSet::new(),
            traffic: Vec::new(),
            received: BTreeMap::new(),
            coming: Vec::new(),
            held,
            ended: VecDeque::new(),
        })
    }

    /// Runs until the refresh has ended.
    ///
    /// # Errors
    /// Why it failed.
    ///
    /// # Panics
    /// If something else ends.
    pub fn refresh(&mut self) -> Result<Report, ClientError> {
        match self.next_outcome() {
            Outcome::Refreshed(report) => Ok(report),
            Outcome::RefreshFailed(error) => Err(error),
            other => panic!("not a refresh: {other:?}"),
        }
    }

    /// Searches for targets side by side. Their results are in the order of the paths.
    ///
    /// # Panics
    /// If a path is unsafe, or something else ends.
    pub fn find_all(&mut self, paths: &[String]) -> Vec<Result<Found, Missing>> {
        let begun: Vec<SearchId> =
            paths.iter().map(|path| self.client.find(path).expect("a safe path")).collect();
        let mut results = BTreeMap::new();
        while results.len() < begun.len() {
            let (search, result) = match self.next_outcome() {
                Outcome::Found { search, target } => (search, Ok(Found { search, target })),
                Outcome::NotFound { search, reason } => (search, Err(Missing::NotFound(reason))),
                Outcome::SearchFailed { search, error } => (search, Err(Missing::Failed(error))),
                other => panic!("not a search: {other:?}"),
            };
            assert!(results.insert(search, result).is_none(), "a search ends once");
        }
        begun.iter().filter_map(|search| results.remove(search)).collect()
    }

    /// Searches for one target.
    ///
    /// # Errors
    /// Why there is none.
    ///
    /// # Panics
    /// As for [`find_all`](Self::find_all).
    pub fn find(&mut self, path: &str) -> Result<Found, Missing> {
        self.find_all(&[path.to_owned()]).remove(0)
    }

    /// Receives a target behind what is at hand of it.
    ///
    /// # Errors
    /// Why it failed.
    ///
    /// # Panics
    /// If something else ends.
    pub fn receive(&mut self, found: &Found, left_over: &[u8]) -> Result<Vec<u8>, ClientError> {
        let begun = self.client.receive(found.search, at_hand(left_over), self.at);
        let transfer = begun.expect("a found target");
        self.received.insert(transfer, left_over.to_vec());
        match self.next_outcome() {
            Outcome::Verified { transfer } => Ok(self.received.remove(&transfer).expect("a transfer")),
            Outcome::TransferFailed { error, .. } => Err(error),
            other => panic!("not a transfer: {other:?}"),
        }
    }

    /// The client itself.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// How many answers the client has the host hold.
    #[must_use]
    pub fn holds(&self) -> usize {
        self.held.len()
    }

    /// How often mirrors were asked for anything.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.traffic.iter().filter(|event| matches!(event, Traffic::Get(..) | Traffic::Receive(..))).count()
    }

    /// The mirrors that were asked, with the file, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<(usize, &str)> {
        let asked = self.traffic.iter().filter_map(|event| match event {
            Traffic::Get(_, mirror, name) | Traffic::Receive(_, mirror, name, _) => {
                Some((*mirror, name.as_str()))
            }
            _ => None,
        });
        asked.collect()
    }

    /// The mirrors that were blamed, with the code of the error, in order.
    #[must_use]
    pub fn blamed(&self) -> Vec<(usize, &'static str)> {
        let blamed = self.traffic.iter().filter_map(|event| match event {
            Traffic::Blamed(mirror, _, code) => Some((*mirror, *code)),
            _ => None,
        });
        blamed.collect()
    }

    fn next_outcome(&mut self) -> Outcome {
        for _ in 0..ENOUGH {
            if let Some(outcome) = self.ended.pop_front() {
                return outcome;
            }
            let action = self.client.poll(self.at);
            self.act(action);
        }
        panic!("no end: {:?}", self.traffic.iter().rev().take(20).collect::<Vec<_>>());
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Load { id, name } => {
                let response = match self.device.store.get(&name) {
                    _ if self.unreadable.contains(&name) => Response::Unreadable,
                    Some(bytes) => Response::Bytes(bytes.clone()),
                    None => Response::Absent,
                };
                self.deliver(id, response);
            }
            Action::Get { id, mirror, name, max_length } => self.get(id, mirror, name, max_length),
            Action::Receive { id, transfer, mirror, fetch_path, offset, length, validator } => {
                self.traffic.push(Traffic::Receive(self.at.0, mirror, fetch_path.clone(), offset));
                self.traffic.extend(validator.map(|validator| Traffic::Validator(mirror, validator)));
                self.stream(id, transfer, mirror, &fetch_path, offset, length);
            }
            Action::Discard { transfer } => {
                self.traffic.push(Traffic::Discarded);
                self.received.entry(transfer).or_default().clear();
            }
            Action::Keep { answer, name } => {
                let bytes = self.held.get(&answer).expect("bytes are kept before they are released").clone();
                self.traffic.push(Traffic::Kept(name.clone()));
                self.device.store.insert(name, bytes);
            }
            Action::Write { name, bytes } => {
                self.traffic.push(Traffic::Kept(name.clone()));
                self.device.store.insert(name, bytes);
            }
            Action::Forget { name } => {
                self.device.store.remove(&name);
                self.traffic.push(Traffic::Forgot(name));
            }
            Action::Release { answer } => {
                assert!(
                    self.held.remove(&answer).is_some(),
                    "an answer is released once, and only if it was bytes"
                );
            }
            Action::Tell(Event::Failed { mirror, name, error }) => {
                self.traffic.push(Traffic::Blamed(mirror, name, error.code()));
            }
            Action::Tell(Event::Accepted { .. }) => {}
            Action::Ended(outcome) => self.ended.push_back(outcome),
            Action::Await { until } => self.wait(until),
        }
    }

    /// Jumps to the next answer, or to the time at which the client wants to be polled.
    fn wait(&mut self, until: Option<Instant>) {
        let first = self.coming.iter().map(|(due, ..)| *due).min();
        let next = first.into_iter().chain(until).min().expect("a client waits for something");
        assert!(next >= self.at, "nobody waits for the past");
        self.at = next;
        let due = |(due, ..): &&(Instant, RequestId, Response)| *due == next;
        let mut ready: Vec<_> = self.coming.iter().filter(due).cloned().collect();
        self.coming.retain(|coming| !due(&coming));
        if self.reorders {
            ready.reverse();
        }
        for (_, id, response) in ready {
            self.deliver(id, response);
        }
    }

    fn deliver(&mut self, id: RequestId, response: Response) {
        if let Response::Bytes(bytes) = &response {
            self.held.insert(id, bytes.clone());
        }
        let response = match (response, self.parts) {
            (Response::Bytes(bytes), Some(length)) => {
                for part in bytes.chunks(length) {
                    self.client.supply(id, part, bytes.len() as u64).expect("the request is outstanding");
                }
                Response::Supplied
            }
            (response, _) => response,
        };
        self.client.answer(id, response, self.at).expect("the request is outstanding");
    }

    fn get(&mut self, id: RequestId, mirror: usize, name: String, max_length: u64) {
        let server = &mut self.servers[mirror];
        let fault = server.fault(&name);
        let late = if let Fault::Late(late) = fault { late } else { 0 };
        let response = match fault {
            Fault::Nothing | Fault::Late(_) => match server.files.fetch(&name, max_length) {
                Some(bytes) => Response::Bytes(bytes),
                None => Response::Absent,
            },
            Fault::Absent => Response::Absent,
            Fault::Fails(error) => Response::Failed(error),
            Fault::BreaksOff(_, kind) => Response::Failed(failure(kind)),
            Fault::Serves(bytes) => Response::Bytes(bytes),
        };
        self.traffic.push(Traffic::Get(self.at.0, mirror, name));
        let due = Instant(self.at.0 + self.servers[mirror].latency + late);
        self.coming.push((due, id, response));
    }

    fn stream(
        &mut self,
        id: RequestId,
        transfer: TransferId,
        mirror: usize,
        path: &str,
        offset: u64,
        length: u64,
    ) {
        let server = &mut self.servers[mirror];
        let fault = server.fault(path);
        let file = match &fault {
            Fault::Serves(bytes) => Some(bytes.clone()),
            Fault::Absent => None,
            _ => server.files.targets.get(path).cloned(),
        };
        let due = Instant(self.at.0 + server.latency);
        let response = match (fault, file) {
            (Fault::Fails(error), _) => Response::Failed(error),
            (_, None) => Response::Absent,
            (fault, Some(file)) => {
                let size = u64::try_from(file.len()).expect("a length");
                let start = if server.resumes && offset <= size { offset } else { 0 };
                let (most, broken) = match fault {
                    Fault::BreaksOff(after, kind) => (start + after, Some(failure(kind))),
                    _ => (u64::MAX, None),
                };
                let end = size.min(length + 1).min(most);
                let bytes = self.received.entry(transfer).or_default();
                bytes.truncate(usize::try_from(start).expect("a length"));
                let range =
                    usize::try_from(start).expect("a length")..usize::try_from(end).expect("a length");
                bytes.extend_from_slice(file.get(range).unwrap_or_default());
                let validator = server.validator.clone();
                Response::Stream(Stream { start, at_hand: at_hand(bytes), validator, broken })
            }
        };
        self.coming.push((due, id, response));
    }
}

/// Why there is no target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The search ended without it.
    NotFound(NotFound),
    /// The search could not be finished.
    Failed(ClientError),
}

/// What a host says of bytes that it has.
fn at_hand(bytes: &[u8]) -> AtHand {
    let digest =
        |algorithm: &str, digest: String| Hash { algorithm: algorithm.into(), digest: digest.into() };
    let digests = vec![
        digest("sha256", sha256(bytes)),
        digest("sha384", sha384(bytes)),
        digest("sha512", sha512(bytes)),
    ];
    AtHand { length: u64::try_from(bytes.len()).expect("a length"), digests }
}
