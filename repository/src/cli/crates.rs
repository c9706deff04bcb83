//! `tufrepo crates`.

use tuf_repository::crates::{Cargo, Uncovered, Wanted, collect, delegations, stage};
use tuf_repository::{Error, RoleKeys};

use crate::cli::args::{CratesAdd, CratesDelegate};
use crate::cli::failure::Failure;
use crate::cli::output::outln;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

/// Stages the delegations that crates need.
pub(crate) fn delegate(args: &CratesDelegate, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let keys = |names: &[String]| -> Result<RoleKeys, Failure> { workspace.role_keys(names, 1) };
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    for delegation in delegations(keys(&args.index_key)?, keys(&args.crates_key)?) {
        staged.delegate("targets", delegation)?;
    }
    staged.save()?;
    shell.status("Staged", "delegations of role targets to index and crates");
    Ok(())
}

/// Stages crates with everything that they depend on. Prints name and version of each new one, one a line.
pub(crate) fn add(args: &CratesAdd, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let wanted = match (&args.krate, &args.lock) {
        (Some(text), lock) => {
            let (name, version) = name_and_version(text)?;
            Wanted::Crate { name, version, lock: lock.clone() }
        }
        (None, Some(lock)) => Wanted::Lock(lock.clone()),
        (None, None) => return Err(Failure::new("neither a crate nor a lock file is named")),
    };
    let repository = workspace.repository()?;
    // Asked for before anything is fetched, so that a missing role does not come as a late surprise.
    for role in ["index", "crates"] {
        if !repository.stage()?.has_role(role)? {
            return Err(Error::NoSuchRole(role.to_owned()).into());
        }
    }
    let uncovered = if args.allow_uncovered { Uncovered::LeftOut } else { Uncovered::Refused };
    let collection = collect(&wanted, uncovered, &Cargo::new(shell.is_quiet())?)?;
    for package in &collection.uncovered {
        shell.warning(format_args!("not covered: {package}"));
    }
    let mut staging = repository.stage()?;
    let staged = stage(&collection, &mut staging)?;
    staging.save()?;
    if staged.put_back > 0 {
        shell.warning(format_args!(
            "{} published files were gone or changed, and are staged again: find out who has written there",
            staged.put_back
        ));
    }
    for (name, version) in &staged.added {
        shell.status("Staged", format_args!("{name} v{version}"));
        outln!("{name} {version}");
    }
    shell.status(
        "Staged",
        format_args!(
            "{} crates and {} index files ({} crates were targets already)",
            staged.added.len(),
            staged.index_files,
            staged.unchanged
        ),
    );
    Ok(())
}

fn name_and_version(text: &str) -> Result<(String, semver::Version), Failure> {
    let wrong = |reason: String| {
        Failure::new(format!("{text:?} is not NAME@VERSION: {reason}"))
            .next("name a crate with its whole version, such as `ripgrep@14.1.1`")
    };
    let (name, version) = text.split_once('@').ok_or_else(|| wrong("it has no `@`".to_owned()))?;
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if name.is_empty() || !name.chars().all(plain) {
        return Err(wrong(format!("{name:?} is no name of a crate")));
    }
    let version = semver::Version::parse(version).map_err(|error| wrong(error.to_string()))?;
    Ok((name.to_owned(), version))
}
