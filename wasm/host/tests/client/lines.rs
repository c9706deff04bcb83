//! A store in a folder, and a root that is not of its line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tuf_tests::{Authority, NOW, Repository};
use tuf_verifier_host::{Client, Error, FolderStore, Session, Settings, UnixTime};

use crate::world::{World, repository};

fn refresh(repository: &Repository, folder: &Path, settings: Settings) -> Result<Session, Error> {
    let trusted_root = repository.mirror.file("1.root.json").to_vec();
    let store = FolderStore::open(folder).expect("a folder");
    let client = Client::new(trusted_root, World::of(repository), store);
    client.settings(settings).reference_time(UnixTime::from_seconds(NOW)).refresh()
}

/// Every file of a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, plain): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let plain = plain.into_iter().map(|path| (path.clone(), fs::read(&path).expect("a file")));
    plain.chain(folders.iter().flat_map(|folder| files(folder))).collect()
}

type Damage = (&'static str, fn(&Path));

/// What may become of a store.
const DAMAGES: [Damage; 3] = [
    ("one flipped bit", |store| {
        let file = store.join("root_history/2.root.json");
        let mut bytes = fs::read(&file).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(file, bytes).expect("a file");
    }),
    ("a lost file", |store| fs::remove_file(store.join("root_history/2.root.json")).expect("a file")),
    ("a store of tuf-js", |store| {
        for folder in ["root_history", "floors"] {
            fs::remove_dir_all(store.join(folder)).expect("a folder");
        }
    }),
];

#[test]
fn rejects_revoked_keys_where_the_history_is_damaged() {
    let mut honest = repository();
    let mut forged = honest.clone();
    for role in ["root", "timestamp", "snapshot", "targets"] {
        honest.rotate(role, Authority::one(&format!("{role} of root 2")));
    }
    honest.next_root().next_root().release();
    forged.release().release().release();
    for (damage, spoil) in DAMAGES {
        let folder = tempfile::tempdir().expect("a folder");
        refresh(&honest, folder.path(), Settings::default()).expect("an honest repository");
        spoil(folder.path());
        let before = files(folder.path());
        let refused = refresh(&forged, folder.path(), Settings::default()).map(drop).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "rollback attack: root version 1 was offered, version 3 is trusted",
            "{damage}"
        );
        assert!(files(folder.path()) == before, "{damage}: the store has changed");
        refresh(&honest, folder.path(), Settings::default()).expect("the gap is fetched again");
    }
}

#[test]
fn rejects_another_line_until_a_person_replaces_it() {
    let folder = tempfile::tempdir().expect("a folder");
    refresh(&repository(), folder.path(), Settings::default()).expect("an honest repository");
    let before = files(folder.path());
    let mut other = repository();
    for role in ["root", "timestamp", "snapshot", "targets"] {
        other.rotate(role, Authority::one(&format!("another {role}")));
    }
    other.write_root().publish();
    let refused = refresh(&other, folder.path(), Settings::default()).map(drop).unwrap_err();
    assert_eq!(refused.code(), "other-root-line");
    assert!(files(folder.path()) == before);
    let settings = Settings { replace_root_line: true, ..Settings::default() };
    refresh(&other, folder.path(), settings).expect("replaced on purpose");
    refresh(&other, folder.path(), Settings::default()).expect("its own line");
}
