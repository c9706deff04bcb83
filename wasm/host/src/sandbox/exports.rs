//! The functions that the component exports, with their types as in `wasm/wit/verifier.wit`.

use std::sync::Arc;

use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, ComponentType, Instance, Lift, Lower, ResourceAny,
    TypedFunc,
};
use wasmtime::{Error, Store};

use super::limits::Meter;
use crate::failure::{Cause, Failure};
use crate::report::Report;
use crate::settings::Settings;
use crate::target::{Hash, NotFound, Target};

const INTERFACE: &str = "tuf:verifier/workflow@0.2.0";

/// What a function answers that can fail.
pub(crate) type Fallible<T> = (Result<T, Failure>,);

/// What a client is started with.
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ClientOptions {
    pub(crate) settings: Settings,
    pub(crate) mirrors: Vec<MirrorKind>,
    pub(crate) retry: Retry,
    pub(crate) parallel: u32,
    pub(crate) seed: u64,
    pub(crate) resumes: bool,
}

#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum MirrorKind {
    #[component(name = "repository")]
    Repository,
    #[component(name = "bundle")]
    Bundle,
}

/// The rule for tries of one request at one mirror.
#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct Retry {
    pub(crate) count: u32,
    pub(crate) first: u64,
    pub(crate) longest: u64,
}

/// What the client asks for.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Action {
    #[component(name = "load")]
    Load(LoadAction),
    #[component(name = "get")]
    Get(GetAction),
    #[component(name = "receive")]
    Receive(ReceiveAction),
    #[component(name = "discard")]
    Discard(u64),
    #[component(name = "keep")]
    Keep(KeepAction),
    #[component(name = "write")]
    Write(PersistRequest),
    #[component(name = "forget")]
    Forget(String),
    #[component(name = "release")]
    Release(u64),
    #[component(name = "tell")]
    Tell(ClientEvent),
    #[component(name = "ended")]
    Ended(Outcome),
    #[component(name = "await")]
    Await(Option<u64>),
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct LoadAction {
    pub(crate) id: u64,
    pub(crate) name: String,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct GetAction {
    pub(crate) id: u64,
    pub(crate) mirror: u32,
    pub(crate) name: String,
    #[component(name = "max-length")]
    pub(crate) max_length: u64,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct ReceiveAction {
    pub(crate) id: u64,
    pub(crate) transfer: u64,
    pub(crate) mirror: u32,
    #[component(name = "fetch-path")]
    pub(crate) fetch_path: String,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) validator: Option<String>,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct KeepAction {
    pub(crate) answer: u64,
    pub(crate) name: String,
}

/// A file of the trusted store.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct PersistRequest {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum ClientEvent {
    #[component(name = "accepted")]
    Accepted(MirrorFile),
    #[component(name = "failed")]
    Failed(MirrorFailure),
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct MirrorFile {
    pub(crate) mirror: u32,
    pub(crate) name: String,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct MirrorFailure {
    pub(crate) mirror: u32,
    pub(crate) name: String,
    pub(crate) error: ClientError,
}

/// What came to its end, and how.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Outcome {
    #[component(name = "refreshed")]
    Refreshed(Report),
    #[component(name = "refresh-failed")]
    RefreshFailed(ClientError),
    #[component(name = "found")]
    Found(FoundTarget),
    #[component(name = "not-found")]
    NotFound(SearchEnd),
    #[component(name = "search-failed")]
    SearchFailed(SearchFailure),
    #[component(name = "verified")]
    Verified(u64),
    #[component(name = "transfer-failed")]
    TransferFailed(TransferFailure),
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct FoundTarget {
    pub(crate) search: u64,
    pub(crate) target: Target,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct SearchEnd {
    pub(crate) search: u64,
    pub(crate) reason: NotFound,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct SearchFailure {
    pub(crate) search: u64,
    pub(crate) error: ClientError,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct TransferFailure {
    pub(crate) transfer: u64,
    pub(crate) error: ClientError,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct ClientError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) cause: ClientCause,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum ClientCause {
    #[component(name = "verdict")]
    Verdict(Cause),
    #[component(name = "transport")]
    Transport(u64),
    #[component(name = "missing-target")]
    MissingTarget(MissingTarget),
    #[component(name = "offline")]
    Offline(String),
    #[component(name = "store")]
    Store(u64),
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct MissingTarget {
    pub(crate) path: String,
    #[component(name = "fetch-path")]
    pub(crate) fetch_path: String,
}

/// The answer to a request.
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(variant)]
pub(crate) enum Response {
    #[component(name = "bytes")]
    Bytes(Arc<Vec<u8>>),
    #[component(name = "absent")]
    Absent,
    #[component(name = "failed")]
    Failed(TransportError),
    #[component(name = "stream")]
    Stream(Received),
    #[component(name = "unreadable")]
    Unreadable,
}

/// What is at hand of a target after a stream.
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct Received {
    pub(crate) start: u64,
    #[component(name = "at-hand")]
    pub(crate) at_hand: AtHand,
    pub(crate) validator: Option<String>,
    pub(crate) broken: Option<TransportError>,
}

/// Bytes of a target that a host has.
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct AtHand {
    pub(crate) length: u64,
    pub(crate) digests: Vec<Hash>,
}

/// What kept a mirror from giving an answer.
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct TransportError {
    pub(crate) kind: TransportKind,
    #[component(name = "retry-after")]
    pub(crate) retry_after: Option<u64>,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(variant)]
pub(crate) enum TransportKind {
    #[component(name = "unusable")]
    Unusable,
    #[component(name = "name")]
    Name,
    #[component(name = "unreachable")]
    Unreachable,
    #[component(name = "timeout")]
    Timeout(TransportPhase),
    #[component(name = "too-slow")]
    TooSlow,
    #[component(name = "tls")]
    Tls,
    #[component(name = "proxy")]
    Proxy,
    #[component(name = "read")]
    Read,
    #[component(name = "protocol")]
    Protocol,
    #[component(name = "status")]
    Status(u16),
    #[component(name = "redirect")]
    Redirect,
}

#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum TransportPhase {
    #[component(name = "resolution")]
    Resolution,
    #[component(name = "connection")]
    Connection,
    #[component(name = "response")]
    Response,
    #[component(name = "bytes")]
    Bytes,
    #[component(name = "end")]
    End,
}

/// The functions of one instance. Their types are compared with the component's when they are looked up.
pub(crate) struct Exports {
    pub(crate) start: TypedFunc<(Vec<u8>, i64, ClientOptions), Fallible<ResourceAny>>,
    pub(crate) poll: TypedFunc<(ResourceAny, u64), (Action,)>,
    pub(crate) answer: TypedFunc<(ResourceAny, u64, Response, u64), Fallible<()>>,
    pub(crate) find: TypedFunc<(ResourceAny, String), Fallible<u64>>,
    pub(crate) receive: TypedFunc<(ResourceAny, u64, AtHand, u64), Fallible<u64>>,
    pub(crate) abandon: TypedFunc<(ResourceAny, u64), ()>,
    pub(crate) check: TypedFunc<(ResourceAny, u64, AtHand), Fallible<()>>,
    pub(crate) drop_target: TypedFunc<(ResourceAny, u64), ()>,
}

impl Exports {
    pub(crate) fn of(
        component: &Component,
        instance: &Instance,
        store: &mut Store<Meter>,
    ) -> Result<Self, Error> {
        let mut interface = Interface::of(component, instance, store)?;
        Ok(Self {
            start: interface.function("[static]client.start")?,
            poll: interface.function("[method]client.poll")?,
            answer: interface.function("[method]client.answer")?,
            find: interface.function("[method]client.find")?,
            receive: interface.function("[method]client.receive")?,
            abandon: interface.function("[method]client.abandon")?,
            check: interface.function("[method]client.check")?,
            drop_target: interface.function("[method]client.drop-target")?,
        })
    }
}

/// The interface of one instance, where its functions are looked up.
pub(super) struct Interface<'a> {
    instance: &'a Instance,
    store: &'a mut Store<Meter>,
    index: ComponentExportIndex,
}

impl<'a> Interface<'a> {
    pub(super) fn of(
        component: &Component,
        instance: &'a Instance,
        store: &'a mut Store<Meter>,
    ) -> Result<Self, Error> {
        let index = component
            .get_export_index(None, INTERFACE)
            .ok_or_else(|| Error::msg(format!("the component exports no {INTERFACE}")))?;
        Ok(Self { instance, store, index })
    }

    pub(super) fn function<Parameters, Results>(
        &mut self,
        name: &str,
    ) -> Result<TypedFunc<Parameters, Results>, Error>
    where
        Parameters: ComponentNamedList + Lower,
        Results: ComponentNamedList + Lift,
    {
        let index = self
            .instance
            .get_export_index(&mut *self.store, Some(&self.index), name)
            .ok_or_else(|| Error::msg(format!("the component exports no {name}")))?;
        self.instance.get_typed_func(&mut *self.store, index)
    }
}
