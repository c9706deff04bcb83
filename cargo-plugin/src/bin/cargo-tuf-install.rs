//! `cargo tuf-install`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_tuf::tuf_install()
}
