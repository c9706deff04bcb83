//! `cargo xtask TASK`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::{
    bench, children, component, costs, coverage, deb, demo, fuzz, mutants, npm, page, setup, shared_worlds,
    test, verdicts, worlds,
};

const USAGE: &str = "\
The project's own tasks.

Usage: cargo xtask <TASK>

Tasks:
  setup           Prepare what a plain `cargo build` and the tests need; quick when it is done already
  component       Build the WebAssembly component and precompile it; `--target TRIPLE …` for other targets,
                  `--check-reproducible` builds it twice, in different places, and compares the bytes,
                  `--sizes` builds it without each signature scheme and prints what the scheme adds,
                  `--web` builds the module for bundlers, npm/generated/web
  npm             Build the npm package: `npm/dist`, `npm/generated`, `npm/build/package`
  page            Serve the page that shows the chain of trust, and print its URL
  test [SUITE]    Run every test of every language, or one suite; `--list` names the suites
  demo            Install a real program through a signed repository, then show attacks being refused
  costs           Count the instructions of what the core does most, and compare them with tests/hot-paths.toml;
                  `--write` writes them there
  coverage        Write docs/specification-coverage.md from docs/specification-coverage.toml
  fuzz            Look for an input that breaks a property; `TARGET …` for some targets, `--runs N` for each
  verdicts        Write docs/verdicts.md and docs/client-faults.md from the rows of tests/src/verdicts and client_faults
  worlds          Compare our verdicts with python-tuf's and tuf-js's in generated worlds; `--seed N`, `--count N`,
                  `--record FILE` to stop and go on, `--write` writes tests/differences.md
  shared-worlds   Record the simulator's worlds for every other host of the verifier; `FOLDER` for another folder than
                  `target/shared-worlds`
  mutants [GLOB]  Put small defects into the checks and the workflow, each of which a test must find
  bench           Measure the native client and the npm package beside python-tuf, tuf-js, sigstore-tuf and tough, each for
                  60 seconds a run at most, or for `--limit SECONDS`; and a decision of the image verifier
  deb             Build the image verifier as a Debian package; `--program FILE` packs one that was built before,
                  `--output FILE` names the package
  help            Print this
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<ExitCode> {
    if std::env::var_os(fuzz::wrapper::WRAPPING).is_some() {
        return fuzz::wrapper::run(arguments);
    }
    if let Some((&"measured", command)) = arguments.split_first() {
        return bench::measure::run_measured(command);
    }
    children::end_with_this_process()?;
    match arguments {
        ["setup"] => setup::run().map(|()| ExitCode::SUCCESS),
        ["component", options @ ..] => component::run(options).map(|()| ExitCode::SUCCESS),
        ["page"] => page::run(),
        ["npm"] => npm::run().map(|()| ExitCode::SUCCESS),
        ["test"] => test::run_all(),
        ["test", "--list"] => test::list().map(|()| ExitCode::SUCCESS),
        ["test", suite] => test::run_one(suite),
        ["demo"] => demo::run().map(|()| ExitCode::SUCCESS),
        ["costs"] => costs::compare().map(|()| ExitCode::SUCCESS),
        ["costs", "--write"] => costs::write().map(|()| ExitCode::SUCCESS),
        ["coverage"] => coverage::write().map(|()| ExitCode::SUCCESS),
        ["fuzz", options @ ..] => fuzz::run(options).map(|()| ExitCode::SUCCESS),
        ["verdicts"] => verdicts::write().map(|()| ExitCode::SUCCESS),
        ["worlds", options @ ..] => worlds::run(options),
        ["shared-worlds"] => shared_worlds::run(None).map(|()| ExitCode::SUCCESS),
        ["shared-worlds", folder] => shared_worlds::run(Some(folder)).map(|()| ExitCode::SUCCESS),
        ["mutants", globs @ ..] => mutants::run(globs).map(|()| ExitCode::SUCCESS),
        ["deb", options @ ..] => deb::run(options).map(|()| ExitCode::SUCCESS),
        ["bench", options @ ..] => bench::run(options).map(|()| ExitCode::SUCCESS),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        [] => bail!("a task is needed\n\n{USAGE}"),
        [unknown, ..] => bail!("no such task or too many arguments: {unknown}\n\n{USAGE}"),
    }
}
