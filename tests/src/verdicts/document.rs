//! The rows as a document.

use super::row::{PEERS, Row, Section};
use super::sections;

const INTRODUCTION: &str = "\
# Verdicts

Where TUF clients part ways, and what this one answers. `cargo xtask verdicts` writes this file from the rows of
`tests/src/verdicts`; a test fails where it differs. Each row is a test of its name:

```
cargo test -p tuf-tests --test verdicts -- --exact NAME
```

*takes* means that the metadata is accepted, or the target is found and its bytes are verified; *absent*, that the
metadata is accepted and there is no such target; *refuses*, that the metadata or the target is not accepted; *mixed*,
that some of the inputs of the row are taken and others are not; a dash, that nobody has measured it. Of our own refusals
the code stands there, which [failures.md](failures.md) explains.

An answer in **bold** is measured by the oracle each time that the tests run: the same bytes that ours are judged on are
served to python-tuf and tuf-js (`cargo test -p tuf-oracle-tests --test verdicts`). The others were measured once, in
2026-11.
";

/// The text of `docs/verdicts.md`.
#[must_use]
pub fn document() -> String {
    let mut text = String::from(INTRODUCTION);
    for section in sections() {
        text.push_str(&format!("\n## {}\n\n{}\n\n", section.title, section.about));
        text.push_str(&table(&section));
    }
    text
}

fn table(section: &Section) -> String {
    let mut text = format!("| name | input | **ours** | {} | why |\n", PEERS.join(" | "));
    text.push_str(&format!("|{}\n", "---|".repeat(PEERS.len() + 4)));
    for row in &section.rows {
        text.push_str(&line(row));
    }
    text
}

fn line(row: &Row) -> String {
    let mut cells = vec![format!("`{}`", row.name), row.input.to_owned(), row.ours()];
    for (index, answer) in row.peers.iter().enumerate() {
        cells.push(match row.is_measured() && index < 2 {
            true => format!("**{}**", answer.word()),
            false => answer.word().to_owned(),
        });
    }
    cells.push(row.reason.to_owned());
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}
