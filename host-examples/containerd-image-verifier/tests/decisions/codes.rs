//! The codes of reasons, in the source and on the page.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What has codes in it, from this package's folder.
const SOURCES: [&str; 13] = [
    "src/call.rs",
    "src/command.rs",
    "src/deadline.rs",
    "src/decision.rs",
    "src/explain.rs",
    "src/listing.rs",
    "src/main.rs",
    "src/policy_check.rs",
    "src/verify.rs",
    "../../oci/src/descriptor.rs",
    "../../oci/src/reference/error.rs",
    "../../verifier-core/src/workflow/request.rs",
    "src/conclusion.rs",
];

/// What stands before a code.
const BEFORE: [&str; 5] = ["block(", "allow(", "Err((", "=>", "str{"];

#[test]
fn every_code_is_on_the_page_and_no_other() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = |path: &str| fs::read_to_string(package.join(path)).expect("a text");
    let mut used = BTreeSet::new();
    for source in SOURCES {
        let squeezed: String = text(source).split_whitespace().collect();
        let parts: Vec<&str> = squeezed.split('"').collect();
        let literals = parts.iter().zip(parts.iter().skip(1));
        let codes = literals.filter(|(before, _)| BEFORE.iter().any(|end| before.ends_with(end)));
        let codes = codes.map(|(_, code)| (*code).to_owned());
        used.extend(codes.filter(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }
    // The verifier's word for what this program calls `not-listed`.
    assert!(used.remove("absent"));
    let page = text("../../docs/containerd.md");
    let says = page.split("## What it says").nth(1).expect("a chapter");
    let says = says.split("\n## ").next().unwrap_or_default();
    let row = |line: &str| line.strip_prefix("| `")?.split_once('`').map(|(code, _)| code.to_owned());
    let documented: BTreeSet<String> = says.lines().filter_map(row).collect();
    assert_eq!(used, documented);
}
