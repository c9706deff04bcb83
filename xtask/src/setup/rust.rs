//! The compiler targets of rust-toolchain.toml.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::children;

/// The component is built for the first, the core is checked for the second.
const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32v1-none"];

/// Adds the targets that the toolchain lacks, with rustup where it manages the toolchain.
pub(super) fn add_targets() -> Result<()> {
    let sysroot = children::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib");
    for target in TARGETS {
        if libraries.join(target).join("lib").is_dir() {
            continue;
        }
        eprintln!("setup: adding the compiler target {target}");
        children::succeed(Command::new("rustup").args(["target", "add", target])).with_context(|| {
            format!("the compiler target {target} is needed: install it with your toolchain")
        })?;
    }
    Ok(())
}
