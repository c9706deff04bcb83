//! `tufrepo status`.

use tuf_repository::metadata::format_expiry;
use tuf_repository::{Error, KeyError, KeyFile};

use crate::cli::config::Config;
use crate::cli::failure::Failure;
use crate::cli::shell::Shell;
use crate::cli::workspace::{Workspace, now};

/// A role is warned about where it expires within this many seconds.
const SOON: i64 = 3 * 86_400;

/// Prints role, version, expiry, threshold, keyids and number of targets, tab-separated, one role a line.
pub(crate) fn run(workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let status = workspace.repository()?.status()?;
    let now = now()?;
    println!("role\tversion\texpires\tthreshold\tkeyids\ttargets");
    for role in &status.roles {
        let expires = role.expires.map_or_else(|| "-".to_owned(), format_expiry);
        let keyids: Vec<_> = role.keyids.iter().map(|keyid| workspace.keys.name_of(keyid)).collect();
        let targets = role.targets.map_or_else(|| "-".to_owned(), |number| number.to_string());
        println!(
            "{}\t{}\t{expires}\t{}\t{}\t{targets}",
            role.role,
            role.version,
            role.threshold,
            keyids.join(",")
        );
        match role.expires {
            Some(expires) if expires <= now => shell.warning(format_args!("role {} has expired", role.role)),
            Some(expires) if expires.0 - now.0 < SOON && role.role != "timestamp" => {
                shell.warning(format_args!("role {} expires soon", role.role));
            }
            _ => {}
        }
    }
    warn_of_keys(workspace, shell);
    if status.interrupted {
        shell.warning("an interrupted publish is waiting: finish it with `tufrepo publish`");
    } else if !status.staged.is_empty() {
        shell.note(format_args!("staged, not published: {}", status.staged.join(", ")));
    }
    Ok(())
}

/// Private keys that are served where the repository's folder is, or that other users can read.
fn warn_of_keys(workspace: &Workspace, shell: &Shell) {
    let private = || workspace.keys.keys().iter().filter_map(|known| known.private.as_deref());
    let inside = |path: &std::path::Path| Config::is_inside(&workspace.folder, path);
    if let Some(folder) = private().find(|path| inside(path)).and_then(std::path::Path::parent) {
        shell.warning(format_args!(
            "the private keys in {} are served wherever the whole folder of the repository is: move them out of it, and \
             name their folder with `keys` in tufrepo.toml",
            folder.display()
        ));
    }
    for path in private() {
        let mode = match KeyFile::read(path) {
            Ok(file) => file.exposed(),
            Err(Error::Key { cause: KeyError::Exposed { mode }, .. }) => Some(mode),
            // Its own error comes where it has to sign.
            Err(_) => None,
        };
        if let Some(mode) = mode {
            shell.warning(format_args!(
                "other users can read the private key {} (mode {mode:o}): `chmod 600` it",
                path.display()
            ));
        }
    }
}
