//! Puts the component into the program: the artifacts of `cargo xtask component` become constant data.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sha2::{Digest, Sha256};

fn main() -> ExitCode {
    match embed() {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            println!("cargo::error={words}");
            ExitCode::FAILURE
        }
    }
}

fn embed() -> Result<(), String> {
    let artifacts = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("artifacts");
    let out = PathBuf::from(variable("OUT_DIR")?);
    let component = read(&artifacts.join("tuf-verifier.wasm"))?;
    println!("cargo::rustc-env=TUF_VERIFIER_COMPONENT_DIGEST={}", digest(&component));
    let core = read(&artifacts.join("tuf-verifier.core.wasm"))?;
    println!("cargo::rustc-env=TUF_VERIFIER_CORE_DIGEST={}", digest(&core));
    if env::var_os("CARGO_FEATURE_JIT").is_some() {
        return write(&out.join("component.wasm"), &component);
    }
    let target = variable("TARGET")?;
    let compiled = read(&artifacts.join(format!("{target}.cwasm")))?;
    write(&out.join("component.cwasm"), &compiled)
}

/// SHA-256 in lower-case hexadecimal.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read(path).map_err(|error| {
        format!(
            "cannot read {}: {error}. Run `cargo xtask setup`, which builds the verifier component; \
             `cargo xtask component --target TRIPLE` compiles it for another target; \
             the feature `jit` compiles it when it is first used",
            path.display()
        )
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}
