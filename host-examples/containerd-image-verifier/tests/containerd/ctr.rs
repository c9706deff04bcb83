//! What an operator types: `ctr images pull`, `ctr run`, `ctr images ls`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::containerd::socket;
use crate::parts::Parts;
use crate::process::{Run, run, succeed};

/// `ctr` for one containerd.
#[derive(Clone, Debug)]
pub(crate) struct Ctr {
    parts: Parts,
    folder: PathBuf,
}

impl Ctr {
    pub(crate) fn new(parts: &Parts, folder: &Path) -> Self {
        Self { parts: parts.clone(), folder: folder.to_owned() }
    }

    /// Sends the requests for every host to this registry, as the configuration of a mirror does.
    pub(crate) fn mirror_everything_to(&self, url: &str) {
        let hosts = self.folder.join("hosts/_default");
        fs::create_dir_all(&hosts).expect("a folder");
        let text = format!("server = \"{url}\"\n[host.\"{url}\"]\ncapabilities = [\"pull\", \"resolve\"]\n");
        fs::write(hosts.join("hosts.toml"), text).expect("a file");
    }

    /// Pulls an image.
    pub(crate) fn pull(&self, reference: &str) -> Run {
        let hosts = self.folder.join("hosts");
        run(self.command(&["images", "pull", "--hosts-dir"]).arg(hosts).arg(reference))
    }

    /// Pulls an image in the old way, which asks no verifier.
    pub(crate) fn pull_locally(&self, reference: &str) -> Run {
        let hosts = self.folder.join("hosts");
        run(self.command(&["images", "pull", "--local", "--hosts-dir"]).arg(hosts).arg(reference))
    }

    /// Puts the images of an archive into a namespace of the store, `TAG` as `NAME:TAG`.
    pub(crate) fn import(&self, namespace: &str, archive: &Path, name: &str) {
        let arguments = ["--namespace", namespace, "images", "import", "--base-name", name];
        succeed(self.command(&arguments).arg(archive));
    }

    /// Gives an image a second name.
    pub(crate) fn name_again(&self, reference: &str, name: &str) {
        succeed(self.command(&["images", "tag", "--local"]).args([reference, name]));
    }

    /// Takes a name out of the store.
    pub(crate) fn remove(&self, reference: &str) {
        succeed(self.command(&["images", "rm", "--sync"]).arg(reference));
    }

    /// Every namespace, and every image and content in it. That of the CRI is there once somebody tried to pull.
    pub(crate) fn store(&self) -> Vec<String> {
        let namespaces = succeed(&mut self.command(&["namespaces", "ls", "--quiet"]));
        let inside = |namespace: &str| {
            let listed = [["images", "ls"], ["content", "ls"]].map(|list| {
                let mut command = self.command(&["--namespace", namespace]);
                succeed(command.args(list).arg("--quiet"))
            });
            format!("{namespace}\n{}", listed.concat())
        };
        namespaces.lines().map(inside).filter(|inside| inside != "k8s.io\n").collect()
    }

    /// Runs an image that was pulled; what its container prints.
    pub(crate) fn output_of(&self, reference: &str) -> String {
        succeed(&mut self.command(&["run", "--rm", reference, "shown"]))
    }

    /// The references of all images in the store.
    pub(crate) fn images(&self) -> Vec<String> {
        let listed = succeed(&mut self.command(&["images", "ls", "--quiet"]));
        listed.lines().map(String::from).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.parts.tied_command("ctr");
        command.arg("--address").arg(socket(&self.folder)).args(arguments);
        command
    }
}
