//! What a timestamp or a snapshot lists of a metadata file (4.4, METAFILES).

use super::header::positive;
use super::{Hashes, field};
use crate::failure::Defect;
use crate::json::Cursor;

/// Version, length and hashes of a metadata file, as listed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MetaFile<'a> {
    pub(crate) version: u64,
    /// Bytes, where they are listed.
    pub(crate) length: Option<u64>,
    pub(crate) hashes: Option<Hashes<'a>>,
}

impl<'a> MetaFile<'a> {
    /// Reads one value of a METAFILES object.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("meta", "an object of objects"))?;
        let (mut version, mut length, mut hashes) = (None, None, None);
        while let Some(name) = cursor.name() {
            if name.is("version") {
                version = Some(positive(cursor, "version")?);
            } else if name.is("length") {
                length = Some(unsigned_length(cursor)?);
            } else if name.is("hashes") {
                hashes = Some(Hashes::read(cursor)?);
            } else {
                cursor.skip();
            }
        }
        Ok(Self { version: version.ok_or(Defect::MissingField("version"))?, length, hashes })
    }
}

/// Reads a length in bytes.
pub(super) fn unsigned_length(cursor: &mut Cursor<'_>) -> Result<u64, Defect> {
    cursor.unsigned().ok_or(field("length", "an integer from 0 to 18446744073709551615"))
}
