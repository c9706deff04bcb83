//! Names of files in a trusted store.

use std::borrow::Cow;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::StoreError;

/// Bytes that most file systems allow in one name.
const LONGEST: usize = 255;

/// Names that some file systems take for a device, whatever follows the first dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The names of the top-level roles: another role's file must not replace theirs where case is ignored.
const TOP_LEVEL: [&str; 4] = ["root.json", "timestamp.json", "snapshot.json", "targets.json"];

/// The folder of old root metadata.
pub(super) const HISTORY: &str = "root_history";

/// A name that was checked: `<role>.json` with the role percent-encoded, or `root_history/<version>.root.json`.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoreName<'a> {
    name: &'a str,
    is_history: bool,
}

impl<'a> StoreName<'a> {
    /// # Errors
    /// [`StoreError::Name`].
    pub(super) fn parse(name: &'a str) -> Result<Self, StoreError> {
        let (is_history, is_valid) = match name.strip_prefix(HISTORY).and_then(|rest| rest.strip_prefix('/'))
        {
            Some(file) => (true, file.strip_suffix(".root.json").is_some_and(is_version)),
            None => (false, name.strip_suffix(".json").is_some_and(is_percent_encoded)),
        };
        match is_valid {
            true => Ok(Self { name, is_history }),
            false => Err(StoreError::Name { name: name.to_owned() }),
        }
    }

    /// Whether the file is in `root_history`.
    pub(super) fn is_history(self) -> bool {
        self.is_history
    }

    /// The name of the file in its folder: as it is, unless a file system could not hold it or could confuse it with
    /// that of a top-level role. Then it is `%sha256-`, the hash of the name, and `.json`: `%s` is no escape, so that
    /// no role has this name, and two roles never share one.
    pub(super) fn file(self) -> Cow<'a, str> {
        if self.is_history {
            return Cow::Borrowed(&self.name[HISTORY.len() + 1..]);
        }
        match self.name.len() > LONGEST || is_ambiguous(self.name) {
            true => Cow::Owned(hashed(self.name)),
            false => Cow::Borrowed(self.name),
        }
    }
}

fn is_version(text: &str) -> bool {
    !text.starts_with('0') && (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Unreserved characters and complete escapes: what percent-encoding a whole name gives.
fn is_percent_encoded(role: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut parts = role.split('%');
    let plain = parts.next().unwrap_or_default();
    plain.bytes().all(is_unreserved)
        && parts.all(|part| match part.as_bytes() {
            [high, low, rest @ ..] => {
                high.is_ascii_hexdigit() && low.is_ascii_hexdigit() && rest.iter().copied().all(is_unreserved)
            }
            _ => false,
        })
}

fn is_ambiguous(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let stem = lower.split('.').next().unwrap_or_default();
    let is_numbered =
        matches!(stem.as_bytes(), [b'c', b'o', b'm', b'0'..=b'9'] | [b'l', b'p', b't', b'0'..=b'9']);
    (lower != name && TOP_LEVEL.contains(&&*lower)) || DEVICES.contains(&stem) || is_numbered
}

fn hashed(name: &str) -> String {
    let mut file = "%sha256-".to_owned();
    for byte in Sha256::digest(name) {
        // Writing to a string cannot fail.
        let _ = write!(file, "{byte:02x}");
    }
    file.push_str(".json");
    file
}
