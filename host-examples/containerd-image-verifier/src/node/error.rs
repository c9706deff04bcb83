//! What cannot be learnt of containerd.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use tuf_files::Exposed;

/// What cannot be learnt of containerd, and why.
#[derive(Debug, Error)]
pub(crate) enum NodeError {
    /// Nobody listens, or not to this user.
    #[error("containerd does not answer at {}: {source}", socket.display())]
    Unreachable { socket: PathBuf, source: io::Error },
    /// It answers, but is not among the processes that are seen here.
    #[error("the process behind {} is not seen here (another namespace of processes?)", socket.display())]
    Unseen { socket: PathBuf },
    /// Not root's: it could be anybody who pretends to be containerd.
    #[error("the process behind {} belongs to user {user}, not to root: nothing of it is run or believed", socket.display())]
    Foreign { socket: PathBuf, user: u32 },
    /// Its paths are not this process's: nothing that is found here would be of its files.
    #[error(
        "the process behind {} sees other files than this one (another mount namespace or root folder): run this in the same",
        socket.display()
    )]
    Elsewhere { socket: PathBuf },
    /// Somebody who is not root can change what was about to be run or asked.
    #[error("{0}, not root's alone")]
    Writable(#[from] Exposed),
    /// What the kernel says of the process cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Process { path: PathBuf, source: io::Error },
    /// The program cannot be run.
    #[error("cannot run {}: {source}", program.display())]
    Program { program: PathBuf, source: io::Error },
    /// `containerd config dump` failed.
    #[error("containerd cannot read its configuration: {reason}")]
    Configuration { reason: String },
    /// What `containerd config dump` printed is not understood.
    #[error("what `containerd config dump` printed is not understood: {reason}")]
    Dump { reason: String },
    /// Whoever answers at the API's connection is another process than the one that was checked.
    #[error("the process behind {} is no longer the one that was checked: nothing of it is believed", socket.display())]
    Replaced { socket: PathBuf },
    /// A request to its API failed.
    #[error("containerd does not answer {method}: {reason}")]
    Request { method: &'static str, reason: String },
}

impl NodeError {
    /// Whether somebody else may answer in the place of root's containerd, or it means other files by its paths. Then
    /// nothing is assumed in its place.
    pub(crate) fn is_a_doubt(&self) -> bool {
        matches!(
            self,
            Self::Foreign { .. } | Self::Writable { .. } | Self::Elsewhere { .. } | Self::Replaced { .. }
        )
    }
}
