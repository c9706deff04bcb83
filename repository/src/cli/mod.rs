//! The command line.

mod adopt;
mod args;
mod config;
mod crates;
mod diff;
mod event;
mod event_args;
mod event_failure;
mod event_review;
mod failure;
mod image_args;
mod images;
mod init;
mod inspect;
mod inspect_args;
mod journal;
mod key;
mod key_args;
mod key_export;
mod key_folder;
mod key_import;
mod key_test;
mod map;
mod map_args;
mod monitor;
mod monitor_args;
mod next_command;
mod output;
mod passphrase;
mod presentation;
mod printable;
mod publish;
mod recover;
mod recover_args;
mod refresh;
mod refresh_args;
mod registry;
mod role;
mod role_args;
mod shared_keys;
mod shell;
mod simulate;
mod simulate_args;
mod status;
mod status_args;
mod store;
mod store_args;
mod target_list;
mod target_list_args;
mod targets;
mod trusted_settings;
mod within;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, CratesCommand, TargetCommand};
use failure::Failure;
use image_args::ImageCommand;
use key_args::KeyCommand;
use role_args::RoleCommand;
use shell::Shell;
use store_args::DoctorCommand;
use workspace::Workspace;

/// Runs the command that the process was started with. The exit status is 0, 1 where it was refused or failed, 2 for a
/// wrong command line, or what [`Shell::attention`] was told.
pub(crate) fn run() -> ExitCode {
    let args = Args::parse();
    let shell = Shell::new(args.global.quiet, args.global.color);
    match dispatch(args, &shell).and_then(|()| output::finish()) {
        Ok(()) => ExitCode::from(shell.exit_status()),
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
    // It belongs to clients.
    if let Command::Map(command) = &args.command {
        return map::run(command, shell);
    }
    // It looks from outside: no settings, no keys, no state.
    if let Command::Monitor(monitor) = &args.command {
        return monitor::run(monitor, shell);
    }
    let workspace = match &args.command {
        // A key that goes elsewhere has nothing to do with the repository's folder of keys.
        Command::Key(KeyCommand::New(new)) if new.out.is_some() => Workspace::without_keys(&args.global)?,
        _ => Workspace::open(&args.global)?,
    };
    run_in(args.command, &workspace, shell).map_err(|failure| failure.with_names(&workspace.keys))?;
    workspace.remember_named()
}

fn run_in(command: Command, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    match command {
        // Done above: a repository of anybody needs no settings of ours.
        Command::Inspect(_) | Command::Diff(_) | Command::Simulate(_) | Command::Map(_) => Ok(()),
        Command::Init(init) => init::run(&init, workspace, shell),
        Command::Adopt(adopt) => adopt::run(&adopt, workspace, shell),
        Command::Key(KeyCommand::New(new)) => key::new(&new, workspace, shell),
        Command::Key(KeyCommand::List) => key::list(workspace),
        Command::Key(KeyCommand::Import(import)) => key_import::run(&import, workspace, shell),
        Command::Key(KeyCommand::Export(export)) => key_export::run(&export, workspace, shell),
        Command::Key(KeyCommand::Test(test)) => key_test::run(&test, workspace, shell),
        Command::Target(TargetCommand::Add(add)) => targets::add(&add, workspace, shell),
        Command::Target(TargetCommand::AddFolder(add)) => targets::add_folder(&add, workspace, shell),
        Command::Target(TargetCommand::Remove(remove)) => targets::remove(&remove, workspace, shell),
        Command::Target(TargetCommand::List(list)) => target_list::run(&list, workspace, shell),
        Command::Delegate(delegate) => targets::delegate(&delegate, workspace, shell),
        Command::Revoke(revoke) => targets::revoke(&revoke, workspace, shell),
        Command::Rotate(rotate) => publish::rotate(&rotate, workspace, shell),
        Command::Role(RoleCommand::Set(set)) => role::set(&set, workspace, shell),
        Command::Role(RoleCommand::RotateSelf(rotate)) => role::rotate_self(&rotate, workspace, shell),
        Command::Role(RoleCommand::RevokeSelf(revoke)) => role::revoke_self(&revoke, workspace, shell),
        Command::Publish(publish) => publish::publish(&publish, workspace, shell),
        Command::Refresh(refresh) => refresh::run(&refresh, workspace, shell),
        Command::Recover(recover) => recover::run(&recover, workspace, shell),
        Command::Restore => publish::restore(workspace, shell),
        Command::Discard => publish::discard(workspace, shell),
        Command::Status(args) => status::run(&args, workspace, shell),
        Command::Monitor(monitor) => monitor::run(&monitor, shell),
        Command::Doctor(DoctorCommand::Store(doctor)) => store::doctor(&doctor, workspace, shell),
        Command::Prune(prune) => store::prune(&prune, workspace, shell),
        Command::Gc(gc) => store::gc(&gc, workspace, shell),
        Command::Event(args) => event::run(&args, workspace, shell),
        Command::Journal(command) => journal::run(&command, workspace, shell),
        Command::Crates(CratesCommand::Delegate(delegate)) => crates::delegate(&delegate, workspace, shell),
        Command::Crates(CratesCommand::Add(add)) => crates::add(&add, workspace, shell),
        Command::Image(ImageCommand::Delegate(delegate)) => images::delegate(&delegate, workspace, shell),
        Command::Image(ImageCommand::Add(add)) => images::add(&add, workspace, shell),
        Command::Image(ImageCommand::Remove(remove)) => images::remove(&remove, workspace, shell),
    }
}
