//! Files of a source, each read once, within a budget.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Source, SourceError};

/// Bytes of metadata that are read of one repository, whose author nobody knows.
const MOST_BYTES: u64 = 512 << 20;

/// Files of a source, each read once: what is judged is what is shown.
pub(crate) struct Cache<'s> {
    source: &'s dyn Source,
    files: RefCell<BTreeMap<String, Option<Rc<[u8]>>>>,
    read: Cell<u64>,
}

impl<'s> Cache<'s> {
    pub(crate) fn new(source: &'s dyn Source) -> Self {
        Self { source, files: RefCell::default(), read: Cell::new(0) }
    }

    /// Reads a file; none if there is no such file. One that is longer than `most` is cut behind it.
    pub(crate) fn file(&self, name: &str, most: u64) -> Result<Option<Rc<[u8]>>, SourceError> {
        if let Some(known) = self.files.borrow().get(name) {
            return Ok(known.clone());
        }
        let bytes: Option<Rc<[u8]>> = self.source.metadata(name, most)?.map(Rc::from);
        let length = bytes.as_ref().and_then(|bytes| u64::try_from(bytes.len()).ok()).unwrap_or(0);
        self.read.set(self.read.get().saturating_add(length));
        if self.read.get() > MOST_BYTES {
            return Err(SourceError::TooMuch { location: self.source.location(), most: MOST_BYTES });
        }
        self.files.borrow_mut().insert(name.to_owned(), bytes.clone());
        Ok(bytes)
    }
}
