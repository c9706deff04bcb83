//! Rotate files between real folders: names that a role chose, on the file systems of both sides.

use tuf_tests::{Authority, Delegation, Key, NOW, Repository, Rotation};
use tuf_verifier_host::{Access, Client, FolderSource, FolderStore, Settings, UnixTime};

use crate::world::{found, repository};

/// A role whose name would leave the folder, with one rotation.
fn rotated() -> Repository {
    let role = "../../team";
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths(role, &["x/*"])).add_target(role, "x/tool", b"a tool");
    repository.add_rotation(role, Rotation::to(Authority::one("new"), &[role]));
    repository.sign_with(role, &[Key::new("new")]).publish();
    repository
}

#[test]
fn rotate_files_stay_in_their_folder() {
    let repository = rotated();
    let folder = tempfile::tempdir().unwrap();
    repository.mirror.publish_to(&folder.path().join("published")).unwrap();
    let published = |name: &str| folder.path().join("published").join(name);
    let client = || {
        let source = FolderSource::new(published("metadata"), published("targets"));
        let store = FolderStore::open(folder.path().join("store")).unwrap();
        Client::new(repository.mirror.file("1.root.json").to_vec(), source, store)
            .reference_time(UnixTime::from_seconds(NOW))
    };
    let session = client().refresh().unwrap();
    assert_eq!(found(&session, "x/tool").role, "../../team");
    drop(session);
    let file = "rotate/..%2F..%2Fteam.rotate.1";
    let stored = std::fs::read(folder.path().join("store").join(file)).unwrap();
    assert_eq!(stored, repository.mirror.file(file));
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["published", "store"]);
    std::fs::remove_dir_all(folder.path().join("published")).unwrap();
    let offline = Settings { access: Access::Store, ..Settings::default() };
    let session = client().settings(offline).refresh().unwrap();
    assert_eq!(found(&session, "x/tool").role, "../../team");
}
