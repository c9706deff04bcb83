//! The command lines.

mod install;
mod repository;
mod tuf;

use std::ffi::OsString;

pub use install::InstallArguments;
pub use repository::{RepositoryArguments, ShellArguments};
pub use tuf::{StatusArguments, TufArguments, TufCommand};

/// The arguments without the subcommand's name, which cargo repeats: `cargo-tuf-install tuf-install NAME`.
///
/// Only the first argument is looked at, and only this one word is dropped.
#[must_use]
pub fn without_subcommand(arguments: impl Iterator<Item = OsString>, subcommand: &str) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.collect();
    if arguments.get(1).is_some_and(|first| first == subcommand) {
        arguments.remove(1);
    }
    arguments
}

/// What `--help` says about exit statuses.
const EXIT_STATUSES: &str = "\
Exit status:
    0  everything was verified and done
    1  something is not covered by the repository; nothing was installed
    2  the command line, configuration, trusted root or a folder cannot be used
   40  a verification failed: an attack, or a broken repository
   41  not in the repository
   42  the metadata is expired, or older than what was trusted before
   43  keys, hashes or dates that are not supported; no attack was seen
   68  no answer from the repository (network)
  101  everything was verified, and cargo itself failed
  130  interrupted

Configuration, each counting more than the one before:
  .cargo/tuf.toml in the current folder or one above, $CARGO_HOME/tuf.toml,
  CARGO_TUF_METADATA_URL, CARGO_TUF_TARGETS_URL, CARGO_TUF_TRUSTED_ROOT, the options above.
  The first of them, from the end, that names a metadata URL is the last that is read: a
  trusted root counts from there or from one that counts more. Files that others can change
  are refused, unless --tuf-config or --trusted-root names them.";
