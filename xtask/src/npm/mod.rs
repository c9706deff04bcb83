//! `cargo xtask npm`: the npm package becomes usable from its folder, `npm/dist` and `npm/generated`, and is made as it is published:
//! `npm/build/package`.

mod leftovers;
pub(crate) mod stamp;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{children, component, setup, workspace};
use stamp::Stamp;

/// What the calling code of the component is made of, beside the component.
const TRANSPILED_BY: [&str; 2] = ["scripts/transpile.js", "package-lock.json"];

/// Programs of the package.
const PROGRAMS: [&str; 2] = ["dist/cli/main.js", "dist/conformance-client.js"];

/// Builds the package, after the component.
///
/// # Errors
/// Where Node is not there, or a step fails.
pub fn run() -> Result<()> {
    setup::for_build()?;
    build()
}

/// Builds the package from the component that is there.
///
/// # Errors
/// Where Node is not there, or a step fails.
pub fn build() -> Result<()> {
    setup::node_packages(&folder())?;
    transpile()?;
    component::build_web()?;
    compile(".")?;
    bundle()
}

/// The compiled package becomes the one that is published, `npm/build/package`.
///
/// # Errors
/// Where a file is missing, or is no JavaScript.
pub fn bundle() -> Result<()> {
    let mut node = Command::new("node");
    node.arg("scripts/bundle.js").current_dir(folder());
    children::succeed(&mut node)
}

/// Compiles the TypeScript of a project below `npm/`: `.` or `test`. Leaves nothing of sources that are gone, and lets
/// the programs of the package be started.
///
/// # Errors
/// Where it has an error.
pub fn compile(project: &str) -> Result<()> {
    let folder = folder();
    // The compiler's own entry point: npx would ask npm first.
    let mut tsc = Command::new("node");
    tsc.arg("node_modules/typescript/bin/tsc").args(["-p", project]).current_dir(&folder);
    children::succeed(&mut tsc)?;
    let (compiled, sources) = if project == "." { ("dist", "src") } else { ("build/test", project) };
    leftovers::remove(&folder.join(compiled), &folder.join(sources))?;
    let programs = PROGRAMS.iter().map(|program| folder.join(program));
    programs.filter(|program| program.exists()).try_for_each(start_by_itself)
}

/// The compiler writes files that nobody may start.
#[cfg(unix)]
fn start_by_itself(path: PathBuf) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mode = std::fs::metadata(&path)?.permissions().mode();
    Ok(std::fs::set_permissions(path, PermissionsExt::from_mode(mode | 0o111))?)
}

#[cfg(not(unix))]
fn start_by_itself(_: PathBuf) -> Result<()> {
    // Only Unix asks the file.
    Ok(())
}

/// `npm/`.
#[must_use]
pub fn folder() -> PathBuf {
    workspace::root().join("npm")
}

/// The component becomes the files of `npm/generated/component`.
fn transpile() -> Result<()> {
    let (folder, component, core) = (folder(), component::component_path(), component::core_path());
    let sources = TRANSPILED_BY.map(|name| folder.join(name));
    let inputs = [&component, &core].into_iter().chain(&sources);
    let stamp = Stamp::of(inputs, folder.join("generated/component/.stamp"))?;
    if stamp.is_current() {
        return Ok(());
    }
    let mut node = Command::new("node");
    node.arg("scripts/transpile.js").args([&component, &core]).current_dir(&folder);
    children::succeed(&mut node)?;
    stamp.write()
}
