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

/// The folders of a store.
pub(super) const FOLDERS: [&str; 3] = ["root_history", "rotate", "floors"];

/// A name that was checked: `<role>.json` with the role percent-encoded, `root_history/<version>.root.json`,
/// `rotate/<role>.rotate.<version>`, `floors/root`, `floors/timestamp`, `floors/snapshot` or `refreshed`.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoreName<'a> {
    /// One of [`FOLDERS`]; none for the store's own folder.
    folder: Option<&'static str>,
    /// Name in that folder.
    name: &'a str,
}

impl<'a> StoreName<'a> {
    /// # Errors
    /// [`StoreError::Name`].
    pub(super) fn parse(name: &'a str) -> Result<Self, StoreError> {
        let folder = FOLDERS.into_iter().find_map(|folder| {
            let rest = name.strip_prefix(folder)?.strip_prefix('/')?;
            Some((folder, rest))
        });
        let (parsed, is_valid) = match folder {
            Some((folder, rest)) => (Self { folder: Some(folder), name: rest }, is_in(folder, rest)),
            None => (Self { folder: None, name }, is_at_the_top(name)),
        };
        match is_valid {
            true => Ok(parsed),
            false => Err(StoreError::Name { name: name.to_owned() }),
        }
    }

    /// The folder below the store's own in which the file is, if any.
    pub(super) fn folder(self) -> Option<&'static str> {
        self.folder
    }

    /// The name of the file in its folder: as it is, unless a file system could not hold it or could confuse it with
    /// that of a top-level role. Then it is `%sha256-`, the hash of the name, and `.json` (nothing in a folder): `%s` is
    /// no escape, so that no role has this name, and two roles never share one.
    pub(super) fn file(self) -> Cow<'a, str> {
        match self.name.len() > LONGEST || is_ambiguous(self.name) {
            true => Cow::Owned(hashed(self.name, if self.folder.is_none() { ".json" } else { "" })),
            false => Cow::Borrowed(self.name),
        }
    }
}

fn is_at_the_top(name: &str) -> bool {
    name == "refreshed" || name.strip_suffix(".json").is_some_and(is_percent_encoded)
}

fn is_in(folder: &str, name: &str) -> bool {
    match folder {
        "root_history" => name.strip_suffix(".root.json").is_some_and(is_version),
        "rotate" => name
            .rsplit_once(".rotate.")
            .is_some_and(|(role, version)| is_percent_encoded(role) && is_version(version)),
        _ => ["root", "timestamp", "snapshot"].contains(&name),
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

fn hashed(name: &str, suffix: &str) -> String {
    let mut file = "%sha256-".to_owned();
    for byte in Sha256::digest(name) {
        // Writing to a string cannot fail.
        let _ = write!(file, "{byte:02x}");
    }
    file.push_str(suffix);
    file
}
