//! The shortest way to a verdict: unusable root metadata is refused by the component, and its words are printed.
//!
//! What this takes, from the start of the process, is what the sandbox costs a program that uses it.

use std::process::ExitCode;

use tuf_verifier_host::{Client, Error, FolderSource, MemoryStore};

fn main() -> ExitCode {
    let source = FolderSource::new("metadata", "targets");
    match Client::new(b"{}".to_vec(), source, MemoryStore::new()).refresh() {
        Err(Error::Failure(failure)) => {
            println!("{failure}");
            ExitCode::SUCCESS
        }
        other => {
            eprintln!("no verdict: {other:?}");
            ExitCode::FAILURE
        }
    }
}
