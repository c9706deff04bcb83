//! `cargo tuf`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_tuf::tuf()
}
