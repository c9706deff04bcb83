//! `tufrepo role`.

use tuf_repository::{Handover, RoleKeys};

use crate::cli::failure::Failure;
use crate::cli::role_args::RoleSet;
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
