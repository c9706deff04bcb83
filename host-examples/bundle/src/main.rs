//! Makes a bundle of a TUF repository's metadata and targets, and verifies one without a network.
//!
//! The exit status is 0 where all was done, 1 where not, with one line on standard error, and 2 for a command line that
//! cannot be understood.

mod arguments;
mod create;
mod report;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use tuf_verifier_host::with_causes;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Create(arguments) => create::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
