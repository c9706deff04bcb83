//! Cargo subcommands that take packages from a TUF repository.
//!
//! ```text
//! cli ── config, cargo_config, preflight        what is asked for
//!   └─ install, status
//!        ├─ refresh ── repository ── cache, offline   verified files (tuf-verifier-host decides)
//!        ├─ registry ── index, crate_file, manifest   packages whose index and crate agree
//!        ├─ closure ── lock, parallel                 all packages of a Cargo.lock
//!        ├─ installed, state                          what was installed by this command; its folders
//!        └─ build ── proxy, overlay, unpacked, environment, cargo_process, supervisor  cargo, with verified bytes and nothing else
//! shell, event, advice, failure, exit_status, printable  what is said
//! ```
//! The library is there for the two binaries and their tests; it makes no promise of its own.

pub mod advice;
pub mod build;
pub mod cache;
pub mod cargo_config;
pub mod cargo_process;
pub mod cli;
pub mod closure;
pub mod config;
pub mod crate_file;
pub mod environment;
pub mod event;
pub mod exit_status;
pub mod failure;
pub mod index;
pub mod install;
pub mod installed;
pub mod lock;
pub mod manifest;
pub mod overlay;
pub mod package;
mod parallel;
pub mod preflight;
pub mod printable;
pub mod proxy;
pub mod refresh;
pub mod registry;
pub mod repository;
pub mod shell;
pub mod state;
pub mod status;
#[cfg(unix)]
pub mod supervisor;
pub mod unpacked;
mod write_whole;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::cargo_config::CargoConfig;
use crate::cli::{InstallArguments, ShellArguments, TufArguments, TufCommand};
use crate::event::Event;
use crate::exit_status::ExitStatus;
use crate::failure::Failure;
use crate::shell::Shell;

/// `cargo tuf-install`: reads the command line, does what it says, and returns the documented status.
#[must_use]
pub fn tuf_install() -> ExitCode {
    #[cfg(unix)]
    if let Some(status) = supervisor::supervise() {
        return status;
    }
    run_install(&InstallArguments::parse_from(cli::without_subcommand(env::args_os(), "tuf-install")))
}

/// `cargo tuf`: reads the command line, does what it says, and returns the documented status.
#[must_use]
pub fn tuf() -> ExitCode {
    #[cfg(unix)]
    if let Some(status) = supervisor::supervise() {
        return status;
    }
    match TufArguments::parse_from(cli::without_subcommand(env::args_os(), "tuf")).command {
        TufCommand::Install(arguments) => run_install(&arguments),
        TufCommand::Status(arguments) => run(&arguments.shell, &[], |shell, cargo, current| {
            status::status(&arguments, shell, cargo, current)
        }),
    }
}

fn run_install(arguments: &InstallArguments) -> ExitCode {
    run(&arguments.shell, &arguments.config, |shell, cargo, current| {
        install::install(arguments, shell, cargo, current)
    })
}

/// Does the work with a shell and the user's cargo configuration, and says how it ended.
fn run(
    shell: &ShellArguments,
    cargo_arguments: &[String],
    work: impl FnOnce(&Shell, &CargoConfig, &Path) -> Result<(), Failure>,
) -> ExitCode {
    cargo_process::handle_interruption();
    let loaded = current_folder().and_then(|current| {
        Ok((CargoConfig::load(&current, cargo_arguments, |name| env::var_os(name))?, current))
    });
    let shell = shell.shell(loaded.as_ref().ok().map(|(cargo, _)| cargo));
    let result = loaded.and_then(|(cargo, current)| work(&shell, &cargo, &current));
    shell.clear();
    let status = match &result {
        Ok(()) => ExitStatus::Success,
        Err(failure) => {
            // The failure is said on stderr in any case.
            let _ = shell.emit(&Event::problem(failure));
            shell.failure(failure);
            failure.status()
        }
    };
    let _ = shell.emit(&Event::finished(status));
    status.into()
}

fn current_folder() -> Result<PathBuf, Failure> {
    env::current_dir().map_err(|source| Failure::File { action: "find", path: PathBuf::from("."), source })
}
