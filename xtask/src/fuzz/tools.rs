//! The nightly compiler, cargo-fuzz, and the programs that they make.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::wrapper;
use crate::{cargo_tool, children, workspace};

/// The version of cargo-fuzz that is installed where there is none.
const CARGO_FUZZ: &str = "0.13.2";

/// Builds every fuzz target, with coverage; the folder of the programs.
///
/// No sanitizer: the verifier has no unsafe code, and runs twice as often without one.
pub(super) fn build() -> Result<PathBuf> {
    let host = nightly_host()?;
    let cargo_fuzz = cargo_tool::installed("cargo-fuzz", CARGO_FUZZ)?;
    let target = workspace::root().join("target/fuzz/nightly");
    let mut build = Command::new("rustup");
    build.args(["run", "nightly"]).arg(cargo_fuzz).args(["fuzz", "build", "--fuzz-dir", "fuzz"]);
    build.args(["--sanitizer", "none", "--features", "fuzzer", "--no-cfg-fuzzing", "--codegen-units", "16"]);
    build.args(["--target", &host, "--target-dir"]).arg(&target).current_dir(workspace::root());
    // They name this task's compiler, which is not the nightly one.
    build.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
    build.env("RUSTC_WRAPPER", std::env::current_exe()?).env(wrapper::WRAPPING, "1");
    children::succeed(&mut build)?;
    Ok(target.join(host).join("release"))
}

/// The target triple that the nightly compiler makes programs for.
fn nightly_host() -> Result<String> {
    const MISSING: &str = "fuzzing needs a nightly compiler, and rustup has none: `rustup toolchain install \
                           nightly`. The same properties are tested without it by `cargo xtask test fuzz`";
    let version = Command::new("rustup").args(["run", "nightly", "rustc", "-vV"]).output();
    let Some(version) = version.ok().filter(|output| output.status.success()) else { bail!(MISSING) };
    let text = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("the nightly compiler does not name its host")
}
