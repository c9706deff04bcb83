//! The hashes of a file, as metadata lists them (4.4).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{at_most, field};
use crate::failure::{Defect, MAX_NAMED, excerpt};
use crate::json::{Cursor, Text};
use crate::workflow::{Hash, Settings};

/// The hashes listed for one file: at least one, each an algorithm and a hexadecimal digest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hashes<'a>(Cursor<'a>);

impl<'a> Hashes<'a> {
    /// Reads a `hashes` object.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        let hashes = Self(*cursor);
        let expected = field("hashes", "an object of at least one hash");
        cursor.object().ok_or(expected.clone())?;
        let mut count = 0_usize;
        while cursor.name().is_some() {
            at_most(Settings::MAX_HASHES, "hashes of one file", count)?;
            cursor.string().ok_or(expected.clone())?;
            count = count.saturating_add(1);
        }
        if count == 0 { Err(expected) } else { Ok(hashes) }
    }

    /// The hashes, in the order of the algorithms' names.
    pub(crate) fn iter(self) -> impl Iterator<Item = (Text<'a>, Text<'a>)> {
        let mut cursor = self.0;
        let entered = cursor.object();
        core::iter::from_fn(move || {
            entered?;
            let algorithm = cursor.name()?;
            Some((algorithm, cursor.string()?))
        })
    }

    /// The names of the algorithms, for a report.
    pub(crate) fn algorithms(self) -> Vec<Box<str>> {
        self.iter().take(MAX_NAMED).map(|(algorithm, _)| excerpt(&algorithm.plain())).collect()
    }

    /// The hashes, in the order of the algorithms' names, on their own.
    pub(crate) fn to_vec(self) -> Vec<Hash> {
        self.iter()
            .map(|(algorithm, digest)| Hash {
                algorithm: algorithm.plain().into(),
                digest: digest.plain().into(),
            })
            .collect()
    }
}
