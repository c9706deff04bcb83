//! What each signature scheme adds to the component.

use std::fs;

use anyhow::{Context, Result};

use super::{COMPONENT, componentize, guest, tool};
use crate::{children, workspace};

/// Builds the component without each scheme, and without those that share most of their code, and prints a table of
/// the bytes that are saved.
///
/// # Errors
/// Where a step fails.
pub(super) fn print() -> Result<()> {
    let schemes = schemes()?;
    let whole = size(&schemes)?;
    println!("| left out | bytes of the component | bytes saved |");
    println!("|---|---:|---:|");
    println!("| nothing | {whole} | |");
    for left_out in rows(&schemes) {
        let rest: Vec<String> = schemes.iter().filter(|scheme| !left_out.contains(scheme)).cloned().collect();
        let size = size(&rest)?;
        let names: Vec<String> = left_out.iter().map(|scheme| format!("`{scheme}`")).collect();
        println!("| {} | {size} | {} |", names.join(", "), whole.saturating_sub(size));
    }
    Ok(())
}

/// What is left out together: each scheme alone, each family, everything.
fn rows(schemes: &[String]) -> Vec<Vec<&String>> {
    let family = |prefix: &str| schemes.iter().filter(|scheme| scheme.starts_with(prefix)).collect();
    let mut rows: Vec<Vec<&String>> = schemes.iter().map(|scheme| vec![scheme]).collect();
    rows.extend([family("ecdsa-"), family("rsa-"), family("")]);
    rows
}

/// The default features of the guest.
fn schemes() -> Result<Vec<String>> {
    let metadata = children::output(&mut workspace::cargo(&["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let guest = packages.iter().find(|package| package["name"] == guest::PACKAGE);
    let features = guest.and_then(|guest| guest["features"]["default"].as_array());
    let names = features.context("the guest has no default features")?.iter();
    names.map(|name| Ok(name.as_str().context("a feature has no name")?.to_owned())).collect()
}

/// Bytes of the component with these features of the guest alone. It is built in a folder of its own: no other build
/// ever finds a module there that lacks schemes.
fn size(features: &[String]) -> Result<u64> {
    let build = guest::Build {
        target: workspace::target().join("sizes"),
        features: Some(features.to_vec()),
        ..guest::Build::of_this_workspace()
    };
    let place = tempfile::tempdir()?;
    componentize(tool(&[])?, &build.run()?, place.path(), &[])?;
    Ok(fs::metadata(place.path().join(COMPONENT))?.len())
}
