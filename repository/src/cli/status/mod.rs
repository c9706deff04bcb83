//! `tufrepo status`.

mod json;

use std::path::Path;

use tuf_repository::metadata::format_expiry;
use tuf_repository::{
    Error, KeyError, KeyFile, LeadTimes, Newer, Periods, RoleStatus, Status, TargetFiles, UnixTime,
};

use crate::cli::config::Config;
use crate::cli::failure::Failure;
use crate::cli::output::outln;
use crate::cli::shell::Shell;
use crate::cli::status_args::StatusArgs;
use crate::cli::within::{self, Within};
use crate::cli::workspace::{Workspace, now};

/// A role is warned about where it expires within this many seconds.
const SOON: i64 = 3 * 86_400;

/// What stands in the place of keys, of signatures or of an expiry where a role has revoked itself (TAP 20).
pub(crate) const REVOKED: &str = "revoked itself";

/// The exit status where a role is due, or a target file is not what was published.
const DUE: u8 = 3;

/// What says whether a role is due.
struct Due<'a> {
    leads: &'a LeadTimes,
    periods: &'a Periods,
    now: UnixTime,
}

/// Prints role, version, expiry, threshold, keyids and number of targets, tab-separated, one role a line; or all that is
/// known of them as JSON.
pub(crate) fn run(args: &StatusArgs, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let status = repository.status()?;
    Within::check(&args.within, status.roles.iter().map(|role| role.role.as_str()))?;
    let now = now()?;
    let files = if args.targets { Some(repository.check_target_files()?) } else { None };
    let contradictions = repository.contradictions(&status);
    let leads = workspace.config.lead_times().map_err(Failure::new)?;
    let periods = workspace.config.periods().map_err(Failure::new)?;
    let due = Due { leads: &leads, periods: &periods, now };
    if args.json {
        let (files, within) = (files.as_ref(), args.within.as_slice());
        let known =
            json::Known { status: &status, files, contradictions: &contradictions, within, due: &due };
        json::print(&known, workspace)?;
    } else {
        print(&status, now, workspace, shell);
    }
    for contradiction in &contradictions {
        shell.warning(format_args!("{contradiction}"));
    }
    if let Some(Newer { published, remembered }) = status.newer {
        shell.note(format_args!(
            "timestamp version {published} is published, newer than what was published last from here ({remembered}): if no other \
             publisher of yours has gone on, a thief has, with the key of the timestamp: `tufrepo recover`"
        ));
    }
    warn_of_keys(workspace, shell);
    if status.interrupted {
        shell.warning("an interrupted publish is waiting: finish it with `tufrepo publish`");
    } else if !status.staged.is_empty() {
        let staged = status.staged.join(", ");
        shell.note(format_args!(
            "staged, not published: {staged}; `tufrepo target list --staged` lists the targets"
        ));
    }
    warn_of_due_roles(&status, &args.within, &due, shell);
    files.iter().for_each(|files| warn_of_files(files, shell));
    for disagreement in &status.disagreements {
        shell.warning(disagreement);
    }
    Ok(())
}

fn print(status: &Status, now: UnixTime, workspace: &Workspace, shell: &Shell) {
    outln!("role\tversion\texpires\tthreshold\tkeyids\ttargets");
    for role in &status.roles {
        let expires = role.expires.map_or_else(|| "-".to_owned(), format_expiry);
        let keyids: Vec<_> = role.keyids.iter().map(|keyid| workspace.keys.name_of(keyid)).collect();
        let targets = role.targets.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let (threshold, keyids) = match role.is_revoked {
            true => ("-".to_owned(), REVOKED.to_owned()),
            false => (role.threshold.to_string(), keyids.join(",")),
        };
        outln!("{}\t{}\t{expires}\t{threshold}\t{keyids}\t{targets}", role.role, role.version);
        if role.is_revoked {
            shell.warning(format_args!("role {} has revoked itself: clients refuse its targets", role.role));
        }
        match role.expires {
            Some(expires) if expires <= now => shell.warning(format_args!("role {} has expired", role.role)),
            Some(expires) if expires.0 - now.0 < SOON && role.role != "timestamp" => {
                shell.warning(format_args!("role {} expires soon", role.role));
            }
            _ => {}
        }
    }
}

/// Whether a role is due. One that is signed for no longer than the period that was asked for would always be: it is due
/// when its lead time has begun.
fn is_due(role: &RoleStatus, within: &[Within], due: &Due<'_>) -> bool {
    let period = due.periods.of(&role.role);
    let lead = due.leads.of(&role.role, due.periods);
    let most = match Within::of(within, &role.role, u64::MAX) {
        Some(within) if within >= period => lead,
        _ => u64::MAX,
    };
    within::is_due(role.expires, Within::of(within, &role.role, most), due.now)
}

fn warn_of_due_roles(status: &Status, within: &[Within], due: &Due<'_>, shell: &Shell) {
    for role in status.roles.iter().filter(|role| is_due(role, within, due)) {
        let expires = role.expires.map(format_expiry).unwrap_or_default();
        shell.warning(format_args!("role {} is due: it expires at {expires}", role.role));
        shell.attention(DUE);
    }
}

fn warn_of_files(files: &TargetFiles, shell: &Shell) {
    for target in &files.missing {
        shell.warning(format_args!("target {} of role {} is not in this folder", target.path, target.role));
        shell.attention(DUE);
    }
    for target in &files.changed {
        shell.warning(format_args!("target {} of role {} has other bytes", target.path, target.role));
        shell.attention(DUE);
    }
    let whole = files.whole;
    match files.missing.len() + files.changed.len() {
        0 => shell.status("Read", format_args!("{whole} target files: they are what is listed")),
        _ => shell.note("`tufrepo target add` stages the bytes again, `tufrepo publish` puts them back"),
    }
}

/// Private keys that are served where the repository's folder is, or that other users can read.
fn warn_of_keys(workspace: &Workspace, shell: &Shell) {
    let private = || workspace.keys.keys().iter().filter_map(|known| known.private.as_deref());
    let inside = |path: &Path| Config::is_inside(&workspace.folder, path);
    if let Some(folder) = private().find(|path| inside(path)).and_then(Path::parent) {
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
