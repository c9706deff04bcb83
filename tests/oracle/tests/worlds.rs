//! 500 generated worlds, read by this project, python-tuf and tuf-js, and the page that explains where they differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Trial};
use tuf_oracle_tests::Outcome;
use tuf_oracle_tests::worlds::{
    Difference, Place, Readers, Rule, Tally, Verdict, Verdicts, World, document, explain, mutations, rules,
    without_counts,
};

const WORLDS: u64 = 500;
const WORLDS_A_TEST: u64 = 125;

/// Worlds in which a rule holds together with something else, and the rule.
const COMBINED: [(u64, &str); 9] = [
    // The snapshot that the peers have stored lists nothing at all, and its version is used twice.
    (5_000_035, "a-snapshot-that-does-not-list-targets"),
    // The second snapshot of the version is no metadata: it does not even say which version it is.
    (5_000_246, "a-version-used-twice"),
    // The timestamp says the same version for ever, and the one that the peers have stored has expired.
    (5_002_544, "rotated-keys-end-both-floors"),
    // The snapshot that the peers have stored lists targets metadata that nobody has ever published.
    (5_008_097, "rotated-keys-end-both-floors"),
    // The listed snapshot is no metadata, and one of its version from before the rotation is stored.
    (10_005_191, "rotated-keys-end-both-floors"),
    // The offered timestamp is from before the rotation, and nobody offers the snapshot that it lists any more.
    (10_008_319, "rotated-keys-end-both-floors"),
    // The timestamp of a version used twice lists a snapshot that nobody offers any more.
    (20_001_665, "rotated-keys-end-both-floors"),
    // The targets metadata that the second snapshot lists has a target of another length.
    (10_004_841, "a-version-used-twice"),
    // The role that tuf-js goes on to is no metadata; the other two find the target before.
    (10_002_868, "a-leading-dot"),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let seeds = (0..WORLDS / WORLDS_A_TEST).map(|part| part * WORLDS_A_TEST..(part + 1) * WORLDS_A_TEST);
    let mut trials: Vec<Trial> = seeds.map(of_seeds).collect();
    trials.extend(COMBINED.map(|(seed, rule)| combined(seed, rule)));
    trials.push(test("the_page_of_differences_is_that_of_the_rules", the_page_is_that_of_the_rules));
    trials.push(test("every_rule_knows_its_mutations", every_rule_knows_its_mutations));
    trials.push(test("a_world_depends_on_its_seed_alone", a_world_depends_on_its_seed_alone));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn test(name: &str, check: fn() -> Result<()>) -> Trial {
    Trial::test(name, move || Ok(check().map_err(|error| format!("{error:#}"))?))
}

/// The three answer alike in the worlds of these seeds, or a rule explains why not.
fn of_seeds(seeds: Range<u64>) -> Trial {
    let name = format!("worlds_of_seeds_{}_to_{}", seeds.start, seeds.end - 1);
    with_peers(name, move |readers| follow(readers, seeds))
}

/// The rule explains the world of this seed, and no wrong answer of ours to it.
fn combined(seed: u64, rule: &'static str) -> Trial {
    with_peers(format!("explains_world_{seed}"), move |readers| {
        let world = World::generate(seed);
        let verdicts = readers.follow(&world)?;
        let differences = Difference::first(&world, &verdicts);
        ensure!(!differences.is_empty(), "all three answer alike");
        for difference in &differences {
            let names: Vec<&str> = explain(difference).iter().map(|rule| rule.name).collect();
            ensure!(names == [rule], "{names:?} explain\n{difference}");
        }
        let (number, place) = (differences[0].number, &differences[0].place);
        let explained = wrong(verdicts.ours(number), place).into_iter().filter_map(|answer| {
            let verdicts: Verdicts = verdicts.had_we_answered(number, answer);
            // Of another target we answer as before.
            let about = |other: &Place| !matches!(other, Place::Target(_)) || other == place;
            let explained = |other: &Difference<'_>| about(&other.place) && !explain(other).is_empty();
            Difference::first(&world, &verdicts)
                .iter()
                .find(|other| explained(other))
                .map(ToString::to_string)
        });
        let explained: Vec<String> = explained.collect();
        ensure!(explained.is_empty(), "a wrong answer is explained\n{}", explained.join("\n"));
        Ok(())
    })
}

/// What we might have answered in the place of this: versions that nobody offered, refusals that say something else, and
/// where it is about a target, another target or none.
fn wrong(right: &Verdict, place: &Place) -> Vec<Verdict> {
    let numbers = [1, 2, 3].map(|role| {
        let mut versions = right.versions.clone().unwrap_or_else(|| [1, 1, 1, 1].map(Into::into));
        versions[role] = 77_777.into();
        Verdict { refresh: Outcome::Accepted, versions: Some(versions), ..right.clone() }
    });
    let reasons = ["panicked: a broken promise", "unsafe-path", "unsupported-delegation"].map(|reason| {
        let refresh = Outcome::Refused { reason: reason.to_owned() };
        Verdict { refresh, versions: None, targets: BTreeMap::new(), ..right.clone() }
    });
    let others = [Outcome::Verified { sha256: "00".repeat(32) }, Outcome::Absent];
    let targets = others.into_iter().filter_map(|other| match place {
        Place::Target(path) => {
            let targets = right.targets.clone().into_iter().chain([(path.clone(), other)]).collect();
            Some(Verdict { targets, ..right.clone() })
        }
        _ => None,
    });
    numbers.into_iter().chain(reasons).chain(targets).collect()
}

/// A test with both peers; skipped where they are not set up.
fn with_peers(name: String, check: impl FnOnce(&Readers) -> Result<()> + Send + 'static) -> Trial {
    let skipped = name.clone();
    Trial::test(name, move || match Readers::start() {
        Ok(readers) => Ok(check(&readers).map_err(|error| format!("{error:#}"))?),
        Err(reason) => {
            tuf_tests::skip(&skipped, &format!("{reason:#}"));
            Ok(())
        }
    })
}

fn follow(readers: &Readers, seeds: Range<u64>) -> Result<()> {
    let mut tally = Tally::default();
    for seed in seeds {
        let world = World::generate(seed);
        let verdicts = readers.follow(&world).with_context(|| format!("seed {seed}"))?;
        tally.add(&world, &verdicts);
    }
    ensure!(tally.unexplained.is_empty(), "no rule explains\n{}", tally.unexplained.join("\n"));
    Ok(())
}

fn the_page_is_that_of_the_rules() -> Result<()> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../differences.md"))?;
    let made = document(&Tally::default().counts());
    ensure!(
        without_counts(&page) == without_counts(&made),
        "tests/differences.md is not that of the rules: run `cargo xtask worlds --count 20000 --write`"
    );
    Ok(())
}

/// A rule whose mutation nobody makes would explain nothing, and a name that two rules share would hide one.
fn every_rule_knows_its_mutations() -> Result<()> {
    let known: BTreeSet<&str> = mutations().collect();
    for mutation in rules().flat_map(Rule::mutations) {
        ensure!(known.contains(mutation), "no such mutation: {mutation}");
    }
    let names: BTreeSet<&str> = rules().map(|rule| rule.name).collect();
    ensure!(names.len() == rules().count(), "two rules have one name");
    Ok(())
}

fn a_world_depends_on_its_seed_alone() -> Result<()> {
    // In the third an attack repeats a root that an earlier one took away.
    for seed in [0, 1, 10_004_534, u64::MAX] {
        let (one, other) = (World::generate(seed), World::generate(seed));
        let same = one.steps.iter().zip(&other.steps).all(|(one, other)| one.mirror == other.mirror);
        ensure!(same && one.steps.len() == other.steps.len(), "two worlds of seed {seed}");
    }
    Ok(())
}
