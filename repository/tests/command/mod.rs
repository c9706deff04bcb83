//! Runs `tufrepo` as a person would.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder to run `tufrepo` in; the repository is its folder `repo`.
pub(crate) struct Desk {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run left.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let variables = vec![("TUFREPO_PASSPHRASE".to_owned(), "correct horse".to_owned())];
        Self { folder: TempDir::new().expect("a temporary folder"), variables }
    }

    /// With a repository whose keys are not encrypted.
    pub(crate) fn with_repository() -> Self {
        let desk = Self::new();
        for name in ["root", "targets", "online"] {
            desk.ok(&["key", "new", name, "--unencrypted"]);
        }
        desk.ok(&[
            "init",
            "--root-key=root",
            "--targets-key=targets",
            "--snapshot-key=online",
            "--timestamp-key=online",
        ]);
        desk
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.path().join("repo")
    }

    /// What is remembered of the repository.
    pub(crate) fn state(&self) -> PathBuf {
        let states = std::fs::read_dir(self.path().join("state")).expect("the state folder");
        states.map(|entry| entry.expect("an entry").path()).next().expect("the state of the repository")
    }

    /// Sets a variable for all later runs.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(set, _)| set != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Forgets a variable.
    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.retain(|(set, _)| set != name);
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// Writes a file that its owner alone can read.
    pub(crate) fn write_private(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(name, text);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        }
        path
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tufrepo"));
        self.prepare(&mut command, args);
        let Output { status, stdout, stderr } = command.output().expect("tufrepo starts");
        Run {
            status: status.code(),
            stdout: String::from_utf8(stdout).expect("UTF-8"),
            stderr: String::from_utf8(stderr).expect("UTF-8"),
        }
    }

    /// Runs until it calls this function of the kernel for the nth time, from 1: before anything is done there it is killed, by
    /// SIGKILL. Whether it was; it has succeeded otherwise.
    pub(crate) fn is_killed_at(&self, call: &str, nth: usize, args: &[&str]) -> bool {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
        command.args(["-e", &format!("inject={call}:signal=SIGKILL:when={nth}")]);
        command.arg(env!("CARGO_BIN_EXE_tufrepo"));
        self.prepare(&mut command, args);
        let Output { status, stderr, .. } = command.output().expect("strace starts");
        // Of a program that was killed, strace has the end, or the status of a shell.
        let is_killed = status.code().is_none_or(|code| code == 128 + 9);
        assert!(is_killed || status.success(), "{status}: {}", String::from_utf8_lossy(&stderr));
        is_killed
    }

    fn prepare(&self, command: &mut Command, args: &[&str]) {
        command.current_dir(self.path()).arg("-C").arg("repo").args(args).stdin(Stdio::null());
        command.env_remove("TUFREPO_PASSPHRASE").env_remove("TUFREPO_REPOSITORY");
        command.env("TUFREPO_STATE", self.path().join("state"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }

    /// Runs at a terminal on which these lines are typed; none if this computer has no program that makes one. Standard error is
    /// on the terminal as well.
    pub(crate) fn at_terminal(&self, args: &[&str], typed: &str) -> Option<Run> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        let program = [env!("CARGO_BIN_EXE_tufrepo"), "-C", "repo"];
        let words: Vec<_> = program.iter().chain(args).map(|word| quoted(word)).collect();
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--echo", "never", "--command", &words.join(" "), "/dev/null"]);
        command.current_dir(self.path()).env_remove("TUFREPO_PASSPHRASE").env_remove("TUFREPO_REPOSITORY");
        command.env("TUFREPO_STATE", self.path().join("state"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut terminal = command.spawn().ok()?;
        let mut keyboard = terminal.stdin.take().expect("a keyboard");
        keyboard.write_all(typed.as_bytes()).expect("typed lines");
        drop(keyboard);
        let Output { status, stdout, stderr } = terminal.wait_with_output().expect("a terminal");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n");
        Some(Run { status: status.code(), stdout: text(stdout), stderr: text(stderr) })
    }

    /// Runs what must succeed. Gives its standard output.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!(run.status, Some(0), "{args:?}: {}", run.stderr);
        run.stdout
    }

    /// Runs what must be refused with status 1, one line for the error after whatever cargo says, and this text in it.
    /// Gives the help line.
    pub(crate) fn refused(&self, args: &[&str], message: &str) -> String {
        let run = self.run(args);
        assert_eq!(run.status, Some(1), "{args:?}: {}", run.stderr);
        let errors: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(errors.len() == 1 || message.contains("cargo"), "{args:?}: {}", run.stderr);
        assert!(errors.last().is_some_and(|error| error.contains(message)), "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{args:?}");
        let help = run.stderr.lines().find_map(|line| line.trim_start().strip_prefix("help: "));
        help.unwrap_or_default().to_owned()
    }
}
