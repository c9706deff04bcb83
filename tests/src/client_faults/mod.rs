//! Faults of mirrors, devices and stores, and what a client comes to with each: `docs/client-faults.md`.
//!
//! A row is a fault, as one trial or as many that differ in one number. Each trial is run twice, with the faulty mirror alone
//! and with an honest one behind it, in virtual time.

mod rows;
mod trial;

use trial::{Came, Scene, Trial};

const INTRODUCTION: &str = "\
# Faults

What the client of the core (`verifier-core/src/client`) comes to in each fault. `cargo xtask verdicts` writes this file from
the rows of `tests/src/client_faults`; a test fails where it differs.

A device has version 2 of a repository that has published version 4. A client refreshes, searches for three targets (two of
them in delegated roles) and receives one. A request takes 50 ms of virtual time, and no fault costs real time. The faulty
mirror is asked first: *alone*, or with an honest mirror *behind* it. The clock, the store and the order of answers are
those of the device, whatever the mirrors.

*takes N* means that version N of the timestamp is accepted and the bytes of the target are verified; otherwise the code
of the error stands there, which [failures.md](failures.md) explains, with the step that failed. After it: requests to both
mirrors, and milliseconds of virtual time. A row of many trials shows the least and the most; of more than 100 trials, every
16th is run with the honest mirror as well.
";

/// Trials of a row from which on only some are run with an honest mirror too: what follows a refused file is the same.
const MANY: usize = 100;

/// Those are each of this number.
const STEP: usize = 16;

/// A fault.
struct Row {
    name: &'static str,
    what: &'static str,
    trials: fn(&Scene) -> Vec<Trial>,
}

/// The text of `docs/client-faults.md`.
#[must_use]
pub fn document() -> String {
    let scene = Scene::new();
    let mut text = String::from(INTRODUCTION);
    for (title, rows) in rows::sections() {
        text.push_str(&format!("\n## {title}\n\n"));
        text.push_str("| fault | what it is | alone | requests | ms | with an honest mirror behind it | requests | ms |\n");
        text.push_str(&format!("|{}\n", "---|".repeat(8)));
        rows.iter().for_each(|row| text.push_str(&line(row, &scene)));
    }
    text
}

fn line(row: &Row, scene: &Scene) -> String {
    let trials = (row.trials)(scene);
    let run = |honest_behind: bool| {
        let run = |trial: &Trial| scene.run(trial, honest_behind);
        let step = if honest_behind && trials.len() > MANY { STEP } else { 1 };
        match trials.len() {
            1 => cells(trials.iter().map(run)),
            _ => crate::recorded::aside(|| cells(trials.iter().step_by(step).map(run))),
        }
    };
    let count = if trials.len() > 1 { format!(" ({} trials)", trials.len()) } else { String::new() };
    format!("| `{}` | {}{count} | {} | {} |\n", row.name, row.what, run(false), run(true))
}

/// Outcomes, requests and milliseconds of all trials.
fn cells(came: impl Iterator<Item = Came>) -> String {
    let came: Vec<Came> = came.collect();
    let mut outcomes: Vec<&str> = came.iter().map(|came| came.outcome.as_str()).collect();
    outcomes.sort_unstable();
    outcomes.dedup();
    let range = |of: fn(&Came) -> u64| {
        let (least, most) = (came.iter().map(of).min(), came.iter().map(of).max());
        let (least, most) = (least.unwrap_or_default(), most.unwrap_or_default());
        if least == most { least.to_string() } else { format!("{least} to {most}") }
    };
    format!("{} | {} | {}", outcomes.join("; "), range(|came| came.requests), range(|came| came.milliseconds))
}
