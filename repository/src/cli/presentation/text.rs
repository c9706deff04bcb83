//! Aligned text on standard output, coloured if it is a terminal.

use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use crate::cli::printable::at_line_start;

use super::{Block, Cell, Document, MOST_OF_CELL, MOST_OF_TEXT, Tone, shortened};

/// Characters of a line of running text.
const WIDTH: usize = 100;

/// Levels that a cell is indented by at most.
const MOST_DEPTH: usize = 32;

const HEADING: Style = Style::new().bold();

/// Prints a document.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn print(document: &Document, color: anstream::ColorChoice) -> io::Result<()> {
    let mut out = AutoStream::new(io::stdout().lock(), color);
    writeln!(out, "{HEADING}{}{HEADING:#}", at_line_start(shortened(&document.title, MOST_OF_TEXT)))?;
    paragraph(&mut out, &document.verdict, "", "")?;
    for section in &document.sections {
        writeln!(out, "\n{HEADING}{}{HEADING:#}", section.heading)?;
        for block in &section.blocks {
            match block {
                Block::Text(cell) => paragraph(&mut out, cell, "  ", "  ")?,
                Block::List(items) => {
                    items.iter().try_for_each(|item| paragraph(&mut out, item, "  - ", "    "))?;
                }
                Block::Table { head, rows } => table(&mut out, head, rows)?,
            }
        }
    }
    out.flush()
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Faint => Style::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Notice => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
    }
}

/// Words on as many lines as they need.
fn paragraph(out: &mut impl Write, cell: &Cell, first: &str, other: &str) -> io::Result<()> {
    let style = style(cell.tone);
    let mut line = String::new();
    let mut indent = first;
    for word in shortened(&cell.text, MOST_OF_TEXT).split_whitespace() {
        let length = indent.len() + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && length > WIDTH {
            writeln!(out, "{indent}{style}{line}{style:#}")?;
            line.clear();
            indent = other;
        }
        match line.is_empty() {
            true => line = at_line_start(word.to_owned()),
            false => line.extend([" ", word]),
        }
    }
    writeln!(out, "{indent}{style}{line}{style:#}")
}

/// Columns as wide as their longest cell; the last one as it is.
fn table(out: &mut impl Write, head: &[&'static str], rows: &[Vec<Cell>]) -> io::Result<()> {
    let head: Vec<Cell> = head.iter().map(|name| Cell::new(Tone::Faint, *name)).collect();
    let shown = |cell: &Cell| {
        let text = at_line_start(shortened(&cell.text, MOST_OF_CELL));
        format!("{}{text}", "  ".repeat(cell.depth.min(MOST_DEPTH)))
    };
    let all: Vec<Vec<(String, Tone)>> = std::iter::once(&head)
        .chain(rows)
        .map(|row| row.iter().map(|cell| (shown(cell), cell.tone)).collect())
        .collect();
    let width = |column: usize| {
        let cells = all.iter().filter_map(|row| row.get(column));
        cells.map(|(text, _)| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    for row in &all {
        let mut line = String::from(" ");
        let mut trailing = 0;
        for ((text, tone), width) in row.iter().zip(&widths) {
            let style = style(*tone);
            line.push_str(&" ".repeat(trailing + 1));
            line.push_str(&format!("{style}{text}{style:#}"));
            trailing = width - text.chars().count() + 1;
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}
