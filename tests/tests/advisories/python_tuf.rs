//! Advisories of python-tuf.

use std::fs;

use tuf_tests::expected::{arbitrary_software, defect_of};
use tuf_tests::{Answer, Authority, Delegation, Device, Key, NOW, Repository};
use tuf_verifier_core::{Defect, NotFound};
use tuf_verifier_host::{Client, FolderStore, Lookup, UnixTime};

use crate::sigstore::OneMirror;
use crate::{PATH, role_of, search, with_team};

/// CVE-2021-41131 (GHSA-wjw6-2cqr-j4qr): the name of a delegated role was a path below the store, and led out of it.
#[test]
fn cve_2021_41131_name_traversal() {
    let names =
        ["../../evil", "/etc/evil", "..", "a/../../evil", "C:\\evil", "evil\0", "root_history/1.root"];
    for name in names {
        let folder = tempfile::tempdir().expect("a folder");
        let mut repository = Repository::new();
        repository
            .delegate("targets", Delegation::paths(name, &["x/*"]))
            .add_target(name, PATH, b"1")
            .publish();
        let root = repository.mirror.file("1.root.json").to_vec();
        let store = FolderStore::open(folder.path().join("a/store")).expect("a folder");
        let client = Client::new(root.clone(), OneMirror(repository.mirror.clone()), store);
        let client = client.reference_time(UnixTime::from_seconds(NOW));
        let session = client.refresh().expect("a name is a name");
        assert!(matches!(session.find(PATH), Ok(Lookup::Found(_))), "{name}");
        let below = |path: &str| fs::read_dir(folder.path().join(path)).expect("a folder").count();
        assert_eq!((below(""), below("a")), (1, 1), "{name}: nothing beside the store");
        let history = folder.path().join("a/store/root_history/1.root.json");
        assert_eq!(fs::read(history).expect("the pinned root"), root, "{name}: no other file is replaced");
    }
}

/// python-tuf 1558: a delegated role could have the name of a top-level role, whose stored file it would replace.
#[test]
fn python_tuf_1558_delegated_role_name_unvalidated() {
    let expected =
        Defect::Field { field: "name", expected: "a role name that is not empty and not a top-level role's" };
    for name in ["root", "timestamp", "snapshot", "targets", ""] {
        let mut repository = with_team();
        repository.edit("targets", move |signed| {
            signed.at(&["delegations", "roles", "0"]).set("name", name);
        });
        let mut device = Device::new(repository.publish());
        let failure = device.refresh(&repository.mirror).expect_err("no role may have this name");
        assert_eq!(defect_of("1.targets.json", failure), expected, "{name:?}");
        assert!(!device.store.contains_key("targets.json"));
    }
}

/// GHSA-qp9x-wp8f-qgjj: on Windows, path patterns were compared without case, and `\` was a separator.
#[test]
fn ghsa_qp9x_wp8f_qgjj_path_matching_of_the_system() {
    for pattern in ["X/*", "x/A*", "x\\*", "x\\app"] {
        let mut repository = Repository::new();
        repository
            .delegate("targets", Delegation::paths("attacker", &[pattern]).terminating())
            .delegate("targets", Delegation::paths("team", &["x/*"]))
            .add_target("attacker", PATH, b"malware")
            .add_target("team", PATH, b"1");
        assert_eq!(role_of(search(repository.publish(), PATH)), "team", "{pattern}");
    }
}

/// python-tuf 2978: a role that two parents delegate to was taken under the keys of the parent that came first.
#[test]
fn python_tuf_2978_authority_of_a_diamond() {
    let mut repository = Repository::new();
    for (parent, paths) in [("a", "a/*"), ("b", "b/*")] {
        repository.delegate("targets", Delegation::paths(parent, &[paths]));
        let mut shared = Delegation::paths("shared", &[paths]);
        shared.authority = Authority::one(&format!("shared of {parent}"));
        repository.delegate(parent, shared);
    }
    repository.add_target("shared", "a/app", b"1").add_target("shared", "b/app", b"2");
    repository.sign_with("shared", &[Key::new("shared of a")]).publish();
    let mut device = Device::new(&repository);
    for _ in ["with an empty store", "with shared.json in it"] {
        let mut drive = device.start().expect("a good root");
        drive.refresh(&repository.mirror).expect("an honest repository");
        for _ in ["once", "again"] {
            assert_eq!(role_of(drive.find(&repository.mirror, "a/app")), "shared");
            let refused = arbitrary_software("shared", ("b", 1), 1, 0);
            assert_eq!(drive.find(&repository.mirror, "b/app"), Err(refused));
        }
    }
    // Nor may what one parent delegates be reached through the other.
    assert_eq!(search(&repository, "c/app"), Ok(Answer::NotFound(NotFound::Absent)));
}
