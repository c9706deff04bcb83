//! Which files containerd's configuration imports.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

/// What a configuration imports, and what that imports in turn, as containerd finds it: a relative path is below the
/// folder of the file that names it, and with a `*` it is a pattern. More files than the pattern's may be among them, never
/// fewer.
pub(crate) fn imports(configuration: &Path) -> Imports {
    let mut files = vec![configuration.to_owned()];
    let mut folders = Vec::new();
    let mut next = 0;
    while let Some(file) = files.get(next) {
        next += 1;
        for path in named(file) {
            let (inside, known) = match path.as_os_str().as_bytes().contains(&b'*') {
                true => matches(&path),
                false => (Vec::new(), vec![path]),
            };
            folders.extend(inside);
            for path in known {
                if !files.contains(&path) {
                    files.push(path);
                }
            }
        }
    }
    files.remove(0);
    Imports { files, folders }
}

/// What a configuration imports.
#[derive(Debug)]
pub(crate) struct Imports {
    /// The files that there are, and those that are named without a pattern.
    pub(crate) files: Vec<PathBuf>,
    /// The folders of patterns: whoever can make a file in one imports it.
    pub(crate) folders: Vec<PathBuf>,
}

#[derive(Default, Deserialize)]
struct Importing {
    #[serde(default)]
    imports: Vec<PathBuf>,
}

/// The paths in a file; none where it cannot be read, which containerd says when it starts.
fn named(file: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let Importing { imports } = toml::from_str(&text).unwrap_or_default();
    let folder = file.parent().unwrap_or(file);
    imports.into_iter().map(|path| folder.join(path)).collect()
}

/// The folders that a pattern is in, and what may be meant by it.
fn matches(pattern: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let mut paths = vec![PathBuf::new()];
    let mut found = Vec::new();
    for part in pattern.components() {
        let Some((begin, end)) = ends(part) else {
            paths.iter_mut().for_each(|path| path.push(part));
            continue;
        };
        found.extend(paths.iter().cloned());
        let inside = paths.iter().filter_map(|path| fs::read_dir(path).ok()).flatten().flatten();
        let fits = |name: &OsStr| name.as_bytes().starts_with(begin) && name.as_bytes().ends_with(end);
        paths = inside.filter(|entry| fits(&entry.file_name())).map(|entry| entry.path()).collect();
    }
    (found, paths)
}

/// What a name begins and ends with around its wildcards; none where it has none.
fn ends<'p>(part: Component<'p>) -> Option<(&'p [u8], &'p [u8])> {
    let is_wild = |byte: &u8| b"*?[]\\".contains(byte);
    let Component::Normal(name) = part else { return None };
    let name = name.as_bytes();
    let (first, last) = (name.iter().position(is_wild)?, name.iter().rposition(is_wild)?);
    Some((name.get(..first)?, name.get(last + 1..)?))
}
