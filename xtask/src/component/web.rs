//! The verifier for bundlers: `wasm/web` becomes a module and the JavaScript that calls it, `npm/generated/web`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::{guest, inputs};
use crate::{children, workspace};

/// The crate.
pub(super) const PACKAGE: &str = "tuf-verifier-web";

/// What is made of it.
pub(super) const FILES: [&str; 3] = ["verifier_web_bg.wasm", "verifier_web.js", "verifier_web.d.ts"];

/// Builds the module for bundlers. Does nothing where it is that of the sources.
///
/// # Errors
/// Where a step fails.
pub fn build() -> Result<()> {
    let root = workspace::root();
    let stamp = inputs::Stamp::of_web(&root)?;
    if let Some(current) = stamp.up_to_date()? {
        println!("web: up to date, {current}");
        return Ok(());
    }
    eprintln!("web: building the module");
    let build = guest::Build { package: PACKAGE, keeps_sections: true, ..guest::Build::of_this_workspace() };
    let module = build.run()?;
    let description = bind(&module, &folder(&root))?;
    stamp.write(&description)?;
    println!("web: {description}");
    Ok(())
}

/// Makes what JavaScript loads of a module. Returns the size and the digest of what it became, in words.
pub(super) fn bind(module: &Path, folder: &Path) -> Result<String> {
    eprintln!("web: building wasm-bindgen; the first time takes some minutes");
    let tool = ["build", "--quiet", "--locked", "--package", "tuf-bindgen"];
    children::succeed(&mut workspace::cargo(&tool))?;
    let mut command = Command::new(workspace::program("debug", "tuf-bindgen"));
    Ok(children::stdout(command.arg(module).arg(folder))?.trim_end().to_owned())
}

/// Where it is put.
pub(super) fn folder(root: &Path) -> PathBuf {
    root.join("npm/generated/web")
}
