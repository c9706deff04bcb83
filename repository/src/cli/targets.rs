//! `tufrepo target`, `tufrepo delegate` and `tufrepo revoke`.

use serde_json::{Map, Value};
use tuf_repository::metadata::Scope;
use tuf_repository::{Added, Delegation, EarlierRole};

use crate::cli::args::{Delegate, Revoke, TargetAdd, TargetAddFolder, TargetRemove};
use crate::cli::failure::Failure;
use crate::cli::output::outln;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

/// Stages a target.
pub(crate) fn add(args: &TargetAdd, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let custom = args.custom.as_deref().map(custom).transpose()?;
    // A pipe would be waited for, perhaps for ever, while nobody else can publish.
    let failed = |cause| Failure::reading(&args.file, cause);
    let file = tuf_files::open_regular(&args.file).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    if args.allow_private_keys {
        staged.allow_private_keys();
    }
    if args.shadow_delegated {
        staged.allow_shadowing();
    }
    args.max_length.into_iter().for_each(|most| staged.allow_length(most));
    staged.check_length(&args.path, length)?;
    let added = staged.add_target(&args.role, &args.path, file, custom)?;
    let was_changed = staged.published_file_was_changed(&args.role, &args.path)?;
    staged.save()?;
    if was_changed {
        warn_of_changed(&args.path, shell);
    }
    let verb = match added {
        Added::Unchanged => "Unchanged",
        Added::Staged => "Staged",
    };
    shell.status(verb, format_args!("target {} of role {}", args.path, args.role));
    Ok(())
}

fn warn_of_changed(path: &str, shell: &Shell) {
    shell.warning(format_args!(
        "the published file of target {path} had been changed, and the next publish replaces it: find out who has written there"
    ));
}

/// Stages the files of a folder. Prints the target path of each that is new or changed, one a line.
pub(crate) fn add_folder(
    args: &TargetAddFolder,
    workspace: &Workspace,
    shell: &Shell,
) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let mut staging = repository.stage()?;
    if args.allow_private_keys {
        staging.allow_private_keys();
    }
    args.max_length.into_iter().for_each(|most| staging.allow_length(most));
    let staged = staging.add_folder(&args.role, &args.folder)?;
    staging.save()?;
    staged.were_changed.iter().for_each(|path| warn_of_changed(path, shell));
    staged.added.iter().for_each(|path| outln!("{path}"));
    let (added, unchanged) = (staged.added.len(), staged.unchanged);
    shell.status(
        "Staged",
        format_args!("{added} targets of role {} ({unchanged} were targets already)", args.role),
    );
    Ok(())
}

/// Stages the removal of a target.
pub(crate) fn remove(args: &TargetRemove, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    staged.remove_target(&args.role, &args.path)?;
    staged.save()?;
    shell.status("Staged", format_args!("removal of target {} of role {}", args.path, args.role));
    Ok(())
}

/// Stages a delegation.
pub(crate) fn delegate(args: &Delegate, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let keys = workspace.role_keys(&args.key, args.threshold)?;
    let name = args.name.clone();
    let delegation = match args.bins {
        Some(bit_length) => Delegation::Succinct { name_prefix: name, bit_length, keys },
        None => {
            let scope = match args.paths.is_empty() {
                true => Scope::PathHashPrefixes(args.hash_prefixes.clone()),
                false => Scope::Paths(args.paths.clone()),
            };
            Delegation::Role { name, keys, scope, terminating: args.terminating }
        }
    };
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    let earlier = match &delegation {
        Delegation::Role { scope, .. } => staged.asked_before(&args.delegator, scope),
        Delegation::Succinct { .. } => Vec::new(),
    };
    staged.delegate(&args.delegator, delegation)?;
    staged.save()?;
    for EarlierRole { role, terminating } in earlier {
        let end = if terminating { ", and never ask the new one for them" } else { "" };
        shell.warning(format_args!(
            "clients ask role {role} before role {} for some of these paths{end}: roles are asked in the order of their delegations",
            args.name
        ));
    }
    shell.status("Staged", format_args!("delegation of role {} to {}", args.delegator, args.name));
    Ok(())
}

/// Stages the end of a delegation.
pub(crate) fn revoke(args: &Revoke, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    staged.revoke(&args.name)?;
    staged.save()?;
    shell.status("Staged", format_args!("end of the delegation to {}", args.name));
    Ok(())
}

/// An object without fractions, and without integers that JSON readers round.
fn custom(text: &str) -> Result<Map<String, Value>, Failure> {
    let wrong = |reason: String| Failure::new(format!("--custom: {reason}"));
    let object: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
        wrong(format!("not a JSON object: {error}")).next("such as '{\"channel\": \"stable\"}'")
    })?;
    let mut values: Vec<&Value> = object.values().collect();
    while let Some(value) = values.pop() {
        match value {
            Value::Number(number) if number.is_f64() => {
                return Err(wrong(format!("{number} is not a whole number of 64 bits"))
                    .next("write it as a string: canonical JSON has no fractions"));
            }
            Value::Array(array) => values.extend(array),
            Value::Object(object) => values.extend(object.values()),
            _ => {}
        }
    }
    Ok(object)
}
