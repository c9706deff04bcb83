//! Whoever can write to what is served, and has no key: nothing is signed on top of what they wrote, and nothing that is
//! published changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::command::Desk;
use crate::world::{Client, NOW, World, copy_folder, files};
use serde_json::{Value, json};
use tempfile::TempDir;
use tuf_oci::registry::{DirectTransport, Location, Registry};
use tuf_repository::metadata::{
    MetaFile, Metadata, Scope, Signed, Snapshot, Targets, Timestamp, seal, sha256_hex,
};
use tuf_repository::{
    Delegation, Difference, Error, Exposed, Exposure, GivenUpBy, Handover, KeyRing, NoSelfRotation,
    OlderCopy, Periods, Repository, Signer, Signers, TargetDescription, UnixTime, Versions,
};

/// Counts how often a private key is asked for.
struct Watched(KeyRing, Arc<AtomicUsize>);

impl Signers for Watched {
    fn signer(&self, keyid: &str) -> Result<Option<Arc<dyn Signer>>, Error> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.signer(keyid)
    }
}

/// A repository with every kind of role, each published three times, and what it was after the second time.
struct Victim {
    world: World,
    /// `metadata` and `targets` as they were served before the last publish.
    older: TempDir,
    asked: Arc<AtomicUsize>,
}

impl Victim {
    fn new() -> Self {
        let world = World::with_keys(&["team", "packages", "bins", "timestamp-2"]);
        let repository = world.open();
        let mut staged = repository.stage().expect("a set of changes");
        for (name, pattern) in [("team", "team/*"), ("packages", "packages/*")] {
            let (keys, scope) = (world.role_keys(&[name]), Scope::Paths(vec![pattern.to_owned()]));
            let role = Delegation::Role { name: name.to_owned(), keys, scope, terminating: true };
            staged.delegate("targets", role).expect("a delegation");
        }
        let keys = world.role_keys(&["bins"]);
        let bins = Delegation::Succinct { name_prefix: "bin".to_owned(), bit_length: 1, keys };
        staged.delegate("packages", bins).expect("a delegation");
        staged.save().expect("saved changes");
        let victim = Self { world, older: TempDir::new().expect("a folder"), asked: Arc::default() };
        victim.publish("one");
        let mut staged = repository.stage().expect("a set of changes");
        let keys = victim.world.role_keys(&["timestamp-2"]);
        staged.set_keys("timestamp", &keys, Handover::Overlapping).expect("new keys");
        staged.save().expect("saved changes");
        victim.publish("two");
        copy_folder(victim.world.path(), victim.older.path());
        victim.publish("three");
        // The next publish has nothing to do with what is tampered with.
        repository.add_target("team", "team/unrelated", b"bytes").expect("a staged target");
        victim
    }

    fn publish(&self, text: &str) {
        let repository = self.world.open();
        let mut staged = repository.stage().expect("a set of changes");
        staged.add_target("targets", "app", text.as_bytes(), None).expect("a staged target");
        staged.add_target("team", "team/app", text.as_bytes(), None).expect("a staged target");
        let path = "packages/a";
        let bin = ["bin-0", "bin-1"]
            .into_iter()
            .find(|bin| staged.add_target(bin, path, text.as_bytes(), None).is_ok());
        assert!(bin.is_some());
        staged.save().expect("saved changes");
        repository.publish(NOW).expect("a publish");
    }

    fn open(&self) -> Repository {
        let signers = Watched(self.world.ring(), Arc::clone(&self.asked));
        Repository::open(self.world.path(), &self.world.state(), signers, Periods::default())
            .expect("a repository")
    }

    /// The last version of a role's file.
    fn last(&self, role: &str) -> PathBuf {
        let folder = self.world.path().join("metadata");
        let version = |version: &u64| folder.join(format!("{version}.{role}.json")).exists();
        let last = (1..10).filter(version).max().expect("a version");
        folder.join(format!("{last}.{role}.json"))
    }

    /// Everything that is served, and everything that is remembered or staged.
    fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let is_lock = |path: &Path| path.ends_with("staged/lock") || path.ends_with("staged/copy-lock");
        files(self.world.home()).into_iter().filter(|(path, _)| !is_lock(path)).collect()
    }

    /// Tries whatever signs or builds on what is published: each must refuse with this code and name this file, without
    /// a private key being asked for, and without anything being written.
    fn refuses(&self, what: &str, code: &str, named: &Path) {
        let before = self.everything();
        let repository = self.open();
        let results = [
            repository.publish(NOW).map(drop),
            repository.refresh(&["snapshot", "timestamp"], NOW).map(drop),
            repository.rehearse(NOW).map(drop),
            repository.add_target("targets", "b", b"bytes"),
            repository.status().map(drop),
            repository.upload(&nobody(), OlderCopy::Refuse, NOW).map(drop),
            repository.check_copy(&nobody(), OlderCopy::Refuse),
        ];
        for (number, result) in results.into_iter().enumerate() {
            let error = result.expect_err(&format!("{what}: call {number}"));
            assert_eq!(error.code(), code, "{what}: call {number}: {error}");
            match error {
                Error::Changed { path, .. } | Error::RolledBack { path, .. } => {
                    assert_eq!(path, named, "{what}: call {number}");
                }
                other => panic!("{what}: call {number}: {other:?}"),
            }
        }
        assert_eq!(self.asked.load(Ordering::SeqCst), 0, "{what}: nothing is signed");
        assert!(self.everything() == before, "{what}: nothing has changed");
    }
}

/// A registry that nobody answers for.
fn nobody() -> Registry {
    let location = Location::parse("oci+http://127.0.0.1:1/team/tuf").expect("a location");
    let transport = DirectTransport::new(None, "test").expect("usable settings");
    Registry::new(location, None, Arc::new(transport)).expect("usable settings")
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut document: Value = serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON");
    change(&mut document["signed"]);
    fs::write(path, document.to_string()).expect("a file");
}

#[test]
fn rejects_every_change_of_published_metadata() {
    let victim = Victim::new();
    let metadata = victim.world.path().join("metadata");
    let timestamp = metadata.join("timestamp.json");
    let mut kinds = vec![metadata.join("1.root.json"), timestamp.clone()];
    kinds.extend(
        ["root", "snapshot", "targets", "team", "packages", "bin-0", "bin-1"].map(|role| victim.last(role)),
    );
    for path in kinds {
        let genuine = fs::read(&path).expect("a file");
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let tampered = |what: &str, code: &str| {
            victim.refuses(&format!("{name}: {what}"), code, &path);
            fs::write(&path, &genuine).expect("a file");
        };
        // In the signed part, in the signatures, and in what surrounds both.
        for at in [genuine.len() / 2, genuine.len() - 20, 20, 2] {
            let mut flipped = genuine.clone();
            flipped[at] ^= 1;
            fs::write(&path, flipped).expect("a file");
            tampered(&format!("byte {at} flipped"), "published-changed");
        }
        edit(&path, |signed| signed["x-added"] = json!(1));
        tampered("a member added", "published-changed");
        let mut added: Value = serde_json::from_slice(&genuine).expect("JSON");
        added["x-added"] = json!(1);
        fs::write(&path, added.to_string()).expect("a file");
        // Nothing lists the timestamp, and its signatures do not cover what surrounds the signed part.
        tampered("a member added outside of the signed part", "published-changed");
        edit(&path, |signed| signed["version"] = json!(u64::MAX - 1));
        tampered("the version before the last", "published-changed");
        fs::remove_file(&path).expect("a removal");
        tampered("removed", "published-changed");
        if path == timestamp {
            fs::copy(victim.older.path().join("metadata/timestamp.json"), &path).expect("a copy");
            tampered("an older one", "published-rolled-back");
        } else if let Some(older) = older_version(&path) {
            fs::copy(older, &path).expect("a copy");
            tampered("an older one", "published-changed");
        }
    }
    // All of it was put back, and all of it was found out for the right reason.
    victim.open().publish(NOW).expect("a publish");
}

/// The file of the version before, or after the first one: authentic, and not the one that belongs there.
fn older_version(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let (version, role) = name.split_once('.')?;
    let version: u64 = version.parse().ok()?;
    let other = if version == 1 { 2 } else { version - 1 };
    Some(path.with_file_name(format!("{other}.{role}"))).filter(|path| path.exists())
}

#[test]
fn rejects_an_older_authentic_state() {
    let victim = Victim::new();
    let folder = victim.world.path();
    for part in ["metadata", "targets"] {
        fs::remove_dir_all(folder.join(part)).expect("a removal");
        copy_folder(&victim.older.path().join(part), &folder.join(part));
    }
    victim.refuses("the state before", "published-rolled-back", &folder.join("metadata/timestamp.json"));
    // The state before the last root metadata: a client that begins now would take it.
    let root = victim.last("root");
    let folder = folder.join("metadata");
    for name in ["timestamp.json", "2.root.json"] {
        fs::remove_file(folder.join(name)).expect("a removal");
    }
    victim.refuses("the state before the last root", "published-changed", &root);
}

#[test]
fn rejects_new_root_metadata_of_somebody_else() {
    let victim = Victim::new();
    let root = victim.last("root");
    let planted = root.with_file_name("3.root.json");
    for bytes in [fs::read(&root).expect("a file"), b"{}".to_vec()] {
        fs::write(&planted, bytes).expect("a file");
        victim.refuses("new root metadata", "published-changed", &planted);
    }
}

#[test]
fn rejects_changed_target_files_where_they_are_read_or_listed_again() {
    let victim = Victim::new();
    let digest = sha256_hex(b"three");
    let path = victim.world.path().join("targets").join(format!("{digest}.app"));
    let mut flipped = b"three".to_vec();
    flipped[0] ^= 1;
    for bytes in [flipped, b"three and more".to_vec(), b"two".to_vec()] {
        fs::write(&path, bytes).expect("a file");
        let before = victim.everything();
        let repository = victim.open();
        let staged = repository.stage().expect("a set of changes");
        let read = staged.read_target("targets", "app").expect_err("refused");
        drop(staged);
        let copied = repository.upload(&nobody(), OlderCopy::Refuse, NOW).expect_err("refused");
        assert_eq!((read.code(), copied.code()), ("published-changed", "published-changed"));
        assert!(victim.everything() == before);
        // The same bytes once more, with something new to say about them.
        let mut staged = repository.stage().expect("a set of changes");
        let custom = serde_json::from_value(json!({"channel": "stable"})).expect("an object");
        let description = TargetDescription { length: 5, sha256: digest.clone(), custom: Some(custom) };
        staged.describe_target("targets", "app", description).expect("a described target");
        staged.save().expect("saved changes");
        let before = victim.everything();
        let listed = repository.publish(NOW).expect_err("refused");
        assert_eq!(listed.code(), "published-changed");
        assert!(victim.everything() == before);
    }
    fs::remove_file(&path).expect("a removal");
    let read = victim.open().stage().and_then(|staged| staged.read_target("targets", "app"));
    assert_eq!(read.expect_err("refused").code(), "published-changed");
}

#[test]
fn rejects_symbolic_links_in_what_is_published_or_staged() {
    let victim = Victim::new();
    let elsewhere = TempDir::new().expect("a folder");
    let folder = victim.world.path().to_owned();
    let links = [
        "metadata",
        "targets",
        "staged",
        "staged/targets",
        "metadata/timestamp.json",
        "metadata/1.root.json",
    ];
    for name in links {
        let (path, moved) = (folder.join(name), elsewhere.path().join("moved"));
        fs::rename(&path, &moved).expect("a move");
        std::os::unix::fs::symlink(&moved, &path).expect("a link");
        let before = files(elsewhere.path());
        // With the same bytes behind the link, it is the link that is refused.
        let refused = victim.open().publish(NOW).expect_err(name);
        assert!(matches!(&refused, Error::SymbolicLink(at) if *at == path), "{name}: {refused:?}");
        assert_eq!(refused.code(), "symbolic-link");
        assert!(files(elsewhere.path()) == before, "{name}: nothing is written through it");
        fs::remove_file(&path).expect("a removal");
        fs::rename(&moved, &path).expect("a move");
    }
    victim.open().publish(NOW).expect("a publish");
}

#[test]
fn rejects_a_state_folder_that_others_can_write_to() {
    use std::os::unix::fs::PermissionsExt;
    let victim = Victim::new();
    let open = || {
        let world = &victim.world;
        Repository::open(world.path(), &world.state(), world.ring(), Periods::default()).map(drop)
    };
    for (folder, mode) in [
        (victim.world.state(), 0o770),
        (victim.world.state(), 0o707),
        (victim.world.home().to_owned(), 0o703),
    ] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).expect("permissions");
        assert_eq!(open().expect_err("refused").code(), "others-can-write", "{mode:o}");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("permissions");
    }
    open().expect("a repository");
}

#[test]
fn believes_a_repository_only_when_it_is_adopted() {
    let victim = Victim::new();
    let home = TempDir::new().expect("a folder");
    copy_folder(victim.world.path(), &home.path().join("repo"));
    let repository = victim.world.open_at(home.path());
    for error in [
        repository.publish(NOW).map(drop),
        repository.add_target("targets", "a", b"bytes"),
        repository.status().map(drop),
    ] {
        assert_eq!(error.expect_err("refused").code(), "not-adopted");
    }
    let found = repository.adoption().expect("a whole repository");
    assert_eq!(found.roots.len(), 2);
    for confirmed in
        [vec![], vec![found.roots[0].clone()], vec![found.roots[1].clone()], vec!["00".repeat(32)]]
    {
        assert_eq!(repository.adopt(&confirmed, None).expect_err("refused").code(), "not-confirmed");
    }
    repository.adopt(&found.roots, None).expect("an adoption");
    repository.add_target("targets", "a", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");

    // What is changed cannot be adopted.
    edit(&home.path().join("repo/metadata/timestamp.json"), |signed| signed["version"] = json!(9));
    assert_eq!(repository.adopt(&found.roots, None).expect_err("refused").code(), "published-changed");
}

#[test]
fn accepts_what_another_publisher_has_published() {
    let victim = Victim::new();
    let (one, other) = (victim.world.open(), TempDir::new().expect("a folder"));
    let (ring, state) = (victim.world.ring(), other.path().join("state"));
    let other =
        Repository::open(victim.world.path(), &state, ring, Periods::default()).expect("a repository");
    other.adopt(&other.adoption().expect("whole").roots, None).expect("an adoption");
    for round in 0..2 {
        for publisher in [&one, &other] {
            publisher.add_target("targets", &format!("round/{round}"), b"bytes").expect("a staged target");
            publisher.publish(NOW).expect("a publish");
        }
    }
    Client::default().update(victim.world.path(), NOW).expect("an update");
}

#[test]
fn an_interrupted_publish_that_has_expired_is_no_success() {
    struct StopAtTimestamp;
    impl tuf_repository::WriteObserver for StopAtTimestamp {
        fn before(&self, write: tuf_repository::Write<'_>) -> std::io::Result<()> {
            match write {
                tuf_repository::Write::Replace(path) if path.ends_with("metadata/timestamp.json") => {
                    Err(std::io::Error::other("crash"))
                }
                _ => Ok(()),
            }
        }
    }
    let victim = Victim::new();
    let crashed = victim.open().observe_writes(Arc::new(StopAtTimestamp)).publish(NOW);
    assert_eq!(crashed.expect_err("a crash").code(), "io");
    let later = UnixTime(NOW.0 + 30 * 86_400);
    for _ in 0..2 {
        let refused = victim.world.open().publish(later).expect_err("no success");
        assert_eq!(refused.code(), "published-refused");
        assert!(refused.to_string().contains("freeze attack"), "{refused}");
    }
    victim.world.open().refresh(&["snapshot", "timestamp"], later).expect("a refresh");
    Client::default().update(victim.world.path(), later).expect("an update");
}

#[test]
fn a_thief_without_keys_gets_nothing_signed() {
    let desk = Desk::with_repository();
    desk.write("app", "the application");
    desk.write("other", "another file");
    desk.ok(&["target", "add", "app", "app"]);
    desk.ok(&["publish"]);
    let targets = desk.repository().join("metadata/2.targets.json");
    let genuine = fs::read(&targets).expect("a file");
    edit(&targets, |signed| {
        signed["targets"]["app"] = json!({"length": 4, "hashes": {"sha256": sha256_hex(b"evil")}});
    });
    let before = files(&desk.repository().join("metadata"));
    for command in [&["target", "add", "other", "other"][..], &["publish"], &["refresh"], &["status"]] {
        let help = desk.refused(command, "2.targets.json is not what was published: mix-and-match attack");
        assert!(help.contains("find out who"), "{help}");
        assert!(desk.run(command).stderr.contains("[published-changed]"));
    }
    assert!(files(&desk.repository().join("metadata")) == before);
    fs::write(&targets, genuine).expect("a file");
    desk.ok(&["target", "add", "other", "other"]);
    desk.ok(&["publish"]);
    let now = UnixTime(std::time::UNIX_EPOCH.elapsed().expect("a clock").as_secs() as i64);
    Client::default().update(&desk.repository(), now).expect("an update");
}

#[test]
fn the_command_adopts_what_is_confirmed() {
    let mut desk = Desk::with_repository();
    desk.set("TUFREPO_STATE", desk.path().join("another").to_str().expect("UTF-8"));
    let help = desk.refused(&["publish"], "is not known to this publisher");
    assert!(help.contains("tufrepo adopt"), "{help}");
    let shown = desk.run(&["adopt"]);
    assert_eq!(shown.status, Some(1));
    let digest = sha256_hex(&fs::read(desk.repository().join("metadata/1.root.json")).expect("a file"));
    assert_eq!(shown.stdout, format!("1\t{digest}\n"));
    assert!(shown.stderr.contains("--root-sha256"), "{}", shown.stderr);
    desk.ok(&["adopt", "--root-sha256", &digest]);
    desk.ok(&["publish"]);
}

#[test]
fn rejects_versions_that_leave_none_after_them() {
    for version in [i64::MAX.unsigned_abs(), u64::MAX - 1, u64::MAX] {
        for role in ["timestamp", "snapshot", "targets"] {
            let world = World::with_keys(&[]);
            world.open().add_target("targets", "a", b"bytes").expect("a staged target");
            sign_with_version(&world, role, version);
            let served = |part: &str| files(&world.path().join(part));
            let before = (served("metadata"), served("targets"));
            let refused = world.open().publish(NOW).expect_err("refused");
            match &refused {
                Error::VersionsExhausted { role: named, version: at } => {
                    assert_eq!((named.as_str(), *at), (role, version));
                }
                // A draft was made from another version.
                Error::BaseMoved { role: named, .. } => {
                    assert_eq!((named.as_str(), role), ("targets", "targets"))
                }
                other => panic!("{role} {version}: {other:?}"),
            }
            world.open().discard().expect("discarded changes");
            let refused = world.open().refresh(&[role], NOW).expect_err("refused");
            assert_eq!(refused.code(), "versions-exhausted", "{role} {version}: {refused}");
            assert!((served("metadata"), served("targets")) == before);
        }
    }
}

/// Signs a role with this version, as a thief with stolen keys or a careless program might have.
fn sign_with_version(world: &World, role: &str, version: u64) {
    let folder = world.path().join("metadata");
    fn read<M: Metadata>(path: &Path) -> M {
        serde_json::from_slice::<Signed<M>>(&fs::read(path).expect("a file")).expect("metadata").signed
    }
    let key = |role: &str| [&*world.keys[role]];
    let mut targets: Targets = read(&folder.join("1.targets.json"));
    let mut snapshot: Snapshot = read(&folder.join("1.snapshot.json"));
    let mut timestamp: Timestamp = read(&folder.join("timestamp.json"));
    match role {
        "targets" => targets.version = version,
        "snapshot" => snapshot.version = version,
        _ => timestamp.version = version,
    }
    let bytes = seal(&targets, key("targets")).expect("signed");
    fs::write(folder.join(format!("{}.targets.json", targets.version)), &bytes).expect("a file");
    snapshot.meta.insert("targets.json".to_owned(), MetaFile::describe(targets.version, &bytes));
    let bytes = seal(&snapshot, key("snapshot")).expect("signed");
    fs::write(folder.join(format!("{}.snapshot.json", snapshot.version)), &bytes).expect("a file");
    timestamp.meta.insert("snapshot.json".to_owned(), MetaFile::describe(snapshot.version, &bytes));
    timestamp.version = timestamp.version.max(2);
    fs::write(folder.join("timestamp.json"), seal(&timestamp, key("timestamp")).expect("signed"))
        .expect("a file");
}

#[test]
fn rejects_target_bytes_that_change_while_a_publish_is_interrupted() {
    let victim = Victim::new();
    let crashed = victim.open().observe_writes(Arc::new(StopAtPublished)).publish(NOW);
    assert_eq!(crashed.expect_err("a crash").code(), "io");
    let staged = victim.world.path().join("staged/targets");
    let name = files(&staged).into_keys().next().expect("a staged target");
    let genuine = fs::read(staged.join(&name)).expect("a file");
    fs::write(staged.join(&name), b"other").expect("a file");
    let served =
        || (files(&victim.world.path().join("metadata")), files(&victim.world.path().join("targets")));
    let before = served();
    let refused = victim.open().publish(NOW).expect_err("refused");
    assert_eq!(refused.code(), "published-changed", "{refused}");
    assert!(served() == before);
    fs::write(staged.join(&name), genuine).expect("a file");
    victim.open().publish(NOW).expect("a publish");
}

/// Stops before the first published file.
struct StopAtPublished;

impl tuf_repository::WriteObserver for StopAtPublished {
    fn before(&self, write: tuf_repository::Write<'_>) -> std::io::Result<()> {
        match write {
            tuf_repository::Write::Create(path)
                if path.components().any(|part| part.as_os_str() == "repo") =>
            {
                let is_staged = path.components().any(|part| part.as_os_str() == "staged");
                if is_staged { Ok(()) } else { Err(std::io::Error::other("crash")) }
            }
            _ => Ok(()),
        }
    }
}

#[test]
fn rejects_settings_that_others_can_write() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::with_repository();
    let settings = desk.repository().join("tufrepo.toml");
    for (path, mode, back) in [(settings.clone(), 0o646, 0o644), (desk.repository(), 0o757, 0o755)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("permissions");
        desk.refused(
            &["refresh"],
            &format!("can be written by everybody (mode {mode:04o}), and it decides what is signed [others-can-write]"),
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(back)).expect("permissions");
    }
    desk.ok(&["refresh"]);
}

#[test]
fn the_page_lists_every_code_of_the_folder() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let page = fs::read_to_string(page).expect("the page");
    let listed: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let path = || PathBuf::from("a");
    let codes = [
        Error::Changed { path: path(), difference: Difference::Gone },
        Error::RolledBack { path: path(), found: 1, known: 2 },
        Error::SymbolicLink(path()),
        Error::Conflict(path()),
        Error::NotAdopted(path()),
        Error::NotConfirmed(Vec::new()),
        Error::WouldGoBack {
            remembered: Versions { root: 2, timestamp: 3 },
            published: Versions { root: 1, timestamp: 1 },
        },
        Error::PrivateKey(String::new()),
        Error::OwnFolder { folder: path(), own: path() },
        Error::NothingKept(path()),
        Error::KeptIsOlder { path: path(), kept: 1 },
        Error::ShadowsDelegated { role: String::new(), path: String::new(), owner: String::new() },
        Error::TargetTooLong { path: String::new(), most: 1 },
        Error::StateInUse(path()),
        Error::OthersCanWrite(Exposed { path: path(), exposure: Exposure::Owner(1) }),
        Error::VersionsExhausted { role: String::new(), version: 1 },
        Error::PublishedIsNewer { published: 2, remembered: 1 },
        Error::RootThresholdLost { threshold: 2, left: 1 },
        Error::ClientsRefuse(Vec::new()),
        Error::KeysUnused(Vec::new()),
        Error::KeyGivenUp { keyid: String::new(), by: GivenUpBy::ThisRecovery },
        Error::RotatedItself { role: String::new(), rotations: 1 },
        Error::RevokedItself(String::new()),
        Error::SelfRotation { role: String::new(), reason: NoSelfRotation::SameKeys },
        Error::BadDelegation { role: String::new(), reason: String::new() },
        Error::BadRevocation { role: String::new(), reason: String::new() },
        Error::SeveralRoles { name: String::new(), roles: Vec::new() },
        Error::RotateFileTaken(path()),
    ]
    .map(|error| error.code());
    let refused = [
        "bad-settings",
        "io",
        "no-private-key",
        "no-such-key",
        "unreadable",
        "settings-gone",
        "settings-changed",
        "settings-not-known",
        "published-refused",
        "copy-ahead",
        "copy-conflict",
    ];
    let codes: BTreeSet<&str> = codes.into_iter().chain(refused).collect();
    let is_code = |code: &&str| code.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase());
    let listed: BTreeSet<&str> = listed.into_iter().filter(is_code).collect();
    assert_eq!(listed, codes);
}

#[test]
fn rejects_delegated_metadata_that_only_the_online_keys_list() {
    // Who has stolen snapshot and timestamp keys can list anything, and must not have the role's own key sign it.
    fn read<M: Metadata>(path: &Path) -> M {
        serde_json::from_slice::<Signed<M>>(&fs::read(path).expect("a file")).expect("metadata").signed
    }
    let victim = Victim::new();
    let (team, snapshot_path) = (victim.last("team"), victim.last("snapshot"));
    let timestamp_path = victim.world.path().join("metadata/timestamp.json");
    edit(&team, |signed| signed["targets"]["team/app"]["length"] = json!(4));
    let mut snapshot: Snapshot = read(&snapshot_path);
    let listed = MetaFile::describe(snapshot.meta["team.json"].version, &fs::read(&team).expect("a file"));
    snapshot.meta.insert("team.json".to_owned(), listed);
    let bytes = seal(&snapshot, [&*victim.world.keys["snapshot"]]).expect("signed");
    fs::write(&snapshot_path, &bytes).expect("a file");
    let mut timestamp: Timestamp = read(&timestamp_path);
    timestamp.version += 1;
    timestamp.meta.insert("snapshot.json".to_owned(), MetaFile::describe(snapshot.version, &bytes));
    let bytes = seal(&timestamp, [&*victim.world.keys["timestamp-2"]]).expect("signed");
    fs::write(&timestamp_path, bytes).expect("a file");
    victim.refuses("a role that its keys did not sign", "published-changed", &team);
}
