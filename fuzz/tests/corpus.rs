//! The corpus, and mutations of it, through the properties of every target: what a fuzzer would begin with.

mod mutation;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use mutation::Mutator;
use tuf_fuzz::{Check, TARGETS, seeds};

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// Every file of the corpus of a target, by name.
fn files(target: &str) -> Vec<(String, Vec<u8>)> {
    let listed = fs::read_dir(corpus(target)).expect("the target has a corpus");
    let mut files: Vec<_> = listed
        .map(|entry| {
            let path = entry.expect("the folder can be read").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(path).expect("the file can be read"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has nothing to begin with");
    files
}

/// Runs the properties of a target, and shows the input where one does not hold.
fn run(target: &str, origin: &str, check: Check, input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(input))) {
        eprintln!("{target}, {origin}: b\"{}\"", input.escape_ascii());
        resume_unwind(panic);
    }
}

/// Replays the corpus, then as many mutations of it.
fn replay(target: &str, mutations: u32) {
    let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target");
    let files = files(target);
    for (name, input) in &files {
        run(target, name, *check, input);
    }
    let mut mutator = Mutator::new(files.into_iter().map(|(_, input)| input).collect());
    for number in 0..mutations {
        let input = mutator.next();
        run(target, &format!("mutation {number}"), *check, &input);
    }
}

#[test]
fn canonical_json() {
    replay("canonical_json", 20_000);
}

#[test]
fn client_sequence() {
    replay("client_sequence", 1_500);
}

#[test]
fn date() {
    replay("date", 20_000);
}

#[test]
fn offer_sequence() {
    replay("offer_sequence", 600);
}

#[test]
fn role_json() {
    replay("role_json", 2_000);
}

#[test]
fn root_chain() {
    replay("root_chain", 3_000);
}

#[test]
fn target_path_and_pattern() {
    replay("target_path_and_pattern", 20_000);
}

#[test]
fn seeds_are_as_they_were_made() {
    for seed in seeds::all() {
        let file = fs::read(corpus(seed.target).join(&seed.name)).unwrap_or_default();
        assert!(file == seed.input, "{}/{} differs: write the seeds again", seed.target, seed.name);
    }
}
