//! What the checks look at.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::node::{Api, Config, Daemon, NodeError};
use crate::policy::{Policy, PolicyError};

/// A machine with a containerd that answers.
pub(super) struct Machine {
    pub(super) daemon: Daemon,
    pub(super) api: Api,
    /// As its files say now.
    pub(super) config: Config,
    /// What its verifiers follow.
    pub(super) policy: Result<Policy, PolicyError>,
    /// What is in its folder of verifiers.
    pub(super) entries: io::Result<Vec<Entry>>,
}

/// A file in the folder of verifiers. Each is a verifier to containerd, whatever it is.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: OsString,
    pub(super) path: PathBuf,
    /// Why it cannot be run; none where it can.
    pub(super) unusable: Option<String>,
    /// Whether it is the program that looks.
    pub(super) is_this_program: bool,
    /// Whether containerd asks it: it asks the first ones by name.
    pub(super) asked: bool,
}

impl Machine {
    /// The machine of the containerd at a socket.
    ///
    /// # Errors
    /// It does not answer, or its configuration cannot be read.
    pub(super) fn of(socket: &Path) -> Result<Self, NodeError> {
        let daemon = Daemon::at(socket)?;
        let config = Config::of_daemon(&daemon)?;
        let api = Api::connect(&daemon)?;
        let policy = Policy::read(&daemon.policy);
        let entries = match &config.verifiers {
            Some(verifiers) => entries(&verifiers.bin_dir, verifiers.asked()),
            None => Ok(Vec::new()),
        };
        Ok(Self { daemon, api, config, policy, entries })
    }

    /// The entry that is this program, if containerd asks it.
    pub(super) fn installed(&self) -> Option<&Entry> {
        self.entries.iter().flatten().find(|entry| entry.is_this_program && entry.asked)
    }

    /// Whether a plugin runs.
    ///
    /// # Errors
    /// As [`Api::plugins`].
    pub(super) fn runs(&self, kind: &str, id: &str) -> Result<bool, NodeError> {
        let plugins = self.api.plugins()?;
        let mut plugins = plugins.iter().filter(|plugin| plugin.kind == kind && plugin.id == id);
        Ok(plugins.any(|plugin| plugin.failure.is_none()))
    }

    /// Whether pods can be started through it.
    ///
    /// # Errors
    /// As [`Api::plugins`].
    pub(super) fn serves_cri(&self) -> Result<bool, NodeError> {
        self.runs("io.containerd.grpc.v1", "cri")
    }
}

fn entries(folder: &Path, asked: usize) -> io::Result<Vec<Entry>> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
    let mut names = names.collect::<io::Result<Vec<OsString>>>()?;
    names.sort();
    let entry = |(number, name): (usize, OsString)| {
        let path = folder.join(&name);
        let unusable = unusable(&path).err();
        let is_this_program = unusable.is_none() && is_this_program(&path).unwrap_or(false);
        Entry { name, path, unusable, is_this_program, asked: number < asked }
    };
    Ok(names.into_iter().enumerate().map(entry).collect())
}

fn unusable(path: &Path) -> Result<(), String> {
    match fs::metadata(path) {
        Err(error) => Err(error.to_string()),
        Ok(file) if !file.is_file() => Err("it is no file".to_owned()),
        Ok(file) if file.permissions().mode() & 0o111 == 0 => Err("it is not executable".to_owned()),
        Ok(_) => Ok(()),
    }
}

/// The same file as the running program, or a copy of it.
fn is_this_program(path: &Path) -> io::Result<bool> {
    let this = Path::new("/proc/self/exe");
    let (a, b) = (fs::metadata(path)?, fs::metadata(this)?);
    if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
        return Ok(true);
    }
    Ok(a.len() == b.len() && fs::read(path)? == fs::read(this)?)
}
