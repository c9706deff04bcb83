//! Packages of Debian, unpacked into a folder in place of being installed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::children;

/// Where a machine says which archive it takes packages from; a machine has one or the other.
const SOURCES: [&str; 2] = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];

/// A suite of the archive that this machine uses, with package lists and downloads of its own.
pub(in crate::setup) struct Archive {
    downloads: PathBuf,
    options: Vec<OsString>,
}

impl Archive {
    /// The suites that the machine itself uses. What is downloaded is put below `folder`.
    pub(in crate::setup) fn of_machine(folder: &Path) -> Result<Self> {
        Self::listed(folder, Vec::new())
    }

    /// This suite of the archive that the machine uses.
    pub(in crate::setup) fn of_suite(folder: &Path, suite: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let read = |path| Some((path, source_of_suite(&fs::read_to_string(path).ok()?, suite)?));
        let found = SOURCES.into_iter().find_map(read);
        let (path, source) = found.with_context(|| format!("no Debian archive in {}", SOURCES.join(", ")))?;
        // The form of the file is told by its extension.
        let kind = Path::new(path).extension().unwrap_or_default();
        let list = folder.join("suite").with_extension(kind);
        fs::write(&list, source)?;
        let options = [option("Dir::Etc::sourcelist", &list), "Dir::Etc::sourceparts=-".into()];
        Self::listed(folder, options.into())
    }

    fn listed(folder: &Path, mut options: Vec<OsString>) -> Result<Self> {
        let (lists, cache) = (folder.join("lists"), folder.join("cache"));
        fs::create_dir_all(lists.join("partial"))?;
        fs::create_dir_all(cache.join("archives/partial"))?;
        options.extend([option("Dir::State::lists", &lists), option("Dir::Cache", &cache)]);
        // Nothing of the system is written, so nothing of it is locked.
        options.extend(["Debug::NoLocking=true", "APT::Sandbox::User="].map(OsString::from));
        let archive = Self { downloads: cache.join("archives"), options };
        children::output(&mut archive.apt(&["update"])).context("the package lists are not to be had")?;
        Ok(archive)
    }

    /// Unpacks one package below `folder`, without what it depends on.
    pub(in crate::setup) fn unpack_alone(&self, package: &str, folder: &Path) -> Result<()> {
        children::output(self.apt(&["download", package]).current_dir(&self.downloads))?;
        self.unpack_downloads(folder)
    }

    /// Unpacks packages below `folder`, with everything that they depend on and the machine does not have.
    pub(in crate::setup) fn unpack(&self, packages: &[&str], folder: &Path) -> Result<()> {
        let mut install = self.apt(&["install", "--download-only", "--yes", "--no-install-recommends"]);
        children::output(install.args(packages))?;
        self.unpack_downloads(folder)
    }

    fn unpack_downloads(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(&self.downloads)? {
            let path = entry?.path();
            if path.extension().is_some_and(|kind| kind == "deb") {
                children::output(Command::new("dpkg").arg("--extract").arg(path).arg(folder))?;
            }
        }
        Ok(())
    }

    fn apt(&self, arguments: &[&str]) -> Command {
        let mut command = super::apt(arguments);
        for option in &self.options {
            command.arg("-o").arg(option);
        }
        command
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push("=");
    option.push(path);
    option
}

/// The first archive of a sources file becomes a sources file for another suite of it, in the same form: paragraphs
/// (`Suites: …`), or lines `deb [OPTIONS] ADDRESS SUITE COMPONENT…`. None where there is no archive.
#[must_use]
pub fn source_of_suite(sources: &str, suite: &str) -> Option<String> {
    let lines = || sources.lines().filter(|line| !line.starts_with('#'));
    if let Some(line) = lines().find(|line| line.starts_with("deb ")) {
        let (head, rest) = line.split_at(line.find("://")?);
        let mut words: Vec<&str> = rest.split_whitespace().collect();
        *words.get_mut(1)? = suite;
        return Some(format!("{head}{}\n", words.join(" ")));
    }
    let blank = |line: &&str| line.trim().is_empty();
    let paragraph: Vec<&str> = lines().skip_while(blank).take_while(|line| !blank(line)).collect();
    paragraph.iter().any(|line| line.starts_with("Suites:")).then(|| {
        let of_suite = |line: &&str| match line.starts_with("Suites:") {
            true => format!("Suites: {suite}\n"),
            false => format!("{line}\n"),
        };
        paragraph.iter().map(of_suite).collect()
    })
}
