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
use std::process::ExitCode;

use tuf_verifier_host::with_causes;

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
    eprintln!("error: {}", with_causes(failure.as_ref()));
    ExitCode::FAILURE
}
