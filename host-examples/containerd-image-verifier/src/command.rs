//! Commands for people. containerd's call begins with a dash; theirs begin with a word.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use tuf_verifier_host::long_version;

use crate::installation::{init, uninstall};
use crate::words::one_line;
use crate::{doctor, explain, policy_check, root_line};

/// What a person asks for.
#[derive(Debug, Parser)]
#[command(
    name = "tuf-image-verifier",
    arg_required_else_help = false,
    version,
    long_version = long_version(env!("CARGO_PKG_VERSION")),
    about = "Lets containerd pull an image only where TUF says that this name, now, is this digest",
    after_help = "containerd calls it with -name, -digest and -stdin-media-type, and a descriptor on standard input.\n\
                  The policy is /etc/tuf-verifier/policy.toml, or the file that TUF_IMAGE_VERIFIER_POLICY names."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what would be decided about an image, and why
    Explain {
        /// The name that it is pulled by, such as registry.example/team/app:v1
        reference: String,
    },
    /// Look for everything that lets pulls pass unasked, or blocks them, and try to get around it
    Doctor(doctor::Options),
    /// Write a policy, and put this program among containerd's verifiers
    Init(init::InitOptions),
    /// Take this program away from containerd's verifiers
    Uninstall(uninstall::UninstallOptions),
    /// Look at policies
    #[command(subcommand)]
    Policy(PolicyCommand),
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Say whether a policy can be followed
    Check {
        /// The policy (TOML)
        file: PathBuf,
    },
    /// Go on with a pinned root of another line: forget what was trusted of a repository before
    ReplaceRootLine {
        /// The repository's name in the policy
        repository: String,
    },
}

/// Whether a person called, not containerd: its flags begin with one dash, and so does whatever it may add to them.
pub(crate) fn is_of_a_person(arguments: &[OsString]) -> bool {
    let Some(first) = arguments.first() else { return true };
    let first = first.to_string_lossy();
    !first.starts_with('-') || ["--help", "-h", "--version", "-V"].contains(&first.as_ref())
}

/// Runs what a person asked for. The exit status is 0 where the answer is yes, 1 where it is no, 2 for what is no
/// command; without arguments nothing was decided, and the status is 2 too.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => return refuse(&error),
    };
    let (lines, status) = match arguments.command {
        Command::Explain { reference } => explain::explain(&reference),
        Command::Doctor(options) => doctor::run(&options),
        Command::Init(options) => init::run(&options),
        Command::Uninstall(options) => uninstall::run(&options),
        Command::Policy(PolicyCommand::Check { file }) => policy_check::check(&file),
        Command::Policy(PolicyCommand::ReplaceRootLine { repository }) => {
            root_line::replace(&repository, Instant::now())
        }
    };
    for line in lines {
        println!("{line}");
    }
    ExitCode::from(status)
}

/// Whoever called has a reason on standard output, as containerd would, and the usage beside it.
fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    let words = text.lines().next().unwrap_or_default();
    println!("{}", one_line(&format!("bad-call: {}", words.strip_prefix("error: ").unwrap_or(words))));
    eprint!("{error}");
    ExitCode::from(2)
}
