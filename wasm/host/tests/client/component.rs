//! What the embedded component is.

use std::collections::BTreeSet;
use std::path::Path;

use tuf_tests::sha256;
use tuf_verifier_host::component_digest;
use wit_component::DecodedWasm;
use wit_parser::{Resolve, World, WorldItem};

pub(crate) fn bytes() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts/tuf-verifier.wasm");
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
    assert_eq!(resolve.id_of(*id).as_deref(), Some("tuf:verifier/workflow@0.1.0"));
    let functions: BTreeSet<&str> = resolve.interfaces[*id].functions.keys().map(String::as_str).collect();
    let expected = [
        "[method]target-check.check-digests",
        "[method]target-check.finish",
        "[method]target-check.write",
        "[method]update-cycle.check",
        "[method]update-cycle.find",
        "[method]update-cycle.next",
        "[method]update-cycle.offer",
        "[static]update-cycle.start",
        "default-settings",
    ];
    assert_eq!(functions.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn is_the_one_whose_digest_the_host_names() {
    let bytes = bytes();
    println!("tuf-verifier.wasm: {} bytes, sha256 {}", bytes.len(), component_digest());
    assert_eq!(component_digest(), sha256(&bytes));
}
