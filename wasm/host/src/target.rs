//! The file of a target.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::records::Target;

impl Target {
    /// A name for the target's file in a folder: always the same one, another for every target path, and never one that
    /// leads out of the folder.
    ///
    /// The whole path is percent-encoded, slashes too, and a dot at its beginning. Where that is longer than a file
    /// system can hold (255 bytes), the name is `%sha256-` and the hash of the path: `%s` is no escape.
    #[must_use]
    pub fn file_name(&self) -> String {
        let encoded = utf8_percent_encode(&self.path, ENCODED).to_string();
        let encoded = match encoded.strip_prefix('.') {
            Some(rest) => format!("%2E{rest}"),
            None => encoded,
        };
        if encoded.len() <= LONGEST { encoded } else { hashed(&self.path) }
    }
}

/// Bytes that most file systems allow in one name.
const LONGEST: usize = 255;

/// Everything but unreserved characters (RFC 3986).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn hashed(path: &str) -> String {
    let mut name = "%sha256-".to_owned();
    for byte in Sha256::digest(path) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
