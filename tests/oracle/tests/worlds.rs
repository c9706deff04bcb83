//! 500 generated worlds, read by this project, python-tuf and tuf-js, and the page that explains where they differ.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Trial};
use tuf_oracle_tests::worlds::{Readers, Rule, Tally, World, document, mutations, rules, without_counts};

const WORLDS: u64 = 500;
const WORLDS_A_TEST: u64 = 125;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let seeds = (0..WORLDS / WORLDS_A_TEST).map(|part| part * WORLDS_A_TEST..(part + 1) * WORLDS_A_TEST);
    let mut trials: Vec<Trial> = seeds.map(of_seeds).collect();
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
    let skipped = name.clone();
    Trial::test(name, move || match Readers::start() {
        Ok(readers) => Ok(follow(&readers, seeds).map_err(|error| format!("{error:#}"))?),
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
    for seed in [0, 1, u64::MAX] {
        let (one, other) = (World::generate(seed), World::generate(seed));
        let same = one.steps.iter().zip(&other.steps).all(|(one, other)| one.mirror == other.mirror);
        ensure!(same && one.steps.len() == other.steps.len(), "two worlds of seed {seed}");
    }
    Ok(())
}
