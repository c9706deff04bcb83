//! Puts the component into the program: the artifacts of `cargo xtask component` become constant data.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sha2::{Digest, Sha256};

#[path = "src/sandbox/bound_code.rs"]
mod bound_code;

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
    let target = env::var_os("CARGO_FEATURE_JIT").is_none().then(|| variable("TARGET")).transpose()?;
    let read = Artifacts::read(&artifacts, target.as_deref())?;
    println!("cargo::rustc-env=TUF_VERIFIER_COMPONENT_DIGEST={}", read.component_digest);
    println!("cargo::rustc-env=TUF_VERIFIER_CORE_DIGEST={}", read.core_digest);
    match &read.compiled {
        Some(compiled) => write(&out.join("component.cwasm"), compiled),
        None => write(&out.join("component.wasm"), &read.component),
    }
}

/// What becomes part of the program.
pub(crate) struct Artifacts {
    component: Vec<u8>,
    component_digest: String,
    core_digest: String,
    /// Machine code with the digest of its component in front; none where the component is compiled when it is used.
    pub(crate) compiled: Option<Vec<u8>>,
}

impl Artifacts {
    /// Reads the artifacts, with the machine code for a target.
    ///
    /// # Errors
    /// One is missing; or the core module or the machine code is not that of the component.
    pub(crate) fn read(folder: &Path, target: Option<&str>) -> Result<Self, String> {
        let component = read(&folder.join("tuf-verifier.wasm"))?;
        let component_digest = digest(&component);
        let core_file = folder.join("tuf-verifier.core.wasm");
        let core = read(&core_file)?;
        if core.is_empty() || !component.windows(core.len()).any(|part| part == core) {
            return Err(not_of(&core_file, &component_digest));
        }
        let code_file = |target: &str| folder.join(format!("{target}.cwasm"));
        let compiled = target.map(|target| read(&code_file(target))).transpose()?;
        if let (Some(target), Some(compiled)) = (target, &compiled)
            && bound_code::code_of(&component_digest, compiled).is_none()
        {
            return Err(not_of(&code_file(target), &component_digest));
        }
        Ok(Self { core_digest: digest(&core), component, component_digest, compiled })
    }
}

fn not_of(path: &Path, component: &str) -> String {
    format!(
        "{} was not made from the component with SHA-256 {component}: run `cargo xtask component`",
        path.display()
    )
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
