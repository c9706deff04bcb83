//! `cargo xtask bench`: CPU, wall time and memory of six clients on the same repositories, in one run.
//!
//! Each run is a process of its own: refresh, look one target up, fetch and verify it, from the same loopback server.
//! Cold begins with an empty store, warm with what the run before has left. Each figure is the median of the runs. The
//! repositories are written by python-tuf. Beside them stands what one decision of the image verifier
//! takes, and what the sandbox costs.

mod contender;
pub mod measure;
mod plot;
mod table;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tuf_test_server::Server;

use crate::{children, setup, workspace};
use contender::Contender;
use measure::{Cost, cost};

/// A client that takes longer is out of the race, unless the command line says otherwise. One that has taken as long for
/// some runs together is not run again.
const LIMIT: Duration = Duration::from_secs(60);
/// Targets and runs.
const REPOSITORIES: [(u32, usize); 5] = [(10, 15), (1_000, 5), (10_000, 5), (100_000, 5), (1_000_000, 3)];
const STARTS: usize = 40;

/// Measures, and prints as it goes. `--limit SECONDS` is the time after which a client is ended.
///
/// # Errors
/// Where something cannot be built, or a client fails.
pub fn run(options: &[&str]) -> Result<()> {
    let limit = match options {
        [] => LIMIT,
        ["--limit", seconds] => {
            Duration::from_secs(seconds.parse().context("--limit is a number of seconds")?)
        }
        other => bail!("unknown options: {}", other.join(" ")),
    };
    setup::run()?;
    let mut build = workspace::cargo(&["build", "--release", "--package", "tuf-oracle-tests", "--bins"]);
    children::succeed(&mut build)?;
    contender::build_peers()?;
    let folder = tempfile::Builder::new().prefix("tuf-bench").tempdir()?;
    let ours = [Contender::native(), Contender::npm()];
    print_start(&ours)?;
    print_decision()?;
    print_sandbox()?;
    let contenders: Vec<_> = ours.into_iter().chain(Contender::peers()).collect();
    let mut curves = Curves::default();
    for (targets, runs) in REPOSITORIES {
        let repository = Repository::publish(&folder, targets)?;
        let race = Race { repository: &repository, folder: &folder, runs, limit };
        let cold = race.all(&contenders, "cold", |_| None)?;
        // A client that did not finish has left no store to begin with.
        let warm = race.all(&contenders, "warm", |number| match cold.get(number) {
            Some((_, Outcome::Median(..))) | None => None,
            Some((_, other)) => Some(other.clone()),
        })?;
        curves.add(targets, &cold);
        table::print(&format!("{targets} targets, cold, median of {runs}"), &cold, runs);
        table::print(&format!("{targets} targets, warm, median of {runs}"), &warm, runs);
    }
    curves.write()
}

/// The curves that are drawn, as docs/performance.md says.
#[derive(Default)]
struct Curves {
    /// Targets, and what each client came to with an empty store.
    measured: Vec<(u32, Vec<(&'static str, Outcome)>)>,
}

impl Curves {
    fn add(&mut self, targets: u32, outcomes: &[(&'static str, Outcome)]) {
        self.measured.push((targets, outcomes.to_vec()));
    }

    fn write(&self) -> Result<()> {
        let drawn = [
            (
                "performance-cpu.svg",
                "CPU time of a process with an empty store",
                "ms",
                cpu as fn(&Cost) -> f64,
            ),
            ("performance-memory.svg", "Most memory of a process with an empty store", "MB", memory),
        ];
        for (name, title, unit, figure) in drawn {
            let path = workspace::root().join("docs/images").join(name);
            fs::write(&path, plot::svg(title, unit, &self.of(figure)))?;
            println!("\nwrote {}", path.display());
        }
        Ok(())
    }

    /// One curve a client, of a figure.
    fn of(&self, figure: fn(&Cost) -> f64) -> Vec<plot::Curve> {
        let names = self.measured.first().map(|(_, outcomes)| outcomes.iter().map(|(name, _)| *name));
        let curve = |name| plot::Curve { name, points: self.points(name, figure) };
        names.into_iter().flatten().map(curve).filter(|curve| !curve.points.is_empty()).collect()
    }

    fn points(&self, name: &str, figure: fn(&Cost) -> f64) -> Vec<(f64, f64)> {
        let measured = self.measured.iter().filter_map(|(targets, outcomes)| {
            outcomes.iter().find_map(|(known, outcome)| match outcome {
                Outcome::Median(cost, _) if *known == name => Some((f64::from(*targets), figure(cost))),
                _ => None,
            })
        });
        measured.collect()
    }
}

/// Milliseconds.
fn cpu(cost: &Cost) -> f64 {
    table::float(cost.cpu) / 1000.0
}

/// Megabytes.
fn memory(cost: &Cost) -> f64 {
    table::float(cost.memory) * 1024.0 / 1e6
}

/// The time from the start of the process to the first answer of the module, beside that of a process which does nothing.
fn print_start(contenders: &[Contender]) -> Result<()> {
    let present = contenders.iter().filter(|contender| contender.missing().is_none());
    let starts = present.map(|contender| (contender.name, contender.start()));
    println!("\nStart of a process, median of {STARTS}:");
    for (name, command) in std::iter::once(("true", Command::new("true"))).chain(starts) {
        let costs = (0..STARTS).map(|_| cost(&command, LIMIT)).collect::<Result<Option<Vec<_>>>>()?;
        if let Some(median) = costs.and_then(|costs| median(&costs)) {
            table::print_figures(name, &median);
        }
    }
    Ok(())
}

/// What the image verifier adds to a pull where nothing is due on the network.
fn print_decision() -> Result<()> {
    println!("\nA decision about an image, process and all:");
    let package = ["--release", "--quiet", "--package", "tuf-image-verifier"];
    children::succeed(workspace::cargo(&["build"]).args(package).args(["--bin", "tuf-image-verifier"]))?;
    children::succeed(workspace::cargo(&["run"]).args(package).args(["--example", "warm_start"]))
}

/// What the sandbox costs: the same core inside of it and compiled into a program.
fn print_sandbox() -> Result<()> {
    println!("\nThe core in the sandbox beside the same core compiled natively:");
    let example = ["--release", "--quiet", "--package", "tuf-verifier-host", "--example", "against_native"];
    children::succeed(workspace::cargo(&["run"]).args(example))
}

/// A published repository and the server that shows it.
struct Repository {
    folder: PathBuf,
    server: Server,
    targets: u32,
}

impl Repository {
    fn publish(folder: &TempDir, targets: u32) -> Result<Self> {
        if let Some(reason) = setup::reason_missing("python") {
            bail!("the repositories are written by python-tuf, which is missing: {reason}");
        }
        let folder = folder.path().join(format!("repository-{targets}"));
        let script = workspace::root().join("tests/oracle/python/measured_repository.py");
        let mut publish = Command::new(contender::python());
        children::succeed(publish.arg(script).arg(&folder).arg(targets.to_string()))?;
        Ok(Self { server: Server::folder(&folder)?, folder, targets })
    }
}

/// Runs of all clients on one repository.
struct Race<'a> {
    repository: &'a Repository,
    /// Of the stores.
    folder: &'a TempDir,
    runs: usize,
    /// For one run.
    limit: Duration,
}

impl Race<'_> {
    /// What each client comes to; what `known` has is not measured.
    fn all(
        &self,
        contenders: &[Contender],
        state: &str,
        known: impl Fn(usize) -> Option<Outcome>,
    ) -> Result<Vec<(&'static str, Outcome)>> {
        let measured = contenders.iter().enumerate().map(|(number, contender)| {
            let outcome = known(number).map_or_else(|| self.measure(contender, state), Ok)?;
            Ok((contender.name, outcome))
        });
        measured.collect()
    }

    /// Runs a client once for each of as many stores: those that are not there yet, or those that it left before.
    fn measure(&self, contender: &Contender, state: &str) -> Result<Outcome> {
        if let Some(reason) = contender.missing() {
            return Ok(Outcome::Missing(reason));
        }
        let Repository { folder, server, targets } = self.repository;
        eprintln!("measuring {}, {targets} targets, {state}", contender.name);
        let mut costs: Vec<Cost> = Vec::new();
        for run in 0..self.runs {
            let store = self.folder.path().join(format!("store-{}-{targets}-{run}", contender.name));
            if state == "warm" && !store.exists() {
                break;
            }
            let Some(cost) = cost(&contender.update(folder, &server.url(), &store), self.limit)? else {
                return Ok(Outcome::Exceeded(self.limit));
            };
            costs.push(cost);
            let spent = costs.iter().map(|cost| Duration::from_micros(cost.wall)).sum::<Duration>();
            if spent >= LIMIT {
                break;
            }
        }
        let runs = costs.len();
        Ok(median(&costs).map_or(Outcome::Exceeded(self.limit), |cost| Outcome::Median(cost, runs)))
    }
}

/// What the runs of one client came to.
#[derive(Clone)]
enum Outcome {
    /// Each figure by itself, of this many runs.
    Median(Cost, usize),
    /// A run was ended at this limit.
    Exceeded(Duration),
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
