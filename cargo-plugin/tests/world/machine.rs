//! A user's machine: a home of its own, and the commands that the user runs.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tuf_files::Owners;
use tuf_test_server::Server;

use super::Published;

/// A user's machine, with a repository in reach.
pub(crate) struct Machine {
    folder: TempDir,
    server: Server,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Machine {
    /// A machine whose user trusts the root of this repository, which a server on the loopback interface serves.
    pub(crate) fn trusting(published: &Published) -> Self {
        let folder = private_folder();
        published.write(&folder.path().join("published"));
        fs::create_dir_all(folder.path().join("work")).expect("a folder");
        fs::create_dir_all(folder.path().join("home/.cargo")).expect("a folder");
        fs::write(folder.path().join("root.json"), published.root()).expect("a file");
        let server = Server::folder(folder.path().join("published")).expect("a server");
        Self { folder, server }
    }

    /// A path on the machine.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The user's CARGO_HOME.
    pub(crate) fn cargo_home(&self) -> PathBuf {
        self.path("home/.cargo")
    }

    /// The repository's metadata URL.
    pub(crate) fn metadata_url(&self) -> String {
        format!("{}/metadata", self.server.url())
    }

    /// How many folders of runs there are.
    pub(crate) fn runs(&self) -> usize {
        let entries = fs::read_dir(self.cargo_home().join("tuf/run")).expect("a folder");
        entries.filter(|entry| entry.as_ref().expect("an entry").path().is_dir()).count()
    }

    /// Replaces what the server serves.
    pub(crate) fn serve(&self, published: &Published) {
        published.write(&self.path("published"));
    }

    /// Writes the user's cargo configuration.
    pub(crate) fn write_cargo_config(&self, text: &str) {
        fs::write(self.cargo_home().join("config.toml"), text).expect("a file");
    }

    /// A command with the user's environment and nothing of the test's.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.path("work"));
        for (name, value) in env::vars_os() {
            let kept = ["PATH", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"];
            if kept.iter().any(|kept| name == *kept) {
                command.env(name, value);
            }
        }
        if env::var_os("RUSTUP_HOME").is_none() {
            let home = env::home_dir().expect("a home folder");
            command.env("RUSTUP_HOME", home.join(".rustup"));
        }
        command.env("HOME", self.path("home")).env("CARGO", env!("CARGO"));
        command
    }

    /// `cargo-tuf-install tuf-install …`, as cargo runs it, for the machine's repository.
    pub(crate) fn install(&self, arguments: &[&str]) -> Command {
        let mut command = self.unconfigured_install(arguments);
        command.arg("--metadata-url").arg(self.metadata_url());
        command.arg("--trusted-root").arg(self.path("root.json"));
        command
    }

    /// The same without any repository.
    pub(crate) fn unconfigured_install(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_cargo-tuf-install"));
        command.arg("tuf-install").args(arguments);
        command
    }

    /// `cargo tuf …`, as cargo runs it, for the machine's repository.
    pub(crate) fn tuf(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_cargo-tuf"));
        command.arg("tuf").args(arguments).arg("--metadata-url").arg(self.metadata_url());
        command.arg("--trusted-root").arg(self.path("root.json"));
        command
    }

    /// The real cargo, without us.
    pub(crate) fn plain_cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO"));
        command.args(arguments);
        command
    }

    /// The output of an installed program.
    pub(crate) fn installed(&self, name: &str) -> Option<String> {
        self.program(&self.cargo_home().join("bin").join(name))
    }

    /// The output of a program.
    pub(crate) fn program(&self, path: &Path) -> Option<String> {
        let path = path.with_extension(env::consts::EXE_EXTENSION);
        path.is_file().then(|| run(&mut self.command(path)).stdout)
    }
}

/// A folder that nobody else can make files in or above, since cargo reads settings in every folder above its home: not
/// one in the temporary folder of the system.
fn private_folder() -> TempDir {
    let places = [Some(env!("CARGO_TARGET_TMPDIR").into()), env::home_dir()];
    let is_private = |place: &PathBuf| {
        fs::create_dir_all(place).is_ok() && Owners::of_this_process().check(&place.join("missing")).is_ok()
    };
    let place = places.into_iter().flatten().find(is_private);
    TempDir::new_in(place.expect("a checkout or a home that nobody else can write to")).expect("a folder")
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().expect("a program that starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

impl Run {
    /// Asserts the status, and prints what the command said where it is another.
    #[track_caller]
    pub(crate) fn ends_with(self, status: i32) -> Self {
        assert_eq!(self.status, status, "\nstdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Asserts that there is one `error:` line with these words, followed by a `help:` line with those.
    #[track_caller]
    pub(crate) fn says(self, error: &str, help: &str) -> Self {
        let lines: Vec<&str> = self.stderr.lines().collect();
        let errors: Vec<usize> =
            (0..lines.len()).filter(|&line| lines[line].starts_with("error: ")).collect();
        let last = *errors.last().unwrap_or_else(|| panic!("no error in {}", self.stderr));
        assert!(lines[last].contains(error), "no {error:?} in {:?}", lines[last]);
        let next = lines.get(last + 1).copied().unwrap_or_default();
        assert!(
            next.starts_with("help: ") && next.contains(help),
            "no {help:?} after the error in {}",
            self.stderr
        );
        self
    }

    /// Asserts that the command printed one error line only.
    #[track_caller]
    pub(crate) fn once(self) -> Self {
        let errors = self.stderr.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "{}", self.stderr);
        self
    }
}
