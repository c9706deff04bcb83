//! `tuf-componentize CORE-MODULE FOLDER [TRIPLE …]` makes a component of the guest's core module and compiles it for
//! each target: `FOLDER/tuf-verifier.wasm` and `FOLDER/TRIPLE.cwasm`. Prints the component's size and digest.

mod component;
#[path = "../../host/src/sandbox/engine.rs"]
mod engine;
mod precompile;

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
    replace_component(folder, &component)?;
    for (name, bytes) in compiled {
        write(folder, &name, &bytes)?;
    }
    let digest: String = Sha256::digest(&component).iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{COMPONENT}: {} bytes, sha256 {digest}", component.len());
    Ok(())
}

const COMPONENT: &str = "tuf-verifier.wasm";
const COMPILED: &str = "cwasm";

/// The file name and the bytes of the machine code for a target.
fn compile(component: &[u8], target: &OsStr) -> Result<(String, Vec<u8>)> {
    let target = target.to_str().context("a target triple is ASCII text")?;
    let compiled = precompile::for_target(component, target)
        .with_context(|| format!("cannot compile the component for {target}"))?;
    Ok((format!("{target}.{COMPILED}"), compiled))
}

/// Writes the component. Where it is another one than before, the machine code of the old one goes first: a host
/// would run it under the new one's digest.
fn replace_component(folder: &Path, component: &[u8]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    if fs::read(folder.join(COMPONENT)).is_ok_and(|old| old == component) {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new(COMPILED)) {
            fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()))?;
        }
    }
    write(folder, COMPONENT, component)
}

/// Replaces a file in one step: a build that runs at the same time reads the old bytes or the new ones.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let (path, new) = (folder.join(name), folder.join(format!(".{name}.{}", std::process::id())));
    fs::write(&new, bytes)
        .and_then(|()| fs::rename(&new, &path))
        .with_context(|| format!("cannot write {}", path.display()))
}
