//! The client under test of the official TUF conformance suite: its command line around `tuf-verifier-host`.
//!
//! ```text
//! tuf-conformance-client --metadata-dir DIR init TRUSTED_ROOT
//! tuf-conformance-client --metadata-dir DIR --metadata-url URL refresh
//! tuf-conformance-client --metadata-dir DIR --metadata-url URL
//!                        --target-name PATH… --target-dir DIR --target-base-url URL download
//! ```
//!
//! The exit status is 0 where all of it succeeded, else 1 with one line on standard error.

mod arguments;
mod command;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use arguments::{Arguments, Asked};

fn main() -> ExitCode {
    let failure = match Arguments::read(env::args_os()) {
        Ok(Asked::Command(arguments)) => match command::run(&arguments) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(failure) => failure,
        },
        Ok(Asked::Text(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(failure) => failure,
    };
    eprintln!("{}", one_line(failure.as_ref()));
    ExitCode::FAILURE
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
