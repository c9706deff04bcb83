//! `tuf-image-verifier init`: writes a policy, and puts the program among containerd's verifiers.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use nix::sys::stat::{Mode, umask};
use tuf_files::Owners;

use super::place::{Found, Places, pinned};
use super::whole::Readers;
use super::written::PolicyOptions;
use super::{InstallationError, at, drop_in, link, record, told, whole};
use crate::explain::may_be_pulled;
use crate::policy::Policy;
use crate::policy_check;
use crate::state::State;
use crate::verdict::Metadata;
use crate::verify::{consult, read_root};

/// What is installed, and where.
#[derive(Debug, Args)]
pub(crate) struct InitOptions {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    places: Places,
    /// Do not ask repositories first whether their metadata can be had
    #[arg(long)]
    offline: bool,
}

/// Each step leaves pulls as they were until the last one, which is a single system call. What was done becomes lines
/// and an exit status.
pub(crate) fn run(options: &InitOptions) -> (Vec<String>, u8) {
    told(init(options))
}

fn init(options: &InitOptions) -> Result<Vec<String>, InstallationError> {
    // What is made here is written by root alone, and read by everybody.
    umask(Mode::S_IWGRP | Mode::S_IWOTH);
    let places = &options.places;
    let program = program()?;
    places.policy_in_force()?;
    let Found { bin_dir: folder, sandbox } = places.find()?;
    is_free(places, &folder, &program)?;
    private(&folder)?;
    private(places.policy.parent().unwrap_or(&places.policy))?;
    Owners::root().check(&places.policy).map_err(InstallationError::FolderWritable)?;
    let mut lines = match &options.policy.name {
        Some(name) => policy(options, name)?,
        None => existing(&places.policy, options.offline)?,
    };
    lines.extend(sandbox.and_then(|image| no_pods(&places.policy, &image)));
    record::keep(&places.policy, &folder)?;
    let made = link::make(&folder, &program)?;
    lines.push(format!("verifier  {} -> {}", made.display(), program.display()));
    if let Some(units) = places.systemd() {
        let file = drop_in::write(&units, &made)?;
        lines.push(format!("systemd   {} (from the next `systemctl daemon-reload` on)", file.display()));
    }
    lines.push(
        "From the next pull on, containerd asks it. `tuf-image-verifier doctor` shows whether it does."
            .to_owned(),
    );
    Ok(lines)
}

/// This program, by a path that root alone can change.
fn program() -> Result<PathBuf, InstallationError> {
    let program = std::env::current_exe().map_err(at(Path::new("/proc/self/exe")))?;
    // The path of one that was replaced since it was started leads nowhere.
    fs::metadata(&program).map_err(at(&program))?;
    Owners::root().check(&program).map_err(InstallationError::ProgramWritable)?;
    Ok(program)
}

/// Nobody but root can put something into a folder, or another in its place: every file among the verifiers is run by
/// containerd, and what is beside the policy or in the state is trusted.
fn private(folder: &Path) -> Result<(), InstallationError> {
    Owners::root().check_private_folder(folder).map_err(InstallationError::FolderWritable)
}

/// The link can be made in a folder, and is in no other.
fn is_free(places: &Places, folder: &Path, program: &Path) -> Result<(), InstallationError> {
    match record::kept(&places.policy)? {
        Some(before) if before != folder && link::is_in(&before)? => {
            Err(InstallationError::InstalledElsewhere(before))
        }
        _ => link::is_made(folder, program).map(|_| ()),
    }
}

/// The warning that the policy blocks the image that pods are built on.
fn no_pods(policy: &Path, image: &str) -> Option<String> {
    let verdict = may_be_pulled(&Policy::read(policy).ok()?, image, &mut Vec::new()).err()?;
    Some(format!("warning   no pod can start with {image}: {verdict}"))
}

/// A policy that is there must be one that can be followed, or every pull would be blocked.
fn existing(path: &Path, offline: bool) -> Result<Vec<String>, InstallationError> {
    let (checked, status) = policy_check::check(path);
    if status != 0 {
        let words = checked.join(" ");
        let words = words.strip_prefix("policy-unusable: ").unwrap_or(&words);
        return Err(InstallationError::PolicyUnusable(words.to_owned()));
    }
    let policy = Policy::read(path).map_err(|error| InstallationError::PolicyUnusable(error.to_string()))?;
    let checked = checked.into_iter().map(|line| format!("policy    {}: {line}", path.display()));
    Ok(checked.chain(judged(&policy, offline)?).collect())
}

/// Writes the root and the policy. Where something is not as it should be, nothing is left.
fn policy(options: &InitOptions, name: &str) -> Result<Vec<String>, InstallationError> {
    let path = &options.places.policy;
    if path.exists() {
        return Err(InstallationError::PolicyExists(path.clone()));
    }
    let pinned = pinned(path, name);
    let text = options.policy.text(name, &pinned)?;
    let parsed =
        Policy::parse(&text).map_err(|error| InstallationError::PolicyUnusable(error.to_string()))?;
    let root = options.policy.root.as_deref().unwrap_or_else(|| Path::new(""));
    let root = read_root(root).map_err(at(root))?;
    let is_new = pin(&pinned, &root)?;
    let written = judged(&parsed, options.offline).and_then(|lines| {
        let has_secret = parsed.repositories.values().any(|repository| repository.has_secret());
        let readers = if has_secret { Readers::Root } else { Readers::Everybody };
        whole::create(path, text.as_bytes(), readers).map_err(at(path))?;
        Ok(lines)
    });
    if written.is_err() && is_new {
        // Nothing refers to it.
        let _ = fs::remove_file(&pinned);
    }
    let files = [format!("root      {}", pinned.display()), format!("policy    {}", path.display())];
    Ok(files.into_iter().chain(written?).collect())
}

/// Keeps the root where the policy finds it; says whether it was not there before.
fn pin(pinned: &Path, root: &[u8]) -> Result<bool, InstallationError> {
    if let Some(folder) = pinned.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    match whole::create(pinned, root, Readers::Everybody) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => match fs::read(pinned) {
            Ok(known) if known == root => Ok(false),
            Ok(_) => Err(InstallationError::RootExists(pinned.to_owned())),
            Err(error) => Err(at(pinned)(error)),
        },
        Err(error) => Err(at(pinned)(error)),
    }
}

/// The verifier takes the root, and the repository answers with metadata that it takes.
fn judged(policy: &Policy, offline: bool) -> Result<Vec<String>, InstallationError> {
    private(&policy.state_dir)?;
    let mut lines = Vec::new();
    for repository in policy.repositories.values() {
        if let Some(error) = policy_check::root_error(repository) {
            return Err(InstallationError::PolicyUnusable(error));
        }
        if offline {
            lines.push(format!("metadata  {}: not asked", repository.name));
            continue;
        }
        let state = State::of(policy, repository);
        let consulted =
            consult(repository, &state, policy.deadline, Instant::now(), &[]).map_err(|verdict| {
                InstallationError::RepositoryRefused {
                    name: repository.name.clone(),
                    verdict: verdict.to_string(),
                }
            })?;
        let report = &consulted.report;
        lines.push(format!(
            "metadata  {}: targets version {}; {}",
            repository.name,
            report.targets.version,
            Metadata::from(report)
        ));
    }
    Ok(lines)
}
