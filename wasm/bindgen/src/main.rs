//! `tuf-bindgen MODULE FOLDER` makes of the module of `wasm/web` what JavaScript loads: `FOLDER/verifier_web_bg.wasm`, the
//! JavaScript that calls it (`verifier_web.js`) and its types (`verifier_web.d.ts`). Prints the module's size and digest.

mod bind;
mod demands;
#[path = "../../componentize/src/proposals.rs"]
mod proposals;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [module, folder] = arguments.as_slice() else {
        bail!("usage: tuf-bindgen MODULE FOLDER");
    };
    let folder = Path::new(folder);
    let bound = bind::bind(Path::new(module))?;
    demands::check(&bound.module)?;
    let digest: String = Sha256::digest(&bound.module).iter().map(|byte| format!("{byte:02x}")).collect();
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    write(folder, MODULE, &bound.module)?;
    write(folder, "verifier_web.js", script(&digest, &bound.script).as_bytes())?;
    write(folder, "verifier_web.d.ts", TYPES.as_bytes())?;
    println!("{MODULE}: {} bytes, sha256 {digest}", bound.module.len());
    Ok(())
}

const MODULE: &str = "verifier_web_bg.wasm";

/// The types of the JavaScript, in the form of those of the component's. What the workflow is, the package's own sources
/// describe.
const TYPES: &str = "\
/** SHA-256 of the module, lower-case hexadecimal. */
export declare const digest: string;
/** Another instance of the module, with memory of its own. */
export declare function instantiate(module: WebAssembly.Module): { readonly workflow: unknown };
";

/// An ECMAScript module. wasm-bindgen's own forms of it know one instance a program; an instance that breaks off would take
/// all others along. Here each call evaluates the script again, with variables of its own.
fn script(digest: &str, bound: &str) -> String {
    let global = bind::GLOBAL;
    format!(
        "export const digest = \"{digest}\";\nexport function instantiate(module) {{\n{bound}\n\
         {global}.initSync({{ module }});\nreturn {{ workflow: {global} }};\n}}\n"
    )
}

/// Replaces a file in one step: who reads at the same time reads the old bytes or the new ones.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let (path, new) = (folder.join(name), folder.join(format!(".{name}.{}", std::process::id())));
    fs::write(&new, bytes)
        .and_then(|()| fs::rename(&new, &path))
        .with_context(|| format!("cannot write {}", path.display()))
}
