//! Published metadata with planned files laid on top.

use crate::error::Error;
use crate::metadata::ROOT;
use crate::repository::layout::{Layout, file_name};
use crate::repository::plan::PlannedFile;

/// Published metadata with planned files laid on top: what clients will see.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) planned: &'a [PlannedFile],
    /// A version of root metadata that is not published yet.
    pub(crate) hidden: Option<u64>,
}

impl<'a> View<'a> {
    /// What is published, and nothing else.
    pub(crate) fn published(layout: &'a Layout) -> Self {
        Self { layout, planned: &[], hidden: None }
    }

    /// Reads a file by its name, at most one byte more than `most`; none where there is no such file.
    pub(crate) fn metadata(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        if self.hidden.is_some_and(|version| name == file_name(ROOT, version)) {
            return Ok(None);
        }
        match self.planned.iter().find(|file| file.name() == name) {
            Some(file) => Ok(Some(file.bytes.clone())),
            None => self.layout.read_metadata(name, most),
        }
    }
}
