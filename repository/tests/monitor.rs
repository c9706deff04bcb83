//! A published repository as it is seen from outside.

use std::fs;
use std::path::Path;

use crate::command::{Desk, Run};
use crate::world::{NOW, World};
use tuf_repository::inspection::{Inspected, Inspection, Question, State, inspect};
use tuf_repository::metadata::{
    DelegatedRole, DelegatedRoles, Delegations, MetaFile, Metadata, Scope, Signed, Snapshot, SuccinctRoles,
    Targets, Timestamp, seal,
};
use tuf_repository::review::KeyNames;
use tuf_repository::source::{Access, Source, open};
use tuf_repository::{Delegation, UnixTime};
use tuf_test_server::{Answer, Server};

const DAY: i64 = 86_400;

fn published_world() -> World {
    let world = World::with_keys(&["delegate"]);
    let repository = world.open();
    for (delegator, name) in [("targets", "one"), ("one", "two"), ("targets", "empty")] {
        let delegation = Delegation::Role {
            name: name.to_owned(),
            keys: world.role_keys(&["delegate"]),
            scope: Scope::Paths(vec!["a/*".to_owned()]),
            terminating: false,
        };
        repository.delegate(delegator, delegation).expect("a delegation");
    }
    repository.add_target("two", "a/b", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    world
}

fn root(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("metadata/1.root.json")).expect("root metadata")
}

/// What a client says of a repository that it reads in a folder or behind a URL.
fn observed(world: &World, place: &str, now: UnixTime) -> Inspection {
    let source: Box<dyn Source> = open(place, &Access::default()).expect("a source");
    let question =
        Question { root: Some(root(world.path())), at: now, names: KeyNames::none(), most_roles: 100 };
    let Inspected { inspection, .. } = inspect(&*source, &question).expect("an answer");
    inspection
}

fn seen(world: &World, place: &str, now: UnixTime) -> (Vec<(String, Option<u64>)>, Option<&'static str>) {
    let Inspection { roles, verdict, .. } = observed(world, place, now);
    (roles.into_iter().map(|role| (role.role, role.version)).collect(), verdict.code)
}

fn folder(world: &World) -> String {
    world.path().to_str().expect("UTF-8").to_owned()
}

#[test]
fn sees_every_role_in_a_folder_and_behind_http() {
    let world = published_world();
    let server = Server::folder(world.path()).expect("a server");
    let inner = format!("{}/metadata", folder(&world));
    for place in [folder(&world), inner, server.url(), format!("{}/metadata", server.url())] {
        let (roles, refused) = seen(&world, &place, NOW);
        let roles: Vec<_> =
            roles.iter().map(|(role, version)| (role.as_str(), version.expect("it is read"))).collect();
        let expected = [
            ("root", 1),
            ("timestamp", 2),
            ("snapshot", 2),
            ("targets", 2),
            ("one", 1),
            ("two", 1),
            ("empty", 1),
        ];
        assert_eq!((roles.as_slice(), refused), (&expected[..], None));
    }
}

#[test]
fn names_expired_roles_and_still_says_when_every_role_expires() {
    let world = published_world();
    let folder = folder(&world);
    let (roles, refused) = seen(&world, &folder, UnixTime(NOW.0 + DAY));
    assert_eq!((roles.len(), refused), (7, Some("freeze")));
    // Only a delegated role has expired: a client hears of it when it looks for a target.
    let mut repository = world.open();
    repository.periods_mut().roles.insert("two".to_owned(), 60);
    repository.refresh(&["two", "snapshot", "timestamp"], NOW).expect("a refresh");
    let (_, refused) = seen(&world, &folder, UnixTime(NOW.0 + 60));
    assert_eq!(refused, Some("freeze"));
}

#[test]
fn rejects_metadata_that_somebody_has_changed() {
    for name in ["timestamp.json", "2.snapshot.json", "2.targets.json", "1.two.json"] {
        let world = published_world();
        let path = world.path().join("metadata").join(name);
        let text = fs::read_to_string(&path).expect("metadata").replacen("\"version\":", "\"version\": 1", 1);
        fs::write(&path, text).expect("a change");
        let (_, refused) = seen(&world, &folder(&world), NOW);
        assert!(refused.is_some(), "{name}");
        fs::remove_file(&path).expect("a removal");
        let (_, refused) = seen(&world, &folder(&world), NOW);
        assert_eq!(refused, Some("missing-metadata"), "{name}");
    }
}

#[test]
fn a_server_that_does_not_answer_is_no_verdict() {
    let world = published_world();
    let answers: [fn() -> Answer; 3] =
        [|| Answer::Status(500), || Answer::Status(301), || Answer::Status(429)];
    for answer in answers {
        let server = Server::start(move |_| answer()).expect("a server");
        let verdict = observed_or_unread(&world, &server.url());
        assert_eq!(verdict, None, "{verdict:?}");
    }
    let gone = Server::folder(world.path()).expect("a server").url();
    assert_eq!(observed_or_unread(&world, &gone), None);
    for url in ["http://", "ftp://host/", "http://user:secret@host/"] {
        assert_eq!(open(url, &Access::default()).err().map(|error| error.code()), Some("bad-url"), "{url}");
    }
}

/// The verdict, if there is one.
fn observed_or_unread(world: &World, url: &str) -> Option<State> {
    let source = open(url, &Access::default()).ok()?;
    let question =
        Question { root: Some(root(world.path())), at: NOW, names: KeyNames::none(), most_roles: 100 };
    let state = inspect(&*source, &question).ok()?.inspection.verdict.state;
    (state != State::Unread).then_some(state)
}

fn monitor(desk: &Desk, args: &[&str]) -> Run {
    desk.run(&[&["monitor", "--root", "pinned.json"], args].concat())
}

#[test]
fn tells_programs_by_its_exit_status_and_in_metrics() {
    let desk = Desk::with_repository();
    fs::copy(desk.repository().join("metadata/1.root.json"), desk.path().join("pinned.json"))
        .expect("a copy");
    // It needs nothing of the publisher's.
    for gone in ["repo-keys", "state"] {
        fs::remove_dir_all(desk.path().join(gone)).expect("a removal");
    }
    fs::remove_file(desk.repository().join("tufrepo.toml")).expect("a removal");
    let server = Server::folder(desk.repository()).expect("a server");
    let url = format!("{}/metadata/", server.url());
    for place in ["repo", &url] {
        let fresh = monitor(&desk, &[place, "--within", "12h"]);
        assert_eq!(fresh.status, Some(0), "{}", fresh.stderr);
        assert!(fresh.stdout.starts_with("role\tversion\texpires\tseconds\nroot\t1\t"), "{}", fresh.stdout);
        assert_eq!(monitor(&desk, &[place, "--within", "2d"]).status, Some(3));
        assert_eq!(monitor(&desk, &[place, "--within", "2d", "--within", "timestamp=1h"]).status, Some(0));
    }
    let metrics = monitor(&desk, &["repo", "--prometheus", "--within", "12h"]);
    assert_eq!(metrics.status, Some(0));
    for line in [
        "tuf_reachable 1",
        "tuf_verified 1",
        "tuf_role_version{role=\"snapshot\"} 1",
        "# TYPE tuf_verified gauge",
    ] {
        assert!(metrics.stdout.lines().any(|found| found == line), "{line}: {}", metrics.stdout);
    }
    let left = metrics
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("tuf_role_expires_seconds{role=\"timestamp\"} "));
    let left: i64 = left.expect("a metric").parse().expect("a number");
    assert!((80_000..=86_400).contains(&left), "{left}");

    fs::remove_file(desk.repository().join("metadata/1.snapshot.json")).expect("a removal");
    let refused = monitor(&desk, &["repo", "--prometheus"]);
    assert_eq!(refused.status, Some(4), "{}", refused.stderr);
    for line in ["tuf_reachable 1", "tuf_verified 0", "tuf_refused{code=\"missing-metadata\"} 1"] {
        assert!(refused.stdout.lines().any(|found| found == line), "{line}: {}", refused.stdout);
    }
    drop(server);
    let unreachable = monitor(&desk, &[&url, "--prometheus"]);
    assert_eq!(unreachable.status, Some(1), "{}", unreachable.stderr);
    assert!(unreachable.stderr.contains("[source-unreachable]"), "{}", unreachable.stderr);
    for line in ["tuf_reachable 0", "tuf_verified 0"] {
        assert!(unreachable.stdout.lines().any(|found| found == line), "{line}: {}", unreachable.stdout);
    }
    desk.refused(&["monitor", "nowhere", "--root", "pinned.json"], "could not read nowhere");
    desk.refused(&["monitor", "repo", "--root", "nothing.json"], "could not read nothing.json");
    // One's own file that is wrong says nothing about the repository.
    for name in ["timestamp.json", "nonsense.json"] {
        let own = desk.write(name, "{}");
        if name == "timestamp.json" {
            fs::copy(desk.repository().join("metadata").join(name), own).expect("a copy");
        }
        for command in [&["monitor", "repo", "--root", name][..], &["inspect", "repo", "--root", name]] {
            let help = desk.refused(command, &format!("{name} is no root metadata to start from"));
            assert!(help.contains("1.root.json"), "{help}");
        }
    }
}

#[cfg(unix)]
#[test]
fn rejects_root_metadata_that_others_can_change() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::with_repository();
    let pinned = desk.path().join("pinned.json");
    fs::copy(desk.repository().join("metadata/1.root.json"), &pinned).expect("a copy");
    fs::set_permissions(&pinned, fs::Permissions::from_mode(0o666)).expect("a mode");
    desk.refused(&["monitor", "repo", "--root", "pinned.json"], "others-can-write");
}

/// Delegates to roles of these names as another program might, all of it signed by the right keys: `x` has bins, and each of
/// the others lists nothing.
fn sign_roles(world: &World, names: &[&str]) {
    fn read<M: Metadata + serde::de::DeserializeOwned>(world: &World, name: &str) -> M {
        let bytes = fs::read(world.path().join("metadata").join(name)).expect("a file");
        serde_json::from_slice::<Signed<M>>(&bytes).expect("metadata").signed
    }
    let mut snapshot: Snapshot = read(world, "1.snapshot.json");
    let mut write = |role: &str, targets: &Targets, key: &str| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
        let encode =
            |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        let name: String = role.bytes().map(encode).collect();
        let bytes = seal(targets, [&*world.keys[key]]).expect("signed");
        fs::write(world.path().join(format!("metadata/1.{name}.json")), &bytes).expect("a file");
        snapshot.meta.insert(format!("{role}.json"), MetaFile::describe(1, &bytes));
    };
    let mut targets: Targets = read(world, "1.targets.json");
    let empty = targets.clone();
    let key = world.keys["delegate"].public();
    let keyid = key.keyid().expect("a keyid");
    let role = |name: &&str| DelegatedRole {
        name: (*name).to_owned(),
        keyids: vec![keyid.clone()],
        threshold: 1,
        scope: Scope::Paths(vec!["*".to_owned()]),
        terminating: false,
        unrecognized: serde_json::Map::new(),
    };
    let bins = SuccinctRoles {
        keyids: vec![keyid.clone()],
        threshold: 1,
        bit_length: 1,
        name_prefix: "x".to_owned(),
        unrecognized: serde_json::Map::new(),
    };
    let of = |roles| Delegations {
        keys: [(keyid.clone(), key.clone())].into(),
        roles,
        unrecognized: serde_json::Map::new(),
    };
    let mut with_bins = empty.clone();
    with_bins.delegations = Some(of(DelegatedRoles::SuccinctRoles(bins)));
    targets.delegations = Some(of(DelegatedRoles::Roles(names.iter().map(role).collect())));
    for name in names.iter().chain(&["x-0", "x-1"]) {
        write(name, if *name == "x" { &with_bins } else { &empty }, "delegate");
    }
    write("targets", &targets, "targets");
    let bytes = seal(&snapshot, [&*world.keys["snapshot"]]).expect("signed");
    fs::write(world.path().join("metadata/1.snapshot.json"), &bytes).expect("a file");
    let mut timestamp: Timestamp = read(world, "timestamp.json");
    timestamp.meta.insert("snapshot.json".to_owned(), MetaFile::describe(1, &bytes));
    let bytes = seal(&timestamp, [&*world.keys["timestamp"]]).expect("signed");
    fs::write(world.path().join("metadata/timestamp.json"), bytes).expect("a file");
}

/// Whoever delegates chooses names: that of a top-level role or of all bins, so that one series has two values and no scrape
/// succeeds; those that a terminal obeys; those that the runner of a job obeys.
#[test]
fn names_of_others_are_no_second_series_and_no_command() {
    let world = World::with_keys(&["delegate"]);
    let names = [
        "x",
        "x-*",
        "a\u{1b}[31m",
        "::error title=x::pwned",
        "##[error]x",
        "##vso[task.complete]",
        "app\u{200b}",
        "a\u{feff}\u{2028}\u{e0041}",
    ];
    sign_roles(&world, &names);
    let desk = Desk::new();
    fs::copy(world.path().join("metadata/1.root.json"), desk.path().join("pinned.json")).expect("a copy");
    let place = folder(&world);
    let metrics = monitor(&desk, &[&place, "--prometheus"]).stdout;
    let series: Vec<&str> = metrics
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| line.rsplit_once(' ').expect("a value").0)
        .collect();
    let different: std::collections::BTreeSet<&&str> = series.iter().collect();
    assert_eq!(different.len(), series.len(), "{metrics}");
    for found in [
        "tuf_role_version{role=\"timestamp\"}",
        "tuf_role_expires_seconds{role=\"x-*\",delegator=\"targets\"}",
        "tuf_role_expires_seconds{role=\"x-*\",delegator=\"x\"}",
        "tuf_role_version{role=\"a\\\\u{1b}[31m\",delegator=\"targets\"}",
    ] {
        assert!(series.contains(&found), "{found}: {metrics}");
    }
    let table = monitor(&desk, &[&place]).stdout;
    assert!(table.lines().any(|line| line.starts_with("\\u{3a}:error title=x::pwned\t1\t")), "{table}");
    assert!(table.lines().any(|line| line.starts_with("app\\u{200b}\t1\t")), "{table}");
    let at = ["--at", "2026-01-01T01:00:00Z"];
    let inspected = desk.ok(&[&["inspect", &place][..], &at].concat());
    let json = desk.ok(&[&["inspect", &place, "--json"][..], &at].concat());
    for shown in [&metrics, &table, &inspected, &json] {
        let hidden = ['\u{1b}', '\u{200b}', '\u{feff}', '\u{2028}', '\u{e0041}'];
        assert!(!shown.contains(hidden), "{shown:?}");
        assert!(!shown.contains("##[") && !shown.contains("##vso["), "{shown}");
        assert!(!shown.lines().any(|line| line.trim_start().starts_with("::")), "{shown}");
    }
    // Clients refuse a second `timestamp`, which alone must not blind whoever watches.
    let second = World::with_keys(&["delegate"]);
    sign_roles(&second, &["timestamp"]);
    fs::copy(second.path().join("metadata/1.root.json"), desk.path().join("pinned.json")).expect("a copy");
    let metrics = monitor(&desk, &[&folder(&second), "--prometheus"]).stdout;
    let of_timestamp = |line: &&str| line.starts_with("tuf_role_version{role=\"timestamp\"} ");
    assert_eq!(metrics.lines().filter(of_timestamp).count(), 1, "{metrics}");
    // The escapes of JSON say the same names.
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let roles = json["roles"].as_array().expect("roles");
    for name in names {
        assert!(roles.iter().any(|role| role["role"] == name), "{name:?}");
    }
}
