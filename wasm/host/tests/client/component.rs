//! What the embedded component is.

use std::collections::BTreeSet;
use std::path::Path;

use tuf_tests::sha256;
use tuf_verifier_host::{component_digest, long_version, verifier_digest};
use wit_component::{DecodedWasm, WitPrinter};
use wit_parser::{Docs, InterfaceId, Resolve, TypeDefKind, World, WorldItem};

pub(crate) fn bytes() -> Vec<u8> {
    artifact("tuf-verifier.wasm")
}

fn artifact(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(name);
    std::fs::read(path).expect("the component was built before its host")
}

pub(crate) fn world() -> (Resolve, World) {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes()).expect("WebAssembly") else {
        panic!("a WIT package, and no component");
    };
    let world = resolve.worlds[world].clone();
    (resolve, world)
}

#[test]
fn imports_nothing() {
    let (_, world) = world();
    assert_eq!(world.imports.keys().collect::<Vec<_>>(), Vec::<&wit_parser::WorldKey>::new());
}

#[test]
fn exports_the_workflow_alone() {
    let (resolve, world) = world();
    let [WorldItem::Interface { id, .. }] = world.exports.values().collect::<Vec<_>>()[..] else {
        panic!("{:?}", world.exports);
    };
    assert_eq!(resolve.id_of(*id).as_deref(), Some("tuf:verifier/workflow@0.2.0"));
    let functions: BTreeSet<&str> = resolve.interfaces[*id].functions.keys().map(String::as_str).collect();
    let expected = [
        "[method]client.abandon",
        "[method]client.answer",
        "[method]client.check",
        "[method]client.drop-target",
        "[method]client.find",
        "[method]client.poll",
        "[method]client.receive",
        "[method]hasher.at-hand",
        "[method]hasher.write",
        "[method]map-search.answer",
        "[method]map-search.next",
        "[method]repository-map.pin",
        "[method]repository-map.repositories",
        "[method]repository-map.search",
        "[method]target-check.check-digests",
        "[method]target-check.finish",
        "[method]target-check.write",
        "[method]update-cycle.check",
        "[method]update-cycle.find",
        "[method]update-cycle.next",
        "[method]update-cycle.offer",
        "[static]client.start",
        "[static]hasher.start",
        "[static]repository-map.parse",
        "[static]update-cycle.start",
        "default-retry",
        "default-settings",
        "line-files",
        "seed-line",
    ];
    assert_eq!(functions.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn is_the_one_whose_digest_the_host_names() {
    let bytes = bytes();
    println!("tuf-verifier.wasm: {} bytes, sha256 {}", bytes.len(), component_digest());
    assert_eq!(component_digest(), sha256(&bytes));
}

#[test]
fn has_the_core_module_whose_digest_the_host_names() {
    let core = artifact("tuf-verifier.core.wasm");
    assert_eq!(verifier_digest(), sha256(&core));
    assert!(core.starts_with(b"\0asm\x01\0\0\0"), "no core module");
    // The rest of the component links the module: a few hundred bytes of tables.
    let component = bytes();
    assert!(component.windows(core.len()).any(|part| part == core), "not the component's");
    assert!(core.len() > component.len() / 2);
}

#[test]
fn is_named_with_the_version_of_a_program() {
    let lines = long_version("1.2.3");
    let (component, core) = (component_digest(), verifier_digest());
    assert_eq!(
        lines.lines().collect::<Vec<_>>(),
        ["1.2.3", &format!("component sha256:{component}"), &format!("verifier sha256:{core}")]
    );
}

#[test]
fn is_what_the_wit_file_says() {
    let (decoded, world) = world();
    let [WorldItem::Interface { id, .. }] = world.exports.values().collect::<Vec<_>>()[..] else {
        panic!("{:?}", world.exports);
    };
    let (resolve, workflow) = written();
    assert_eq!(printed(&decoded, *id), printed(&resolve, workflow));
}

#[test]
fn every_item_of_the_wit_file_is_documented() {
    let (resolve, workflow) = written();
    let workflow = &resolve.interfaces[workflow];
    let functions = workflow.functions.iter().map(|(name, function)| (name.clone(), &function.docs));
    let types = workflow.types.values().flat_map(|id| {
        let found = &resolve.types[*id];
        let name = found.name.clone().unwrap_or_default();
        let parts: Vec<(&str, &Docs)> = match &found.kind {
            TypeDefKind::Record(record) => {
                record.fields.iter().map(|field| (&*field.name, &field.docs)).collect()
            }
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().map(|case| (&*case.name, &case.docs)).collect()
            }
            _ => Vec::new(),
        };
        let parts: Vec<_> = parts.into_iter().map(|(part, docs)| (format!("{name}.{part}"), docs)).collect();
        std::iter::once((name, &found.docs)).chain(parts)
    });
    let bare: Vec<String> =
        functions.chain(types).filter(|(_, docs)| docs.is_empty()).map(|(name, _)| name).collect();
    assert_eq!(bare, Vec::<String>::new());
}

/// The interface of `wasm/wit`.
fn written() -> (Resolve, InterfaceId) {
    let mut resolve = Resolve::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let (package, _) = resolve.push_dir(folder).expect("the WIT file is valid");
    let workflow = resolve.packages[package].interfaces["workflow"];
    (resolve, workflow)
}

fn printed(resolve: &Resolve, interface: InterfaceId) -> String {
    let mut printer = WitPrinter::default();
    printer.emit_docs(false).print_interface(resolve, interface).expect("an interface can be printed");
    printer.output.to_string()
}
