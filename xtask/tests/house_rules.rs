//! Each house rule finds its breach, and nothing in a clean file.

use std::path::PathBuf;

use xtask::test::house_rules::{RULES, Text, few_long_files};
use xtask::test::threat_model::tests_are_there;

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
    let mut texts: Vec<Text> = (0..19).map(|number| text(format!("{number}.rs"), 600)).collect();
    texts.push(text("long.md".to_owned(), 601));
    texts.push(text("long.rs".to_owned(), 601));
    assert!(few_long_files(&texts).is_ok());
    texts.push(text("longer.rs".to_owned(), 601));
    let error = few_long_files(&texts).expect_err("two of 21 are more than one in twenty");
    assert_eq!(error.to_string(), "2 of 21 are longer\nlong.rs: 601 lines\nlonger.rs: 601 lines");
}

#[test]
fn finds_tests_of_the_threat_model_that_are_not_there() {
    let text = |path: &str, content: &str| Text { path: PathBuf::from(path), content: content.to_owned() };
    let sources = [
        text("tests/lines.rs", "fn rejects_this() {}\nfn accepts_that() {}\n// rejects_other"),
        text("npm/test/ci.test.ts", "test(\"rejects a thing\", …"),
    ];
    let judged = |rows: &str| {
        let page = text("docs/threat-model.md", rows);
        tests_are_there(&[&sources[..], &[page]].concat()).map_err(|error| error.to_string())
    };
    let good = "| who | `no_test` | `rejects_this`, `part/accepts_that`; \"rejects a …\", `ci.test.ts` |\n";
    assert_eq!(judged(good), Ok(()));
    let missing =
        judged("| who | x | `rejects_thi`, `rejects_this`, `rejects_other`; \"rejects all\", `no.test.ts` |");
    let names = "rejects_thi, rejects_other, no.test.ts, rejects all";
    assert_eq!(missing, Err(format!("docs/threat-model.md names tests that are not there: {names}")));
    assert_eq!(judged("`rejects_this`"), Err("docs/threat-model.md names no test".to_owned()));
}
