//! Puts the program among containerd's verifiers, and takes it away.
//!
//! What is in the folder of verifiers decides about every pull: nothing half-made may ever be in it, and nobody else may
//! be able to write to what is linked there.

mod drop_in;
pub(crate) mod init;
mod link;
mod place;
mod record;
pub(crate) mod uninstall;
mod whole;
mod written;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use tuf_files::Exposed;

use crate::node::NodeError;

/// Why nothing was installed or removed. What was made before is taken back, unless it does no harm.
#[derive(Debug, Error)]
pub(crate) enum InstallationError {
    #[error(
        "program-writable: {0}; copy the program to where root alone can write, such as /usr/local/bin, and run it there"
    )]
    ProgramWritable(Exposed),
    #[error(
        "folder-writable: {0}, not root's alone: whoever can change it decides about pulls; nothing was installed"
    )]
    FolderWritable(Exposed),
    #[error("no-folder: {0}; name containerd's folder of verifiers with --bin-dir")]
    NoFolder(NodeError),
    #[error("policy-elsewhere: containerd's environment names the policy {}; name it with --policy", .0.display())]
    PolicyElsewhere(PathBuf),
    #[error(
        "policy-exists: {} is there already: change it by hand, and run init without --name to install the program",
        .0.display()
    )]
    PolicyExists(PathBuf),
    #[error("root-exists: {} is there already, and is another root", .0.display())]
    RootExists(PathBuf),
    #[error("policy-unusable: {0}")]
    PolicyUnusable(String),
    #[error("repository-refused: {name}: {verdict}; nothing was installed, for every pull would be blocked")]
    RepositoryRefused { name: String, verdict: String },
    #[error("verifier-exists: {} is there already, and is not this program", .0.display())]
    VerifierExists(PathBuf),
    #[error("installed-elsewhere: the program is in {} already: uninstall it there first", .0.display())]
    InstalledElsewhere(PathBuf),
    #[error("pulls-would-pass: {}; say --allow-unverified-pulls if that is meant", .0)]
    PullsWouldPass(String),
    #[error(
        "no-drop-in: {}: {source}; containerd asks the program from now on, but starts without it, too: run init again, without --name",
        path.display()
    )]
    NoDropIn { path: PathBuf, source: io::Error },
    #[error("cannot-use: {}: {source}", path.display())]
    Unusable { path: PathBuf, source: io::Error },
}

/// What went wrong with a file or a folder.
fn at(path: &Path) -> impl FnOnce(io::Error) -> InstallationError {
    let path = path.to_owned();
    move |source| InstallationError::Unusable { path, source }
}

/// What was done becomes lines and an exit status.
fn told(done: Result<Vec<String>, InstallationError>) -> (Vec<String>, u8) {
    use crate::words::one_line;
    match done {
        Ok(lines) => (lines.iter().map(|line| one_line(line)).collect(), 0),
        Err(error) => (vec![one_line(&error.to_string())], 1),
    }
}
