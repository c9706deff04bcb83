//! `tuf-componentize CORE-MODULE FOLDER [TRIPLE …]` makes a component of the guest's core module and compiles it for
//! each target: `FOLDER/tuf-verifier.wasm` and `FOLDER/TRIPLE.cwasm`. Prints the component's size and digest.

mod component;
#[path = "../../host/src/sandbox/engine.rs"]
mod engine;
mod precompile;

use std::ffi::OsString;
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
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for target in targets {
        let target = target.to_str().context("a target triple is ASCII text")?;
        let compiled = precompile::for_target(&component, target)
            .with_context(|| format!("cannot compile the component for {target}"))?;
        write(folder, &format!("{target}.cwasm"), &compiled)?;
    }
    write(folder, "tuf-verifier.wasm", &component)?;
    let digest: String = Sha256::digest(&component).iter().map(|byte| format!("{byte:02x}")).collect();
    println!("tuf-verifier.wasm: {} bytes, sha256 {digest}", component.len());
    Ok(())
}

/// Replaces a file in one step: a build that runs at the same time reads the old bytes or the new ones.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let (path, new) = (folder.join(name), folder.join(format!(".{name}.{}", std::process::id())));
    fs::write(&new, bytes)
        .and_then(|()| fs::rename(&new, &path))
        .with_context(|| format!("cannot write {}", path.display()))
}
