//! Checks by other tools, each a test by itself.

use anyhow::Result;

use super::tally::Tally;
use crate::{children, component, setup, workspace};

/// The targets and packages that clippy sees: the default members together, and by name what is never built
/// together with them.
const LINTED: [(&str, &[&str]); 3] = [
    ("clippy: default members", &["clippy", "--all-targets", "--", "-D", "warnings"]),
    (
        "clippy: component",
        &[
            "clippy",
            "-p",
            "tuf-verifier-component",
            "--target",
            "wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ],
    ),
    (
        "clippy: componentize",
        &["clippy", "-p", "tuf-componentize", "--profile", "tool", "--", "-D", "warnings"],
    ),
];

pub(super) fn format(tally: &mut Tally) -> Result<()> {
    tally.check("cargo fmt", || children::succeed(&mut workspace::cargo(&["fmt", "--all", "--check"])));
    Ok(())
}

pub(super) fn lints(tally: &mut Tally) -> Result<()> {
    for (name, arguments) in LINTED {
        tally.check(name, || children::succeed(&mut workspace::cargo(arguments)));
    }
    Ok(())
}

pub(super) fn documentation(tally: &mut Tally) -> Result<()> {
    tally.check("cargo doc", || {
        let mut doc = workspace::cargo(&["doc", "--no-deps"]);
        children::succeed(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    Ok(())
}

pub(super) fn no_std(tally: &mut Tally) -> Result<()> {
    tally.check("no_std: core for wasm32v1-none", || {
        children::succeed(&mut workspace::cargo(&[
            "build",
            "-p",
            "tuf-verifier-core",
            "--target",
            "wasm32v1-none",
        ]))
    });
    Ok(())
}

/// The other suites cannot go on without the component: a failure ends the run.
pub(super) fn setup(tally: &mut Tally) -> Result<()> {
    let outcome = setup::run();
    tally.check("setup", || outcome);
    Ok(())
}

pub(super) fn component(tally: &mut Tally) -> Result<()> {
    tally.check("component: the same bytes from two places", component::check_reproducible);
    Ok(())
}
