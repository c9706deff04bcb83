//! Builds the component and the module for bundlers twice, in different places, and compares the bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{COMPONENT, artifacts, componentize, guest, read, tool, web};
use crate::{children, workspace};

/// Builds the component and the module for bundlers in this workspace and in a copy of its sources, which has another
/// folder, another target folder and another CARGO_HOME, and compares the bytes.
///
/// # Errors
/// Where the bytes differ, or a step fails.
pub fn check_reproducible() -> Result<()> {
    super::build()?;
    super::build_web()?;
    let place = tempfile::Builder::new().prefix("component").tempdir()?;
    let copy = place.path().join("another place");
    copy_sources(&workspace::root(), &copy)?;
    let elsewhere = guest::Build {
        target: place.path().join("build"),
        cargo_home: Some(another_cargo_home(place.path())?),
        workspace: copy,
        ..guest::Build::of_this_workspace()
    };
    eprintln!("component: building the guest again, in another place");
    let description = componentize(tool(&[])?, &elsewhere.run()?, place.path(), &[])?;
    if read(&place.path().join(COMPONENT))? != read(&artifacts(&workspace::root()).join(COMPONENT))? {
        bail!("the component depends on where it is built: elsewhere it is {description}");
    }
    println!("component: the same bytes from two places, {description}");
    eprintln!("web: building the module again, in another place");
    let elsewhere = guest::Build { package: web::PACKAGE, keeps_sections: true, ..elsewhere };
    let description = web::bind(&elsewhere.run()?, place.path())?;
    for name in web::FILES {
        if read(&place.path().join(name))? != read(&web::folder(&workspace::root()).join(name))? {
            bail!("{name} depends on where it is built: elsewhere the module is {description}");
        }
    }
    println!("web: the same bytes from two places, {description}");
    Ok(())
}

/// Copies what git tracks or would track: no artifacts.
fn copy_sources(root: &Path, to: &Path) -> Result<()> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
        .current_dir(root);
    for name in children::output(&mut git)?.split_terminator('\0') {
        let (from, to) = (root.join(name), to.join(name));
        if !from.exists() {
            // Deleted, but not committed so.
            continue;
        }
        fs::create_dir_all(to.parent().context("a file is in a folder")?)?;
        fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

/// A CARGO_HOME at another path, with the same downloads and settings.
fn another_cargo_home(place: &Path) -> Result<PathBuf> {
    let home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir().context("there is no home folder")?.join(".cargo"),
    };
    let another = place.join("cargo home");
    fs::create_dir(&another)?;
    for name in ["registry", "config.toml"] {
        if home.join(name).exists() {
            std::os::unix::fs::symlink(home.join(name), another.join(name))?;
        }
    }
    Ok(another)
}
