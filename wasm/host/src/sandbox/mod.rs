//! One instance of the component, with limits, and the calls into it.

mod artifact;
#[cfg(not(feature = "jit"))]
mod bound_code;
mod engine;
mod error;
mod exports;
mod limits;
mod lines;
mod map;
mod watchdog;

pub use artifact::{component_digest, long_version, verifier_digest};
pub use error::SandboxError;
pub use limits::SandboxLimits;

pub(crate) use lines::{LineFiles, line_files, seed_line};
pub(crate) use map::{Map, MapSearch};

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::Store;
use wasmtime::component::{self, Component, ComponentNamedList, Lift, Linker, Lower, ResourceAny, TypedFunc};

use crate::error::Error;
use crate::records::{Action, AtHand, ClientOptions, Response};
use crate::time::UnixTime;
use artifact::Artifact;
use exports::Exports;
use limits::Meter;
use watchdog::Watch;

/// A client inside an instance of its own. Times are milliseconds of a clock that never goes back.
pub(crate) struct Sandbox {
    instance: Instance<Exports>,
    client: ResourceAny,
}

impl Sandbox {
    /// An instance is made and its client started.
    pub(crate) fn start(
        trusted_root: Vec<u8>,
        now: UnixTime,
        options: ClientOptions,
        limits: SandboxLimits,
    ) -> Result<Self, Error> {
        let mut instance = Instance::new(limits, Exports::of)?;
        let start = instance.exports.start;
        let (client,) = instance.call(start, (trusted_root, now.seconds(), options))?;
        let client = client.map_err(Box::new)?;
        Ok(Self { instance, client })
    }

    /// Whether the component broke off: it is not entered again.
    pub(crate) fn is_stopped(&self) -> bool {
        self.instance.stopped.is_some()
    }

    pub(crate) fn poll(&mut self, at: u64) -> Result<Action, SandboxError> {
        let (action,) = self.instance.call(self.instance.exports.poll, (self.client, at))?;
        Ok(action)
    }

    /// Supplies the next part of a file of this length in bytes.
    pub(crate) fn supply(&mut self, id: u64, part: Vec<u8>, length: u64) -> Result<(), Error> {
        let (answer,) = self.instance.call(self.instance.exports.supply, (self.client, id, part, length))?;
        Ok(answer.map_err(Box::new)?)
    }

    pub(crate) fn answer(&mut self, id: u64, response: Arc<Response>, at: u64) -> Result<(), Error> {
        let (answer,) = self.instance.call(self.instance.exports.answer, (self.client, id, response, at))?;
        Ok(answer.map_err(Box::new)?)
    }

    /// Begins a search, and gives its number.
    pub(crate) fn find(&mut self, path: &str) -> Result<u64, Error> {
        self.instance.begin_operation();
        let (search,) = self.instance.call(self.instance.exports.find, (self.client, path.to_owned()))?;
        Ok(search.map_err(Box::new)?)
    }

    /// Begins a transfer of what a search has found, and gives its number.
    pub(crate) fn receive(&mut self, search: u64, at_hand: AtHand, at: u64) -> Result<u64, Error> {
        self.instance.begin_operation();
        let receive = self.instance.exports.receive;
        let (transfer,) = self.instance.call(receive, (self.client, search, at_hand, at))?;
        Ok(transfer.map_err(Box::new)?)
    }

    pub(crate) fn abandon(&mut self, transfer: u64) -> Result<(), SandboxError> {
        self.instance.call(self.instance.exports.abandon, (self.client, transfer))
    }

    /// Judges a length and digests against those of what a search has found.
    pub(crate) fn check(&mut self, search: u64, at_hand: AtHand) -> Result<(), Error> {
        self.instance.begin_operation();
        let (answer,) = self.instance.call(self.instance.exports.check, (self.client, search, at_hand))?;
        Ok(answer.map_err(Box::new)?)
    }

    pub(crate) fn drop_target(&mut self, search: u64) -> Result<(), SandboxError> {
        self.instance.call(self.instance.exports.drop_target, (self.client, search))
    }
}

/// An instance with its limits, and those of its functions that are called. Once stopped, it repeats why.
struct Instance<Functions> {
    store: Store<Meter>,
    exports: Functions,
    limits: SandboxLimits,
    /// Time that the current operation may still compute.
    remaining: Duration,
    stopped: Option<SandboxError>,
}

/// Looks up functions of an instance.
type LookUp<Functions> =
    fn(&Component, &component::Instance, &mut Store<Meter>) -> wasmtime::Result<Functions>;

impl<Functions> Instance<Functions> {
    fn new(limits: SandboxLimits, look_up: LookUp<Functions>) -> Result<Self, SandboxError> {
        let unusable = |error: wasmtime::Error| SandboxError::Unusable { reason: format!("{error:#}") };
        let artifact =
            Artifact::loaded().map_err(|reason| SandboxError::Unusable { reason: reason.to_owned() })?;
        let mut store = Store::new(&artifact.engine, Meter::new(limits));
        store.limiter(|meter| meter);
        // What the component hands out is in its memory: no answer of its own is longer. The default of Wasmtime, 128 MiB,
        // would stop a file that the settings allow.
        store.set_hostcall_fuel(usize::try_from(limits.memory).unwrap_or(usize::MAX));
        store.set_epoch_deadline(watchdog::ticks(limits.computation));
        let instance = Linker::new(&artifact.engine)
            .instantiate(&mut store, &artifact.component)
            .map_err(|error| store.data().limit_met(&error).unwrap_or_else(|| unusable(error)))?;
        let exports = look_up(&artifact.component, &instance, &mut store).map_err(unusable)?;
        Ok(Self { store, exports, limits, remaining: limits.computation, stopped: None })
    }

    /// A refresh, a search or a check begins: it has all the time of the limits.
    fn begin_operation(&mut self) {
        self.remaining = self.limits.computation;
    }

    fn call<Parameters, Results>(
        &mut self,
        function: TypedFunc<Parameters, Results>,
        parameters: Parameters,
    ) -> Result<Results, SandboxError>
    where
        Parameters: ComponentNamedList + Lower,
        Results: ComponentNamedList + Lift,
    {
        self.watched(|store| function.call(store, parameters))
    }

    fn drop_resource(&mut self, resource: ResourceAny) -> Result<(), SandboxError> {
        self.watched(|store| resource.resource_drop(store))
    }

    /// Enters the component under the limits. After a trap its memory may be in any state: it is not entered again.
    fn watched<T>(
        &mut self,
        enter: impl FnOnce(&mut Store<Meter>) -> wasmtime::Result<T>,
    ) -> Result<T, SandboxError> {
        if let Some(stopped) = &self.stopped {
            return Err(stopped.clone());
        }
        let _watch = Watch::begin(self.store.engine()).map_err(|error| SandboxError::Unusable {
            reason: format!("no thread for the watchdog: {error}"),
        })?;
        self.store.set_epoch_deadline(watchdog::ticks(self.remaining));
        let begun = Instant::now();
        let entered = enter(&mut self.store);
        self.remaining = self.remaining.saturating_sub(begun.elapsed());
        entered.map_err(|error| {
            let trapped = || SandboxError::Trapped { reason: format!("{error:#}") };
            let stopped = self.store.data().limit_met(&error).unwrap_or_else(trapped);
            self.stopped = Some(stopped.clone());
            stopped
        })
    }
}
