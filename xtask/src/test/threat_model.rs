//! The page that says which test fails without which boundary.

use std::collections::HashSet;

use anyhow::{Result, bail};

use super::house_rules::Text;

/// The page.
const PAGE: &str = "docs/threat-model.md";

/// Looks for the tests that the page's tables name, in the sources.
///
/// A name is a function or a row of a table of tests, or the title of a test or a part of one, where `…` stands for what
/// differs; before `/` is the module or the test that it is a part of. A comment is no test. A name that ends in `.ts` is a file.
///
/// # Errors
/// Where a test is not there, or the page names none; the error names them.
pub fn tests_are_there(texts: &[Text]) -> Result<()> {
    let page = texts.iter().find(|text| text.path.ends_with(PAGE)).map_or("", |text| &text.content);
    let names: Vec<&str> = page.lines().filter_map(last_cell).flat_map(named).collect();
    if names.is_empty() {
        bail!("{PAGE} names no test");
    }
    let is_source = |text: &&Text| text.path.extension().is_some_and(|kind| kind == "rs" || kind == "ts");
    let sources: Vec<&Text> = texts.iter().filter(is_source).collect();
    let lines: Vec<&str> = sources.iter().flat_map(|text| text.content.lines()).filter(is_code).collect();
    let words: HashSet<&str> =
        lines.iter().flat_map(|line| line.split(|character| !is_name(character))).collect();
    let is_there = |name: &&str| {
        if name.ends_with(".ts") {
            return sources.iter().any(|text| text.path.ends_with(name));
        }
        let name = name.rsplit('/').next().unwrap_or(name);
        match name.chars().all(is_name) {
            true => words.contains(name),
            false => lines.iter().any(|line| name.split('…').all(|part| line.contains(part.trim()))),
        }
    };
    let missing: Vec<&str> = names.into_iter().filter(|name| !is_there(name)).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        bail!("{PAGE} names tests that are not there: {}", missing.join(", "))
    }
}

/// Whether the line is not a comment.
fn is_code(line: &&str) -> bool {
    !line.trim_start().starts_with("//")
}

/// Whether the character can stand in the name of a function.
fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The last cell of a table's row.
fn last_cell(line: &str) -> Option<&str> {
    line.strip_prefix('|')?.strip_suffix('|')?.rsplit('|').next()
}

/// What stands between back quotes, or between quotation marks.
fn named(cell: &str) -> impl Iterator<Item = &str> {
    ['`', '"'].into_iter().flat_map(|mark| cell.split(mark).skip(1).step_by(2))
}
