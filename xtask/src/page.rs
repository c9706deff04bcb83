//! `cargo xtask page`: the page in `host-examples/browser`, which shows the chain of trust and what is refused.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::{children, npm, workspace};

/// Builds the npm package, writes the mirrors as of now, prints the page's URL, and serves it until it is interrupted.
///
/// # Errors
/// Where a step fails.
pub fn run() -> Result<ExitCode> {
    npm::run()?;
    let folder = workspace::target().join("page");
    let worlds = ["run", "--quiet", "--package", "tuf-tests", "--bin", "page_worlds", "--"];
    children::succeed(workspace::cargo(&worlds).arg(&folder))?;
    eprintln!("The mirrors are good for a day. Open the page; end the server with an interrupt (Ctrl-C).");
    let mut server = Command::new("node");
    server.arg(workspace::root().join("host-examples/browser/serve.js")).arg("--worlds").arg(&folder);
    let status = children::status(&mut server)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
