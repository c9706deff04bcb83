//! The programs that the tests run, unpacked by the set-up or installed in the system.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::Uid;

/// Every program; the first is the system's.
const PROGRAMS: [&str; 8] =
    ["setpriv", "containerd", "ctr", "runc", "docker-registry", "skopeo", "umoci", "busybox"];

/// Where the programs are.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    path: OsString,
    libraries: OsString,
}

impl Parts {
    /// Finds all of them.
    ///
    /// # Errors
    /// Why the tests cannot run here.
    pub(crate) fn find() -> Result<Self, String> {
        if !Uid::effective().is_root() {
            return Err("containerd mounts and runs images as root only".into());
        }
        let peers = peers();
        if let Ok(reason) = fs::read_to_string(peers.join("containerd.missing")) {
            return Err(reason);
        }
        let unpacked = peers.join("containerd");
        let folders = ["usr/bin", "usr/sbin", "bin"].map(|folder| unpacked.join(folder));
        let system = env::var_os("PATH").unwrap_or_default();
        let folders = folders.into_iter().chain(env::split_paths(&system));
        let parts = Self {
            path: env::join_paths(folders).map_err(|error| error.to_string())?,
            libraries: env::join_paths(library_folders(&unpacked)).map_err(|error| error.to_string())?,
        };
        match PROGRAMS.into_iter().find(|program| parts.program(program).is_none()) {
            Some(program) => Err(format!("there is no {program}: run `cargo xtask setup`")),
            None => Ok(parts),
        }
    }

    /// The path of a program.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        env::split_paths(&self.path).map(|folder| folder.join(name)).find(|path| path.is_file())
    }

    /// A command that finds the others.
    pub(crate) fn command(&self, name: &str) -> Command {
        self.prepared(Command::new(self.program(name).expect("a program that was found")))
    }

    /// The same command, which finds the programs and their libraries.
    pub(crate) fn prepared(&self, mut command: Command) -> Command {
        command.env("PATH", &self.path).env("LD_LIBRARY_PATH", &self.libraries);
        command
    }

    /// The machine's own containerd, where it is from before image verifiers.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn older_containerd(&self) -> Result<PathBuf, String> {
        let path = peers().join("containerd/older/usr/bin/containerd");
        let printed = Command::new(&path).arg("--version").output();
        let printed = printed.map_err(|error| format!("{}: {error}", path.display()))?;
        let version = String::from_utf8_lossy(&printed.stdout).into_owned();
        let number = version.split(' ').nth(2).unwrap_or_default();
        match number.starts_with("1.") || number.starts_with("2.0.") {
            true => Ok(path),
            false => Err(format!("this machine's own containerd is no older one: {number}")),
        }
    }

    /// A command that is ended by the kernel when the thread that started it ends: also where a test is killed.
    pub(crate) fn tied_command(&self, name: &str) -> Command {
        self.tied_program(&self.program(name).expect("a program that was found"))
    }

    /// The same, by the path of the program.
    pub(crate) fn tied_program(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]).arg(program).env("PATH", &self.path);
        command
    }
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers")
}

/// `usr/lib/x86_64-linux-gnu` and its kin.
fn library_folders(unpacked: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(unpacked.join("usr/lib")) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect()
}
