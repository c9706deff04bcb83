//! `tufrepo target list`.

use tuf_repository::{Change, Disagreement, TargetEntry};

use crate::cli::failure::Failure;
use crate::cli::output::outln;
use crate::cli::printable::printable;
use crate::cli::shell::Shell;
use crate::cli::target_list_args::TargetList;
use crate::cli::workspace::Workspace;

/// Prints the targets that are published, or what the next publish changes of them.
pub(crate) fn run(args: &TargetList, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let role = args.role.as_deref();
    let print = |change: &str, entry: &TargetEntry| {
        // Paths may be what another publisher has signed.
        let path = printable(&entry.path);
        outln!("{change}{}\t{path}\t{}\t{}", entry.role, entry.length, entry.sha256);
    };
    if args.staged {
        for (change, entry) in repository.staged_targets(role)? {
            let word = match change {
                Change::Added => "added\t",
                Change::Changed => "changed\t",
                Change::Removed => "removed\t",
            };
            print(word, &entry);
        }
        warn(&repository.staged_disagreements()?, role, shell);
        return Ok(());
    }
    repository.published_targets(role)?.iter().for_each(|entry| print("", entry));
    warn(&repository.status()?.disagreements, role, shell);
    Ok(())
}

/// Says which of the targets clients do not take, because too few roles agree.
fn warn(disagreements: &[Disagreement], role: Option<&str>, shell: &Shell) {
    let concerned = disagreements.iter().filter(|found| role.is_none_or(|role| found.concerns(role)));
    concerned.for_each(|found| shell.warning(found));
}
