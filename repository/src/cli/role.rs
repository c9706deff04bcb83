//! `tufrepo role`.

use tuf_repository::{Handover, RoleKeys};

use crate::cli::failure::Failure;
use crate::cli::publish::keys_from_now_on;
use crate::cli::role_args::{RoleRevokeSelf, RoleRotateSelf, RoleSet};
use crate::cli::shared_keys::TopLevelKeys;
use crate::cli::shell::Shell;
use crate::cli::targets::warn_of_shared;
use crate::cli::workspace::Workspace;

/// Stages who signs for a role.
pub(crate) fn set(args: &RoleSet, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    let old = staged.keys(&args.role)?;
    let threshold = args.threshold.unwrap_or(old.threshold);
    let keys = match args.key.is_empty() {
        true => RoleKeys { keys: old.keys, threshold },
        false => workspace.role_keys(&args.key, threshold)?,
    };
    let handover = if args.abrupt { Handover::Abrupt } else { Handover::Overlapping };
    staged.set_keys(&args.role, &keys, handover)?;
    let signers = TopLevelKeys::of_staged(&staged)?;
    let shared = staged.keys_of_agreeing_roles(&args.role)?;
    staged.save()?;
    let number = keys.keys.len();
    shell.status("Staged", format_args!("{threshold} of {number} keys sign for role {}", args.role));
    signers.warn(Some(&args.role), &workspace.keys, shell);
    warn_of_shared(&shared, workspace, shell);
    Ok(())
}

/// Stages other keys for a role, which its own keys sign.
pub(crate) fn rotate_self(
    args: &RoleRotateSelf,
    workspace: &Workspace,
    shell: &Shell,
) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    let listed = staged.listed_keys(&args.role)?;
    let keys = keys_from_now_on(listed, &args.new_key, &args.keep, args.threshold, workspace)?;
    staged.rotate_self(&args.role, &keys)?;
    let (number, threshold) = (keys.keys.len(), keys.threshold);
    staged.save()?;
    shell.status(
        "Staged",
        format_args!(
            "rotation of role {} by its own keys: {threshold} of {number} keys sign for it then",
            args.role
        ),
    );
    shell.note("a role gets 32 rotate files at most; the keys that its delegation lists stay as they are");
    Ok(())
}

/// Stages the end of the trust in a role, which its own keys sign.
pub(crate) fn revoke_self(
    args: &RoleRevokeSelf,
    workspace: &Workspace,
    shell: &Shell,
) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    staged.revoke_self(&args.role)?;
    staged.save()?;
    shell.status("Staged", format_args!("revocation of role {} by its own keys", args.role));
    shell.warning("it is final once it is published: clients refuse the role, until its paths are delegated to another one");
    Ok(())
}
