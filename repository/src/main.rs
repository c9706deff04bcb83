//! `tufrepo`: makes, changes and publishes a repository.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
