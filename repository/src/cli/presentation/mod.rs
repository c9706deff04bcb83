//! Results for people, as text on a terminal or as a page: one content, two forms.

mod html;
mod text;

pub(crate) use html::page;
pub(crate) use text::print;

use tuf_repository::metadata::sha256_hex;

use crate::cli::printable::printable;

/// Characters of a cell that are shown. All rows of a table are as wide as its longest cell: one long name among many roles
/// would print gigabytes.
const MOST_OF_CELL: usize = 200;

/// Characters of one text that are shown.
const MOST_OF_TEXT: usize = 20_000;

/// Digits of the digest of a text that is cut.
const DIGITS: usize = 32;

/// What is shown.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) title: String,
    /// What is said first: good or bad.
    pub(crate) verdict: Cell,
    pub(crate) sections: Vec<Section>,
}

/// A part with a heading.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) heading: &'static str,
    pub(crate) blocks: Vec<Block>,
}

/// A paragraph, a list or a table.
#[derive(Debug)]
pub(crate) enum Block {
    Text(Cell),
    List(Vec<Cell>),
    Table { head: Vec<&'static str>, rows: Vec<Vec<Cell>> },
}

/// A piece of text, not escaped yet.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) tone: Tone,
    /// Steps to the right, as in a tree.
    pub(crate) depth: usize,
}

/// How a piece of text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Faint,
    Good,
    Notice,
    Bad,
}

impl Cell {
    pub(crate) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone, depth: 0 }
    }

    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::new(Tone::Plain, text)
    }

    pub(crate) fn at_depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }
}

impl Section {
    /// A section, or none if there is nothing in it.
    pub(crate) fn of(heading: &'static str, blocks: Vec<Block>) -> Option<Self> {
        let is_empty = |block: &Block| match block {
            Block::Text(_) => false,
            Block::List(items) => items.is_empty(),
            Block::Table { rows, .. } => rows.is_empty(),
        };
        (!blocks.iter().all(is_empty)).then_some(Self { heading, blocks })
    }
}

/// The beginning of a text, as a terminal or a page may have it. An ellipsis and a digest stand for
/// what is left out.
fn shortened(text: &str, most: usize) -> String {
    let begin = |text: &str| {
        text.char_indices().nth(most).map(|(end, _)| text.get(..end).unwrap_or_default().to_owned())
    };
    let whole = begin(text);
    let shown = printable(whole.as_deref().unwrap_or(text));
    // Two texts that differ after their beginning do not look alike.
    let cut = |begins: String| {
        let digest = sha256_hex(text.as_bytes());
        format!("{begins}… (SHA-256 {})", digest.get(..DIGITS).unwrap_or(&digest))
    };
    match begin(&shown) {
        // An escape is longer than what it stands for.
        Some(shorter) => cut(shorter),
        None if whole.is_some() => cut(shown),
        None => shown,
    }
}
