//! The component itself, called by the names of its functions, without the host library in between.

use serde_json::Value;
use wasmtime::component::{ComponentExportIndex, Func, Instance, Linker, ResourceAny, Val};
use wasmtime::{Engine, Store};

use crate::files::Bytes;
use crate::value::{from_json, to_json};

#[cfg(not(feature = "jit"))]
#[path = "../../src/sandbox/bound_code.rs"]
mod bound_code;
#[path = "../../src/sandbox/engine.rs"]
mod engine;

const INTERFACE: &str = "tuf:verifier/workflow@0.2.0";

/// The loaded component.
pub(crate) struct Component {
    engine: Engine,
    component: wasmtime::component::Component,
}

impl Component {
    #[cfg(not(feature = "jit"))]
    #[expect(unsafe_code, reason = "wasmtime loads precompiled code through an unsafe function alone")]
    pub(crate) fn load() -> Self {
        static PRECOMPILED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.cwasm"));
        let engine = Engine::new(&engine::config()).expect("the engine of the host");
        let code = bound_code::code_of(tuf_verifier_host::component_digest(), PRECOMPILED)
            .expect("its machine code");
        // SAFETY: the bytes are those that the host library has in it, where the argument stands.
        let component = unsafe { wasmtime::component::Component::deserialize(&engine, code) };
        Self { engine, component: component.expect("the component that was precompiled for this machine") }
    }

    #[cfg(feature = "jit")]
    pub(crate) fn load() -> Self {
        static COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component.wasm"));
        let engine = Engine::new(&engine::config()).expect("the engine of the host");
        let component = wasmtime::component::Component::from_binary(&engine, COMPONENT);
        Self { engine, component: component.expect("a component") }
    }
}

/// A world that is repeated in an instance of its own.
pub(crate) struct Replay<'a> {
    store: Store<()>,
    instance: Instance,
    interface: ComponentExportIndex,
    bytes: &'a Bytes,
    /// The resources that were made, by their numbers.
    resources: Vec<ResourceAny>,
}

impl<'a> Replay<'a> {
    pub(crate) fn of(component: &Component, bytes: &'a Bytes) -> Self {
        let mut store = Store::new(&component.engine, ());
        // Nothing counts the epochs here.
        store.set_epoch_deadline(1);
        // A byte of a list is a whole `Val` here.
        store.set_hostcall_fuel(usize::MAX);
        let linker = Linker::new(&component.engine);
        let instance = linker.instantiate(&mut store, &component.component).expect("it imports nothing");
        let interface = instance.get_export_index(&mut store, None, INTERFACE).expect("its one interface");
        Self { store, instance, interface, bytes, resources: Vec::new() }
    }

    /// Repeats the calls of a world; the first that answers otherwise, in words.
    pub(crate) fn world(mut self, world: &Value) -> Result<(), String> {
        for (number, call) in world["calls"].as_array().expect("a world has calls").iter().enumerate() {
            let answer = self.call(call);
            if answer != call["gives"] {
                let (function, recorded) = (&call["call"], &call["gives"]);
                return Err(format!(
                    "call {number}, {function}\n    answers  {answer}\n    recorded {recorded}"
                ));
            }
        }
        Ok(())
    }

    fn call(&mut self, call: &Value) -> Value {
        let on = call["on"].as_u64().map(|number| usize::try_from(number).expect("a small number"));
        let function = self.function(call["call"].as_str().expect("a call has a function"), on.is_some());
        let signature = function.ty(&self.store);
        let types: Vec<_> = signature.params().map(|(_, kind)| kind).collect();
        let mut arguments: Vec<Val> =
            on.iter().map(|number| Val::Resource(self.resources[*number])).collect();
        let with = call["with"].as_array().map(Vec::as_slice).unwrap_or_default();
        let rest = &types[arguments.len()..];
        assert_eq!(rest.len(), with.len(), "arguments of {call}");
        arguments.extend(rest.iter().zip(with).map(|(kind, json)| from_json(kind, json, self.bytes)));
        let kind = signature.results().next();
        let mut results = vec![Val::Bool(false); signature.results().len()];
        function
            .call(&mut self.store, &arguments, &mut results)
            .unwrap_or_else(|trap| panic!("{call}: {trap:?}"));
        kind.map_or(Value::Null, |kind| to_json(&kind, &results[0], &mut self.resources))
    }

    /// `client.poll` is `[method]client.poll` for the component; what makes the first resource is static.
    fn function(&mut self, name: &str, is_method: bool) -> Func {
        let name = format!("[{}]{name}", if is_method { "method" } else { "static" });
        let index = self.instance.get_export_index(&mut self.store, Some(&self.interface), &name);
        let index = index.unwrap_or_else(|| panic!("no function {name}"));
        self.instance.get_func(&mut self.store, index).unwrap_or_else(|| panic!("no function {name}"))
    }
}
