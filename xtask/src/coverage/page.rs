//! The demands as a page for a reader.

use super::Demand;

const HEAD: &str = "\
# Where the specification is met

What chapters 4 and 5 of the TUF specification 1.0.34 demand of a client: each sentence with MUST, SHALL or REQUIRED,
and each numbered step of the workflow, with the functions that do it and the tests that show it. A demand that the
project meets otherwise, or that is not a client's, has its reason.

`cargo xtask coverage` makes this page of [specification-coverage.toml](specification-coverage.toml). `cargo xtask test
coverage` sees that the functions and the tests are there, and that no demand is left out.
";

/// The sections, by number.
const SECTIONS: [(&str, &str); 16] = [
    ("4", "Document formats"),
    ("4.1", "Metaformat"),
    ("4.2", "File formats: general principles"),
    ("4.3", "File formats: root.json"),
    ("4.4", "File formats: snapshot.json"),
    ("4.5", "File formats: targets.json and delegated target roles"),
    ("4.6", "File formats: timestamp.json"),
    ("4.7", "File formats: mirrors.json"),
    ("5", "Detailed client workflow"),
    ("5.1", "Record fixed update start time"),
    ("5.2", "Load trusted root metadata"),
    ("5.3", "Update the root role"),
    ("5.4", "Update the timestamp role"),
    ("5.5", "Update the snapshot role"),
    ("5.6", "Update the targets role"),
    ("5.7", "Fetch target"),
];

/// The page.
pub(super) fn page(demands: &[Demand]) -> String {
    let mut page = HEAD.to_owned();
    for (number, title) in SECTIONS {
        let here: Vec<&Demand> = demands.iter().filter(|demand| section(demand.place()) == number).collect();
        if here.is_empty() {
            continue;
        }
        page.push_str(&format!(
            "\n## {number} {title}\n\n| | demand | done by | shown by |\n|---|---|---|---|\n"
        ));
        page.extend(here.into_iter().map(row));
    }
    page
}

/// The chapter, or the section, of a place.
fn section(place: &str) -> String {
    place.split('.').take(2).collect::<Vec<_>>().join(".")
}

fn row(demand: &Demand) -> String {
    let reason = demand.reason.as_ref().map(|reason| format!(" *{reason}*")).unwrap_or_default();
    let cell = |names: &[String]| names.iter().map(|name| link(name)).collect::<Vec<_>>().join("<br>");
    let (functions, tests) = (cell(&demand.functions), cell(&demand.tests));
    format!("| {} | {}{reason} | {functions} | {tests} |\n", demand.place(), demand.demand)
}

/// `path::name` as a link: a function with the name of its file before it, a test by its name.
fn link(name: &str) -> String {
    let (path, name) = name.rsplit_once("::").unwrap_or(("", name));
    let file = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    let folder = path.rsplit('/').nth(1).unwrap_or(path);
    let shown = match (path.contains("/src/"), file) {
        (true, "mod") => format!("{folder}::{name}"),
        (true, file) => format!("{file}::{name}"),
        (false, _) => name.to_owned(),
    };
    format!("[`{shown}`](../{path})")
}
