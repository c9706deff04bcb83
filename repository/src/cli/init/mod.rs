//! `tufrepo init`.

mod static_host;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tuf_repository::metadata::{Key, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, sha256_hex};
use tuf_repository::{Repository, Setup};

use crate::cli::args::Init;
use crate::cli::config::{Config, FILE, template, template_with};
use crate::cli::failure::Failure;
use crate::cli::shared_keys::TopLevelKeys;
use crate::cli::shell::Shell;
use crate::cli::workspace::{Workspace, now};

/// Makes a new repository, published and empty. Settings that are there already hold.
pub(crate) fn run(args: &Init, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let threshold = |role: &str| {
        let mut said = args.threshold.iter().rev().filter(|(name, _)| name == role);
        said.next().map_or(1, |(_, number)| *number)
    };
    let keys = |role: &str, names: &[String]| workspace.role_keys(names, threshold(role));
    let setup = Setup {
        root: keys(ROOT, &args.root_key)?,
        timestamp: keys(TIMESTAMP, &args.timestamp_key)?,
        snapshot: keys(SNAPSHOT, &args.snapshot_key)?,
        targets: keys(TARGETS, &args.targets_key)?,
    };
    let online = match args.static_host {
        true => Some(static_host::online_key(&setup.snapshot.keys, &setup.timestamp.keys)?),
        false => None,
    };
    let settings = settings(&workspace.folder, online.as_ref());
    // Settings that are there already hold.
    let periods = match workspace.config.is_found() {
        true => workspace.config.periods().map_err(Failure::new)?,
        false => {
            let config = Config::parse(&workspace.folder.join(FILE), &settings)?;
            config.periods().map_err(Failure::new)?
        }
    };
    let (folder, keys) = (&workspace.folder, workspace.keys.clone());
    let state = workspace.state_folder()?;
    let repository = Repository::init(workspace.site()?, &state, &setup, keys, periods, now()?)?;
    write_settings(workspace, &settings)?;
    workspace.reopened()?.remember()?;
    shell.status("Created", format_args!("repository {}", workspace.folder.display()));
    let published = workspace.published("1.root.json");
    match workspace.is_in_store() {
        true => {
            let copy = copy_root(&repository, folder, shell)?;
            shell.note(format_args!(
                "clients start from {published}: ship its copy {} with them",
                copy.display()
            ));
        }
        false => shell.note(format_args!("clients start from {published}: ship it with them")),
    }
    TopLevelKeys::of_setup(&setup).warn(None, &workspace.keys, shell);
    online.map_or(Ok(()), |online| static_host::write(&online, workspace, shell))
}

/// Copies the first root metadata out of the store, to a file beside the settings: whoever ships it needs no other program.
/// A file that is there already stays.
fn copy_root(repository: &Repository, folder: &Path, shell: &Shell) -> Result<PathBuf, Failure> {
    let path = folder.join("1.root.json");
    let root = repository.first_root()?;
    let failed = |cause| Failure::new(format!("could not create {}: {cause}", path.display()));
    match OpenOptions::new().write(true).create_new(true).open(&path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => shell.warning(format_args!(
            "{} is there already and stays as it is: it is of another repository unless its SHA-256 is {}",
            path.display(),
            sha256_hex(&root)
        )),
        file => file.and_then(|mut file| file.write_all(&root)).map_err(failed)?,
    }
    Ok(path)
}

/// What the settings say at first.
fn settings(folder: &Path, online: Option<&Key>) -> String {
    match online {
        Some(_) => template_with(folder, static_host::SETTINGS),
        None => template(folder),
    }
}

fn write_settings(workspace: &Workspace, settings: &str) -> Result<(), Failure> {
    let path = workspace.folder.join(FILE);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Whoever can change it decides what is signed: not everybody, whatever the umask says.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    match options.open(&path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        file => file
            .and_then(|mut file| file.write_all(settings.as_bytes()))
            .map_err(|cause| Failure::new(format!("could not create {}: {cause}", path.display()))),
    }
}
