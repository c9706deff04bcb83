//! A private containerd: its own root, state, socket, and folder of verifiers.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, umount2};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::parts::Parts;
use crate::process::Service;

/// The plugins that serve the kubelet.
const CRI: [&str; 3] =
    ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"];

/// A running containerd; dropping it ends it, its shims, and its mounts.
#[derive(Debug)]
pub(crate) struct Containerd {
    service: Option<Service>,
    folder: PathBuf,
}

/// How a containerd differs from the others: lines of its configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Plugins that are not loaded, beside those that no test needs.
    pub(crate) disabled: Vec<&'static str>,
    /// Lines of the table of the plugin that asks verifiers.
    pub(crate) verifiers: String,
    /// Lines of the CRI's table of images; without them there is no CRI.
    pub(crate) cri: Option<String>,
    /// Another file that its configuration imports, with `BIN_DIR` for the folder of verifiers.
    pub(crate) import: Option<String>,
    /// How its command line names its configuration, with `FILE` for the path; `--config FILE` where nothing is said.
    pub(crate) named: Option<&'static str>,
    /// How its environment names the policy; by its path where nothing is said.
    pub(crate) policy: Option<&'static str>,
    /// Another containerd than the one that was found.
    pub(crate) program: Option<PathBuf>,
    /// It is too old for all of this.
    pub(crate) is_older: bool,
}

impl Containerd {
    /// Starts one below `folder` that asks this verifier. `environment` reaches the verifier, which has no other
    /// parent.
    pub(crate) fn start(
        parts: &Parts,
        folder: &Path,
        verifier: &Path,
        environment: &[(&str, &OsStr)],
        settings: &Settings,
    ) -> Self {
        let verifiers = folder.join("verifiers");
        fs::create_dir_all(&verifiers).expect("a folder");
        symlink(verifier, verifiers.join("tuf-image-verifier")).expect("a link");
        let configuration = folder.join("containerd.toml");
        fs::write(&configuration, configured(folder, settings)).expect("a configuration");
        if let Some(text) = &settings.import {
            let text = text.replace("BIN_DIR", &verifiers.display().to_string());
            fs::write(folder.join("imported.toml"), text).expect("a configuration");
        }
        let program = settings.program.clone().or_else(|| parts.program("containerd"));
        let mut command = parts.tied_program(&program.expect("a containerd"));
        let named = settings.named.unwrap_or("--config FILE").split(' ');
        let file = configuration.display().to_string();
        command.args(["--log-level", "debug"]).args(named.map(|word| word.replace("FILE", &file)));
        command.current_dir(folder);
        command.envs(environment.iter().copied());
        let mut service = Service::start(&mut command, &folder.join("containerd.log"));
        let socket = socket(folder);
        service.wait_for(|_| UnixStream::connect(&socket).ok());
        service.wait_for(|log| log.contains("containerd successfully booted").then_some(()));
        Self { service: Some(service), folder: folder.to_owned() }
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        self.service.as_ref().expect("a running containerd").log()
    }
}

impl Drop for Containerd {
    fn drop(&mut self) {
        // It is ended first, so that it starts nothing anew.
        self.service = None;
        for id in shims(&self.folder.join("state")) {
            // What has ended by itself is no more.
            let _ = kill(id, Signal::SIGKILL);
        }
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let points = mounts.lines().filter_map(|line| line.split(' ').nth(1)).map(PathBuf::from);
        for point in points.filter(|point| point.starts_with(&self.folder)) {
            let _ = umount2(&point, MntFlags::MNT_DETACH);
        }
    }
}

/// Where a containerd listens.
pub(crate) fn socket(folder: &Path) -> PathBuf {
    folder.join("containerd.sock")
}

fn configured(folder: &Path, settings: &Settings) -> String {
    if settings.is_older {
        return older(folder);
    }
    let socket = socket(folder).display().to_string();
    let path = |name: &str| folder.join(name).display().to_string();
    let mut disabled = vec!["io.containerd.nri.v1.nri"];
    if settings.cri.is_none() {
        disabled.extend(CRI);
    }
    disabled.extend(&settings.disabled);
    let imports: Vec<String> = settings.import.iter().map(|_| path("imported.toml")).collect();
    format!(
        r#"version = 3
root = "{root}"
state = "{state}"
disabled_plugins = {disabled:?}
imports = {imports:?}
[grpc]
address = "{socket}"
[ttrpc]
address = "{socket}.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
path = "{opt}"
[plugins."io.containerd.image-verifier.v1.bindir"]
bin_dir = "{verifiers}"
{lines}
[plugins."io.containerd.cri.v1.runtime".cni]
conf_dir = "{cni}"
[plugins."io.containerd.cri.v1.images"]
{cri}
"#,
        root = path("root"),
        state = path("state"),
        opt = path("opt"),
        verifiers = path("verifiers"),
        lines = settings.verifiers,
        cni = path("cni"),
        cri = settings.cri.as_deref().unwrap_or_default(),
    )
}

/// The form that containerd had before.
fn older(folder: &Path) -> String {
    let socket = socket(folder).display().to_string();
    let path = |name: &str| folder.join(name).display().to_string();
    format!(
        r#"version = 2
root = "{root}"
state = "{state}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{socket}"
[ttrpc]
address = "{socket}.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
path = "{opt}"
"#,
        root = path("root"),
        state = path("state"),
        opt = path("opt"),
    )
}

/// The processes of containers that have not ended: `STATE/io.containerd.runtime.v2.task/NAMESPACE/ID/*.pid`.
fn shims(state: &Path) -> Vec<Pid> {
    let inside =
        |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let tasks = inside(state.join("io.containerd.runtime.v2.task")).flat_map(inside).flat_map(inside);
    let files = tasks.filter(|path| path.extension().is_some_and(|kind| kind == "pid"));
    files.filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok()).map(Pid::from_raw).collect()
}
