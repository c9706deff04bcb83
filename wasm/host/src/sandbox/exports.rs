//! The functions of a client that the component exports, as in `wasm/wit`.

use std::sync::Arc;

use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower, ResourceAny, TypedFunc,
};
use wasmtime::{Error, Store};

use super::limits::Meter;
use crate::records::{Action, AtHand, ClientOptions, Failure, Response};

const INTERFACE: &str = "tuf:verifier/workflow@0.2.0";

/// What a function answers that can fail.
pub(crate) type Fallible<T> = (Result<T, Failure>,);

/// The functions of one instance. Their types are compared with the component's when they are looked up.
pub(crate) struct Exports {
    pub(crate) start: TypedFunc<(Vec<u8>, i64, ClientOptions), Fallible<ResourceAny>>,
    pub(crate) poll: TypedFunc<(ResourceAny, u64), (Action,)>,
    pub(crate) supply: TypedFunc<(ResourceAny, u64, Vec<u8>, u64), Fallible<()>>,
    pub(crate) answer: TypedFunc<(ResourceAny, u64, Arc<Response>, u64), Fallible<()>>,
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
            supply: interface.function("[method]client.supply")?,
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
