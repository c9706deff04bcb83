//! A machine in a folder: its program, its containerd's folder of verifiers, its policy, and a TUF repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tuf_test_server::Server;
use tuf_tests::Repository;
use walkdir::WalkDir;

/// 2100-01-01T00:00:00Z.
const FAR: i64 = 4_102_444_800;

/// A machine; nothing of it is outside of its folder.
pub(crate) struct Machine {
    folder: TempDir,
    /// Where metadata comes from.
    pub(crate) server: Server,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut repository = Repository::new();
        for header in [&mut repository.timestamp, &mut repository.snapshot, &mut repository.root] {
            header.expires = FAR;
        }
        repository.role("targets").header.expires = FAR;
        repository.write_root().publish();
        let published = folder.path().join("published");
        repository.mirror.publish_to(&published).expect("written");
        fs::write(folder.path().join("given.json"), repository.mirror.file("1.root.json")).expect("written");
        let server = Server::folder(&published).expect("a port");
        let machine = Self { folder, server };
        fs::create_dir(machine.path("bin")).expect("a folder");
        Self::shell(
            r#"cp "$1" "$2""#,
            &[env!("CARGO_BIN_EXE_tuf-image-verifier"), &machine.text("bin/tuf-image-verifier")],
        );
        machine
    }

    /// Runs a line of shell. Programs are written by it: what this process has open for writing, a child that another
    /// thread starts has open too, for a moment in which the program cannot be run.
    pub(crate) fn shell(line: &str, arguments: &[&str]) {
        let status = Command::new("sh").args(["-ec", line, "sh"]).args(arguments).status();
        assert!(status.expect("a shell").success(), "{line}");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of something, as text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Runs the program where no containerd answers, with the most careless umask; what it printed, and its exit status.
    pub(crate) fn run(&self, arguments: &[&str]) -> (Vec<String>, i32) {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"umask 0; exec "$@""#, "sh"]).current_dir(self.folder.path());
        command.arg(self.path("bin/tuf-image-verifier"));
        command.args(arguments).arg("--address").arg(self.path("nobody.sock"));
        command.arg("--policy").arg(self.path("etc/policy.toml")).stdin(Stdio::null());
        // Never what starts the containerd of the machine that this runs on.
        if !arguments.iter().any(|argument| ["--systemd-dir", "--no-systemd"].contains(argument)) {
            command.arg("--no-systemd");
        }
        let output = command.env("PATH", self.path("programs")).output().expect("a program that starts");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        (text.lines().map(String::from).collect(), output.status.code().expect("a status"))
    }

    /// Installs by options for everything, and these.
    pub(crate) fn init(&self, more: &[&str]) -> (Vec<String>, i32) {
        self.init_named("acme", more)
    }

    /// The same, for a repository of another name.
    pub(crate) fn init_named(&self, name: &str, more: &[&str]) -> (Vec<String>, i32) {
        let url = format!("{}/metadata", self.server.url());
        let (root, verifiers, state) = (self.text("given.json"), self.text("verifiers"), self.text("state"));
        let arguments = [
            "init",
            "--name",
            name,
            "--metadata",
            &url,
            "--root",
            &root,
            "--prefix",
            "registry.acme.test/team",
            "--bin-dir",
            &verifiers,
            "--state-dir",
            &state,
        ];
        self.run(&[&arguments, more].concat())
    }

    /// What `init` and `uninstall` may have made, by name: the text of a file, or where a link leads.
    pub(crate) fn made(&self) -> BTreeMap<String, String> {
        let entries =
            ["etc", "verifiers", "systemd"].into_iter().flat_map(|name| WalkDir::new(self.path(name)));
        let entries = entries.filter_map(Result::ok).filter(|entry| !entry.file_type().is_dir());
        let text = |entry: walkdir::DirEntry| {
            let name = entry.path().strip_prefix(self.folder.path()).expect("a part").display().to_string();
            match entry.path_is_symlink() {
                true => (name, fs::read_link(entry.path()).expect("a link").display().to_string()),
                false => (name, fs::read_to_string(entry.path()).expect("a text")),
            }
        };
        entries.map(text).collect()
    }

    /// The names of what was made.
    pub(crate) fn names(&self) -> Vec<String> {
        self.made().into_keys().collect()
    }
}
