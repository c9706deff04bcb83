//! Stores in folders: a root that is not of a store's line, and the stores of one URL, each for one trusted root.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tuf_tests::{Authority, Key, Mirror, NOW, Repository, Scheme};
use tuf_verifier_host::store::StoreLines;
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

const ROLES: [&str; 4] = ["root", "timestamp", "snapshot", "targets"];

/// Refreshes as a project that pins this root does, with the stores of one URL.
fn refresh_line(folder: &Path, trusted_root: &[u8], mirror: &Mirror) -> Result<Session, Error> {
    StoreLines::new(folder, "tuf.example").refresh(trusted_root, Settings::default(), |store| {
        Client::new(trusted_root.to_vec(), World::seen_through(mirror), store)
            .reference_time(UnixTime::from_seconds(NOW))
    })
}

fn root(repository: &Repository, version: u64) -> Vec<u8> {
    repository.mirror.file(&format!("{version}.root.json")).to_vec()
}

/// Root 2 of an honest repository, its root 3 that revokes every key, and what the revoked keys sign in place of root 3.
fn stolen() -> (Repository, Repository, Repository) {
    let mut honest = repository();
    honest.next_root().release();
    let (before, mut forged) = (honest.clone(), honest.clone());
    for role in ROLES {
        honest.rotate(role, Authority::one(&format!("{role} of root 3")));
        forged.rotate(role, Authority::one(&format!("mallory's {role}")));
    }
    honest.next_root().release();
    forged.next_root();
    forged.timestamp.version = 999;
    forged.publish();
    (before, honest, forged)
}

/// Root 1 of the attacker, from which the victim's root 2 follows, and a mirror that leads from it to the forged root 3.
fn crafted(victim: &Repository, forged: &Repository) -> (Vec<u8>, Mirror) {
    let mut hostile = victim.clone();
    let keys = [Key::new("mallory"), victim.authorities["root"].keys[0].clone()];
    hostile.rotate("root", Authority { threshold: 1, keys: keys.to_vec() });
    hostile.root.version = 1;
    hostile.mirror = Mirror::default();
    hostile.sign_with("root", &[Key::new("mallory")]).write_root();
    let trusted_root = root(&hostile, 1);
    let mirror = forged.mirror.clone().replacing("1.root.json", &trusted_root[..]);
    (trusted_root, mirror)
}

/// Two crafted roots: what one of them left in a store made the other one's store outrank it.
#[test]
fn rejects_revoked_keys_after_hostile_projects_whose_roots_lead_to_the_trusted_root() {
    let (before, honest, forged) = stolen();
    let pinned = root(&before, 2);
    let folder = tempfile::tempdir().expect("a folder");
    refresh_line(folder.path(), &pinned, &honest.mirror).expect("an honest repository");
    let mut again = before.clone();
    again.root.expires += 1;
    for victim in [&before, &again] {
        let (hostile_root, mirror) = crafted(victim, &forged);
        let refused = refresh_line(folder.path(), &hostile_root, &mirror).map(drop).unwrap_err();
        assert_eq!(refused.code(), "arbitrary-software", "it begins with the roots of the honest store");
    }
    let refused = refresh_line(folder.path(), &pinned, &forged.mirror).map(drop).unwrap_err();
    assert_eq!(refused.code(), "arbitrary-software");
    let session = refresh_line(folder.path(), &pinned, &honest.mirror).expect("it is not blocked");
    assert_eq!(session.report().root.version, 3);
}

/// The caller names the store, and once named a crafted root that leads to the victim's: it stays in the history.
#[test]
fn accepts_the_honest_root_in_a_named_store_after_a_crafted_one() {
    let (before, honest, forged) = stolen();
    let folder = tempfile::tempdir().expect("a folder");
    let refresh = |trusted_root: &[u8], mirror: &Mirror| {
        let store = FolderStore::open(folder.path()).expect("a folder");
        let client = Client::new(trusted_root.to_vec(), World::seen_through(mirror), store);
        client.reference_time(UnixTime::from_seconds(NOW)).refresh()
    };
    refresh(&root(&before, 2), &honest.mirror).expect("an honest repository");
    let floors = files(&folder.path().join("floors"));
    let (crafted_root, mirror) = crafted(&before, &forged);
    let refused = refresh(&crafted_root, &mirror).map(drop).unwrap_err();
    assert_eq!(refused.code(), "arbitrary-software", "the store's root 3 decides");
    let left = fs::read(folder.path().join("root_history/1.root.json")).expect("a file");
    assert!(left == crafted_root, "the crafted root is not in the history any more");
    for version in [1, 2, 3] {
        let refused = refresh(&root(&honest, version), &forged.mirror).map(drop).unwrap_err();
        assert_eq!(refused.code(), "arbitrary-software", "root {version}");
        assert!(files(&folder.path().join("floors")) == floors, "root {version}: the floors have changed");
    }
    for version in [1, 2, 3] {
        let session = refresh(&root(&honest, version), &honest.mirror).expect("its own line");
        assert_eq!(session.report().root.version, 3);
    }
    let healed = fs::read(folder.path().join("root_history/1.root.json")).expect("a file");
    assert!(healed == root(&honest, 1));
}

/// A program that ships a newer root has no store yet, and finds two that disagree. Whoever has a store goes on.
#[test]
fn rejects_two_stores_that_prove_different_roots() {
    let (before, honest, forged) = stolen();
    let folder = tempfile::tempdir().expect("a folder");
    let (hostile_root, mirror) = crafted(&before, &forged);
    refresh_line(folder.path(), &hostile_root, &mirror).expect("the attacker's own project");
    refresh_line(folder.path(), &root(&before, 1), &honest.mirror).expect("an honest repository");
    for mirror in [&forged.mirror, &honest.mirror] {
        let refused = refresh_line(folder.path(), &root(&before, 2), mirror).map(drop).unwrap_err();
        assert_eq!(refused.code(), "other-root-line");
    }
    refresh_line(folder.path(), &root(&before, 1), &honest.mirror).expect("an honest repository");
}

/// A repository at timestamp version 3, its mirror at version 2, and the folder with the store of one refresh.
struct Refreshed {
    honest: Repository,
    old: Mirror,
    folder: tempfile::TempDir,
}

fn refreshed() -> Refreshed {
    let mut honest = repository();
    honest.next_root().release();
    let old = honest.mirror.clone();
    honest.release();
    let folder = tempfile::tempdir().expect("a folder");
    refresh_line(folder.path(), &root(&honest, 1), &honest.mirror).expect("an honest repository");
    Refreshed { honest, old, folder }
}

#[test]
fn a_damaged_sibling_stops_nobody() {
    let Refreshed { honest, old, folder } = refreshed();
    let foreign = folder.path().join("tuf.example~0000000000000000");
    fs::create_dir_all(foreign.join("root_history")).expect("a folder");
    fs::write(foreign.join("notes.txt"), "x").expect("a file");
    let unreadable = folder.path().join("tuf.example~0000000000000001");
    fs::create_dir_all(unreadable.join("root.json")).expect("a folder");
    fs::create_dir_all(unreadable.join("floors")).expect("a folder");
    fs::write(unreadable.join(".lock"), "").expect("a file");
    let refused = refresh_line(folder.path(), &root(&honest, 2), &old).map(drop).unwrap_err();
    assert_eq!(refused.to_string(), "rollback attack: timestamp version 2 was offered, version 3 is trusted");
    refresh_line(folder.path(), &root(&honest, 2), &honest.mirror).expect("an honest repository");
}

/// Each of them costs seconds: 256 signatures by P-521 keys, over a root of their own.
#[test]
fn many_expensive_siblings_stop_nobody() {
    let keys: Vec<Key> = (0..256).map(|key| Key::of(Scheme::EcdsaP521, &format!("slow {key}"))).collect();
    let mut hostile = repository();
    hostile.rotate("root", Authority { threshold: 1, keys: keys.clone() });
    hostile.sign_with("root", &keys).write_root();
    let folder = tempfile::tempdir().expect("a folder");
    for line in 0..23 {
        let store = folder.path().join(format!("tuf.example~{line:016x}"));
        fs::create_dir_all(store.join("floors")).expect("a folder");
        for file in [".lock", "root.json", "floors/root"] {
            fs::write(store.join(file), root(&hostile, 1)).expect("a file");
        }
    }
    let honest = repository();
    refresh_line(folder.path(), &root(&honest, 1), &honest.mirror).expect("an honest repository");
}

/// Whoever answers for the mirror makes a store with each spelling of the public root, and chooses how its name begins.
#[test]
fn many_older_siblings_hide_no_other() {
    let Refreshed { honest, old, folder } = refreshed();
    let decoy = tempfile::tempdir().expect("a folder");
    refresh_line(decoy.path(), &root(&honest, 1), &old).expect("an older state of it");
    for line in 0..50 {
        for (path, bytes) in files(decoy.path()) {
            let below = path.strip_prefix(decoy.path()).expect("a path below").components().skip(1);
            let copy = below
                .fold(folder.path().join(format!("tuf.example~{line:016x}")), |path, part| path.join(part));
            fs::create_dir_all(copy.parent().expect("a folder")).expect("a folder");
            fs::write(copy, bytes).expect("a file");
        }
    }
    let pinned = [root(&honest, 1), b"\n".to_vec()].concat();
    let refused = refresh_line(folder.path(), &pinned, &old).map(drop).unwrap_err();
    assert_eq!(refused.to_string(), "rollback attack: timestamp version 2 was offered, version 3 is trusted");
    refresh_line(folder.path(), &pinned, &honest.mirror).expect("an honest repository");
}

#[test]
fn keeps_its_own_floors_where_its_root_files_are_lost() {
    let mut honest = repository();
    honest.next_root().release();
    let folder = tempfile::tempdir().expect("a folder");
    refresh_line(folder.path(), &root(&honest, 2), &honest.mirror).expect("an honest repository");
    let (other, old) = (files(folder.path()), honest.mirror.clone());
    honest.release();
    refresh_line(folder.path(), &root(&honest, 1), &honest.mirror).expect("an honest repository");
    let lost = files(folder.path()).into_keys().filter(|path| !other.contains_key(path));
    for path in lost.filter(|path| path.ends_with("root.json") || path.ends_with("floors/root")) {
        fs::remove_file(path).expect("a file");
    }
    let refused = refresh_line(folder.path(), &root(&honest, 1), &old).map(drop).unwrap_err();
    assert_eq!(refused.to_string(), "rollback attack: timestamp version 2 was offered, version 3 is trusted");
}
