//! Commands for people. containerd's call begins with a dash; theirs begin with a word.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use tuf_verifier_host::long_version;

use crate::conclusion::one_line;
use crate::{explain, policy_check};

const USAGE: &str = "\
Lets containerd pull an image only where TUF says that this name, now, is this digest

Usage: tuf-image-verifier explain REFERENCE    what would be decided about this image, and why
       tuf-image-verifier policy check FILE    whether this policy can be followed
       tuf-image-verifier --version
       tuf-image-verifier --help

containerd calls it with -name, -digest and -stdin-media-type, and a descriptor on standard input.
The policy is /etc/tuf-verifier/policy.toml, or the file that TUF_IMAGE_VERIFIER_POLICY names.";

/// What a person asks for.
#[derive(Debug)]
pub(crate) enum Command {
    Explain(String),
    PolicyCheck(PathBuf),
    Version,
    Help,
    /// Words that are no command.
    Unknown(String),
}

/// The command that the arguments name; none where they are containerd's, or anything else that begins with a dash.
pub(crate) fn of(arguments: &[OsString]) -> Option<Command> {
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap_or("?")).collect();
    match words.as_slice() {
        ["explain", reference] => Some(Command::Explain((*reference).to_owned())),
        ["policy", "check", _] => arguments.last().map(|file| Command::PolicyCheck(file.into())),
        ["--version" | "-V"] => Some(Command::Version),
        ["--help" | "-h" | "help"] | [] => Some(Command::Help),
        [first, ..] if first.starts_with('-') => None,
        _ => Some(Command::Unknown(words.join(" "))),
    }
}

impl Command {
    /// Runs it. The exit status is 0 where the answer is yes, 1 where it is no, 2 for what is no command.
    pub(crate) fn run(self) -> ExitCode {
        let (lines, status) = match self {
            Self::Explain(reference) => explain::explain(&reference),
            Self::PolicyCheck(file) => policy_check::check(&file),
            Self::Version => {
                let version = long_version(env!("CARGO_PKG_VERSION"));
                (vec![format!("tuf-image-verifier {version}")], 0)
            }
            // Called without arguments it has decided nothing, so it allows nothing.
            Self::Help => (vec![USAGE.to_owned()], u8::from(std::env::args_os().count() < 2)),
            Self::Unknown(words) => (vec![format!("bad-call: no command: {}", one_line(&words))], 2),
        };
        for line in lines {
            println!("{line}");
        }
        ExitCode::from(status)
    }
}
