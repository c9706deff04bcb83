//! One instance of the component's client, and what is known of its requests.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use crate::client::driver::{Awaited, Beginning, Effects, Stopped, out_of_order};
use crate::client::held::{self, Held};
use crate::client::reception::Received;
use crate::client::transport;
use crate::error::Error;
use crate::records::{
    AtHand, ClientCause, ClientError, ClientOptions, Failure, Mirror, MirrorKind, Outcome, ReceiveAction,
    Response, TargetStream, TransportError,
};
use crate::sandbox::Sandbox;
use crate::source::{Source, SourceError};
use crate::store::{Store, StoreError, Stored};

/// Metadata files that are asked for at the same time, if as many threads wait.
const PARALLEL: u32 = 16;

/// An instance of the component's client.
pub(super) struct Running {
    pub(super) sandbox: Sandbox,
    /// Which instance it is, from 1.
    pub(super) instance: u64,
    /// The mirrors' places in the list, in the order in which the component has them.
    pub(super) order: Vec<usize>,
    /// The places in the order in which the mirrors are asked now: who failed is last.
    pub(super) asked: Vec<usize>,
    /// Whether its refresh has ended well.
    pub(super) is_ready: bool,
    /// Place of the mirror whose answer the component has read last, and whether it has not come to the end of it.
    sender: Option<usize>,
    is_reading: bool,
    /// Bytes that the component may have kept.
    held: BTreeMap<u64, Held>,
    /// Why requests were not answered.
    unanswered: BTreeMap<u64, Error>,
    /// Searches and transfers that threads wait for.
    searches: BTreeSet<u64>,
    transfers: BTreeSet<u64>,
    /// Why the store was not changed, for a search to fail with it.
    pub(super) store_error: Option<Error>,
    /// Outcomes that nobody has taken yet.
    ended: Vec<Outcome>,
    /// What is to be done for transfers, each by the thread that waits for it.
    tasks: BTreeMap<u64, VecDeque<Task>>,
}

/// What is to be done for a transfer.
pub(super) enum Task {
    Receive(ReceiveAction),
    Discard,
}

/// The number of a search or a transfer, and the instance whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) instance: u64,
    number: u64,
}

impl Running {
    pub(super) fn start(
        effects: &Effects,
        beginning: &Beginning,
        order: Vec<usize>,
        resumes: bool,
        instance: u64,
    ) -> Result<Self, Error> {
        let Beginning { trusted_root, now, settings, limits } = beginning;
        let listed = order.iter().filter_map(|place| effects.mirrors.get(*place));
        let options = ClientOptions {
            settings: *settings,
            mirrors: listed.map(|mirror| described(&*mirror.source)).collect(),
            parallel: PARALLEL,
            seed: RandomState::new().hash_one(0),
            resumes,
        };
        let sandbox = Sandbox::start(trusted_root.clone(), *now, options, *limits)?;
        Ok(Self {
            sandbox,
            instance,
            asked: order.clone(),
            order,
            is_ready: false,
            sender: None,
            is_reading: false,
            held: [(0, Held::Bytes(Arc::new(Response::Bytes(trusted_root.clone()))))].into(),
            unanswered: BTreeMap::new(),
            searches: BTreeSet::new(),
            transfers: BTreeSet::new(),
            store_error: None,
            ended: Vec::new(),
            tasks: BTreeMap::new(),
        })
    }

    /// Whether another instance has to go on.
    pub(super) fn is_lost(&self) -> bool {
        !self.is_ready || self.sandbox.is_stopped()
    }

    /// The mirror whose answer broke the component off.
    pub(super) fn sender_that_stopped_it(&self) -> Option<usize> {
        self.sender.filter(|_| self.is_reading && self.sandbox.is_stopped())
    }

    /// The mirror whose answer was read last before the component broke off.
    pub(super) fn last_sender(&self) -> Option<usize> {
        self.sender.filter(|_| self.sandbox.is_stopped())
    }

    pub(super) fn begin_to_read(&mut self, sender: usize) {
        (self.sender, self.is_reading) = (Some(sender), true);
    }

    pub(super) fn has_read(&mut self) {
        self.is_reading = false;
    }

    /// Notes that the component asks this mirror last from now on.
    pub(super) fn ask_last(&mut self, mirror: u32) {
        if let Some(place) = self.place(mirror) {
            self.asked.retain(|other| *other != place);
            self.asked.push(place);
        }
    }

    /// The place of a mirror in the list.
    pub(super) fn place(&self, mirror: u32) -> Option<usize> {
        self.order.get(usize::try_from(mirror).ok()?).copied()
    }

    /// Begins a search that a thread waits for.
    pub(super) fn begin_search(&mut self, path: &str) -> Result<Handle, Stopped> {
        let number = self.sandbox.find(path)?;
        self.forget_what_is_over();
        self.searches.insert(number);
        Ok(Handle { instance: self.instance, number })
    }

    /// Begins a transfer that a thread waits for.
    pub(super) fn begin_transfer(
        &mut self,
        found: Handle,
        at_hand: AtHand,
        at: u64,
    ) -> Result<Handle, Stopped> {
        let found = self.number(found)?;
        let number = self.sandbox.receive(found, at_hand, at)?;
        self.forget_what_is_over();
        self.transfers.insert(number);
        Ok(Handle { instance: self.instance, number })
    }

    /// Forgets what is left over from what nobody waits for any more.
    fn forget_what_is_over(&mut self) {
        if self.searches.is_empty() {
            self.store_error = None;
            if self.transfers.is_empty() {
                self.unanswered.clear();
            }
        }
    }

    /// Nobody waits any more for this search or transfer.
    pub(super) fn end(&mut self, awaited: Awaited) {
        match awaited {
            Awaited::Search(handle) if handle.instance == self.instance => {
                self.searches.remove(&handle.number)
            }
            Awaited::Transfer(handle) if handle.instance == self.instance => {
                self.transfers.remove(&handle.number)
            }
            _ => false,
        };
    }

    /// Why the store was not changed, if that ends what is awaited.
    pub(super) fn take_store_error(&mut self, awaited: Awaited) -> Option<Error> {
        match awaited {
            Awaited::Search(_) => self.store_error.take(),
            Awaited::Refresh(_) | Awaited::Transfer(_) => None,
        }
    }

    /// The number of a handle, if it is of this instance.
    pub(super) fn number(&self, handle: Handle) -> Result<u64, Stopped> {
        match handle.instance == self.instance && !self.is_lost() {
            true => Ok(handle.number),
            false => Err(Stopped::Elsewhere),
        }
    }

    /// Gives a transfer up, and what was to be done for it.
    pub(super) fn abandon(&mut self, transfer: Handle) {
        if let Ok(number) = self.number(transfer) {
            self.tasks.remove(&number);
            // A component that breaks off here says so when it is next used.
            let _ = self.sandbox.abandon(number);
        }
    }

    /// Holds a file until it is released. Says how the request for it is answered; a long file is supplied here and now.
    ///
    /// # Errors
    /// The component breaks off, or the file of this name cannot be read: then nothing is held.
    pub(super) fn hold(&mut self, id: u64, name: &str, file: Stored) -> Result<Arc<Response>, Error> {
        let (held, response) = match file {
            Stored::Bytes(bytes) => {
                let response = Arc::new(Response::Bytes(bytes));
                (Held::Bytes(Arc::clone(&response)), response)
            }
            Stored::File(mut file) => {
                self.supply(id, name, &mut file)?;
                (Held::File(file), Response::Supplied.into())
            }
        };
        self.held.insert(id, held);
        Ok(response)
    }

    fn supply(&mut self, id: u64, name: &str, file: &mut File) -> Result<(), Error> {
        let unreadable = |source| StoreError::Read { path: name.into(), source };
        let (length, parts) = held::parts(file).map_err(unreadable)?;
        for part in parts {
            self.sandbox.supply(id, part.map_err(unreadable)?, length)?;
        }
        Ok(())
    }

    /// Writes a file that has not been released to the store. Where a disk has no room for two copies of it, the one that is
    /// held goes to memory.
    pub(super) fn keep(&mut self, answer: u64, name: &str, store: &dyn Store) -> Result<(), Error> {
        let held = self.held.get_mut(&answer).ok_or_else(out_of_order)?;
        if let Held::File(file) = held {
            let Err(error) = store.persist_file(name, file) else { return Ok(()) };
            *held = held::into_memory(file).map_err(|_| error)?;
        }
        match held {
            Held::Bytes(response) => match &**response {
                Response::Bytes(bytes) => Ok(store.persist(name, bytes)?),
                _ => Err(out_of_order().into()),
            },
            Held::File(_) => Err(out_of_order().into()),
        }
    }

    pub(super) fn release(&mut self, answer: u64) {
        self.held.remove(&answer);
    }

    /// Remembers why a request is not answered.
    pub(super) fn note(&mut self, id: u64, error: Error) {
        self.unanswered.insert(id, error);
    }

    /// Remembers why a source gave no answer, and says it to the component.
    pub(super) fn note_transport(&mut self, id: u64, error: SourceError) -> TransportError {
        let said = transport::told(&error);
        self.note(id, error.into());
        said
    }

    /// What was received of a target, for the component.
    pub(super) fn response(&mut self, id: u64, received: Received) -> Response {
        match received {
            Received::Absent => Response::Absent,
            Received::Failed(error) => Response::Failed(self.note_transport(id, error)),
            Received::Stream { start, at_hand, validator, broken } => {
                let broken = broken.map(|error| self.note_transport(id, error));
                Response::Stream(TargetStream { start, at_hand, validator, broken })
            }
        }
    }

    /// An error of the component's as one of this library's.
    pub(super) fn error(&mut self, error: ClientError) -> Error {
        let ClientError { code, message, advice, cause } = error;
        match cause {
            ClientCause::Verdict(cause) => Box::new(Failure { code, message, advice, cause }).into(),
            ClientCause::MissingTarget(missing) => {
                Error::MissingTarget { path: missing.path, fetch_path: missing.fetch_path, advice }
            }
            ClientCause::Offline(name) => Error::Offline { name, advice },
            ClientCause::Transport(request) | ClientCause::Store(request) => {
                self.why_unanswered(request).unwrap_or_else(|| out_of_order().into())
            }
        }
    }

    /// Why a request was not answered. Others may have waited for the answer, and ask as well.
    fn why_unanswered(&mut self, request: u64) -> Option<Error> {
        if self.searches.len() <= 1 {
            return self.unanswered.remove(&request);
        }
        match self.unanswered.get(&request)? {
            Error::Source(error) => Some(error.again().into()),
            Error::Store(error) => Some(error.again().into()),
            _ => None,
        }
    }

    /// An error of the component's in words.
    pub(super) fn reason(&self, error: &ClientError) -> String {
        match error.cause {
            ClientCause::Transport(request) => self.unanswered.get(&request).map(ToString::to_string),
            _ => None,
        }
        .unwrap_or_else(|| error.message.clone())
    }

    pub(super) fn leave_task(&mut self, transfer: u64, task: Task) {
        self.tasks.entry(transfer).or_default().push_back(task);
    }

    pub(super) fn has_no_tasks(&self) -> bool {
        self.tasks.values().all(VecDeque::is_empty)
    }

    /// What is next to be done for a transfer.
    pub(super) fn take_task(&mut self, awaited: Awaited) -> Option<Task> {
        let Awaited::Transfer(handle) = awaited else { return None };
        self.tasks.get_mut(&handle.number)?.pop_front()
    }

    /// Leaves an outcome to the thread that waits for it. If none does, it is dropped.
    pub(super) fn leave_outcome(&mut self, outcome: Outcome) {
        let awaited = match &outcome {
            Outcome::Refreshed(_) | Outcome::RefreshFailed(_) => true,
            Outcome::Found(found) => self.searches.contains(&found.search),
            Outcome::NotFound(end) => self.searches.contains(&end.search),
            Outcome::SearchFailed(failure) => self.searches.contains(&failure.search),
            Outcome::Verified(transfer) => self.transfers.contains(transfer),
            Outcome::TransferFailed(failure) => self.transfers.contains(&failure.transfer),
        };
        match outcome {
            outcome if awaited => self.ended.push(outcome),
            Outcome::Found(found) => {
                // A component that breaks off here says so when it is next used.
                let _ = self.sandbox.drop_target(found.search);
            }
            _ => {}
        }
    }

    /// What is awaited, if it has ended and everything was done for it.
    pub(super) fn take_outcome(&mut self, awaited: Awaited) -> Option<Outcome> {
        if let Awaited::Transfer(handle) = awaited
            && self.tasks.get(&handle.number).is_some_and(|tasks| !tasks.is_empty())
        {
            return None;
        }
        let place = self.ended.iter().position(|outcome| awaited.is_ended_by(outcome))?;
        if let Awaited::Transfer(handle) = awaited {
            self.tasks.remove(&handle.number);
        }
        Some(self.ended.swap_remove(place))
    }
}

impl Awaited {
    fn is_ended_by(self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::Refresh(_), Outcome::Refreshed(_) | Outcome::RefreshFailed(_)) => true,
            (Self::Search(handle), Outcome::Found(found)) => found.search == handle.number,
            (Self::Search(handle), Outcome::NotFound(end)) => end.search == handle.number,
            (Self::Search(handle), Outcome::SearchFailed(failure)) => failure.search == handle.number,
            (Self::Transfer(handle), Outcome::Verified(transfer)) => *transfer == handle.number,
            (Self::Transfer(handle), Outcome::TransferFailed(failure)) => failure.transfer == handle.number,
            _ => false,
        }
    }
}

fn described(source: &dyn Source) -> Mirror {
    let kind = if source.is_bundle() { MirrorKind::Bundle } else { MirrorKind::Repository };
    Mirror { kind, retry: source.retry() }
}
