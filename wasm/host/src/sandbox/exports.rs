//! The functions that the component exports, with their types as in `wasm/wit/verifier.wit`.

use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, ComponentType, Instance, Lift, Lower, ResourceAny,
    TypedFunc,
};
use wasmtime::{Error, Store};

use super::limits::Meter;
use crate::failure::Failure;
use crate::report::Report;
use crate::settings::Settings;
use crate::target::{Hash, NotFound, Target};

const INTERFACE: &str = "tuf:verifier/workflow@0.2.0";

/// What a function answers that can fail.
pub(crate) type Fallible<T> = (Result<T, Failure>,);

/// What the cycle needs next, or what it found.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Request {
    #[component(name = "load")]
    Load(String),
    #[component(name = "fetch")]
    Fetch(FetchRequest),
    #[component(name = "persist")]
    Persist(PersistRequest),
    #[component(name = "forget")]
    Forget(String),
    #[component(name = "ready")]
    Ready(Report),
    #[component(name = "found")]
    Found(Target),
    #[component(name = "not-found")]
    NotFound(NotFound),
    #[component(name = "search-failed")]
    SearchFailed(Failure),
}

/// A metadata file to be fetched.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct FetchRequest {
    pub(crate) name: String,
    #[component(name = "max-length")]
    pub(crate) max_length: u64,
}

/// A file of the trusted store.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct PersistRequest {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// The functions of one instance. Their types are compared with the component's when they are looked up.
pub(crate) struct Exports {
    pub(crate) start: TypedFunc<(Vec<u8>, i64, Settings), Fallible<ResourceAny>>,
    pub(crate) next: TypedFunc<(ResourceAny,), (Request,)>,
    pub(crate) offer: TypedFunc<(ResourceAny, Option<Vec<u8>>), Fallible<()>>,
    pub(crate) find: TypedFunc<(ResourceAny, String), Fallible<()>>,
    pub(crate) check: TypedFunc<(ResourceAny,), Fallible<ResourceAny>>,
    pub(crate) check_digests: TypedFunc<(ResourceAny, u64, Vec<Hash>), Fallible<()>>,
}

impl Exports {
    pub(crate) fn of(
        component: &Component,
        instance: &Instance,
        store: &mut Store<Meter>,
    ) -> Result<Self, Error> {
        let mut interface = Interface::of(component, instance, store)?;
        Ok(Self {
            start: interface.function("[static]update-cycle.start")?,
            next: interface.function("[method]update-cycle.next")?,
            offer: interface.function("[method]update-cycle.offer")?,
            find: interface.function("[method]update-cycle.find")?,
            check: interface.function("[method]update-cycle.check")?,
            check_digests: interface.function("[method]target-check.check-digests")?,
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
