//! A program that root alone can change. Nothing else is ever run here: it would run with root's rights.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Output, Stdio};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use tuf_files::Owners;

use super::NodeError;

/// What a program that is run sees of the environment: how it finds others and its libraries, and no secret.
const ENVIRONMENT: [&str; 6] = ["PATH", "LD_LIBRARY_PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR"];

/// A program that was opened: what is checked is what is run, whatever its path names by then.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    opened: File,
    /// Whether a process of root's runs it: its path may name another file by now.
    runs: bool,
}

impl Program {
    /// The program of a process, by its folder below `/proc`.
    ///
    /// # Errors
    /// The kernel does not say which it is.
    pub(super) fn of_process(process: &Path) -> Result<Self, NodeError> {
        let link = process.join("exe");
        let failed = |source| NodeError::Process { path: link.clone(), source };
        let opened = File::open(&link).map_err(failed)?;
        let path = without_mark(fs::read_link(&link).map_err(failed)?);
        Ok(Self { path, opened, runs: true })
    }

    /// The first of this name in an absolute folder of the search path.
    ///
    /// # Errors
    /// There is none, or it cannot be opened.
    pub(crate) fn on_search_path(name: &str) -> Result<Self, NodeError> {
        let folders = env::var_os("PATH").unwrap_or_default();
        let paths = env::split_paths(&folders).filter(|folder| folder.is_absolute());
        let found = paths.map(|folder| folder.join(name)).find(|path| path.is_file());
        let missing = || NodeError::Program { program: name.into(), source: Errno::ENOENT.into() };
        Self::open(found.ok_or_else(missing)?)
    }

    /// The program of this name in the same folder, if there is one.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) fn beside(&self, name: &str) -> Result<Option<Self>, NodeError> {
        let path = self.path.with_file_name(name);
        path.is_file().then(|| Self::open(path)).transpose()
    }

    fn open(path: PathBuf) -> Result<Self, NodeError> {
        // A pipe in its place would never be opened otherwise.
        let opened = File::options().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&path);
        let opened = opened.map_err(|source| NodeError::Program { program: path.clone(), source })?;
        Ok(Self { path, opened, runs: false })
    }

    /// Where it is, or was when it was started.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs it with some arguments, without the secrets in this process's environment, and without input; what it printed.
    ///
    /// # Errors
    /// [`NodeError::Writable`] where somebody who is not root can change it, or a link that leads to it; or it cannot be run.
    pub(crate) fn output(&self, arguments: impl FnOnce(&mut Command)) -> Result<Output, NodeError> {
        self.check()?;
        // This process's descriptor, not the child's: that one is closed before the interpreter of a script opens it.
        let mut command = Command::new(format!("/proc/{}/fd/{}", process::id(), self.opened.as_raw_fd()));
        command.arg0(&self.path).stdin(Stdio::null()).env_clear();
        command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        arguments(&mut command);
        command.output().map_err(|source| NodeError::Program { program: self.path.clone(), source })
    }

    /// The opened file belongs to root alone, and so does every link and folder that its path leads through.
    fn check(&self) -> Result<(), NodeError> {
        Owners::root().check_opened(&self.opened, &self.path)?;
        let opened = self.opened.metadata();
        let opened = opened.map_err(|source| NodeError::Process { path: self.path.clone(), source })?;
        let identity = |file: &fs::Metadata| (file.dev(), file.ino());
        let is_named = || fs::metadata(&self.path).is_ok_and(|named| identity(&named) == identity(&opened));
        if self.runs && !is_named() {
            // It was replaced since it was started, and is the file that root runs, whatever has its path now.
            return Ok(());
        }
        Owners::root().check(&self.path)?;
        // Nobody but root changes the path from here on. A link that led elsewhere when the file was opened is found now.
        match is_named() {
            true => Ok(()),
            false => {
                let source = io::Error::other("another file took its place while it was checked");
                Err(NodeError::Program { program: self.path.clone(), source })
            }
        }
    }
}

/// The kernel marks the path of a program that was replaced since it was started.
fn without_mark(program: PathBuf) -> PathBuf {
    match program.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(path) => OsStr::from_bytes(path).into(),
        None => program,
    }
}
