//! The three programs under test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tuf_tests::skip;

/// Each of these functions becomes three tests: `<function>::rust`, `<function>::node` and `<function>::python`.
macro_rules! for_each_program {
    ($($function:ident),+ $(,)?) => {$(
        mod $function {
            use crate::program::Program;

            #[test]
            fn rust() {
                super::$function(Program::Rust);
            }

            #[test]
            fn node() {
                if Program::Node.is_there(concat!(module_path!(), "::node")) {
                    super::$function(Program::Node);
                }
            }

            #[test]
            fn python() {
                if Program::Python.is_there(concat!(module_path!(), "::python")) {
                    super::$function(Program::Python);
                }
            }
        }
    )+};
}

/// A client with the command line of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// This package's own.
    Rust,
    /// That of the npm package.
    Node,
    /// That of the host in Python.
    Python,
}

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    /// Where it is. Those for Node and Python are programs by themselves, as the conformance suite starts them.
    pub(crate) fn path(self) -> PathBuf {
        match self {
            Self::Rust => env!("CARGO_BIN_EXE_tuf-conformance-client").into(),
            Self::Node => npm_package().join("dist/conformance-client.js"),
            Self::Python => python_package().join("conformance-client"),
        }
    }

    pub(crate) fn command(self) -> Command {
        Command::new(self.path())
    }

    /// Runs it with these arguments.
    pub(crate) fn run<S: AsRef<OsStr>>(self, arguments: &[S]) -> Run {
        run(self.command().args(arguments))
    }

    /// Whether it can run here; else the test is skipped, and says so.
    pub(crate) fn is_there(self, test: &str) -> bool {
        match self.missing() {
            None => true,
            Some(reason) => {
                skip(test, &reason);
                false
            }
        }
    }

    fn missing(self) -> Option<String> {
        static NODE: OnceLock<bool> = OnceLock::new();
        let runs =
            || Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
        match self {
            Self::Rust => None,
            Self::Node if !*NODE.get_or_init(runs) => Some("Node is not installed".to_owned()),
            Self::Node if !self.path().exists() => {
                Some("the npm package is not built: run `cargo xtask npm`".to_owned())
            }
            Self::Python if !python().exists() => {
                Some("the host in Python is not set up: run `cargo xtask setup`".to_owned())
            }
            Self::Node | Self::Python => None,
        }
    }
}

impl Run {
    /// Status 0 and no output.
    pub(crate) fn success() -> Self {
        Self { status: Some(0), stdout: String::new(), stderr: String::new() }
    }

    /// Status 1 and this line on standard error.
    pub(crate) fn failure(line: &str) -> Self {
        Self { status: Some(1), stdout: String::new(), stderr: format!("error: {line}\n") }
    }
}

/// The folder of the npm package.
pub(crate) fn npm_package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../npm")
}

/// The folder of the host in Python.
pub(crate) fn python_package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../python")
}

/// The interpreter with the packages of the host in Python.
pub(crate) fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers/python-host/bin/python")
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.stdin(Stdio::null()).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Run { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
