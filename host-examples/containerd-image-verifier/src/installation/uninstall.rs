//! `tuf-image-verifier uninstall`: takes the program away from containerd's verifiers.
//!
//! Pulls are never left blocked: what demands the link goes before the link. And never open without a word: it must be
//! asked for by its name, and is written to the system's log.

use std::fs;
use std::path::Path;

use clap::Args;

use super::link::gone;
use super::place::{Places, pinned};
use super::{InstallationError, at, drop_in, link, record, told};
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
    if options.purge {
        places.policy_in_force()?;
    }
    let folder = match record::kept(&places.policy)? {
        Some(kept) if link::is_in(&kept)? => kept,
        _ => places.folder()?,
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

/// Removes the policy, and what `init` and pulls have made for it.
fn purge(path: &Path, lines: &mut Vec<String>) -> Result<(), InstallationError> {
    match Policy::read(path) {
        Ok(policy) => {
            for repository in policy.repositories.values() {
                let state = State::of(&policy, repository).folder().to_owned();
                gone(fs::remove_dir_all(&state)).map_err(at(&state))?;
                lines.push(format!("state     {} is removed", state.display()));
                let root = &repository.root;
                let is_own = *root == pinned(path, &repository.name);
                if is_own {
                    gone(fs::remove_file(root)).map_err(at(root))?;
                }
                let what = if is_own { "is removed" } else { "is kept: init did not put it there" };
                lines.push(format!("root      {} {what}", root.display()));
                for emptied in root.parent().filter(|_| is_own).into_iter().chain(state.parent()) {
                    // What is not empty is somebody's.
                    let _ = fs::remove_dir(emptied);
                }
            }
        }
        Err(error) => lines.push(format!("state     unknown, and kept: {error}")),
    }
    gone(fs::remove_file(path)).map_err(at(path))?;
    lines.push(format!("policy    {} is removed", path.display()));
    Ok(())
}
