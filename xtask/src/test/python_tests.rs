//! The tests of the host in Python, their results read from TAP.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::node_tests;
use super::tally::Tally;
use crate::{children, setup, shared_worlds, workspace};

/// Compiles the host and runs its tests. If Python or a package is not to be had, all of it is skipped.
pub(super) fn run(tally: &mut Tally) -> Result<()> {
    if let Some(reason) = setup::reason_missing("python-host") {
        tally.skip("python", &reason);
        return Ok(());
    }
    tally.check("compileall: host-examples/python", || {
        let mut compile = python();
        // Compiled files go where they are ignored; a warning about the syntax is an error.
        compile.args(["-W", "error", "-m", "compileall", "-q", "-f", "."]);
        children::output(compile.env("PYTHONPYCACHEPREFIX", workspace::root().join("target/pycache")))
            .map(drop)
    });
    tally.check("recording of the shared worlds", || shared_worlds::record().map(drop));
    node_tests::run_tap(tally, "python", python().args(["-I", "tests/run.py"]))
}

/// The interpreter with the packages of the host, in its folder.
fn python() -> Command {
    let interpreter: PathBuf = workspace::peers().join("python-host/bin/python");
    let mut command = Command::new(interpreter);
    command.current_dir(workspace::root().join("host-examples/python"));
    command
}
