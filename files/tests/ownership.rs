//! Who can change what is at a path: the cases that the npm package is tested with as well.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown, lchown, symlink};
use std::path::Path;

use serde::Deserialize;
use tuf_files::Owners;

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
