//! The first step at which the three clients do not answer alike.

use std::fmt;

use super::readers::Verdicts;
use super::stored::Peer;
use super::verdict::Versions;
use super::{Step, Stored, Trio, Verdict, World};
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
    /// What each had stored before the step.
    pub before: [Stored; 3],
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
            let before = verdicts.stored_before(world, number);
            let difference = |(place, answers)| Self {
                world,
                number,
                place,
                answers,
                versions: [ours, python, node].map(|verdict| verdict.versions.clone()),
                before: before.clone(),
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

    /// Whether this peer answers otherwise than we do, or trusts other versions.
    pub(super) fn dissents(&self, peer: Peer) -> bool {
        let [ours, python, node] = &self.versions;
        let (answer, versions) = match peer {
            Peer::Python => (&self.answers.python, python),
            Peer::Node => (&self.answers.node, node),
        };
        !self.answers.ours.same_verdict(answer) || versions != ours
    }

    /// The steps until this one.
    pub(super) fn until_now(&self) -> impl Iterator<Item = &'w Step> {
        self.world.steps.iter().take(self.number + 1)
    }
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
