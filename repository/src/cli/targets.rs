//! `tufrepo target`, `tufrepo delegate` and `tufrepo revoke`.

use serde_json::{Map, Value};
use tuf_repository::clients::ClientProfile;
use tuf_repository::metadata::{Scope, TARGETS};
use tuf_repository::{Added, Delegation, EarlierRole, RoleKeys, SharedKey};

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
    let delegation = delegation(args, workspace)?;
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    let earlier = match &delegation {
        Delegation::Role { scope, .. } | Delegation::MultiRole { scope, .. } => {
            staged.asked_before(&args.delegator, scope)
        }
        Delegation::Succinct { .. } => Vec::new(),
    };
    staged.delegate(&args.delegator, delegation)?;
    let shared = staged.keys_of_agreeing_roles(&args.name)?;
    staged.save()?;
    for EarlierRole { role, terminating } in earlier {
        let end = if terminating { ", and never ask the new one for them" } else { "" };
        shell.warning(format_args!(
            "clients ask role {role} before role {} for some of these paths{end}: roles are asked in the order of their delegations",
            args.name
        ));
    }
    warn_of_shared(&shared, workspace, shell);
    if !args.combine.is_empty() {
        warn_of_other_clients(&args.delegator, shell);
    }
    shell.status("Staged", format_args!("delegation of role {} to {}", args.delegator, args.name));
    Ok(())
}

/// What the arguments ask for.
fn delegation(args: &Delegate, workspace: &Workspace) -> Result<Delegation, Failure> {
    let (name, terminating) = (args.name.clone(), args.terminating);
    if let Some(bit_length) = args.bins {
        let keys = workspace.role_keys(&args.key, args.threshold)?;
        return Ok(Delegation::Succinct { name_prefix: name, bit_length, keys });
    }
    let scope = match args.paths.is_empty() {
        true => Scope::PathHashPrefixes(args.hash_prefixes.clone()),
        false => Scope::Paths(args.paths.clone()),
    };
    if args.combine.is_empty() {
        let keys = workspace.role_keys(&args.key, args.threshold)?;
        return Ok(Delegation::Role { name, keys, scope, terminating });
    }
    let roles = combined(args, workspace)?;
    let all = u64::try_from(roles.len()).unwrap_or(u64::MAX);
    let min_roles_in_agreement = args.agreeing.unwrap_or(all);
    Ok(Delegation::MultiRole { name, roles, min_roles_in_agreement, scope, terminating })
}

/// The roles of `--combine` in their order, each with its keys and its threshold.
fn combined(args: &Delegate, workspace: &Workspace) -> Result<Vec<(String, RoleKeys)>, Failure> {
    let mut roles: Vec<(String, RoleKeys)> = Vec::new();
    for written in &args.combine {
        let (role, key) = pair("--combine", "ROLE=KEY", written)?;
        let key = workspace.role_keys(&[key.to_owned()], 1)?;
        match roles.iter_mut().find(|(name, _)| name == role) {
            Some((_, keys)) => keys.keys.extend(key.keys),
            None => roles.push((role.to_owned(), key)),
        }
    }
    for written in &args.combine_threshold {
        let (role, threshold) = pair("--combine-threshold", "ROLE=N", written)?;
        let threshold = threshold
            .parse()
            .map_err(|_| Failure::new(format!("--combine-threshold {written}: no number")))?;
        match roles.iter_mut().find(|(name, _)| name == role) {
            Some((_, keys)) => keys.threshold = threshold,
            None => {
                return Err(Failure::new(format!("--combine-threshold {written}: no role {role}"))
                    .next("name the role with `--combine ROLE=KEY`"));
            }
        }
    }
    Ok(roles)
}

/// What is before and after the first `=`: a role has none in its name.
fn pair<'w>(option: &str, form: &str, written: &'w str) -> Result<(&'w str, &'w str), Failure> {
    let wrong = || Failure::new(format!("{option} {written}: not of the form {form}"));
    written.split_once('=').ok_or_else(wrong)
}

/// Warns of keys that speak for two roles which must agree.
pub(super) fn warn_of_shared(shared: &[SharedKey], workspace: &Workspace, shell: &Shell) {
    for SharedKey { delegation, keyid, roles: [one, other] } in shared {
        let key = workspace.keys.name_of(keyid);
        shell.warning(format_args!(
            "key {key} signs for {one} and for {other}, which must agree in {delegation}: whoever has it may speak for both"
        ));
    }
}

/// The form of TAP 3 takes the place of the specification's: who does not read it reads nothing of the role.
fn warn_of_other_clients(delegator: &str, shell: &Shell) {
    let clients = ClientProfile::ALL.into_iter().filter(|client| !client.multi_role_delegations);
    let names: Vec<_> = clients.map(|client| client.name).collect();
    shell.warning(format_args!(
        "{} do not read delegations to several roles (TAP 3): they refuse all metadata of role {delegator}, and find no target of it",
        names.join(", ")
    ));
    if delegator == TARGETS {
        shell.note(
            "so that they read the rest of the repository, delegate these paths to a role of their own, and let that one \
             delegate: `tufrepo delegate ROLE --paths PATTERN --key KEY`, then this with `--delegator ROLE`",
        );
    }
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
