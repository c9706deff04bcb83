//! `tufrepo recover`.

use std::collections::{BTreeMap, BTreeSet};

use tuf_repository::metadata::{Key, SNAPSHOT, TIMESTAMP};
use tuf_repository::{BuildOn, Forecast, LastRoot, Recovery, Seen, Waiting};

use crate::cli::failure::Failure;
use crate::cli::publish::{copy, report};
use crate::cli::recover_args::{RecoverCommand, Replacement};
use crate::cli::shared_keys::TopLevelKeys;
use crate::cli::shell::Shell;
use crate::cli::workspace::{Workspace, now};

/// Replaces keys that are gone. Prints role and version of each metadata file, one a line.
pub(crate) fn run(command: &RecoverCommand, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let online = || [SNAPSHOT, TIMESTAMP].map(str::to_owned);
    let mut recovery = Recovery::default();
    let replacement = match command {
        RecoverCommand::OnlineKey(args) => {
            (recovery.gone, recovery.gone_keys) = named(&args.gone, workspace)?;
            if args.gone.is_empty() {
                recovery.renewed.extend(online());
            }
            &args.replacement
        }
        RecoverCommand::Key(args) => {
            (recovery.gone, recovery.gone_keys) = named(&args.gone, workspace)?;
            &args.replacement
        }
        RecoverCommand::FastForward(args) => {
            recovery.renewed.extend(online().into_iter().chain(args.role.iter().cloned()));
            &args.replacement
        }
        RecoverCommand::Root(args) => {
            (recovery.gone, recovery.gone_keys) = named(&args.gone, workspace)?;
            if args.threshold_stolen {
                recovery.last_root = LastRoot::WithGone;
            }
            &args.replacement
        }
    };
    recovery.build_on = replacement.build_on.map_or(BuildOn::Unsaid, BuildOn::from);
    (recovery.new_keys, recovery.new_keys_of) = new_keys(replacement, workspace)?;
    recovery.taken_back = named(&replacement.take_back, workspace)?.0;
    let is_stolen = recovery.last_root == LastRoot::WithGone;
    publish(&recovery, replacement, workspace, shell)?;
    if is_stolen {
        shell.warning(
            "whoever has the stolen threshold can lead every client that has not seen the new root metadata yet to root metadata of \
             its own, for ever: ship the new one to clients as you shipped the first one, and tell their users",
        );
    }
    Ok(())
}

fn publish(
    recovery: &Recovery,
    replacement: &Replacement,
    workspace: &Workspace,
    shell: &Shell,
) -> Result<(), Failure> {
    let registry = replacement.destination.registry()?;
    let repository = workspace.repository()?;
    let is_wanted = !replacement.dry_run;
    let published = repository.recover(recovery, now()?, |forecast| {
        for keyid in &forecast.also_gone {
            shell.status("Gone", format_args!("{keyid} too: another keyid of a key that is gone"));
        }
        print(forecast, shell);
        warn_of_waiting(&forecast.waiting, shell);
        let signers = forecast.root.iter().map(TopLevelKeys::of_root);
        signers.for_each(|signers| signers.warn(None, &workspace.keys, shell));
        is_wanted
    })?;
    match published {
        None => shell.note("nothing was written, because of `--dry-run`"),
        Some(published) => {
            report(&published, "Published", shell);
            copy(&repository, registry.as_ref(), &replacement.destination, shell)?;
            shell.note("the keys that are gone count for nothing now; take them out of every `--keys` folder and every service");
        }
    }
    Ok(())
}

/// What is staged or waits for signatures brings no key back, but those who sign it do not know yet.
fn warn_of_waiting(waiting: &Waiting, shell: &Shell) {
    for role in &waiting.staged {
        shell.warning(format_args!(
            "the staged change of role {role} lists a key that is gone, and is not published: `tufrepo discard`, then stage the rest again"
        ));
    }
    for (id, folder) in &waiting.events {
        shell.warning(format_args!(
            "event {id} in {} lists a key that is gone, and is not published: `tufrepo event rebase {id}`, or `tufrepo event discard \
             {id}` if it is the event that brings the key",
            folder.display()
        ));
    }
}

/// Says what clients see after each file. Steps that change nothing for them are left out.
pub(super) fn print(forecast: &Forecast, shell: &Shell) {
    let mut before = None;
    for step in &forecast.steps {
        if before == Some(&step.clients) {
            continue;
        }
        before = Some(&step.clients);
        let when = step.written.as_ref().map_or_else(|| "now".to_owned(), |name| format!("after {name}"));
        for (kind, seen) in &step.clients {
            let client = kind.words();
            match seen {
                Seen::Accepted { root, timestamp, snapshot, targets } => shell.status(
                    "Foreseen",
                    format_args!(
                        "{when}: {client} accepts root {root}, timestamp {timestamp}, snapshot {snapshot}, targets {targets}"
                    ),
                ),
                Seen::Refused(failure) => shell.status(
                    "Foreseen",
                    format_args!("{when}: {client} refuses what is published [{}] and keeps what it has", failure.code()),
                ),
            }
        }
    }
}

type NewKeys = (Vec<Key>, BTreeMap<String, Vec<Key>>);

fn new_keys(replacement: &Replacement, workspace: &Workspace) -> Result<NewKeys, Failure> {
    let (mut all, mut single) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
    for new in &replacement.new_key {
        let key = workspace.keys.public(&new.key)?;
        match &new.role {
            None => all.push(key),
            Some(role) => single.entry(role.clone()).or_default().push(key),
        }
    }
    Ok((all, single))
}

/// Keyids of keys that are named, or written as whole keyids. A thief's damage may keep the roles from being read, so the
/// beginning of a keyid is not enough.
fn named(names: &[String], workspace: &Workspace) -> Result<(BTreeSet<String>, Vec<Key>), Failure> {
    let is_keyid = |name: &str| name.len() == 64 && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    let keyid = |name: &String| {
        let known = workspace.keys.keys().iter().find(|known| known.name == *name);
        match known {
            Some(known) => Ok(known.keyid.clone()),
            None if is_keyid(name) => Ok(name.to_ascii_lowercase()),
            None => Err(Failure::no_key(name)
                .next("name a key of `tufrepo key list`, or write its whole keyid, as `tufrepo status --json` prints it")),
        }
    };
    let keyids: BTreeSet<_> = names.iter().map(keyid).collect::<Result<_, _>>()?;
    let known = workspace.keys.keys().iter().filter(|known| keyids.contains(&known.keyid));
    let keys = known.map(|known| known.public.clone()).collect();
    Ok((keyids, keys))
}
