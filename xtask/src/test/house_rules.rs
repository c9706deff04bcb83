//! House rules that no other tool checks, over the files that git tracks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::tally::Tally;
use super::threat_model;
use crate::{children, workspace};

/// A tracked text file.
#[derive(Clone, Debug)]
pub struct Text {
    /// Path relative to the workspace.
    pub path: PathBuf,
    /// What is in it.
    pub content: String,
}

/// One rule: the breaches that it finds in a file, each in a few words.
type Rule = fn(&Text) -> Vec<String>;

/// Every rule by name.
pub const RULES: [(&str, Rule); 4] = [
    ("names say what a file is for", vague_name),
    ("nothing is left to do", unfinished),
    ("no path of a machine", machine_path),
    ("no host of a package registry", registry_host),
];

/// Tests every tracked file against every rule.
pub(super) fn run(tally: &mut Tally) -> Result<()> {
    let texts = match tracked() {
        Ok(texts) => texts,
        Err(error) => {
            for (name, _) in RULES {
                tally.skip(name, &format!("git does not list the tracked files: {error:#}"));
            }
            return Ok(());
        }
    };
    for (name, rule) in RULES {
        tally.check(name, || {
            let breaches: Vec<String> = texts
                .iter()
                .flat_map(|text| {
                    rule(text).into_iter().map(|what| format!("{}: {what}", text.path.display()))
                })
                .collect();
            if breaches.is_empty() { Ok(()) } else { bail!("{}", breaches.join("\n")) }
        });
    }
    tally.check("the tests that the threat model names are there", || threat_model::tests_are_there(&texts));
    tally.check("19 of 20 source files have at most 600 lines", || few_long_files(&texts));
    Ok(())
}

/// Compares the number of long source files with the number of all.
///
/// # Errors
/// Where more than one in twenty is longer than 600 lines; the error names them.
pub fn few_long_files(texts: &[Text]) -> Result<()> {
    let source = |text: &&Text| text.path.extension().is_some_and(|kind| kind == "rs" || kind == "ts");
    let all = texts.iter().filter(source).count();
    let long: Vec<String> = texts
        .iter()
        .filter(source)
        .map(|text| (text.path.display(), text.content.lines().count()))
        .filter(|(_, lines)| *lines > 600)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    if long.len() * 20 > all {
        bail!("{} of {all} are longer\n{}", long.len(), long.join("\n"));
    }
    Ok(())
}

fn tracked() -> Result<Vec<Text>> {
    let mut git = std::process::Command::new("git");
    let listed = children::output(git.args(["ls-files", "-z"]).current_dir(workspace::root()))?;
    let mut texts = Vec::new();
    for name in listed.split_terminator('\0') {
        // A tracked file that is deleted or is no text has no lines to check.
        if let Ok(content) = fs::read_to_string(workspace::root().join(name)) {
            texts.push(Text { path: PathBuf::from(name), content });
        }
    }
    if texts.is_empty() {
        bail!("it lists none");
    }
    Ok(texts)
}

fn vague_name(text: &Text) -> Vec<String> {
    const VAGUE: [&str; 6] = ["util", "utils", "common", "helper", "helpers", "misc"];
    let words = text.path.iter().filter_map(|part| Path::new(part).file_stem()?.to_str());
    words.filter(|word| VAGUE.contains(word)).map(|word| format!("{word} names no job")).collect()
}

fn unfinished(text: &Text) -> Vec<String> {
    // Written in halves, so that this file keeps its own rule.
    let words =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("unimpl", "emented!(")];
    if text.path.ends_with("package-lock.json") { Vec::new() } else { found(text, &words) }
}

/// The folders of this checkout and of this user, which are somebody's own wherever the rule is checked.
fn machine_path(text: &Text) -> Vec<String> {
    let mut paths = vec![format!("{}/", workspace::root().display())];
    if let Some(home) = std::env::home_dir() {
        paths.extend(['"', '\'', ' ', '=', '`', '('].map(|before| format!("{before}{}/", home.display())));
    }
    found(text, &paths.iter().map(String::as_str).collect::<Vec<_>>())
}

fn registry_host(text: &Text) -> Vec<String> {
    let hosts = [
        concat!("index.crates", ".io"),
        concat!("static.crates", ".io"),
        concat!("npmjs", ".org"),
        concat!("npmjs", ".com"),
        concat!("pypi", ".org"),
        concat!("pythonhosted", ".org"),
        concat!("deb.debian", ".org"),
    ];
    found(text, &hosts)
}

fn found(text: &Text, words: &[&str]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (number, line) in (1_usize..).zip(text.content.lines()) {
        let hits = words.iter().filter(|word| line.contains(**word));
        breaches.extend(hits.map(|word| format!("line {number}: {}", word.trim())));
    }
    breaches
}
