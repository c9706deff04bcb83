//! Every row of `docs/verdicts.md` is a test of its name.

mod answers;
mod bodies;
mod files;
mod mirrors;
mod redirects;
mod site;

use std::collections::BTreeSet;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use tuf_tests::recorded::within;
use tuf_tests::verdicts::{Answer, Case, Row, World, document, sections};

type RealParts = (&'static str, fn());

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let real_parts: Vec<RealParts> =
        [answers::TESTS, bodies::TESTS, files::TESTS, mirrors::TESTS, redirects::TESTS].concat();
    let mut trials: Vec<Trial> =
        sections().into_iter().flat_map(|section| section.rows).map(|row| trial(row, &real_parts)).collect();
    trials.push(trial_of("every-row-has-a-name-a-reason-and-an-answer", every_row_is_whole));
    trials.push(trial_of("every-test-with-real-parts-is-a-row", move || every_test_is_a_row(&real_parts)));
    trials.push(trial_of("the-document-is-up-to-date", the_document_is_up_to_date));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(row: Row, real_parts: &[RealParts]) -> Trial {
    let test = real_parts.iter().find(|(name, _)| *name == row.name).map(|(_, test)| *test);
    trial_of(row.name, move || match &row.case {
        Case::Worlds(worlds) | Case::OurWorlds(worlds) => {
            let worlds = worlds();
            assert!(!worlds.is_empty(), "nothing was tested");
            worlds.iter().for_each(World::run);
        }
        Case::Story(_, story) => story(),
        Case::RealParts(_) => test.expect("a test with real parts of this name")(),
    })
}

/// A panic fails the trial, with its message.
fn trial_of(name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    let story = name.to_owned();
    Trial::test(name, move || {
        within(&story, test);
        Ok(())
    })
}

fn every_row_is_whole() {
    let mut names = BTreeSet::new();
    for row in sections().iter().flat_map(|section| &section.rows) {
        let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(!row.name.is_empty() && row.name.bytes().all(kebab), "{}", row.name);
        assert!(names.insert(row.name), "{} is there twice", row.name);
        assert!(!row.input.is_empty() && !row.reason.is_empty() && !row.ours().is_empty(), "{}", row.name);
        let measured = !row.peers[..2].contains(&Answer::Unknown);
        assert!(measured || !row.is_measured(), "{} is measured, and the answers are not there", row.name);
    }
}

fn every_test_is_a_row(real_parts: &[RealParts]) {
    let sections = sections();
    let rows: Vec<&Row> = sections.iter().flat_map(|section| &section.rows).collect();
    for (name, _) in real_parts {
        let row = rows.iter().find(|row| row.name == *name);
        assert!(row.is_some_and(|row| matches!(row.case, Case::RealParts(_))), "{name}");
    }
}

fn the_document_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verdicts.md");
    let written = std::fs::read_to_string(path).expect("docs/verdicts.md is there");
    assert!(written == document(), "docs/verdicts.md differs: run `cargo xtask verdicts`");
}
