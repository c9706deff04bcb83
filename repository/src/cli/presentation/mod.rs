//! Results for people, as text on a terminal or as a page: one content, two forms.

mod html;
mod text;

pub(crate) use html::page;
pub(crate) use text::print;

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
