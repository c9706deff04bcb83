//! The process behind containerd's socket.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};

use super::NodeError;
use crate::policy;

/// Where containerd listens, unless it is told otherwise.
pub(crate) const ADDRESS: &str = "/run/containerd/containerd.sock";

/// A running containerd.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Daemon {
    /// Its program.
    pub(crate) program: PathBuf,
    /// The configuration that it was told to use; none where it uses its own default.
    pub(crate) config: Option<PathBuf>,
    /// The folder that it runs in.
    pub(crate) folder: PathBuf,
    /// The policy that it hands on to verifiers, by its environment.
    pub(crate) policy: PathBuf,
}

impl Daemon {
    /// The process that listens at a socket.
    ///
    /// # Errors
    /// Nobody does, or the kernel does not say who.
    pub(crate) fn at(socket: &Path) -> Result<Self, NodeError> {
        let unreachable = |source| NodeError::Unreachable { socket: socket.to_owned(), source };
        let stream = UnixStream::connect(socket).map_err(unreachable)?;
        let peer = getsockopt(&stream, PeerCredentials).map_err(|errno| unreachable(errno.into()))?;
        if peer.pid() <= 0 {
            return Err(NodeError::Unseen { socket: socket.to_owned() });
        }
        Self::of(&PathBuf::from(format!("/proc/{}", peer.pid())))
    }

    fn of(process: &Path) -> Result<Self, NodeError> {
        let unreadable = |name: &str| {
            let path = process.join(name);
            move |source| NodeError::Process { path, source }
        };
        let folder = fs::read_link(process.join("cwd")).map_err(unreadable("cwd"))?;
        let program = fs::read_link(process.join("exe")).map_err(unreadable("exe"))?;
        let arguments = fs::read(process.join("cmdline")).map_err(unreadable("cmdline"))?;
        let environment = fs::read(process.join("environ")).map_err(unreadable("environ"))?;
        let policy = variable(&environment, policy::VARIABLE).unwrap_or_else(|| policy::PLACE.into());
        Ok(Self {
            program: without_mark(program),
            config: configuration(&arguments).map(|path| folder.join(path)),
            policy: folder.join(policy),
            folder,
        })
    }
}

/// The kernel marks the path of a program that was replaced since it was started; the new one is as good for questions.
fn without_mark(program: PathBuf) -> PathBuf {
    match program.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(path) => OsStr::from_bytes(path).into(),
        None => program,
    }
}

/// The value of `-c` or `--config` among arguments that each end in a zero byte. Go takes one dash or two, and a value
/// after `=` or as the next argument; the last one counts.
fn configuration(arguments: &[u8]) -> Option<OsString> {
    let mut arguments = arguments.split(|byte| *byte == 0);
    let mut found = None;
    while let Some(argument) = arguments.next() {
        let name = argument.strip_prefix(b"--").or_else(|| argument.strip_prefix(b"-"));
        let value = match name {
            Some(b"c" | b"config") => arguments.next().unwrap_or_default(),
            Some(name) => match name.strip_prefix(b"config=").or_else(|| name.strip_prefix(b"c=")) {
                Some(value) => value,
                None => continue,
            },
            None => continue,
        };
        found = Some(OsString::from_vec(value.to_vec()));
    }
    found
}

/// The value of a variable among `NAME=VALUE`, each of which ends in a zero byte.
fn variable(environment: &[u8], name: &str) -> Option<OsString> {
    let mut variables = environment.split(|byte| *byte == 0);
    let value = variables.find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
    Some(OsString::from_vec(value.to_vec()))
}
