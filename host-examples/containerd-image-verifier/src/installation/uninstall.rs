//! `tuf-image-verifier uninstall`: takes the program away from containerd's verifiers.
//!
//! Pulls are never left blocked: what demands the link goes before the link. And never open without a word: it must be
//! asked for by its name, and is written to the system's log.

use std::fs;
use std::path::Path;

use clap::Args;

use super::link::gone;
use super::place::Places;
use super::{InstallationError, at, drop_in, link, record, told};
use crate::node::Verifiers;
use crate::policy::Policy;
use crate::state::State;
use crate::syslog;

/// What is removed, and from where.
#[derive(Debug, Args)]
pub(crate) struct UninstallOptions {
    /// Pulls are not verified from then on, and that is meant
    #[arg(long)]
    allow_unverified_pulls: bool,
    /// Remove the policy, its pinned roots and what was kept between pulls, too
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    places: Places,
}

/// What was done becomes lines and an exit status: 0 where the program is not among the verifiers afterwards.
pub(crate) fn run(options: &UninstallOptions) -> (Vec<String>, u8) {
    told(uninstall(options))
}

fn uninstall(options: &UninstallOptions) -> Result<Vec<String>, InstallationError> {
    let places = &options.places;
    let folder = match record::kept(&places.policy)? {
        Some(folder) => folder,
        None => match places.find() {
            // Without a containerd, or with one that cannot be asked, it can only be where every containerd looks.
            Err(InstallationError::NoFolder(_)) => Verifiers::default().bin_dir,
            found => found?.bin_dir,
        },
    };
    let mut lines = Vec::new();
    if link::is_in(&folder)? {
        let after = afterwards(&folder);
        if !options.allow_unverified_pulls {
            return Err(InstallationError::PullsWouldPass(after));
        }
        remove_drop_in(places, &mut lines)?;
        link::remove(&folder)?;
        lines.push(format!("verifier  {} is removed", folder.join(link::NAME).display()));
        lines.push(after.clone());
        log(&places.policy, &after);
    } else {
        remove_drop_in(places, &mut lines)?;
        lines.push(format!("verifier  it is not in {}", folder.display()));
    }
    record::forget(&places.policy)?;
    if options.purge {
        purge(&places.policy, &mut lines)?;
    }
    Ok(lines)
}

/// What becomes of pulls.
fn afterwards(folder: &Path) -> String {
    match link::others(folder).as_slice() {
        [] => format!("without this program {} is empty, and containerd allows every pull", folder.display()),
        others => {
            format!("without this program only {} in {} are asked", others.join(", "), folder.display())
        }
    }
}

fn remove_drop_in(places: &Places, lines: &mut Vec<String>) -> Result<(), InstallationError> {
    if let Some(units) = places.systemd()
        && drop_in::remove(&units)?
    {
        lines
            .push("systemd   the drop-in is removed (from the next `systemctl daemon-reload` on)".to_owned());
    }
    Ok(())
}

fn log(policy: &Path, words: &str) {
    let log = Policy::read(policy).map_or_else(|_| Some("/dev/log".into()), |policy| policy.log);
    if let Some(log) = log {
        syslog::warn(&log, &format!("uninstalled: {words}"));
    }
}

/// Removes what the policy names, as far as it is nobody else's, and the policy.
fn purge(path: &Path, lines: &mut Vec<String>) -> Result<(), InstallationError> {
    if let Ok(policy) = Policy::read(path) {
        for repository in policy.repositories.values() {
            let state = State::of(&policy, repository);
            gone(fs::remove_file(&repository.root)).map_err(at(&repository.root))?;
            gone(fs::remove_dir_all(state.folder())).map_err(at(state.folder()))?;
            for emptied in repository.root.parent().into_iter().chain(state.folder().parent()) {
                // What is not empty is somebody's.
                let _ = fs::remove_dir(emptied);
            }
        }
    }
    gone(fs::remove_file(path)).map_err(at(path))?;
    lines.push(format!("policy    {} is removed, with its roots and state", path.display()));
    Ok(())
}
