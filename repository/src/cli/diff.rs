//! `tufrepo diff`.

use serde_json::json;
use tuf_repository::inspection::{Inspected, Inspection, State};
use tuf_repository::review::{Change, KeyNames, Severity, changes};

use crate::cli::failure::Failure;
use crate::cli::inspect::{give, question, read, severity, short_verdict, tone};
use crate::cli::inspect_args::Diff;
use crate::cli::presentation::{Block, Cell, Document, Section, Tone};
use crate::cli::shell::Shell;

/// Compares two repositories. Prints what changed from one to the other.
pub(crate) fn run(args: &Diff, names: &KeyNames, shell: &Shell) -> Result<(), Failure> {
    let question = question(&args.reading, names)?;
    let (before, after) =
        (read(&args.before, &args.reading, &question)?, read(&args.after, &args.reading, &question)?);
    let mut names = after.names.clone();
    names.extend(&before.names);
    let changes = changes(&before.documents, &after.documents, &names);
    let most = if args.all { usize::MAX } else { args.most_paths };
    let document = describe_changes(&before, &after, &changes, most);
    let side = |inspected: &Inspected| {
        let Inspection { location, verdict, .. } = &inspected.inspection;
        json!({ "location": location, "verdict": verdict })
    };
    let json = json!({ "before": side(&before), "after": side(&after), "changes": changes });
    give(&args.form, &json, &document, shell)
}

fn describe_changes(before: &Inspected, after: &Inspected, changes: &[Change], most: usize) -> Document {
    let of = |wanted: Severity| {
        let changes = changes.iter().filter(|change| change.severity == wanted);
        Block::List(changes.map(|change| Cell::new(severity(wanted), change.to_string())).collect())
    };
    let sections = [
        Section::of("Lowers security, or makes clients fail", vec![of(Severity::Danger)]),
        Section::of("Decisions: compare them with what was agreed", vec![of(Severity::Notice)]),
        Section::of("Routine", vec![of(Severity::Info)]),
        Section::of("Targets", paths(changes, most)),
    ];
    let (one, other) = (&before.inspection, &after.inspection);
    Document {
        title: format!("From {} to {}", one.location, other.location),
        verdict: both(one, other, changes.len()),
        sections: sections.into_iter().flatten().collect(),
    }
}

/// Both verdicts: what changed in a repository that is refused is what somebody wrote into it.
fn both(before: &Inspection, after: &Inspection, changes: usize) -> Cell {
    let worst = before.verdict.state.max(after.verdict.state);
    let (before, after) = (short_verdict(&before.verdict), short_verdict(&after.verdict));
    let text = format!("{changes} changes. Before: {before}. After: {after}.");
    let tone = if worst == State::Accepted { Tone::Plain } else { tone(worst) };
    Cell::new(tone, text)
}

fn paths(changes: &[Change], most: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    for change in changes.iter().filter(|change| !change.paths.is_empty()) {
        let kind = change.kind.code().replace('-', " ");
        let text = format!("{}: {kind}, {}", change.role, change.paths.len());
        blocks.push(Block::Text(Cell::new(severity(change.severity), text)));
        let mut listed: Vec<Cell> =
            change.paths.iter().take(most).map(|path| Cell::plain(path.clone())).collect();
        if let Some(more) = change.paths.len().checked_sub(most).filter(|more| *more > 0) {
            listed.push(Cell::new(Tone::Faint, format!("and {more} more")));
        }
        blocks.push(Block::List(listed));
    }
    blocks
}
