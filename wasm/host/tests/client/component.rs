//! What the embedded component is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tuf_tests::sha256;
use tuf_verifier_host::{component_digest, long_version, verifier_digest};
use wit_component::{DecodedWasm, WitPrinter};
use wit_parser::{Docs, InterfaceId, Resolve, TypeDefKind, World, WorldItem};

const WORKFLOW: &str = "tuf:verifier/workflow@0.2.0";

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

/// The exported interfaces, by their names.
fn exported() -> (Resolve, BTreeMap<String, InterfaceId>) {
    let (resolve, world) = world();
    let interface = |item: &WorldItem| match item {
        WorldItem::Interface { id, .. } => (resolve.id_of(*id).expect("it has a name"), *id),
        other => panic!("{other:?}"),
    };
    let interfaces = world.exports.values().map(interface).collect();
    (resolve, interfaces)
}

#[test]
fn exports_the_workflow_and_its_records_alone() {
    let (resolve, interfaces) = exported();
    let names: Vec<&str> = interfaces.keys().map(String::as_str).collect();
    assert_eq!(names, ["tuf:verifier/types@0.2.0", WORKFLOW]);
    let id = &interfaces[WORKFLOW];
    let functions: BTreeSet<&str> = resolve.interfaces[*id].functions.keys().map(String::as_str).collect();
    let expected = [
        "[method]client.abandon",
        "[method]client.answer",
        "[method]client.check",
        "[method]client.drop-target",
        "[method]client.find",
        "[method]client.poll",
        "[method]client.receive",
        "[method]client.supply",
        "[method]hasher.at-hand",
        "[method]hasher.write",
        "[method]map-search.answer",
        "[method]map-search.next",
        "[method]repository-map.pin",
        "[method]repository-map.repositories",
        "[method]repository-map.search",
        "[static]client.start",
        "[static]hasher.start",
        "[static]repository-map.parse",
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
fn is_what_the_wit_files_say() {
    let (decoded, interfaces) = exported();
    let (resolve, written) = written();
    let shown = |resolve: &Resolve, ids: &BTreeMap<String, InterfaceId>| -> Vec<String> {
        ids.values().map(|id| printed(resolve, *id)).collect()
    };
    assert_eq!(shown(&decoded, &interfaces), shown(&resolve, &written));
}

#[test]
fn every_item_of_the_wit_files_is_documented() {
    let (resolve, written) = written();
    let mut bare = Vec::new();
    for id in written.values() {
        let interface = &resolve.interfaces[*id];
        let functions = interface.functions.iter().map(|(name, function)| (name.clone(), &function.docs));
        let own = interface.types.values().filter(|id| !is_used(&resolve.types[**id].kind));
        let types = own.flat_map(|id| {
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
            let parts: Vec<_> =
                parts.into_iter().map(|(part, docs)| (format!("{name}.{part}"), docs)).collect();
            std::iter::once((name, &found.docs)).chain(parts)
        });
        bare.extend(functions.chain(types).filter(|(_, docs)| docs.is_empty()).map(|(name, _)| name));
    }
    assert_eq!(bare, Vec::<String>::new());
}

/// Whether a type is another interface's, which has its documentation.
fn is_used(kind: &TypeDefKind) -> bool {
    matches!(kind, TypeDefKind::Type(_))
}

/// The interfaces of `wasm/wit`, by their names.
fn written() -> (Resolve, BTreeMap<String, InterfaceId>) {
    let mut resolve = Resolve::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let (package, _) = resolve.push_dir(folder).expect("the WIT files are valid");
    let ids = resolve.packages[package].interfaces.values();
    let named = ids.map(|id| (resolve.id_of(*id).expect("it has a name"), *id)).collect();
    (resolve, named)
}

fn printed(resolve: &Resolve, interface: InterfaceId) -> String {
    let mut printer = WitPrinter::default();
    printer.emit_docs(false).print_interface(resolve, interface).expect("an interface can be printed");
    printer.output.to_string()
}
