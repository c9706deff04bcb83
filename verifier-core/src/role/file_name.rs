//! Names of files and of places in URLs.

use alloc::format;
use alloc::string::String;

/// The file of a role's metadata: its percent-encoded name with `.json`, and its version before it where one is given.
pub(crate) fn role_file(role: &str, version: Option<u64>) -> String {
    let name = percent_encode(role, |_| false);
    match version {
        Some(version) => format!("{version}.{name}.json"),
        None => format!("{name}.json"),
    }
}

/// The rotate file of a role, below the folder of all rotate files (TAP 8).
pub(crate) fn rotate_file(role: &str, version: u64) -> String {
    format!("rotate/{}.rotate.{version}", percent_encode(role, |_| false))
}

/// Percent-encodes all but the unreserved characters of RFC 3986 and the bytes to be kept.
pub(crate) fn percent_encode(text: &str, keep: fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let unreserved = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        match unreserved || keep(byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
