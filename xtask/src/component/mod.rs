//! `cargo xtask component`: the guest crate becomes the verifier component, and machine code of it.
//!
//! The artifacts are `wasm/host/artifacts/tuf-verifier.wasm`, `tuf-verifier.core.wasm` (the core module in it, which hosts
//! without components run) and one `TRIPLE.cwasm` a target; the build script of `wasm/host` puts them into the programs.

mod guest;
mod inputs;
mod reproducible;
mod sizes;
mod web;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{children, workspace};

pub(crate) use guest::PROFILE;
pub use reproducible::check_reproducible;
pub use web::build as build_web;

/// The component's file name among the artifacts.
const COMPONENT: &str = "tuf-verifier.wasm";

/// The file name of the core module in it.
const CORE: &str = "tuf-verifier.core.wasm";

/// Runs `cargo xtask component` with its options.
///
/// # Errors
/// Where an option is unknown, or a step fails.
pub fn run(options: &[&str]) -> Result<()> {
    match options {
        [] => build(),
        ["--check-reproducible"] => check_reproducible(),
        ["--sizes"] => sizes::print(),
        ["--web"] => build_web(),
        ["--target", targets @ ..] if !targets.is_empty() => {
            build_for(&targets.iter().map(|&target| target.to_owned()).collect::<Vec<_>>())
        }
        _ => {
            bail!("usage: cargo xtask component [--check-reproducible | --sizes | --target TRIPLE … | --web]")
        }
    }
}

/// Builds the component and compiles it for this machine. Does nothing where the artifacts are those of the sources.
///
/// # Errors
/// Where a step fails.
pub fn build() -> Result<()> {
    build_for(&[guest::Compiler::of(&workspace::root())?.host])
}

/// Builds the component and compiles it for each target.
fn build_for(targets: &[String]) -> Result<()> {
    let root = workspace::root();
    let stamps = targets
        .iter()
        .map(|target| inputs::Stamp::of_component(&root, target))
        .collect::<Result<Vec<_>>>()?;
    let descriptions = stamps.iter().map(inputs::Stamp::up_to_date).collect::<Result<Vec<_>>>()?;
    if let Some(current) = descriptions.into_iter().collect::<Option<Vec<_>>>() {
        println!("component: up to date, {}", current.join("; "));
        return Ok(());
    }
    eprintln!("component: building the guest, and the precompiler beside it: some minutes at the first time");
    // The guest is linked by one thread, for a third of its time: the other processor is free for the precompiler.
    let (module, tool) = std::thread::scope(|scope| {
        let tool = scope.spawn(|| tool(targets));
        let module = guest::Build::of_this_workspace().run();
        (module, tool.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let description = componentize(tool?, &module?, &artifacts(&root), targets)?;
    stamps.iter().try_for_each(|stamp| stamp.write(&description))?;
    println!("component: {description}");
    Ok(())
}

/// Makes the component of a core module, and machine code of it for each target. Returns the sizes and the digests of
/// the component and of the core module in it, in words.
fn componentize(mut tool: Command, module: &Path, folder: &Path, targets: &[String]) -> Result<String> {
    tool.arg(module).arg(folder).args(targets);
    Ok(children::stdout(&mut tool)?.trim_end().replace('\n', "; "))
}

/// The precompiler, built with Cranelift for the architectures of the targets.
fn tool(targets: &[String]) -> Result<Command> {
    let mut arguments: Vec<OsString> =
        ["build", "--quiet", "--locked", "--package", "tuf-componentize"].map(OsString::from).into();
    let native = targets.iter().all(|target| target.split('-').next() == Some(std::env::consts::ARCH));
    if !native {
        arguments.extend(["--features", "all-arch"].map(OsString::from));
    }
    children::succeed(workspace::cargo(&[]).args(arguments))?;
    Ok(Command::new(workspace::program("debug", "tuf-componentize")))
}

/// The component.
#[must_use]
pub fn component_path() -> PathBuf {
    artifacts(&workspace::root()).join(COMPONENT)
}

/// The core module in the component.
#[must_use]
pub fn core_path() -> PathBuf {
    artifacts(&workspace::root()).join(CORE)
}

fn artifacts(root: &Path) -> PathBuf {
    root.join("wasm/host/artifacts")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
