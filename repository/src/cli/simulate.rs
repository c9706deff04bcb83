//! `tufrepo simulate`.

use std::collections::BTreeSet;

use serde_json::json;
use tuf_repository::inspection::Inspected;
use tuf_repository::review::{KeyNames, Severity};
use tuf_repository::simulation::{Simulation, matching_keyids, simulate, simulate_each};

use crate::cli::args::Global;
use crate::cli::failure::Failure;
use crate::cli::inspect::{give, named_or_own, question, read, severity, short_verdict};
use crate::cli::presentation::{Block, Cell, Document, Section, Tone};
use crate::cli::shell::Shell;
use crate::cli::simulate_args::Simulate;

/// Prints what thieves of keys can do: of the named ones together, or of each key alone.
pub(crate) fn run(args: &Simulate, global: &Global, names: &KeyNames, shell: &Shell) -> Result<(), Failure> {
    let what = named_or_own(args.what.as_deref(), global)?;
    let inspected = read(&what, &args.reading, &question(&args.reading, names)?)?;
    let simulations = match args.stolen.is_empty() {
        true => simulate_each(&inspected.documents, &inspected.names),
        false => {
            let keyids = stolen(&args.stolen, &inspected)?;
            vec![simulate(&inspected.documents, &keyids, &inspected.names)]
        }
    };
    let json = json!({
        "location": inspected.inspection.location,
        "verdict": inspected.inspection.verdict,
        "simulations": simulations,
    });
    give(&args.form, &json, &describe(&inspected, &simulations), shell)
}

/// The keyids that are meant, each by exactly one text.
fn stolen(written: &[String], inspected: &Inspected) -> Result<BTreeSet<String>, Failure> {
    let mut keyids = BTreeSet::new();
    for text in written {
        let found = matching_keyids(&inspected.documents, &inspected.names, text);
        match found.len() {
            0 => {
                return Err(Failure::new(format!(
                    "no role of the repository has a key {text:?} [no-such-key]"
                ))
                .next("`tufrepo inspect` lists names and keyids"));
            }
            1 => keyids.extend(found),
            // A name may stand for several: all of them are that person's.
            _ if found.iter().all(|keyid| inspected.names.name(keyid) == Some(text)) => keyids.extend(found),
            _ => {
                return Err(Failure::new(format!("several keys begin with {text:?} [ambiguous-key]"))
                    .next("write more of the keyid"));
            }
        }
    }
    Ok(keyids)
}

fn describe(inspected: &Inspected, simulations: &[Simulation]) -> Document {
    let location = &inspected.inspection.location;
    let sections = match simulations {
        [one] => vec![roles(one), consequences(one)],
        all => {
            let hides = all.iter().any(|simulation| simulation.consequences.len() > 1);
            let more = "`--stolen KEY` shows everything that the thief of one key does.";
            let more = hides.then(|| Block::List(vec![Cell::new(Tone::Faint, more)]));
            vec![Section::of("Each key alone", [overview(all)].into_iter().chain(more).collect())]
        }
    };
    let title = match simulations {
        [one] => {
            let were = if one.keys.len() == 1 { "was" } else { "were" };
            format!("If {} {were} stolen: {location}", one.keys.join(" and "))
        }
        _ => format!("If one key was stolen: {location}"),
    };
    let verdict = Cell::plain(format!(
        "For a thief who also decides what clients fetch. Repository: {}.",
        short_verdict(&inspected.inspection.verdict)
    ));
    Document { title, verdict, sections: sections.into_iter().flatten().collect() }
}

fn roles(simulation: &Simulation) -> Option<Section> {
    let rows = simulation.roles.iter().map(|held| {
        vec![
            Cell::plain(held.role.clone()),
            Cell::plain(held.delegator.clone().unwrap_or_default()),
            Cell::plain(format!("{} of {} needed", held.held, held.threshold)),
            match held.is_met() {
                true => Cell::new(Tone::Bad, "can sign"),
                false => Cell::new(Tone::Good, "cannot sign"),
            },
        ]
    });
    let head = vec!["role", "delegated by", "signatures", "result"];
    Section::of("Roles", vec![Block::Table { head, rows: rows.collect() }])
}

fn consequences(simulation: &Simulation) -> Option<Section> {
    let blocks = simulation.consequences.iter().flat_map(|consequence| {
        let kind = consequence.kind;
        [
            Block::Text(Cell::new(severity(kind.severity()), format!("The thief {consequence}."))),
            Block::List(vec![Cell::new(Tone::Faint, format!("Afterwards: {}.", kind.recovery()))]),
        ]
    });
    Section::of("What the thief can do", blocks.collect())
}

fn overview(simulations: &[Simulation]) -> Block {
    let rows = simulations.iter().map(|simulation| {
        let roles: Vec<_> = simulation.roles.iter().map(|held| held.role.as_str()).collect();
        let worst = simulation.consequences.first();
        vec![
            Cell::plain(simulation.keys.join(", ")),
            Cell::plain(roles.join(", ")),
            worst.map_or_else(
                || Cell::new(Tone::Good, "nothing"),
                |worst| {
                    let more = simulation.consequences.len().saturating_sub(1);
                    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
                    let tone = match worst.kind.severity() {
                        Severity::Info => Tone::Good,
                        other => severity(other),
                    };
                    Cell::new(tone, format!("{worst}{more}"))
                },
            ),
        ]
    });
    Block::Table { head: vec!["key", "signs for", "the worst that its thief does"], rows: rows.collect() }
}
