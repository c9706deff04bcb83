//! Makes a bundle of a TUF repository's metadata and targets, and verifies one without a network.
//!
//! The exit status is 0 where all was done, 1 where not, with one line on standard error, and 2 for a command line that
//! cannot be understood.

mod arguments;
mod create;
mod report;
mod verify;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Create(arguments) => create::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", one_line(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// The error with everything that caused it, without control characters.
fn one_line(error: &dyn Error) -> String {
    let mut line = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(&format!(": {error}"));
        cause = error.source();
    }
    line.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
