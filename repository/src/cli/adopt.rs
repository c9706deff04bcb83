//! `tufrepo adopt`.

use crate::cli::args::Adopt;
use crate::cli::failure::Failure;
use crate::cli::output::outln;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

/// Prints version and SHA-256 of each root metadata file, tab-separated, one a line. Believes what is published where the
/// first and the last are confirmed.
pub(crate) fn run(args: &Adopt, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let found = repository.adoption()?;
    for (version, digest) in (1..).zip(&found.roots) {
        outln!("{version}\t{digest}");
    }
    if let Some(remembered) = found.remembered {
        let (root, timestamp) = (remembered.root, remembered.timestamp);
        shell.note(format_args!("root version {root} and timestamp version {timestamp} are remembered"));
    }
    let adopted = repository.adopt(&args.root_sha256, args.go_back_from)?;
    workspace.remember()?;
    let (folder, timestamp) = (workspace.folder.display(), adopted.published.timestamp);
    shell.status("Adopted", format_args!("repository {folder} with timestamp version {timestamp}"));
    Ok(())
}
