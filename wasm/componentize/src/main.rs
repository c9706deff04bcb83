//! `tuf-componentize CORE-MODULE FOLDER [TRIPLE …]` makes a component of the guest's core module and compiles it for
//! each target: `FOLDER/tuf-verifier.wasm` and `FOLDER/TRIPLE.cwasm`. `FOLDER/tuf-verifier.core.wasm` is the verifier as
//! a core module, as it is inside the component. Prints the size and the digest of both.

mod component;
mod core_module;
#[path = "../../host/src/sandbox/engine.rs"]
mod engine;
mod precompile;
mod proposals;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

fn main() -> Result<()> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [module, folder, targets @ ..] = arguments.as_slice() else {
        bail!("usage: tuf-componentize CORE-MODULE FOLDER [TRIPLE …]");
    };
    let folder = Path::new(folder);
    let module = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let component = component::encode(&module)?;
    let compiled = targets.iter().map(|target| compile(&component, target)).collect::<Result<Vec<_>>>()?;
    let core = core_module::of(&component)?;
    replace_component(folder, &component, core)?;
    for (name, bytes) in compiled {
        write(folder, &name, &bytes)?;
    }
    for (name, bytes) in [(COMPONENT, &component[..]), (CORE, core)] {
        println!("{name}: {} bytes, sha256 {}", bytes.len(), digest(bytes));
    }
    Ok(())
}

const COMPONENT: &str = "tuf-verifier.wasm";
const CORE: &str = "tuf-verifier.core.wasm";
const COMPILED: &str = "cwasm";

/// The file name and the bytes of the machine code for a target: bound to the component, as the host's `bound_code`
/// describes it.
fn compile(component: &[u8], target: &OsStr) -> Result<(String, Vec<u8>)> {
    let target = target.to_str().context("a target triple is ASCII text")?;
    let compiled = precompile::for_target(component, target)
        .with_context(|| format!("cannot compile the component for {target}"))?;
    Ok((format!("{target}.{COMPILED}"), [digest(component).as_bytes(), b"\n", &compiled].concat()))
}

/// SHA-256 in lower-case hexadecimal.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes the component and the core module in it. Where it is another one than before, the machine code of the old one
/// goes first: a host would run it under the new one's digest.
fn replace_component(folder: &Path, component: &[u8], core: &[u8]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let same = |name: &str, bytes: &[u8]| fs::read(folder.join(name)).is_ok_and(|old| old == bytes);
    if same(COMPONENT, component) {
        return if same(CORE, core) { Ok(()) } else { write(folder, CORE, core) };
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new(COMPILED)) {
            fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()))?;
        }
    }
    write(folder, CORE, core)?;
    write(folder, COMPONENT, component)
}

/// Replaces a file in one step: a build that runs at the same time reads the old bytes or the new ones.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let (path, new) = (folder.join(name), folder.join(format!(".{name}.{}", std::process::id())));
    fs::write(&new, bytes)
        .and_then(|()| fs::rename(&new, &path))
        .with_context(|| format!("cannot write {}", path.display()))
}
