//! The files of the shared worlds.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The form that is read here.
const FORMAT: u64 = 1;

/// Where the worlds are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/shared-worlds")
}

/// The worlds of one program.
pub(crate) struct Program {
    pub(crate) name: String,
    /// Worlds that the index counts.
    pub(crate) count: u64,
    pub(crate) bytes: Bytes,
    text: String,
}

/// What was given to the component or came from it, by its SHA-256.
pub(crate) struct Bytes {
    all: Vec<u8>,
    places: BTreeMap<String, Range<usize>>,
}

impl Program {
    /// Reads what a program has recorded; panics where that is not all there.
    pub(crate) fn read(folder: &Path, name: &str) -> Self {
        let index: Value = serde_json::from_str(&text(&folder.join("index.json"))).expect("an index is JSON");
        assert_eq!(index["format"], FORMAT, "worlds of another form");
        let count = index["programs"][name].as_u64().expect("the index counts the program's worlds");
        let worlds = text(&folder.join(format!("{name}.worlds")));
        let found = worlds.lines().count();
        assert!(count > 0 && u64::try_from(found) == Ok(count), "{name}: {found} worlds of {count}");
        Self { name: name.to_owned(), count, bytes: Bytes::read(folder, name), text: worlds }
    }

    pub(crate) fn worlds(&self) -> impl Iterator<Item = Value> {
        self.text.lines().map(|line| serde_json::from_str(line).expect("a world is JSON"))
    }
}

impl Bytes {
    fn read(folder: &Path, name: &str) -> Self {
        let index = text(&folder.join(format!("{name}.index")));
        let place = |line: &str| {
            let [digest, offset, length] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("no digest, offset and length: {line}");
            };
            let (offset, length): (usize, usize) =
                (offset.parse().expect("an offset"), length.parse().expect("a length"));
            (digest.to_owned(), offset..offset + length)
        };
        let path = folder.join(format!("{name}.bytes"));
        let all = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { all, places: index.lines().map(place).collect() }
    }

    /// The bytes of this SHA-256.
    pub(crate) fn of(&self, digest: &str) -> &[u8] {
        let place = self.places.get(digest).unwrap_or_else(|| panic!("no bytes of {digest}"));
        &self.all[place.clone()]
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
