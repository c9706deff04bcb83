//! Where a program that is started by its name may come from.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The folders of a search path, such as the variable `PATH`. Relative and empty ones are left out: they name folders
/// of the project that a program happens to run in, and so whatever somebody has put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPath {
    folders: Vec<PathBuf>,
}

impl SearchPath {
    /// The search path of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self::of(&env::var_os("PATH").unwrap_or_default())
    }

    /// The search path in the value of a variable.
    #[must_use]
    pub fn of(value: &OsStr) -> Self {
        Self { folders: env::split_paths(value).filter(|folder| folder.is_absolute()).collect() }
    }

    /// The program that a variable such as `CARGO` names: by its path, or by its name, with or without the extension of the
    /// system's programs, which is looked for.
    #[must_use]
    pub fn find(&self, program: &Path) -> Option<PathBuf> {
        if program.components().count() > 1 {
            return std::path::absolute(program).ok();
        }
        let name = program.to_str()?;
        let name = format!("{}{EXE_SUFFIX}", name.strip_suffix(EXE_SUFFIX).unwrap_or(name));
        self.folders.iter().map(|folder| folder.join(&name)).find(|path| is_program(path))
    }

    /// Without the folders that `may_change` says another user may change, and without those in which everybody can make
    /// files, whoever owns what is there now: a program that is started there by its name may be anybody's.
    #[must_use]
    pub fn without(mut self, may_change: impl Fn(&Path) -> bool) -> Self {
        self.folders.retain(|folder| !is_shared(folder) && !may_change(folder));
        self
    }

    /// The value of a variable.
    #[must_use]
    pub fn to_value(&self) -> OsString {
        // Every folder comes from such a value, so none has a separator in it.
        env::join_paths(&self.folders).unwrap_or_default()
    }
}

/// Whether a file is there that can be started.
#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Whether a folder has the sticky bit, as `/tmp`, and others can write to it.
#[cfg(unix)]
fn is_shared(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    std::fs::metadata(folder).is_ok_and(|found| {
        let mode = found.permissions().mode();
        mode & 0o1000 != 0 && mode & 0o022 != 0
    })
}

#[cfg(not(unix))]
fn is_shared(_folder: &Path) -> bool {
    false
}
