//! The seeds of the corpus: what each target begins with, by name.

mod cycles;
mod metadata;
mod text;

/// One file of the corpus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The target that it is for.
    pub target: &'static str,
    /// What it shows.
    pub name: String,
    /// The input.
    pub input: Vec<u8>,
}

impl Seed {
    fn new(target: &'static str, name: &str, input: impl Into<Vec<u8>>) -> Self {
        Self { target, name: name.into(), input: input.into() }
    }
}

/// Every seed of every target.
#[must_use]
pub fn all() -> Vec<Seed> {
    [text::seeds(), metadata::seeds(), cycles::seeds()].concat()
}
