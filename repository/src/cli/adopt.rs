//! `tufrepo adopt`.

use crate::cli::args::Adopt;
use crate::cli::failure::Failure;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

/// Prints version and SHA-256 of each root metadata file, tab-separated, one a line. Believes what is published where the
/// first and the last are confirmed.
pub(crate) fn run(args: &Adopt, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let found = repository.adoption()?;
    for (version, digest) in (1..).zip(&found.roots) {
        println!("{version}\t{digest}");
    }
    repository.adopt(&args.root_sha256)?;
    let (folder, timestamp) = (workspace.folder.display(), found.timestamp);
    shell.status("Adopted", format_args!("repository {folder} with timestamp version {timestamp}"));
    Ok(())
}
