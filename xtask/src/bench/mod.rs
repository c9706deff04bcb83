//! `cargo xtask bench`: CPU, wall time and memory of three clients on the same repositories, in one run.
//!
//! Each run is a process of its own: refresh, look one target up, fetch and verify it, from the same loopback server.
//! Cold begins with an empty store, warm with what the run before has left. Each figure is the median of the runs.

mod contender;
pub mod measure;
mod table;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;
use tuf_test_server::Server;

use crate::{children, setup, workspace};
use contender::Contender;
use measure::{Cost, cost};

/// A client that takes longer is out of the race.
const LIMIT: Duration = Duration::from_secs(120);
/// Targets and runs.
const REPOSITORIES: [(u32, usize); 2] = [(10, 15), (100_000, 5)];
const STARTS: usize = 40;

/// Measures, and prints as it goes.
///
/// # Errors
/// Where something cannot be built, or a client fails.
pub fn run() -> Result<()> {
    setup::run()?;
    let mut build = workspace::cargo(&["build", "--release", "--package", "tuf-oracle-tests", "--bins"]);
    children::succeed(&mut build)?;
    let folder = tempfile::Builder::new().prefix("tuf-bench").tempdir()?;
    let contenders = [Contender::ours(), Contender::python(), Contender::node()];
    print_start(&contenders)?;
    for (targets, runs) in REPOSITORIES {
        let repository = Repository::publish(&folder, targets)?;
        let mut cold = Vec::new();
        let mut warm = Vec::new();
        for contender in &contenders {
            cold.push((contender.name, repository.measure(contender, &folder, "cold", runs)?));
        }
        for (contender, (_, cold)) in contenders.iter().zip(&cold) {
            // A client that did not finish has left no store to begin with.
            let outcome = match cold {
                Outcome::Median(_) => repository.measure(contender, &folder, "warm", runs)?,
                other => other.clone(),
            };
            warm.push((contender.name, outcome));
        }
        table::print(&format!("{targets} targets, cold, median of {runs}"), &cold);
        table::print(&format!("{targets} targets, warm, median of {runs}"), &warm);
    }
    Ok(())
}

/// The time from the start of the process to the first answer of the precompiled component, beside that of a process
/// which does nothing.
fn print_start(contenders: &[Contender]) -> Result<()> {
    let start = contenders.iter().filter(|contender| contender.name == "ours").map(Contender::start);
    println!("\nStart of a process, median of {STARTS}:");
    for (name, command) in
        std::iter::once(("true", Command::new("true"))).chain(start.map(|start| ("ours", start)))
    {
        let costs = (0..STARTS).map(|_| cost(&command, LIMIT)).collect::<Result<Option<Vec<_>>>>()?;
        if let Some(median) = costs.and_then(|costs| median(&costs)) {
            table::print_figures(name, &median);
        }
    }
    Ok(())
}

/// A published repository and the server that shows it.
struct Repository {
    folder: PathBuf,
    server: Server,
    targets: u32,
}

impl Repository {
    fn publish(folder: &TempDir, targets: u32) -> Result<Self> {
        let folder = folder.path().join(format!("repository-{targets}"));
        let mut publish = Command::new(workspace::program("release", "measured-repository"));
        children::succeed(publish.arg(&folder).arg(targets.to_string()))?;
        Ok(Self { server: Server::folder(&folder)?, folder, targets })
    }

    /// Runs a client once for each of as many stores: those that are not there yet, or those that it left before.
    fn measure(&self, contender: &Contender, folder: &TempDir, state: &str, runs: usize) -> Result<Outcome> {
        if let Some(reason) = contender.missing() {
            return Ok(Outcome::Missing(reason));
        }
        eprintln!("measuring {}, {} targets, {state}", contender.name, self.targets);
        let mut costs = Vec::new();
        for run in 0..runs {
            let store = folder.path().join(format!("store-{}-{}-{run}", contender.name, self.targets));
            let update = contender.update(&self.folder, &self.server.url(), &store);
            let Some(cost) = cost(&update, LIMIT)? else { return Ok(Outcome::Exceeded) };
            costs.push(cost);
        }
        Ok(median(&costs).map_or(Outcome::Exceeded, Outcome::Median))
    }
}

/// What the runs of one client came to.
#[derive(Clone)]
enum Outcome {
    Median(Cost),
    /// A run was ended at the limit.
    Exceeded,
    /// It cannot run here, for this reason.
    Missing(String),
}

/// The median of each figure by itself.
fn median(costs: &[Cost]) -> Option<Cost> {
    let middle = |figure: fn(&Cost) -> u64| {
        let mut figures: Vec<u64> = costs.iter().map(figure).collect();
        figures.sort_unstable();
        figures.get(figures.len() / 2).copied()
    };
    Some(Cost {
        wall: middle(|cost| cost.wall)?,
        cpu: middle(|cost| cost.cpu)?,
        memory: middle(|cost| cost.memory)?,
    })
}
