//! Programs that tests start other programs with: faketime sets their clock, strace kills them in the kernel, and
//! valgrind counts their instructions.

use std::process::Command;

use anyhow::Result;

use super::debian;
use crate::children;

/// Installs faketime where it is missing.
pub(super) fn prepare_faketime() -> Result<()> {
    prepare("faketime")
}

/// Installs strace where it is missing.
pub(super) fn prepare_strace() -> Result<()> {
    prepare("strace")
}

/// Installs valgrind where it is missing.
pub(super) fn prepare_valgrind() -> Result<()> {
    prepare("valgrind")
}

/// The Debian package has the name of the program.
fn prepare(program: &str) -> Result<()> {
    let is_there = children::finished(Command::new(program).arg("--version"))
        .is_ok_and(|finished| finished.status.success());
    if is_there { Ok(()) } else { debian::install(program) }
}
