//! A program that root alone can change. Nothing else is ever run here: it would run with root's rights.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::errno::Errno;
use tuf_files::Owners;

use super::NodeError;

/// What a program that is run sees of the environment: how it finds others and its libraries, and no secret.
const ENVIRONMENT: [&str; 6] = ["PATH", "LD_LIBRARY_PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR"];

/// A program, by its path or as a process runs it.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    /// The file that a process runs, opened through the kernel's link to it: what its path names may be another by now.
    running: Option<File>,
}

impl Program {
    /// The program of a process, by its folder below `/proc`.
    ///
    /// # Errors
    /// The kernel does not say which it is.
    pub(super) fn of_process(process: &Path) -> Result<Self, NodeError> {
        let link = process.join("exe");
        let failed = |source| NodeError::Process { path: link.clone(), source };
        let running = File::open(&link).map_err(failed)?;
        let path = without_mark(fs::read_link(&link).map_err(failed)?);
        Ok(Self { path, running: Some(running) })
    }

    /// The first of this name in an absolute folder of the search path.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn on_search_path(name: &str) -> Result<Self, NodeError> {
        let folders = env::var_os("PATH").unwrap_or_default();
        let paths = env::split_paths(&folders).filter(|folder| folder.is_absolute());
        let found = paths.map(|folder| folder.join(name)).find(|path| path.is_file());
        let missing = || NodeError::Program { program: name.into(), source: Errno::ENOENT.into() };
        Ok(Self { path: found.ok_or_else(missing)?, running: None })
    }

    /// The program of this name in the same folder, where there is one.
    pub(crate) fn beside(&self, name: &str) -> Option<Self> {
        let path = self.path.with_file_name(name);
        path.is_file().then_some(Self { path, running: None })
    }

    /// Where it is, or was when it was started.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A command that runs it, without the secrets in this process's environment, and without input.
    ///
    /// # Errors
    /// [`NodeError::Writable`] where somebody who is not root can change it.
    pub(crate) fn command(&self) -> Result<Command, NodeError> {
        self.check()?;
        let mut command = match &self.running {
            // Opened again by the child, before the descriptor is closed there.
            Some(file) => Command::new(format!("/proc/self/fd/{}", file.as_raw_fd())),
            None => Command::new(&self.path),
        };
        command.arg0(&self.path).stdin(Stdio::null()).env_clear();
        command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        Ok(command)
    }

    fn check(&self) -> Result<(), NodeError> {
        let Some(opened) = &self.running else { return Ok(Owners::root().check(&self.path)?) };
        let failed = |source| NodeError::Process { path: self.path.clone(), source };
        let running = opened.metadata().map_err(failed)?;
        let identity = |file: &fs::Metadata| (file.dev(), file.ino());
        if fs::metadata(&self.path).is_ok_and(|named| identity(&named) == identity(&running)) {
            return Ok(Owners::root().check(&self.path)?);
        }
        // It was replaced since it was started, and is the file that root runs, whatever has its path now.
        Ok(Owners::root().check_opened(opened, &self.path)?)
    }
}

/// The kernel marks the path of a program that was replaced since it was started.
fn without_mark(program: PathBuf) -> PathBuf {
    match program.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(path) => OsStr::from_bytes(path).into(),
        None => program,
    }
}
