//! Who can change what is at a path: the cases that the npm package is tested with as well.

use std::fs::{self, DirBuilder, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown, lchown, symlink};
use std::path::Path;

use serde::Deserialize;
use tuf_files::{Exposure, Owners};

use crate::may_act_as_others;

#[derive(Deserialize)]
struct Case {
    name: String,
    tree: Vec<Entry>,
    ask: String,
    /// What somebody else can change; nothing where the path is accepted.
    exposed: Option<String>,
    how: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    path: String,
    kind: Option<String>,
    to: Option<String>,
    uid: Option<u32>,
    gid: Option<u32>,
    mode: Option<String>,
}

impl Entry {
    fn make(&self, below: &Path) {
        let path = below.join(&self.path);
        match (self.kind.as_deref(), &self.to) {
            (Some("folder"), _) => DirBuilder::new().mode(0o700).create(&path).expect("a folder"),
            (Some("link"), Some(to)) => symlink(to, &path).expect("a link"),
            _ => fs::write(&path, "").expect("a file"),
        }
        lchown(&path, self.uid, self.gid).expect("root may give files away");
        if let Some(mode) = &self.mode {
            let mode = u32::from_str_radix(mode, 8).expect("a mode");
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
        }
    }
}

#[test]
fn judges_every_case_of_the_table() {
    if !may_act_as_others("judges_every_case_of_the_table") {
        return;
    }
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).expect("cases");
    for case in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let below = fs::canonicalize(folder.path()).expect("a path");
        case.tree.iter().for_each(|entry| entry.make(&below));
        let found = Owners::of_this_process().check(&below.join(&case.ask)).err();
        let found = found.map(|exposed| (exposed.path.clone(), exposed.exposure.to_string()));
        let found = found.map(|(path, how)| {
            (if path.is_symlink() { path } else { fs::canonicalize(path).expect("a path") }, how)
        });
        let expected = case.exposed.map(|path| (below.join(path), case.how.unwrap_or_default()));
        assert_eq!(found, expected, "{}", case.name);
    }
}

#[test]
fn rejects_for_root_alone_what_a_private_group_may_write() {
    if !may_act_as_others("rejects_for_root_alone_what_a_private_group_may_write") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    fs::set_permissions(&file, Permissions::from_mode(0o664)).expect("a mode");
    chown(&file, Some(0), Some(0)).expect("a group");
    assert!(Owners::root().check(&file).is_err());
}

#[test]
fn rejects_a_private_folder_that_anybody_else_can_write_or_owns() {
    if !may_act_as_others("rejects_a_private_folder_that_anybody_else_can_write_or_owns") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let check = || Owners::user().check_private_folder(folder.path()).map_err(|exposed| exposed.exposure);
    check().expect("a folder of one's own");
    for mode in [0o720, 0o1720] {
        fs::set_permissions(folder.path(), Permissions::from_mode(mode)).expect("a mode");
        assert!(matches!(check(), Err(Exposure::Group { .. })), "{mode:o}");
    }
    for mode in [0o702, 0o1777] {
        fs::set_permissions(folder.path(), Permissions::from_mode(mode)).expect("a mode");
        assert!(matches!(check(), Err(Exposure::Everybody { .. })), "{mode:o}");
    }
    chown(folder.path(), Some(4321), None).expect("root may give folders away");
    assert!(matches!(check(), Err(Exposure::Owner(4321))));
}

#[test]
fn rejects_an_opened_file_of_another_user_whatever_its_path_names() {
    if !may_act_as_others("rejects_an_opened_file_of_another_user_whatever_its_path_names") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("program");
    fs::write(&path, "").expect("a file");
    chown(&path, Some(4321), None).expect("root may give files away");
    let opened = File::open(&path).expect("a file");
    fs::remove_file(&path).expect("a removal");
    fs::write(&path, "").expect("a file");
    let found = Owners::root().check_opened(&opened, &path).map_err(|exposed| exposed.exposure);
    assert!(matches!(found, Err(Exposure::Owner(4321))));
    Owners::root().check_opened(&File::open(&path).expect("a file"), &path).expect("a file of root's");
}
