//! `cargo xtask demo`: a real program is installed through a signed repository, then attacks are refused.
//!
//! Everything is real: the crates come from the public registry, `tufrepo` signs them, `cargo tuf-install` verifies
//! and builds them. Only the server is a small one on the loopback interface, and every folder a temporary one.

mod attacks;
mod client;
mod site;
mod stage;

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{children, setup};
use client::Client;
use site::{Shown, Site};
use stage::Stage;

/// The program: 67 packages in its Cargo.lock, 34 of which are built on Linux.
const PROGRAM: &str = "hexyl";
const VERSION: &str = "0.17.0";

/// Tells the story.
///
/// # Errors
/// Where a step fails, the installed program does not do its work, or an attack is not refused as it must be.
pub fn run() -> Result<()> {
    heading("Build the tools");
    setup::for_build()?;
    let stage = Stage::build()?;

    heading("Publish a program with everything that it depends on");
    stage.publish(&format!("{PROGRAM}@{VERSION}"))?;

    heading("Install it, every byte verified");
    let mut site = Site::open()?;
    site.show(Shown::Folder(stage.published()));
    let returning = install(&stage, &site)?;

    let refused = attacks::show_all(&stage, &mut site, &returning)?;
    println!("\n{PROGRAM} {VERSION} was installed from verified bytes, and {refused} attacks were refused.");
    Ok(())
}

/// Installs the program and lets it do its work. Returns the client, which has been here before from now on.
fn install(stage: &Stage, site: &Site) -> Result<Client> {
    let client = Client::new(stage, "client")?;
    let mut install = client.install(site.url());
    shown(&install);
    children::succeed(&mut install)?;

    heading("Run it");
    let file = stage.folder().join("greeting.txt");
    fs::write(&file, "Built from verified crates.\n")?;
    let mut program = Command::new(client.installed());
    program.args(["--color", "never", "greeting.txt"]).current_dir(stage.folder());
    shown(&program);
    let output = children::output(&mut program)?;
    print!("{output}");
    if !output.contains("42 75 69 6c 74") {
        bail!("{PROGRAM} did not show the bytes of its file");
    }
    Ok(client)
}

fn heading(text: &str) {
    println!("\n{text}\n{}", "=".repeat(text.len()));
}

fn shown(command: &Command) {
    println!("$ {}", children::shown(command));
}
