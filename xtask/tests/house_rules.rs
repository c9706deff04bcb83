//! Each house rule finds its breach, and nothing in a clean file.

use std::path::PathBuf;

use xtask::test::house_rules::{RULES, Text, few_long_files};

fn breaches(rule: &str, path: &str, content: &str) -> usize {
    let (_, find) = RULES.iter().find(|(name, _)| *name == rule).expect("a rule of this name");
    find(&Text { path: PathBuf::from(path), content: content.to_owned() }).len()
}

#[test]
fn finds_each_breach() {
    let checkout = format!("see `{}/notes`", xtask::workspace::root().display());
    let cases = [
        ("names say what a file is for", "src/util.rs", ""),
        ("names say what a file is for", "src/helpers/key.rs", ""),
        ("nothing is left to do", "a.rs", concat!("// TO", "DO: all of it")),
        ("no path of a machine", "a.md", checkout.as_str()),
        ("no host of a package registry", "a.lock", concat!("from https://pypi", ".org/simple")),
    ];
    for (rule, path, content) in cases {
        assert_eq!(breaches(rule, path, content), 1, "{rule}");
    }
}

#[test]
fn finds_nothing_in_a_clean_file() {
    for (rule, _) in RULES {
        assert_eq!(
            breaches(rule, "verifier-core/src/check/rollback.rs", "//! Rollback of `root/1`.\n"),
            0,
            "{rule}"
        );
    }
}

#[test]
fn counts_long_source_files_only() {
    let text =
        |path: String, lines: usize| Text { path: PathBuf::from(path), content: "line\n".repeat(lines) };
    let mut texts: Vec<Text> = (0..19).map(|number| text(format!("{number}.rs"), 300)).collect();
    texts.push(text("long.md".to_owned(), 301));
    texts.push(text("long.rs".to_owned(), 301));
    assert!(few_long_files(&texts).is_ok());
    texts.push(text("longer.rs".to_owned(), 301));
    let error = few_long_files(&texts).expect_err("two of 21 are more than one in twenty");
    assert_eq!(error.to_string(), "2 of 21 are longer\nlong.rs: 301 lines\nlonger.rs: 301 lines");
}
