//! What many worlds came to.

use std::collections::BTreeMap;
use std::fmt;

use super::readers::Verdicts;
use super::{Counts, Difference, World, explain, rules};

/// Kinds of mutation that were not applied are named where they are so few.
const FEW: usize = 12;

/// Counts over many worlds.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Worlds followed.
    pub worlds: u64,
    steps: u64,
    /// Our answers to refreshes and to searches, by outcome or code.
    refreshes: BTreeMap<String, u64>,
    searches: BTreeMap<String, u64>,
    mutations: BTreeMap<&'static str, u64>,
    explained: BTreeMap<&'static str, u64>,
    /// Differences that no rule explains, in words.
    pub unexplained: Vec<String>,
}

impl Tally {
    /// Adds what the three clients answered to one world.
    pub fn add(&mut self, world: &World, verdicts: &Verdicts) {
        self.worlds += 1;
        for (step, verdict) in world.steps.iter().zip(&verdicts.ours) {
            self.steps += 1;
            count(&mut self.refreshes, verdict.refresh.name());
            for outcome in verdict.targets.values() {
                count(&mut self.searches, outcome.name());
            }
            for applied in &step.applied {
                *self.mutations.entry(applied.mutation).or_default() += 1;
            }
        }
        for difference in Difference::first(world, verdicts) {
            let explained_by = explain(&difference);
            if explained_by.is_empty() {
                self.unexplained.push(difference.to_string());
            }
            for rule in explained_by {
                *self.explained.entry(rule.name).or_default() += 1;
            }
        }
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.steps += other.steps;
        for (all, more) in [(&mut self.refreshes, other.refreshes), (&mut self.searches, other.searches)] {
            more.into_iter().for_each(|(name, number)| *all.entry(name).or_default() += number);
        }
        for (all, more) in [(&mut self.mutations, other.mutations), (&mut self.explained, other.explained)] {
            more.into_iter().for_each(|(name, number)| *all.entry(name).or_default() += number);
        }
        self.unexplained.extend(other.unexplained);
    }

    /// How often each rule explained a difference.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { worlds: self.worlds, of_rules: self.explained.clone() }
    }
}

fn count(all: &mut BTreeMap<String, u64>, name: &str) {
    *all.entry(name.to_owned()).or_default() += 1;
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} worlds, {} steps", self.worlds, self.steps)?;
        let unused: Vec<_> = super::mutations().filter(|name| !self.mutations.contains_key(name)).collect();
        writeln!(f, "{} kinds of mutation applied, {} not", self.mutations.len(), unused.len())?;
        if unused.len() <= FEW {
            unused.iter().try_for_each(|name| writeln!(f, "  {name}"))?;
        }
        for (title, counts) in [("our refreshes", &self.refreshes), ("our searches", &self.searches)] {
            writeln!(f, "\n{title}")?;
            for (name, number) in counts {
                writeln!(f, "  {number:>8}  {name}")?;
            }
        }
        writeln!(f, "\ndifferences explained")?;
        for rule in rules() {
            writeln!(f, "  {:>8}  {}", self.explained.get(rule.name).unwrap_or(&0), rule.name)?;
        }
        write!(f, "\n{} differences unexplained", self.unexplained.len())
    }
}
