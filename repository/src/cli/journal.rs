//! `tufrepo journal`.

use clap::Subcommand;

use crate::cli::failure::Failure;
use crate::cli::output::outln;
use crate::cli::printable::printable;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Verify the journal: its lines, that it goes on from what is remembered and published, and that later lines say what is
    /// published.
    Verify {
        /// Remember the journal up to this head, as compared with the publisher who wrote its last lines: what they tell of is
        /// gone, and cannot be compared with them.
        #[arg(long, value_name = "SHA256")]
        head: Option<String>,
    },
    /// List who published what, once it is verified.
    List,
}

/// `verify` prints the number of lines and the digest of the last one. `list` prints number, time, roles with versions, events
/// and names of the keys that signed, tab-separated, one publish a line.
pub(crate) fn run(command: &JournalCommand, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let repository = workspace.repository()?;
    let (head, entries) = match command {
        JournalCommand::Verify { head: Some(head) } => repository.verify_journal_up_to(head)?,
        JournalCommand::Verify { head: None } | JournalCommand::List => repository.verify_journal()?,
    };
    shell.status("Verified", format_args!("{} lines of the journal", head.lines));
    if let JournalCommand::Verify { .. } = command {
        outln!("{}\t{}", head.lines, head.head);
        return Ok(());
    }
    for (number, entry) in (1..).zip(entries) {
        let files = entry.published.iter().map(|file| format!("{} {}", file.role, file.version));
        let mut names: Vec<String> = entry
            .published
            .iter()
            .flat_map(|file| &file.keyids)
            .map(|keyid| workspace.keys.name_of(keyid))
            .collect();
        names.sort();
        names.dedup();
        let events = if entry.events.is_empty() { "-".to_owned() } else { entry.events.join(",") };
        let files = files.collect::<Vec<_>>().join(",");
        let (time, names) = (entry.time, names.join(","));
        outln!("{number}\t{}", [time, files, events, names].map(|part| printable(&part)).join("\t"));
    }
    Ok(())
}
