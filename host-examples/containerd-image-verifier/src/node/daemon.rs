//! The process behind containerd's socket.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use tuf_files::{Exposed, Exposure, Owners};

use super::{NodeError, Program};
use crate::policy;

/// Where containerd listens, unless it is told otherwise.
pub(crate) const ADDRESS: &str = "/run/containerd/containerd.sock";

/// Links that are followed to a socket, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// A running containerd.
#[derive(Debug)]
pub(crate) struct Daemon {
    /// The program that it runs.
    pub(crate) program: Program,
    /// The configuration that it was told to use; none where it uses its own default.
    pub(crate) config: Option<PathBuf>,
    /// The folder that it runs in.
    pub(crate) folder: PathBuf,
    /// The policy that it hands on to verifiers, by its environment.
    pub(crate) policy: PathBuf,
    /// The real path of its socket.
    pub(crate) socket: PathBuf,
    /// Its process, as the kernel names whoever listens at the socket.
    pub(crate) pid: i32,
}

impl Daemon {
    /// The process of root's that listens at a socket.
    ///
    /// # Errors
    /// Nobody does, or somebody who is not root; the kernel does not say who; who is not root can put another socket in the
    /// place of this one, or lead a link elsewhere; or the process sees other files than this one.
    pub(crate) fn at(socket: &Path) -> Result<Self, NodeError> {
        // What is connected to by the real path, now and later, is the same socket: a link is followed once.
        let socket = &real(socket)?;
        let unreachable = |source| NodeError::Unreachable { socket: socket.to_owned(), source };
        let stream = UnixStream::connect(socket).map_err(unreachable)?;
        let peer = getsockopt(&stream, PeerCredentials).map_err(|errno| unreachable(errno.into()))?;
        if peer.uid() != 0 {
            return Err(NodeError::Foreign { socket: socket.to_owned(), user: peer.uid() });
        }
        if peer.pid() <= 0 {
            return Err(NodeError::Unseen { socket: socket.to_owned() });
        }
        Self::of(socket, peer.pid())
    }

    fn of(socket: &Path, pid: i32) -> Result<Self, NodeError> {
        let process = &PathBuf::from(format!("/proc/{pid}"));
        // Everything is read below this opened folder: where the process ends and its number is used again, the kernel
        // says that the process is gone, and nothing of the next one.
        let opened = File::open(process);
        let opened = opened.map_err(|source| NodeError::Process { path: process.to_owned(), source })?;
        let process = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()));
        let unreadable = |name: &str| {
            let path = process.join(name);
            move |source| NodeError::Process { path, source }
        };
        let folder = fs::read_link(process.join("cwd")).map_err(unreadable("cwd"))?;
        // The socket's number may have been used again before the folder was opened.
        let user = opened.metadata().map_err(unreadable("."))?.uid();
        if user != 0 {
            return Err(NodeError::Foreign { socket: socket.to_owned(), user });
        }
        // Its paths mean something else here otherwise, and every check of them would be of other files.
        if !sees_our_files(&process).map_err(unreadable("ns/mnt"))? {
            return Err(NodeError::Elsewhere { socket: socket.to_owned() });
        }
        let program = Program::of_process(&process)?;
        let arguments = fs::read(process.join("cmdline")).map_err(unreadable("cmdline"))?;
        let environment = fs::read(process.join("environ")).map_err(unreadable("environ"))?;
        let policy = variable(&environment, policy::VARIABLE).unwrap_or_else(|| policy::PLACE.into());
        Ok(Self {
            program,
            config: configuration(&arguments).map(|path| folder.join(path)),
            policy: folder.join(policy),
            folder,
            socket: socket.to_owned(),
            pid,
        })
    }
}

/// The path of a socket, without links. Each link on the way, its folder, and the socket itself belong to root, and nobody
/// else can put another in their place. The socket's permissions say who may connect, and are not looked at.
fn real(socket: &Path) -> Result<PathBuf, NodeError> {
    let unreachable = |source| NodeError::Unreachable { socket: socket.to_owned(), source };
    let mut path = std::path::absolute(socket).map_err(unreachable)?;
    for _ in 0..MOST_LINKS {
        let folder = path.parent().unwrap_or(&path);
        Owners::root().check(folder)?;
        let found = fs::symlink_metadata(&path).map_err(unreachable)?;
        match (found.is_symlink(), found.uid()) {
            (true, 0) => path = folder.join(fs::read_link(&path).map_err(unreachable)?),
            (true, user) => return Err(Exposed { path, exposure: Exposure::Owner(user) }.into()),
            (false, 0) => return fs::canonicalize(&path).map_err(unreachable),
            (false, user) => return Err(NodeError::Foreign { socket: path, user }),
        }
    }
    Err(unreachable(Errno::ELOOP.into()))
}

/// Whether a process has the mounts and the root folder of this one.
fn sees_our_files(process: &Path) -> io::Result<bool> {
    let this = Path::new("/proc/self");
    let root = |process: &Path| fs::metadata(process.join("root/")).map(|root| (root.dev(), root.ino()));
    Ok(fs::read_link(process.join("ns/mnt"))? == fs::read_link(this.join("ns/mnt"))?
        && root(process)? == root(this)?)
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
