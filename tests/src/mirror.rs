//! The files of a repository as one server offers them, honest or not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

/// A copy of a repository as it was at some time: a file for each name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mirror {
    /// Metadata files by their percent-encoded names.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// Target files by their percent-encoded paths.
    pub targets: BTreeMap<String, Vec<u8>>,
    /// Metadata files that are followed by blanks without end.
    pub endless: BTreeSet<String>,
}

impl Mirror {
    /// The answer to a request for a metadata file: at most one byte more than `max_length`, as a host reads it.
    #[must_use]
    pub fn fetch(&self, name: &str, max_length: u64) -> Option<Vec<u8>> {
        let mut bytes = self.metadata.get(name)?.clone();
        let most = usize::try_from(max_length).expect("a length that fits into memory").saturating_add(1);
        if self.endless.contains(name) {
            bytes.resize(most, b' ');
        }
        bytes.truncate(most);
        Some(bytes)
    }

    /// Writes the files to `metadata/` and `targets/` of a folder, as a publisher does while others read: each one
    /// at once, and the timestamp last.
    ///
    /// # Errors
    /// What kept a file from being written.
    pub fn publish_to(&self, folder: &Path) -> io::Result<()> {
        let metadata = |(name, bytes)| (format!("metadata/{name}"), bytes);
        let targets = self.targets.iter().map(|(path, bytes)| (format!("targets/{path}"), bytes));
        let mut files: Vec<(String, &Vec<u8>)> = self.metadata.iter().map(metadata).chain(targets).collect();
        files.sort_by_key(|(name, _)| name == "metadata/timestamp.json");
        for (name, bytes) in files {
            let path = folder.join(&name);
            if fs::read(&path).is_ok_and(|there| there == *bytes) {
                continue;
            }
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            let unfinished = folder.join("unfinished");
            fs::write(&unfinished, bytes)?;
            fs::rename(&unfinished, &path)?;
        }
        Ok(())
    }

    /// A metadata file.
    ///
    /// # Panics
    /// Where there is none of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> &[u8] {
        self.metadata.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.metadata.keys()))
    }
}

/// One segment of a URL path, percent-encoded: everything but unreserved characters (RFC 3986).
pub(crate) fn percent_encoded(segment: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    segment.bytes().map(encode).collect()
}
