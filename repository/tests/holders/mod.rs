//! What holds keys: a token of SoftHSM, an agent of OpenSSH, and programs.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::command::Desk;
use crate::foreign;
use crate::world::skip;

/// The PIN of each token.
pub(crate) const PIN: &str = "271828";

/// SoftHSM with a folder for tokens of its own.
pub(crate) struct SoftHsm {
    pub(crate) module: PathBuf,
    settings: PathBuf,
}

impl SoftHsm {
    /// Makes the folder `tokens` in the desk's, and lets the desk use it. None where SoftHSM or OpenSC is missing.
    pub(crate) fn start(test: &str, desk: &mut Desk) -> Option<Self> {
        let starts = |program: &str| Command::new(program).arg("--help").output().is_ok();
        let Some(module) = module() else {
            skip(test, "no SoftHSM: the Debian package softhsm2");
            return None;
        };
        if !starts("softhsm2-util") || !starts("pkcs11-tool") {
            skip(test, "softhsm2-util or pkcs11-tool is missing: the Debian packages softhsm2 and opensc");
            return None;
        }
        let tokens = desk.path().join("tokens");
        fs::create_dir(&tokens).expect("a folder");
        let settings = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        let settings = desk.write("softhsm2.conf", &settings);
        desk.set("SOFTHSM2_CONF", settings.to_str().expect("UTF-8"));
        Some(Self { module, settings })
    }

    pub(crate) fn make_token(&self, label: &str) {
        let mut make = self.command("softhsm2-util");
        foreign::ok(make.args([
            "--init-token",
            "--free",
            "--so-pin",
            "314159",
            "--pin",
            PIN,
            "--label",
            label,
        ]));
    }

    pub(crate) fn make_key(&self, token: &str, kind: &str, label: &str, id: &str) {
        let mut make = self.tool(token);
        foreign::ok(make.args([
            "--keypairgen",
            "--key-type",
            kind,
            "--label",
            label,
            "--id",
            id,
            "--usage-sign",
        ]));
    }

    /// OpenSC's tool, logged in to a token.
    pub(crate) fn tool(&self, token: &str) -> Command {
        let mut tool = self.command("pkcs11-tool");
        tool.arg("--module").arg(&self.module).args(["--token-label", token, "--login", "--pin", PIN]);
        tool
    }

    /// The URI of a key.
    pub(crate) fn uri(&self, key: &str) -> String {
        format!("pkcs11:{key}?module-path={}", self.module.display())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SOFTHSM2_CONF", &self.settings);
        command
    }
}

/// Where distributions put SoftHSM's module.
fn module() -> Option<PathBuf> {
    let named = std::env::var_os("SOFTHSM2_MODULE").map(PathBuf::from);
    let known =
        ["/usr/lib/softhsm", "/usr/local/lib/softhsm", "/usr/lib64", "/usr/lib64/softhsm", "/usr/lib/pkcs11"];
    let known = known.map(|folder| Path::new(folder).join("libsofthsm2.so"));
    named.into_iter().chain(known).find(|path| path.exists())
}

/// A process of `ssh-agent`, ended with the test.
pub(crate) struct Agent {
    process: Child,
    pub(crate) socket: PathBuf,
}

impl Agent {
    /// An agent without keys that the desk uses. None where OpenSSH is missing.
    pub(crate) fn start_for(test: &str, desk: &mut Desk) -> Option<Self> {
        if Command::new("ssh-add").arg("-V").output().is_err() {
            skip(test, "no ssh-agent: the Debian package openssh-client");
            return None;
        }
        let agent = Self::start(desk.path().join("agent"), None);
        desk.set("SSH_AUTH_SOCK", agent.socket.to_str().expect("UTF-8"));
        Some(agent)
    }

    pub(crate) fn start(socket: PathBuf, user: Option<u32>) -> Self {
        let mut command = Command::new("ssh-agent");
        // Whoever is asked to confirm a signature says no.
        command.arg("-D").arg("-a").arg(&socket).env("SSH_ASKPASS", "/bin/false").env("DISPLAY", ":0");
        if let Some(user) = user {
            command.uid(user);
        }
        let mut process = command.stdout(Stdio::piped()).spawn().expect("ssh-agent starts");
        let mut line = String::new();
        // It says where it is when it is there.
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        assert!(line.starts_with("SSH_AUTH_SOCK="), "{line}");
        Self { process, socket }
    }

    /// Makes a key that is not encrypted. Gives its file.
    pub(crate) fn make_key(&self, folder: &Path, name: &str, kind: &[&str], comment: &str) -> PathBuf {
        let path = folder.join(name);
        let mut make = Command::new("ssh-keygen");
        foreign::ok(make.args(["-q", "-N", "", "-C", comment]).args(kind).arg("-f").arg(&path));
        path
    }

    pub(crate) fn add(&self, key: &Path, options: &[&str]) {
        let mut add = Command::new("ssh-add");
        foreign::ok(add.env("SSH_AUTH_SOCK", &self.socket).arg("-q").args(options).arg(key));
    }

    pub(crate) fn forget(&self) {
        foreign::ok(Command::new("ssh-add").env("SSH_AUTH_SOCK", &self.socket).args(["-q", "-D"]));
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// Writes a program for the shell, in the place of one that may be running.
pub(crate) fn write_program(path: &Path, lines: &str) {
    let staged = path.with_extension("new");
    fs::write(&staged, format!("#!/bin/sh\n{lines}\n")).expect("a program");
    fs::set_permissions(&staged, fs::Permissions::from_mode(0o700)).expect("a mode");
    // A file that a process runs cannot be written.
    fs::rename(&staged, path).expect("a program");
}
