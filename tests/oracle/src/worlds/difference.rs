//! The first step at which the three clients do not answer alike.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::readers::Verdicts;
use super::verdict::Versions;
use super::{Rule, Step, Trio, Verdict, World, rules};
use crate::Outcome;

/// What the three clients answered differently.
#[derive(Clone, Debug)]
pub struct Difference<'w> {
    /// The world.
    pub world: &'w World,
    /// Number of the step, from 0.
    pub number: usize,
    /// Where in the step it is.
    pub place: Place,
    /// The three answers.
    pub answers: Trio,
    /// The versions that each trusts after an accepted refresh: ours, python-tuf's, tuf-js's.
    pub versions: [Option<Versions>; 3],
}

/// Where in a step the answers differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The refresh.
    Refresh,
    /// The trusted versions after a refresh that all accepted.
    Versions,
    /// The search for a target, or its bytes.
    Target(String),
}

impl<'w> Difference<'w> {
    /// All differences of the first step that has any.
    #[must_use]
    pub fn first(world: &'w World, verdicts: &Verdicts) -> Vec<Self> {
        let answers = verdicts.ours.iter().zip(&verdicts.python).zip(&verdicts.node);
        let mut steps = answers.enumerate().map(|(number, ((ours, python), node))| {
            let step = world.steps.get(number);
            let places = step.map(|step| places(step, [ours, python, node])).unwrap_or_default();
            let difference = |(place, answers)| Self {
                world,
                number,
                place,
                answers,
                versions: [ours, python, node].map(|verdict| verdict.versions.clone()),
            };
            places.into_iter().map(difference).collect::<Vec<_>>()
        });
        steps.find(|differences| !differences.is_empty()).unwrap_or_default()
    }

    /// The step.
    #[must_use]
    pub fn step(&self) -> &'w Step {
        &self.world.steps[self.number]
    }

    /// Whether this mutation shows at the step.
    #[must_use]
    pub fn has(&self, mutation: &str) -> bool {
        self.step().applied.iter().any(|applied| applied.mutation == mutation)
    }

    /// Whether this mutation shows at the step, or showed at an earlier one.
    #[must_use]
    pub fn had(&self, mutation: &str) -> bool {
        self.until_now().any(|step| step.applied.iter().any(|applied| applied.mutation == mutation))
    }

    /// Whether something of this role is mutated at the step.
    #[must_use]
    pub fn mutated(&self, role: &str) -> bool {
        self.step().applied.iter().any(|applied| applied.role == role)
    }

    /// Whether two of the root metadata files that were offered so far give other keys to the timestamp or the snapshot.
    #[must_use]
    pub fn rotated(&self) -> bool {
        let mut roots = self
            .until_now()
            .flat_map(|step| &step.mirror.metadata)
            .filter_map(|(name, bytes)| name.ends_with(".root.json").then(|| online_keys(bytes)).flatten());
        let first = roots.next();
        roots.any(|other| Some(other) != first)
    }

    /// Whether snapshots of the listed version but with different bytes were offered until now.
    #[must_use]
    pub fn reuses_the_snapshots_version(&self) -> bool {
        let Some(version) = listed_snapshot(self.step()) else { return false };
        let offered: BTreeSet<&[u8]> = self.until_now().flat_map(|step| snapshots(step, version)).collect();
        offered.len() > 1
    }

    /// Whether timestamps of one version but with different bytes were offered until now, the last of them at this step.
    #[must_use]
    pub fn reuses_the_timestamps_version(&self) -> bool {
        let now = timestamp(self.step());
        let same = |other: &(u64, &[u8])| now.is_some_and(|now| now.0 == other.0 && now.1 != other.1);
        self.until_now().filter_map(timestamp).any(|other| same(&other))
    }

    /// Whether an earlier step offered root metadata that is not offered now, with a mutation that a rule knows.
    #[must_use]
    pub fn withdrew_a_doubtful_root(&self) -> bool {
        let now = &self.step().mirror.metadata;
        let doubtful = |step: &&Step| {
            step.applied.iter().any(|applied| {
                applied.role == "root"
                    && rules().flat_map(Rule::mutations).any(|mutation| mutation == applied.mutation)
            })
        };
        let roots = self.until_now().filter(doubtful).flat_map(|step| &step.mirror.metadata);
        let mut roots = roots.filter(|(name, _)| name.ends_with(".root.json"));
        roots.any(|(name, bytes)| now.get(name) != Some(bytes))
    }

    /// The steps until this one.
    fn until_now(&self) -> impl Iterator<Item = &'w Step> {
        self.world.steps.iter().take(self.number + 1)
    }
}

/// What root metadata says of the keys of timestamp and snapshot.
fn online_keys(root: &[u8]) -> Option<[Value; 2]> {
    let root: Value = serde_json::from_slice(root).ok()?;
    Some(["timestamp", "snapshot"].map(|role| root["signed"]["roles"][role].clone()))
}

/// The timestamp that a step offers, with its version.
fn timestamp(step: &Step) -> Option<(u64, &[u8])> {
    let bytes = step.mirror.metadata.get("timestamp.json")?;
    let timestamp: Value = serde_json::from_slice(bytes).ok()?;
    Some((timestamp["signed"]["version"].as_u64()?, bytes))
}

/// The version of the snapshot that the timestamp of a step lists.
fn listed_snapshot(step: &Step) -> Option<u64> {
    let timestamp: Value = serde_json::from_slice(step.mirror.metadata.get("timestamp.json")?).ok()?;
    timestamp["signed"]["meta"]["snapshot.json"]["version"].as_u64()
}

/// The snapshots of this version that a step offers, under the names of both kinds of repository.
fn snapshots(step: &Step, version: u64) -> impl Iterator<Item = &[u8]> {
    let files = [format!("{version}.snapshot.json"), "snapshot.json".to_owned()];
    files.into_iter().filter_map(move |name| {
        let bytes = step.mirror.metadata.get(&name)?;
        let snapshot: Value = serde_json::from_slice(bytes).ok()?;
        (snapshot["signed"]["version"].as_u64() == Some(version)).then_some(bytes.as_slice())
    })
}

fn places(step: &Step, verdicts: [&Verdict; 3]) -> Vec<(Place, Trio)> {
    let [ours, python, node] = verdicts;
    let trio = |outcome: &dyn Fn(&Verdict) -> Outcome| Trio {
        ours: outcome(ours),
        python: outcome(python),
        node: outcome(node),
    };
    let refresh = trio(&|verdict| verdict.refresh.clone());
    if !refresh.agree() {
        return vec![(Place::Refresh, refresh)];
    }
    if verdicts.iter().any(|verdict| verdict.versions != ours.versions) {
        return vec![(Place::Versions, refresh)];
    }
    let looked = step.targets.iter().map(|path| {
        let missing = Outcome::Refused { reason: "the refresh was refused".to_owned() };
        let of = |verdict: &Verdict| verdict.targets.get(path).cloned().unwrap_or(missing.clone());
        (Place::Target(path.clone()), trio(&of))
    });
    looked.filter(|(_, answers)| !answers.agree()).collect()
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trio { ours, python, node } = &self.answers;
        writeln!(f, "seed {}, step {}: {}", self.world.seed, self.number, self.place)?;
        writeln!(f, "  ours       {ours}\n  python-tuf {python}\n  tuf-js     {node}")?;
        if self.place == Place::Versions {
            writeln!(f, "  versions   {:?}", self.versions)?;
        }
        for (number, step) in self.world.steps.iter().enumerate().take(self.number + 1) {
            writeln!(f, "  step {number}: {step}")?;
        }
        write!(f, "  replay with `cargo xtask worlds --seed {} --count 1`", self.world.seed)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refresh => write!(f, "the refresh"),
            Self::Versions => write!(f, "the trusted versions"),
            Self::Target(path) => write!(f, "the target {path:?}"),
        }
    }
}
