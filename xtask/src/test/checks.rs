//! Checks by other tools, each a test by itself.

use anyhow::Result;

use super::cargo_tests;
use super::tally::Tally;
use crate::{children, component, costs, setup, workspace};

/// The targets and packages that clippy sees: the default members together, and by name what is never built
/// together with them. The profile is that of their build: the macros that they use are compiled by then.
const LINTED: [(&str, &[&str]); 5] = [
    ("clippy: default members", &["clippy", "--all-targets", "--", "-D", "warnings"]),
    (
        "clippy: component",
        &[
            "clippy",
            "-p",
            "tuf-verifier-records",
            "-p",
            "tuf-verifier-component",
            "--profile",
            "component",
            "--target",
            "wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ],
    ),
    ("clippy: componentize", &["clippy", "-p", "tuf-componentize", "--", "-D", "warnings"]),
    (
        "clippy: web",
        &[
            "clippy",
            "-p",
            "tuf-verifier-web",
            "--profile",
            "component",
            "--target",
            "wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ],
    ),
    ("clippy: bindgen", &["clippy", "-p", "tuf-bindgen", "--", "-D", "warnings"]),
];

/// The features of the core that it is built with for a target without `std`: the default ones, none, and each alone.
const FEATURES: [&[&str]; 8] = [
    &[],
    &["--no-default-features"],
    &["--no-default-features", "--features", "ecdsa-p256"],
    &["--no-default-features", "--features", "ecdsa-p384"],
    &["--no-default-features", "--features", "ecdsa-p521"],
    &["--no-default-features", "--features", "rsa-pss"],
    &["--no-default-features", "--features", "rsa-pkcs1v15"],
    &["--no-default-features", "--features", "ml-dsa"],
];

pub(super) fn format(tally: &mut Tally) -> Result<()> {
    tally.check("cargo fmt", || children::succeed(&mut workspace::cargo(&["fmt", "--all", "--check"])));
    tally.check("cargo fmt: the peers in Rust", || {
        let manifest = ["--manifest-path", "tests/oracle/rust/Cargo.toml"];
        children::succeed(workspace::cargo(&["fmt"]).args(manifest).args(["--all", "--check"]))
    });
    Ok(())
}

pub(super) fn lints(tally: &mut Tally) -> Result<()> {
    for (name, arguments) in LINTED {
        tally.check(name, || children::succeed(&mut workspace::cargo(arguments)));
    }
    Ok(())
}

/// A scheme whose feature is off is an unknown one.
pub(super) fn left_out(tally: &mut Tally) -> Result<()> {
    cargo_tests::run_selected(
        tally,
        &["--package", "tuf-verifier-core", "--no-default-features", "--test", "schemes"],
    )
}

/// What the core does most takes as many instructions as before.
pub(super) fn costs(tally: &mut Tally) -> Result<()> {
    const COSTS: &str = "costs: as written in tests/hot-paths.toml";
    match costs::reason_missing() {
        Some(reason) => tally.skip(COSTS, &reason),
        None => tally.check(COSTS, costs::compare),
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
    const CHECK: &[&str] = &["check", "-p", "tuf-verifier-core", "--target", "wasm32v1-none"];
    for features in FEATURES {
        let name = ["no_std: core for wasm32v1-none", &features.join(" ")].join(" ");
        tally.check(name.trim_end(), || children::succeed(workspace::cargo(CHECK).args(features)));
    }
    Ok(())
}

/// The other suites cannot go on without the component: a failure ends the run.
pub(super) fn setup(tally: &mut Tally) -> Result<()> {
    let outcome = setup::run();
    tally.check("setup", || outcome);
    Ok(())
}

pub(super) fn component(tally: &mut Tally) -> Result<()> {
    tally.check("component, web: the same bytes from two places", component::check_reproducible);
    Ok(())
}
