//! One world: steps that a client follows.

use std::fmt;

use tuf_tests::{Mirror, Repository};

use super::random::Random;
use super::scene::{Scene, touch};
use super::{honest, mutation};

/// A repository with its history, and an attack or several.
#[derive(Clone, Debug)]
pub struct World {
    /// What all of it follows from.
    pub seed: u64,
    /// The client refreshes at each with the same store. It was shipped with the root metadata `1.root.json` of the first.
    pub steps: Vec<Step>,
}

/// What is offered at one time, and what the client looks for.
#[derive(Clone, Debug)]
pub struct Step {
    /// The fixed update start time, in seconds since 1970.
    pub now: i64,
    /// The offered files.
    pub mirror: Mirror,
    /// Target paths.
    pub targets: Vec<String>,
    /// What the repository did since the last step, in words.
    pub history: Vec<String>,
    /// Every mutation that shows in the offered files, the latest last.
    pub applied: Vec<Applied>,
}

/// A mutation of one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Name of the mutation.
    pub mutation: &'static str,
    /// Role whose metadata or target was mutated.
    pub role: String,
}

impl World {
    /// The world of this seed.
    #[must_use]
    pub fn generate(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut repository = honest::begin(&mut random);
        let mut now = honest::BEGINNING;
        let mut lasting = Vec::new();
        let mut earlier: Vec<Mirror> = Vec::new();
        let mut steps = Vec::new();
        for number in 0..random.pick(&[2, 3, 3, 4]) {
            let mut history = Vec::new();
            if number > 0 {
                history = honest::go_on(&mut repository, &mut random, &mut now, number);
            }
            let mut step = Step {
                now,
                mirror: repository.mirror.clone(),
                targets: honest::paths(&repository, &mut random),
                history,
                applied: lasting.clone(),
            };
            if random.chance(if number == 0 { 25 } else { 60 }) {
                let (spoiled, applied) = spoil(&repository, &mut random, now, &earlier, &mut step.targets);
                step.targets.sort();
                step.targets.dedup();
                step.mirror = spoiled.mirror.clone();
                step.applied.push(applied.clone());
                if random.chance(35) {
                    repository = spoiled;
                    lasting.push(applied);
                } else if random.chance(10) {
                    lasting.push(Applied { mutation: VERSIONS_USED_TWICE, ..applied });
                } else {
                    honest::skip_versions_of(&spoiled, &mut repository);
                }
            }
            earlier.push(step.mirror.clone());
            steps.push(step);
        }
        Self { seed, steps }
    }
}

/// After an attack the repository goes on with the versions that the attacker has used: the same numbers, other content.
pub(super) const VERSIONS_USED_TWICE: &str = "versions-used-twice";

/// Spoils a copy of the repository by one mutation of one role.
fn spoil(
    repository: &Repository,
    random: &mut Random,
    now: i64,
    earlier: &[Mirror],
    targets: &mut Vec<String>,
) -> (Repository, Applied) {
    let (mutation, role) = mutation::choose(repository, random);
    let mut repository = repository.clone();
    touch(&mut repository, &role);
    let mut scene = Scene::new(repository, random, &role, now, earlier, targets);
    (mutation.act)(&mut scene);
    (scene.publish(), Applied { mutation: mutation.name, role })
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let applied: Vec<String> = self.applied.iter().map(ToString::to_string).collect();
        write!(f, "{}; mutated: {}", self.history.join(", "), applied.join(", "))
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.mutation, self.role)
    }
}
