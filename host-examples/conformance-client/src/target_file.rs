//! Names of downloaded targets.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// Bytes that most file systems allow in one name.
const LONGEST: usize = 255;

/// Everything but unreserved characters (RFC 3986).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A target path becomes the name of a file: always the same one, another for every path, and never one that leads
/// out of a folder.
///
/// The whole path is percent-encoded, slashes too, and a dot at its beginning. Where that is longer than a file system
/// can hold, the name is `%sha256-` and the hash of the path: `%s` is no escape.
pub(crate) fn name(path: &str) -> String {
    let encoded = utf8_percent_encode(path, ENCODED).to_string();
    let encoded = match encoded.strip_prefix('.') {
        Some(rest) => format!("%2E{rest}"),
        None => encoded,
    };
    if encoded.len() <= LONGEST { encoded } else { hashed(path) }
}

fn hashed(path: &str) -> String {
    let mut name = "%sha256-".to_owned();
    for byte in Sha256::digest(path) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
