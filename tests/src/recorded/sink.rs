//! The files of the worlds that one program records: `docs/shared-worlds.md` has their form.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::digest::sha256;
use crate::json::Json;

/// Names the folder in which worlds are recorded.
const FOLDER: &str = "TUF_WORLDS";

/// What was written so far.
struct Sink {
    worlds: File,
    bytes: File,
    index: File,
    length: usize,
    known: BTreeSet<String>,
    /// Worlds that each story has had.
    stories: BTreeMap<String, u64>,
}

/// Whether worlds are recorded.
pub(super) fn is_open() -> bool {
    sink().is_some()
}

/// Writes a world.
pub(super) fn write(story: &str, calls: Json) {
    let Some(mut sink) = locked() else { return };
    let name = sink.name(story);
    sink.line(&Json::object([("name", Json::from(name)), ("calls", calls)]));
}

/// Writes that a world could not be recorded.
pub(super) fn lose(story: &str) {
    let Some(mut sink) = locked() else { return };
    let name = sink.name(story);
    sink.line(&Json::object([("name", name.as_str()), ("lost", "its test panicked")]));
}

/// Keeps bytes, once; they become their SHA-256.
pub(super) fn bytes(bytes: &[u8]) -> Json {
    let digest = sha256(bytes);
    if let Some(mut sink) = locked() {
        sink.keep(&digest, bytes);
    }
    Json::Text(digest)
}

fn locked() -> Option<MutexGuard<'static, Sink>> {
    sink().as_ref().map(|sink| sink.lock().unwrap_or_else(PoisonError::into_inner))
}

fn sink() -> &'static Option<Mutex<Sink>> {
    static SINK: OnceLock<Option<Mutex<Sink>>> = OnceLock::new();
    SINK.get_or_init(|| std::env::var_os(FOLDER).map(|folder| Mutex::new(Sink::open(Path::new(&folder)))))
}

/// The name of this program, without the hash that cargo adds.
fn program() -> String {
    let path: PathBuf = std::env::current_exe().expect("a program has a path");
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let hash = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match name.rsplit_once('-') {
        Some((name, rest)) if hash(rest) => name.to_owned(),
        _ => name,
    }
}

impl Sink {
    fn open(folder: &Path) -> Self {
        fs::create_dir_all(folder).expect("the folder of the worlds can be made");
        let create = |kind| {
            let path = folder.join(format!("{}.{kind}", program()));
            File::create(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let (worlds, bytes, index) = (create("worlds"), create("bytes"), create("index"));
        Self { worlds, bytes, index, length: 0, known: BTreeSet::new(), stories: BTreeMap::new() }
    }

    /// The story, and how many of its worlds came before.
    fn name(&mut self, story: &str) -> String {
        let count = self.stories.entry(story.to_owned()).or_default();
        *count += 1;
        format!("{story} {count}")
    }

    fn line(&mut self, world: &Json) {
        writeln!(self.worlds, "{}", world.text()).expect("a world can be written");
    }

    fn keep(&mut self, digest: &str, bytes: &[u8]) {
        if self.known.insert(digest.to_owned()) {
            self.bytes.write_all(bytes).expect("the bytes of a world can be written");
            writeln!(self.index, "{digest} {} {}", self.length, bytes.len()).expect("and their index");
            self.length += bytes.len();
        }
    }
}
