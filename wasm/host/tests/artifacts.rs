//! The machine code and the core module are those of the component whose digest `--version` prints.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

#[expect(dead_code, reason = "cargo calls the rest of it")]
#[path = "../build.rs"]
mod build;

use build::Artifacts;

const TARGET: &str = "some-target";
const COMPONENT: &[u8] = b"component with a core module in it";

fn bound(component: &[u8], code: &str) -> Vec<u8> {
    let digest: String = Sha256::digest(component).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}\n{code}").into_bytes()
}

/// A folder of artifacts with this machine code and this core module.
fn artifacts(compiled: &[u8], core: &[u8]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let files =
        [("tuf-verifier.wasm", COMPONENT), ("tuf-verifier.core.wasm", core), ("some-target.cwasm", compiled)];
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    folder
}

fn refusal(folder: &Path, target: Option<&str>) -> String {
    Artifacts::read(folder, target).err().expect("a refusal")
}

#[test]
fn accepts_the_machine_code_of_the_component() {
    let folder = artifacts(&bound(COMPONENT, "code"), b"core module");
    let read = Artifacts::read(folder.path(), Some(TARGET)).expect("artifacts");
    assert_eq!(read.compiled, Some(bound(COMPONENT, "code")));
    // Where the component itself is compiled, there is nothing to be bound.
    assert_eq!(Artifacts::read(folder.path(), None).expect("artifacts").compiled, None);
}

#[test]
fn rejects_the_machine_code_of_another_component() {
    let unbound = b"code as Wasmtime wrote it".to_vec();
    let cut = bound(COMPONENT, "")[..64].to_vec();
    for compiled in [bound(b"another component", "code"), unbound, cut, Vec::new()] {
        let folder = artifacts(&compiled, b"core module");
        let words = refusal(folder.path(), Some(TARGET));
        let begin = format!(
            "{} was not made from the component with SHA-256 ",
            folder.path().join("some-target.cwasm").display()
        );
        assert!(words.starts_with(&begin) && words.ends_with(": run `cargo xtask component`"), "{words}");
    }
}

#[test]
fn rejects_the_core_module_of_another_component() {
    for core in [&b"core module of another"[..], b""] {
        let folder = artifacts(&bound(COMPONENT, "code"), core);
        for target in [Some(TARGET), None] {
            let words = refusal(folder.path(), target);
            assert!(words.contains("tuf-verifier.core.wasm was not made from the component"), "{words}");
        }
    }
}

/// The real ones are bound as well: the digest that programs print is that of the component beside the machine code.
#[test]
fn accepts_the_artifacts_in_this_program() {
    let component = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts/tuf-verifier.wasm");
    let component = fs::read(component).expect("the component");
    let printed = tuf_verifier_host::long_version("1");
    let digest = String::from_utf8(bound(&component, "")).expect("ASCII text");
    assert!(printed.contains(&format!("\ncomponent sha256:{digest}")), "{printed}");
}
