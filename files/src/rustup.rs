//! The toolchain behind a program of rustup.

use std::path::Path;

use crate::{Exposed, Owners};

/// Refuses a program such as `cargo` that is rustup's, and starts a toolchain that somebody else can change, or choose.
/// `folder` is where it is going to be started: rustup looks from there for the file that chooses. A program that is
/// not rustup's has no toolchain here. The program itself is not looked at. Systems without Unix permissions are not
/// checked.
///
/// What was accepted is true when the program starts: nobody but the owners could have changed it. So rustup is
/// started, not the toolchain's own cargo, which would leave the choice of rustc to the folder of each package.
///
/// # Errors
/// The part that somebody else can change.
pub fn check_toolchain(program: &Path, folder: &Path, owners: &Owners) -> Result<(), Exposed> {
    #[cfg(unix)]
    return unix::check_toolchain(program, folder, owners);
    #[cfg(not(unix))]
    {
        let _ = (program, folder, owners);
        Ok(())
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::MetadataExt;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::{env, fs};

    use crate::{Exposed, Exposure, Owners};

    /// Variables that say which toolchain rustup starts.
    const CHOOSING: [&str; 3] = ["HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];

    pub(super) fn check_toolchain(program: &Path, folder: &Path, owners: &Owners) -> Result<(), Exposed> {
        let (Some(rustup), Some(name)) = (rustup_of(program), program.file_name()) else { return Ok(()) };
        let set = env::var_os("RUSTUP_HOME").filter(|home| !home.is_empty()).map(|home| folder.join(home));
        let Some(home) = set.or_else(|| env::home_dir().map(|home| folder.join(home).join(".rustup"))) else {
            return Ok(());
        };
        // Before rustup is started. A file that is missing is one that somebody could make.
        for path in [&rustup, &home.join("settings.toml"), &home.join("toolchains")] {
            owners.check(path)?;
        }
        match chosen(&rustup, name, folder)? {
            Some(program) => check_programs(program.ancestors().nth(2).unwrap_or(&program), owners),
            // A linked toolchain may have no such program: rustup then takes that of another.
            None => match fs::read_dir(home.join("toolchains")) {
                Ok(toolchains) => {
                    toolchains.flatten().try_for_each(|toolchain| check_programs(&toolchain.path(), owners))
                }
                Err(_) => Ok(()),
            },
        }
    }

    /// The compiler loads the most of itself from `lib`.
    fn check_programs(toolchain: &Path, owners: &Owners) -> Result<(), Exposed> {
        ["bin/cargo", "bin/rustc", "lib"].iter().try_for_each(|name| owners.check(&toolchain.join(name)))
    }

    /// The path of rustup, where a program is a link to it: all of its programs are one file.
    fn rustup_of(program: &Path) -> Option<PathBuf> {
        let real = fs::canonicalize(program).ok()?;
        if real.file_name() == Some(OsStr::new("rustup")) {
            return Some(real);
        }
        let beside = real.with_file_name("rustup");
        let (one, other) = (fs::metadata(&real).ok()?, fs::metadata(&beside).ok()?);
        ((one.dev(), one.ino()) == (other.dev(), other.ino())).then_some(beside)
    }

    /// The program that rustup would start, if it tells.
    fn chosen(rustup: &Path, name: &OsStr, folder: &Path) -> Result<Option<PathBuf>, Exposed> {
        let mut command = Command::new(rustup);
        // Nothing else: the environment may have secrets. Nothing is installed by a question.
        command.env_clear().envs(CHOOSING.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        command.env("RUSTUP_AUTO_INSTALL", "0").current_dir(folder).arg("which").arg(name);
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
        let output = output
            .map_err(|error| Exposed { path: rustup.to_owned(), exposure: Exposure::Unknown(error) })?;
        let line = output.stdout.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let path = PathBuf::from(std::ffi::OsString::from_vec(line.to_vec()));
        Ok((output.status.success() && path.is_absolute()).then_some(path))
    }
}
