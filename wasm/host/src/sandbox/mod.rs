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

pub(crate) use exports::{PersistRequest, Request};
pub(crate) use lines::{LineFiles, line_files, seed_line};
pub(crate) use map::{Listing, Map, MapNotFound, MapRequest, MapSearch};

use std::time::{Duration, Instant};

use wasmtime::Store;
use wasmtime::component::{self, Component, ComponentNamedList, Lift, Linker, Lower, ResourceAny, TypedFunc};

use crate::error::Error;
use crate::settings::Settings;
use crate::target::Hash;
use crate::time::UnixTime;
use artifact::Artifact;
use exports::Exports;
use limits::Meter;
use watchdog::Watch;

/// An update cycle inside an instance of its own.
pub(crate) struct Sandbox {
    instance: Instance<Exports>,
    cycle: ResourceAny,
}

impl Sandbox {
    /// An instance is made and its update cycle begun.
    pub(crate) fn start(
        trusted_root: Vec<u8>,
        now: UnixTime,
        settings: Settings,
        limits: SandboxLimits,
    ) -> Result<Self, Error> {
        let mut instance = Instance::new(limits, Exports::of)?;
        let start = instance.exports.start;
        let (cycle,) = instance.call(start, (trusted_root, now.seconds(), settings))?;
        let cycle = cycle.map_err(Box::new)?;
        Ok(Self { instance, cycle })
    }

    /// Whether the component broke off: it is not entered again.
    pub(crate) fn is_stopped(&self) -> bool {
        self.instance.stopped.is_some()
    }

    pub(crate) fn next(&mut self) -> Result<Request, SandboxError> {
        let (request,) = self.instance.call(self.instance.exports.next, (self.cycle,))?;
        Ok(request)
    }

    pub(crate) fn offer(&mut self, bytes: Option<Vec<u8>>) -> Result<(), Error> {
        let (answer,) = self.instance.call(self.instance.exports.offer, (self.cycle, bytes))?;
        Ok(answer.map_err(Box::new)?)
    }

    pub(crate) fn find(&mut self, path: &str) -> Result<(), Error> {
        self.instance.begin_operation();
        let (answer,) = self.instance.call(self.instance.exports.find, (self.cycle, path.to_owned()))?;
        Ok(answer.map_err(Box::new)?)
    }

    /// Has the component judge a length and digests against those of the target that the last search found.
    pub(crate) fn check_digests(&mut self, length: u64, hashes: Vec<Hash>) -> Result<(), Error> {
        self.instance.begin_operation();
        let (check,) = self.instance.call(self.instance.exports.check, (self.cycle,))?;
        let check = check.map_err(Box::new)?;
        let (answer,) = self.instance.call(self.instance.exports.check_digests, (check, length, hashes))?;
        self.instance.drop_resource(check)?;
        Ok(answer.map_err(Box::new)?)
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
