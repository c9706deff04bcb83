//! Repositories, and what every client must answer to them.

mod accepted;
mod delegations;
mod forged;
mod rolled_back;
mod spoiled;

use anyhow::{Result, bail};
use sha2::{Digest, Sha256};

use crate::spoil::Published;
use crate::{Journey, Outcome, Plan, Stop, Visit};
pub use rolled_back::replayed_timestamp;

/// Looked for where a scenario names no other: the files of the standard plan, and one that nobody lists.
const STANDARD_TARGETS: [&str; 3] = ["readme.txt", "alpha/one", "alpha/none"];
const STANDARD: &[Looked] = &[Looked::Verified, Looked::Verified, Looked::Absent];

type Spoil = Box<dyn Fn(&Published) -> Result<()> + Send + Sync>;

/// A repository, what is spoiled in it, and what every client must answer.
pub struct Scenario {
    /// Name in the names of tests.
    pub name: String,
    plan: Plan,
    spoil: Spoil,
    stops: Vec<usize>,
    targets: Vec<String>,
    expected: Vec<Expected>,
    differences: Vec<Difference>,
}

/// What a client must answer at one stop.
#[derive(Clone, Copy, Debug)]
pub enum Expected {
    /// It refuses the top-level metadata; ours with this code.
    Refused(&'static str),
    /// It accepts, and finds this of each target.
    Accepted(&'static [Looked]),
}

/// What a client must find of one target.
#[derive(Clone, Copy, Debug)]
pub enum Looked {
    /// The target, with the content that was published.
    Verified,
    /// Nothing.
    Absent,
    /// It refuses; ours with this code.
    Refused(&'static str),
}

/// A peer that is known to answer otherwise.
struct Difference {
    reader: &'static str,
    answers: Vec<Expected>,
}

/// Every scenario.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [accepted::all(), delegations::all(), forged::all(), rolled_back::all(), spoiled::all()]
        .into_iter()
        .flatten()
        .collect()
}

impl Scenario {
    /// A plan whose every release is visited in turn, where all standard targets are found.
    fn new(name: impl Into<String>, plan: Plan) -> Self {
        let releases = plan.releases.len();
        Self {
            name: name.into(),
            plan,
            spoil: Box::new(|_| Ok(())),
            stops: (1..=releases).collect(),
            targets: STANDARD_TARGETS.map(str::to_owned).to_vec(),
            expected: vec![Expected::Accepted(STANDARD); releases],
            differences: Vec::new(),
        }
    }

    /// Spoils the last release after it was published.
    fn spoiled(mut self, spoil: impl Fn(&Published) -> Result<()> + Send + Sync + 'static) -> Self {
        self.spoil = Box::new(spoil);
        self
    }

    /// Visits these releases in this order.
    fn visiting(mut self, stops: &[usize]) -> Self {
        self.stops = stops.to_vec();
        self.expected = vec![Expected::Accepted(STANDARD); stops.len()];
        self
    }

    /// Looks for these targets.
    fn looking_for(mut self, targets: &[&str]) -> Self {
        self.targets = targets.iter().map(|&path| path.to_owned()).collect();
        self
    }

    /// At the last stop, this is answered.
    fn ends(mut self, last: Expected) -> Self {
        if let Some(expected) = self.expected.last_mut() {
            *expected = last;
        }
        self
    }

    /// At the last stop, this peer is known to answer otherwise, for the reason that the caller's comment gives.
    fn but(mut self, reader: &'static str, last: Expected) -> Self {
        let mut answers = self.expected.clone();
        if let Some(answer) = answers.last_mut() {
            *answer = last;
        }
        self.differences.push(Difference { reader, answers });
        self
    }

    /// The plan to write.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.plan.clone()
    }

    /// Spoils what was written.
    ///
    /// # Errors
    /// Where it is not there to be spoiled.
    pub fn spoil(&self, plan: &Plan) -> Result<()> {
        (self.spoil)(&Published::new(plan.folder.join(plan.releases.len().to_string())))
    }

    /// The way of a client whose store is in `store` through what was written, served at `url`.
    #[must_use]
    pub fn journey(&self, plan: &Plan, url: &str, store: std::path::PathBuf) -> Journey {
        let stop = |release: &usize| Stop {
            metadata_url: format!("{url}/{release}/metadata"),
            targets_url: format!("{url}/{release}/targets"),
        };
        Journey {
            root: plan.folder.join("1/metadata/1.root.json"),
            store,
            stops: self.stops.iter().map(stop).collect(),
            targets: self.targets.clone(),
            reference_time: None,
        }
    }

    /// Compares what a client answered with what it must answer; reasons are compared where they are ours.
    ///
    /// # Errors
    /// Where they differ.
    pub fn judge(&self, reader: &str, visits: &[Visit]) -> Result<()> {
        let known = self.differences.iter().find(|difference| difference.reader == reader);
        let expected = known.map_or(&self.expected, |difference| &difference.answers);
        if visits.len() != expected.len() {
            bail!("{} stops were visited, {} were to be", visits.len(), expected.len());
        }
        for ((release, visit), expected) in self.stops.iter().zip(visits).zip(expected) {
            let expected = self.expected_visit(*release, *expected);
            if !agrees(reader, &expected.refresh, &visit.refresh)
                || expected.targets.len() != visit.targets.len()
                || !expected.targets.iter().all(|(path, outcome)| {
                    visit.targets.get(path).is_some_and(|answer| agrees(reader, outcome, answer))
                })
            {
                bail!("at release {release}: expected {expected:#?}, {reader} answered {visit:#?}");
            }
        }
        Ok(())
    }

    fn expected_visit(&self, release: usize, expected: Expected) -> Visit {
        match expected {
            Expected::Refused(code) => Visit { refresh: refused(code), targets: Default::default() },
            Expected::Accepted(looked) => {
                let outcome = |(path, looked): (&String, &Looked)| {
                    let outcome = match looked {
                        Looked::Verified => {
                            Outcome::Verified { sha256: self.published_sha256(release, path) }
                        }
                        Looked::Absent => Outcome::Absent,
                        Looked::Refused(code) => refused(code),
                    };
                    (path.clone(), outcome)
                };
                Visit {
                    refresh: Outcome::Accepted,
                    targets: self.targets.iter().zip(looked).map(outcome).collect(),
                }
            }
        }
    }

    /// The SHA-256 of what the first role that lists the path publishes for it.
    fn published_sha256(&self, release: usize, path: &str) -> String {
        let release = release.checked_sub(1).and_then(|index| self.plan.releases.get(index));
        let listing = release.into_iter().flat_map(|release| {
            release.roles.iter().map(|role| &role.files).chain(release.bins.as_ref().map(|bins| &bins.files))
        });
        let content = listing.filter_map(|files| files.get(path)).next().map_or("", String::as_str);
        Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn refused(code: &str) -> Outcome {
    Outcome::Refused { reason: code.to_owned() }
}

fn agrees(reader: &str, expected: &Outcome, answer: &Outcome) -> bool {
    match (expected, answer) {
        (Outcome::Refused { .. }, Outcome::Refused { .. }) if reader != "ours" => true,
        (expected, answer) => expected == answer,
    }
}
