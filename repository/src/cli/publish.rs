//! `tufrepo publish`, `rotate`, `restore` and `discard`.

use tuf_oci::registry::Registry;
use tuf_repository::event::Event;
use tuf_repository::metadata::Key;
use tuf_repository::{Error, Handover, Published, Replaced, Repository, RoleKeys, StoreCheck, Uploaded};

use crate::cli::args::{Publish, Rotate};
use crate::cli::event_review;
use crate::cli::failure::Failure;
use crate::cli::output::outln;
use crate::cli::recover;
use crate::cli::registry::Destination;
use crate::cli::shared_keys::TopLevelKeys;
use crate::cli::shell::Shell;
use crate::cli::targets::warn_of_shared;
use crate::cli::workspace::{Workspace, now};

/// Signs and publishes whatever is staged. Prints role and version of each metadata file, one a line.
pub(crate) fn publish(args: &Publish, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let now = now()?;
    let events = args.events.open(workspace, now)?;
    let of_events = |error: Error| args.events.next_command(workspace).complete_failure(error.into());
    if args.dry_run {
        let (checked, forecast) = match events.is_empty() {
            true => repository.forecast(now)?,
            false => repository.forecast_events(&events, now).map_err(of_events)?,
        };
        event_review::tell_forecast(&forecast, &workspace.keys, shell);
        recover::print(&forecast, shell);
        report(&checked, "Checked", shell);
        shell.note("nothing was written, because of `--dry-run`");
        return Ok(());
    }
    // A registry that cannot be reached as asked for is known before anything is published.
    let registry = args.destination.registry()?;
    check_copy(&repository, registry.as_ref(), &args.destination)?;
    agree(&events, args.events.yes, workspace, shell)?;
    let published = match events.is_empty() {
        true => repository.publish(now)?,
        false => repository.publish_events(&events, now).map_err(of_events)?,
    };
    report(&published, "Published", shell);
    warn_of_store(&repository, shell)?;
    copy(&repository, registry.as_ref(), &args.destination, shell)
}

/// Says what events change, and asks if somebody is there to answer. Without a terminal nobody is asked: this publisher made what
/// they change.
fn agree(events: &[Event], yes: bool, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    events.iter().for_each(|event| event_review::tell(event, &workspace.keys, shell));
    match events.is_empty() || yes || !event_review::is_attended() {
        true => Ok(()),
        false => event_review::ask("Publish these changes?", "nothing was published"),
    }
}

/// Says that a store was never raced.
pub(super) fn warn_of_store(repository: &Repository, shell: &Shell) -> Result<(), Failure> {
    if repository.store_check()? == StoreCheck::Conditions {
        shell.warning(
            "this store goes by its conditions, but was never raced: if several publish to it, run `tufrepo doctor store` once",
        );
    }
    Ok(())
}

/// Compares the registry with what was published, before anything is signed.
pub(super) fn check_copy(
    repository: &Repository,
    registry: Option<&Registry>,
    destination: &Destination,
) -> Result<(), Failure> {
    registry.map_or(Ok(()), |registry| Ok(repository.check_copy(registry, destination.older_copy())?))
}

/// Copies what is published to a registry, where one is named.
pub(super) fn copy(
    repository: &Repository,
    registry: Option<&Registry>,
    destination: &Destination,
    shell: &Shell,
) -> Result<(), Failure> {
    let Some(registry) = registry else { return Ok(()) };
    let older = destination.older_copy();
    let Uploaded { sent, unchanged, elsewhere, replaced } = repository.upload(registry, older, now()?)?;
    let location = registry.location();
    for Replaced { tag, version, state } in replaced {
        let version = version.map(|version| format!(" of version {version}")).unwrap_or_default();
        shell.warning(format_args!("threw away the {tag}{version} that was there: {state}"));
    }
    shell.status(
        "Copied",
        format_args!("{sent} files to {location} ({unchanged} were there already, manifest and bytes)"),
    );
    if elsewhere > 0 {
        shell.warning(format_args!("the bytes of {elsewhere} targets are not here, so they were not copied"));
    }
    Ok(())
}

/// Stages other keys for a role.
pub(crate) fn rotate(args: &Rotate, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    let listed = staged.listed_keys(&args.role)?;
    let keys = keys_from_now_on(listed, &args.new_key, &args.keep, args.threshold, workspace)?;
    let handover = if args.abrupt { Handover::Abrupt } else { Handover::Overlapping };
    staged.set_keys(&args.role, &keys, handover)?;
    let signers = TopLevelKeys::of_staged(&staged)?;
    let shared = staged.keys_of_agreeing_roles(&args.role)?;
    staged.save()?;
    shell.status("Staged", format_args!("new keys for role {}", args.role));
    signers.warn(Some(&args.role), &workspace.keys, shell);
    warn_of_shared(&shared, workspace, shell);
    Ok(())
}

/// Puts back what is gone or changed of the published metadata. Prints each file and what was wrong with it,
/// tab-separated, one a line.
pub(crate) fn restore(workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let restored = workspace.repository()?.restore()?;
    let kinds =
        [("missing", &restored.missing), ("changed", &restored.changed), ("foreign", &restored.foreign)];
    let mut count = 0;
    for (what, name) in kinds.into_iter().flat_map(|(what, names)| names.iter().map(move |name| (what, name)))
    {
        outln!("{name}\t{what}");
        count += 1;
    }
    let version = restored.timestamp;
    shell.status(
        "Restored",
        format_args!("{count} files of the metadata; timestamp version {version} is published"),
    );
    if count > 0 {
        shell.note("somebody else has written to what you publish: find out who");
    }
    Ok(())
}

/// Forgets whatever is staged.
pub(crate) fn discard(workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    workspace.repository()?.discard()?;
    shell.status("Discarded", "everything that was staged");
    Ok(())
}

/// The keys that a role goes on with: the new ones, and those of its keys and threshold of before that are kept.
pub(super) fn keys_from_now_on(
    (old, threshold): (Vec<(String, Key)>, u64),
    new_key: &[String],
    keep: &[String],
    new_threshold: Option<u64>,
    workspace: &Workspace,
) -> Result<RoleKeys, Failure> {
    let mut keys = workspace.role_keys(new_key, 1)?.keys;
    for name in keep {
        keys.push(kept(name, &old, workspace)?);
    }
    Ok(RoleKeys { keys, threshold: new_threshold.unwrap_or(threshold) })
}

/// The one key of a role that has this name, this keyid, or a keyid that begins so.
fn kept(name: &str, old: &[(String, Key)], workspace: &Workspace) -> Result<Key, Failure> {
    let named = workspace.keys.keys().iter().find(|known| known.name == name);
    let wanted = named.map_or(name, |known| known.keyid.as_str());
    let mut found = old.iter().filter(|(keyid, _)| !wanted.is_empty() && keyid.starts_with(wanted));
    match (found.next(), found.next()) {
        (Some((_, key)), None) => Ok(key.clone()),
        (Some(_), Some(_)) => {
            Err(Failure::new(format!("several old keys begin with {name:?}")).next("write more of the keyid"))
        }
        (None, _) => {
            Err(Failure::new(format!("the role has no key {name:?}"))
                .next("`tufrepo status` lists its keyids"))
        }
    }
}

pub(super) fn report(published: &Published, verb: &str, shell: &Shell) {
    if published.finished_interrupted {
        shell.status("Finished", "a publish that was interrupted");
    }
    if published.metadata.is_empty() {
        shell.status("Unchanged", "nothing is staged");
    }
    for (role, version) in &published.metadata {
        shell.status(verb, format_args!("{role} version {version}"));
        outln!("{role} {version}");
    }
    for obstacle in &published.obstacles {
        shell.warning(format_args!("{obstacle} [{}]", obstacle.kind.code()));
    }
    for disagreement in &published.disagreements {
        shell.warning(format_args!("{disagreement} [disagreement]"));
    }
    for left in &published.left_events {
        shell.warning(left);
    }
    if published.targets > 0 {
        shell.status(verb, format_args!("{} target files", published.targets));
    }
}
