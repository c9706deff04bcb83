//! The suites by name.

use anyhow::Result;

use super::tally::Tally;
use super::{cargo_tests, checks, fuzz_corpus, house_rules, node_tests, python_tests, specification};

/// One suite.
pub(super) struct Suite {
    /// Name on the command line.
    pub(super) name: &'static str,
    /// What it tests.
    pub(super) about: &'static str,
    /// Whether a whole run includes it by itself: the packages' own suites are parts of `rust`.
    pub(super) part_of_all: bool,
    /// Runs it.
    pub(super) run: fn(&mut Tally) -> Result<()>,
}

const fn whole(name: &'static str, about: &'static str, run: fn(&mut Tally) -> Result<()>) -> Suite {
    Suite { name, about, part_of_all: true, run }
}

const fn part(name: &'static str, about: &'static str, run: fn(&mut Tally) -> Result<()>) -> Suite {
    Suite { name, about, part_of_all: false, run }
}

/// Every suite, the quick ones first.
pub(super) const SUITES: &[Suite] = &[
    whole("rules", "house rules that no other tool checks", house_rules::run),
    whole("format", "cargo fmt", checks::format),
    whole("coverage", "the page that says where the specification is met", specification::run),
    whole("setup", "cargo xtask setup", checks::setup),
    whole("no-std", "the core builds without the standard library", checks::no_std),
    whole("schemes", "the core without the schemes that can be left out", checks::left_out),
    whole(
        "component",
        "the component and the module for bundlers are the same from wherever they are built",
        checks::component,
    ),
    whole("costs", "what the core does most takes as many instructions as before", checks::costs),
    whole("lints", "clippy on every package and every target", checks::lints),
    whole("documentation", "rustdoc without a warning", checks::documentation),
    whole("rust", "cargo test on every package: unit, stage order, attack, host, plugin, oracle", |tally| {
        cargo_tests::run(tally, &[])
    }),
    whole("npm", "the npm package: tsc --strict, node --test", node_tests::run),
    whole("python", "the host in Python: compileall, its tests, the shared worlds", python_tests::run),
    whole("fuzz", "the corpus of the fuzz targets, and mutations of it", fuzz_corpus::run),
    part("core", "the rust tests of verifier-core", |tally| cargo_tests::run(tally, &["tuf-verifier-core"])),
    part("attacks", "the rust tests of tests: the workflow's steps and attacks", |tally| {
        cargo_tests::run(tally, &["tuf-tests"])
    }),
    part("host", "the rust tests of wasm/host", |tally| cargo_tests::run(tally, &["tuf-verifier-host"])),
    part("repository", "the rust tests of repository", |tally| cargo_tests::run(tally, &["tuf-repository"])),
    part("plugin", "the rust tests of cargo-plugin", |tally| cargo_tests::run(tally, &["cargo-tuf"])),
    part(
        "examples",
        "the rust tests of host-examples: the client of the conformance suite, bundles, the image verifier",
        |tally| cargo_tests::run(tally, &["tuf-conformance-client", "tuf-bundle", "tuf-image-verifier"]),
    ),
    part("oracle", "the rust tests of tests/oracle: python-tuf and tuf-js", |tally| {
        cargo_tests::run(tally, &["tuf-oracle-tests"])
    }),
    part("xtask", "the rust tests of xtask and tests/server", |tally| {
        cargo_tests::run(tally, &["xtask", "tuf-test-server"])
    }),
];
