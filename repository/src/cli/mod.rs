//! The command line.

mod adopt;
mod args;
mod config;
mod crates;
mod diff;
mod failure;
mod image_args;
mod images;
mod init;
mod inspect;
mod inspect_args;
mod key;
mod key_folder;
mod passphrase;
mod presentation;
mod publish;
mod registry;
mod shell;
mod simulate;
mod simulate_args;
mod status;
mod targets;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, CratesCommand, KeyCommand, TargetCommand};
use failure::Failure;
use image_args::ImageCommand;
use shell::Shell;
use workspace::Workspace;

/// Runs the command that the process was started with. The exit status is 0, 1 where it was refused or failed, or 2
/// for a wrong command line.
pub(crate) fn run() -> ExitCode {
    let args = Args::parse();
    let shell = Shell::new(args.global.quiet, args.global.color);
    match dispatch(args, &shell) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            shell.failure(&failure);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: Args, shell: &Shell) -> Result<(), Failure> {
    if let Some(done) = inspect::run(&args, shell) {
        return done;
    }
    let workspace = Workspace::open(&args.global)?;
    match args.command {
        // Done above: a repository of anybody needs no settings of ours.
        Command::Inspect(_) | Command::Diff(_) | Command::Simulate(_) => Ok(()),
        Command::Init(init) => init::run(&init, &workspace, shell),
        Command::Adopt(adopt) => adopt::run(&adopt, &workspace, shell),
        Command::Key(KeyCommand::New(new)) => key::new(&new, &workspace, shell),
        Command::Key(KeyCommand::List) => key::list(&workspace),
        Command::Target(TargetCommand::Add(add)) => targets::add(&add, &workspace, shell),
        Command::Target(TargetCommand::AddFolder(add)) => targets::add_folder(&add, &workspace, shell),
        Command::Target(TargetCommand::Remove(remove)) => targets::remove(&remove, &workspace, shell),
        Command::Delegate(delegate) => targets::delegate(&delegate, &workspace, shell),
        Command::Revoke(revoke) => targets::revoke(&revoke, &workspace, shell),
        Command::Rotate(rotate) => publish::rotate(&rotate, &workspace, shell),
        Command::Publish(publish) => publish::publish(&publish, &workspace, shell),
        Command::Refresh(refresh) => publish::refresh(&refresh, &workspace, shell),
        Command::Restore => publish::restore(&workspace, shell),
        Command::Discard => publish::discard(&workspace, shell),
        Command::Status => status::run(&workspace, shell),
        Command::Crates(CratesCommand::Delegate(delegate)) => crates::delegate(&delegate, &workspace, shell),
        Command::Crates(CratesCommand::Add(add)) => crates::add(&add, &workspace, shell),
        Command::Image(ImageCommand::Delegate(delegate)) => images::delegate(&delegate, &workspace, shell),
        Command::Image(ImageCommand::Add(add)) => images::add(&add, &workspace, shell),
        Command::Image(ImageCommand::Remove(remove)) => images::remove(&remove, &workspace, shell),
    }
}
