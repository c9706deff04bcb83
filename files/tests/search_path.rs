//! Where a program that is started by its name comes from.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tuf_files::SearchPath;

/// A program below a folder.
fn program(path: &Path, mode: u32) -> PathBuf {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, "").expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    path.to_owned()
}

fn search_path(folders: &[&Path]) -> SearchPath {
    SearchPath::of(&std::env::join_paths(folders).expect("no separators"))
}

#[test]
fn accepts_the_first_program_of_an_absolute_folder() {
    let folder = TempDir::new().expect("a folder");
    program(&folder.path().join("first/tool"), 0o644);
    let found = program(&folder.path().join("second/tool"), 0o755);
    program(&folder.path().join("third/tool"), 0o755);
    let folders = ["first", "second", "third"].map(|name| folder.path().join(name));
    let path = search_path(&folders.each_ref().map(PathBuf::as_path));
    assert_eq!(path.find(Path::new("tool")), Some(found.clone()));
    assert_eq!(path.find(Path::new("other")), None);
    assert_eq!(path.find(&found), Some(found), "a path is not looked for");
}

#[test]
fn rejects_relative_folders() {
    let path = search_path(&["", ".", "node_modules/.bin"].map(Path::new));
    assert_eq!(path.to_value(), OsString::new());
}

#[test]
fn rejects_folders_in_which_others_can_make_programs() {
    let folder = TempDir::new().expect("a folder");
    let [own, shared, foreign] = ["own", "shared", "foreign"].map(|name| folder.path().join(name));
    for (folder, mode) in [(&own, 0o755), (&shared, 0o1777), (&foreign, 0o755)] {
        fs::create_dir(folder).expect("a folder");
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("a mode");
    }
    let path = search_path(&[&shared, &foreign, &own]).without(|folder| folder == foreign);
    assert_eq!(path.to_value(), own);
}
