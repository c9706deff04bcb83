//! Whether generated files are those of their inputs.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A file beside what was generated: the hash of what it was generated from.
pub(crate) struct Stamp {
    path: PathBuf,
    inputs: String,
}

impl Stamp {
    /// The inputs as they are now.
    pub(crate) fn of<'a>(inputs: impl IntoIterator<Item = &'a PathBuf>, path: PathBuf) -> Result<Self> {
        let mut hash = Sha256::new();
        for input in inputs {
            let bytes = fs::read(input).with_context(|| format!("cannot read {}", input.display()))?;
            hash.update(Sha256::digest(bytes));
        }
        Ok(Self { path, inputs: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    /// Whether the files were generated from these inputs.
    pub(crate) fn is_current(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|text| text == self.inputs)
    }

    /// Records that they were.
    pub(crate) fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.inputs).with_context(|| format!("cannot write {}", self.path.display()))
    }
}
