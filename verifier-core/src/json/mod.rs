//! JSON, read strictly and written canonically.
//!
//! The signature of TUF metadata covers the canonical form of the tree as it was received (4.1, OLPC canonical
//! JSON). So the received text is turned into canonical text in one pass, without a tree, and everything else reads
//! the canonical text: its members are sorted, its strings have two escapes only and it has no white space.

mod canonicalizer;
mod cursor;
mod scalar;
mod scan;
mod text;

use alloc::string::String;

use crate::failure::{Defect, Malformed};

pub(crate) use canonicalizer::{Canonical, JsonError, canonical};
pub(crate) use cursor::Cursor;
pub(crate) use text::Text;

/// JSON text becomes its canonical form (OLPC canonical JSON, UTF-8).
///
/// Canonical text stays as it is, unless a string has control characters: canonical JSON writes them unescaped, which is
/// no JSON.
///
/// # Errors
/// [`Malformed`], with an empty name, for anything outside of the strict subset: invalid UTF-8, lone surrogates,
/// duplicate names in one object, numbers with a fraction or an exponent, more than 128 levels.
///
/// # Specification
/// 4.1, Metaformat.
pub fn canonicalize(text: &[u8]) -> Result<String, Malformed> {
    canonical(text.to_vec()).map(|canonical| canonical.text).map_err(|error| Malformed {
        name: "".into(),
        defect: Defect::Json(error.words),
        offset: Some(error.offset),
    })
}
