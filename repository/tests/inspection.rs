//! Repositories of anybody, as `tufrepo inspect` and `tufrepo diff` show them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::command::Desk;
use crate::world::{NOW, World, copy_folder};
use serde_json::{Value, json};
use tuf_repository::inspection::{Question, State, inspect};
use tuf_repository::metadata::Scope;
use tuf_repository::review::KeyNames;
use tuf_repository::source::{Access, open};
use tuf_repository::{Delegation, FoundIn, Repository, UnixTime};
use tuf_test_server::{Answer, Server};

fn question(at: UnixTime) -> Question {
    Question { root: None, at, names: KeyNames::none(), most_roles: 100 }
}

/// A repository with a target and a delegated role.
fn repository() -> World {
    let world = World::with_keys(&["docs"]);
    let repository = world.open();
    let delegation = Delegation::Role {
        name: "docs".to_owned(),
        keys: world.role_keys(&["docs"]),
        scope: Scope::Paths(vec!["docs/*".to_owned()]),
        terminating: true,
    };
    repository.delegate("targets", delegation).expect("a delegation");
    repository.add_target("docs", "docs/a", b"bytes").expect("a target");
    repository.publish(NOW).expect("a publish");
    world
}

/// What `inspect --json` prints.
fn report(desk: &Desk, args: &[&str]) -> Value {
    let printed = desk.ok(&[&["inspect", "--json", "--at", "2026-01-01T01:00:00Z"], args].concat());
    serde_json::from_str(&printed).expect("JSON")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// The file in which the delegated role is.
fn edit(folder: &Path, name: &str, edit: impl FnOnce(&mut Value)) {
    let path = folder.join("metadata").join(name);
    let mut value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    edit(&mut value);
    fs::write(path, value.to_string()).expect("a file");
}

/// A keyid is a name within one document (TAP 12).
#[test]
fn one_keyid_of_two_documents_is_no_shared_key() {
    let world = repository();
    let copy = tempfile::TempDir::new().expect("a folder");
    copy_folder(world.path(), copy.path());
    let (docs, snapshot) = (world.keys["docs"].keyid(), world.keys["snapshot"].keyid());
    edit(copy.path(), "2.targets.json", |value| {
        let renamed = value.to_string().replace(docs, snapshot);
        *value = serde_json::from_str(&renamed).expect("JSON");
    });
    let desk = Desk::new();
    let shared = report(&desk, &[text(copy.path())])["shared_keys"].clone();
    assert_eq!(shared, report(&desk, &[text(world.path())])["shared_keys"], "{shared}");
}

#[test]
fn reads_folders_bundles_and_web_servers_alike() {
    let world = repository();
    let desk = Desk::new();
    let folder = text(world.path());
    let bare = world.path().join("metadata");
    let bundle = desk.path().join("bundle.tar");
    let mut archive = tar::Builder::new(fs::File::create(&bundle).expect("a file"));
    for part in ["metadata", "targets"] {
        archive.append_dir_all(part, world.path().join(part)).expect("an archive");
    }
    archive.finish().expect("an archive");
    let server = Server::folder(world.path()).expect("a server");
    let inner = format!("{}/metadata/", server.url());
    let mut reports = Vec::new();
    for what in [folder, text(&bare), text(&bundle), &server.url(), &inner] {
        let mut report = report(&desk, &[what]);
        report.as_object_mut().expect("an object").remove("location");
        reports.push(report);
    }
    assert_eq!(reports[0]["verdict"], json!({ "state": "accepted" }));
    let roles: Vec<_> =
        reports[0]["roles"].as_array().expect("roles").iter().map(|role| &role["role"]).collect();
    assert_eq!(roles, ["root", "timestamp", "snapshot", "targets", "docs"]);
    assert_eq!(reports[0]["roles"][4]["scope"], "docs/*");
    assert_eq!(reports[0]["next_expiry"]["role"], "timestamp");
    for report in &reports[1..] {
        assert_eq!(report, &reports[0]);
    }
}

#[test]
fn says_whether_the_root_metadata_was_confirmed() {
    let world = repository();
    let desk = Desk::new();
    let expired = desk.ok(&["inspect", text(world.path()), "--at", "2030-01-01T00:00:00Z"]);
    let expired = expired.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        expired.contains("Expired: root version 1 expired on ") && !expired.contains("attack"),
        "{expired}"
    );
    assert!(expired.contains("; at 2030-01-01T00:00:00Z clients refuse it (code freeze)."), "{expired}");
    let printed = desk.ok(&["inspect", text(world.path()), "--at", "2026-01-01T01:00:00Z"]);
    assert!(printed.contains("which nobody has confirmed"), "{printed}");
    let root = world.path().join("metadata/1.root.json");
    let report = report(&desk, &[text(world.path()), "--root", text(&root)]);
    assert_eq!(report["root_confirmed"], true);
    // Root metadata of somebody else.
    let other = repository();
    let other = other.path().join("metadata/1.root.json");
    let printed =
        desk.ok(&["inspect", text(world.path()), "--root", text(&other), "--at", "2026-01-01T01:00:00Z"]);
    assert!(printed.contains("Refused"), "{printed}");
    assert!(printed.contains("arbitrary software"), "{printed}");
}

#[test]
fn shows_expired_and_refused_repositories_with_the_verdict_in_front() {
    let world = repository();
    let source = open(text(world.path()), &Access::default()).expect("a folder");
    let expired = inspect(&*source, &question(UnixTime(NOW.0 + 86_400))).expect("a repository");
    assert_eq!(expired.inspection.verdict.state, State::Expired);
    let states: Vec<_> = expired.inspection.roles.iter().map(|role| role.verdict.state).collect();
    assert_eq!(states, [State::Accepted, State::Expired, State::Accepted, State::Accepted, State::Accepted]);

    let copy = tempfile::TempDir::new().expect("a folder");
    copy_folder(world.path(), copy.path());
    edit(copy.path(), "2.targets.json", |value| value["signed"]["version"] = json!(7));
    let source = open(text(copy.path()), &Access::default()).expect("a folder");
    let refused = inspect(&*source, &question(NOW)).expect("a repository");
    assert_eq!(refused.inspection.verdict.state, State::Refused);
    assert_eq!(refused.inspection.verdict.code, Some("mix-and-match"));
    // What is wrong with signatures and listings weighs more than what has expired.
    let late = inspect(&*source, &question(UnixTime(NOW.0 + 86_400))).expect("a repository");
    assert_eq!(late.inspection.verdict.code, Some("mix-and-match"));
    // It is shown all the same, and so are the roles below it.
    let roles = &refused.inspection.roles;
    assert_eq!(roles[3].version, Some(7));
    assert_eq!((roles[4].role.as_str(), roles[4].verdict.state), ("docs", State::Unread));
    assert_eq!(roles[4].targets.expect("targets").count, 1);
}

#[test]
fn judges_each_delegated_role_by_itself() {
    let world = repository();
    let copy = tempfile::TempDir::new().expect("a folder");
    copy_folder(world.path(), copy.path());
    fs::remove_file(copy.path().join("metadata/1.docs.json")).expect("a removed file");
    let source = open(text(copy.path()), &Access::default()).expect("a folder");
    let inspected = inspect(&*source, &question(NOW)).expect("a repository");
    assert_eq!(inspected.inspection.verdict.state, State::Missing);
    let states: Vec<_> = inspected.inspection.roles.iter().map(|role| role.verdict.state).collect();
    assert_eq!(states[..4], [State::Accepted; 4]);
    assert_eq!(states[4], State::Missing);
}

#[test]
fn a_server_that_fails_is_no_attack() {
    let world = repository();
    let folder = world.path().to_owned();
    let server = Server::start(move |request| match request.path.ends_with("snapshot.json") {
        true => Answer::Status(503),
        false => tuf_test_server::from_folder(&folder, request),
    });
    let server = server.expect("a server");
    let source = open(&server.url(), &Access::default()).expect("a server");
    let inspected = inspect(&*source, &question(NOW)).expect("a repository");
    let verdict = &inspected.inspection.verdict;
    assert_eq!((verdict.state, verdict.code), (State::Unread, Some("source-status")));
}

/// The author of a repository decides how many files it has, and the server how slowly they come.
#[test]
fn a_server_that_needs_too_long_for_all_files_is_no_attack() {
    let world = repository();
    let folder = world.path().to_owned();
    let server = Server::start(move |request| tuf_test_server::from_folder(&folder, request));
    let server = server.expect("a server");
    let access = Access { time_limit: Duration::from_nanos(1), ..Access::default() };
    let refused = open(&server.url(), &access).err().expect("no time was left");
    assert_eq!(refused.code(), "source-timeout");
    Desk::new().ok(&["inspect", &server.url(), "--at", "2026-01-01T01:00:00Z", "--time-limit", "300"]);
}

#[test]
fn refuses_urls_that_anybody_on_the_way_can_answer() {
    let desk = Desk::new();
    let advice = "write an https URL without a user name; http is for this machine itself";
    for (url, message) in [
        ("http://repository.example/", "only https is used, but for this machine itself [bad-url]"),
        ("https://me:secret@repository.example/", "credentials in a place where none may be [bad-url]"),
        ("ftp://repository.example/", "only http and https URLs are supported [bad-url]"),
        ("https://repository.example/?token=secret", "a query is not kept"),
    ] {
        let help = desk.refused(&["inspect", url], message);
        assert_eq!(help, advice);
        assert!(!desk.run(&["inspect", url]).stderr.contains("secret"));
    }
}

#[test]
fn follows_no_redirect_to_plain_http() {
    let head = "HTTP/1.1 302 Found\r\nlocation: http://repository.example/\r\ncontent-length: 0\r\n\r\n";
    let server = Server::start(|_| Answer::Raw(head.as_bytes().to_vec())).expect("a server");
    let desk = Desk::new();
    desk.refused(&["inspect", &server.url()], "which is not followed: only https is used");
}

#[test]
fn refuses_what_is_no_repository() {
    let desk = Desk::new();
    let file = desk.write("file", "no archive");
    desk.refused(&["inspect", text(&file)], "is no bundle");
    let empty = desk.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    desk.refused(&["inspect", text(&empty)], "has no root metadata");
    desk.refused(&["inspect", text(&desk.path().join("nowhere"))], "could not read");
    let printed = desk.run(&["inspect", text(&empty), "--at", "yesterday"]);
    assert_eq!(printed.status, Some(2));
}

#[test]
fn hostile_texts_reach_no_terminal_and_no_page() {
    let world = repository();
    let copy = tempfile::TempDir::new().expect("a folder");
    copy_folder(world.path(), copy.path());
    let hostile = "\u{1b}]0;title\u{7}<script>alert(1)</script>\"'\u{202e}";
    edit(copy.path(), "1.root.json", |value| {
        let keys = value["signed"]["keys"].as_object_mut().expect("keys");
        keys.values_mut().for_each(|key| key["x-tuf-on-ci-keyowner"] = json!(hostile));
    });
    edit(copy.path(), "2.targets.json", |value| {
        let delegations = &mut value["signed"]["delegations"];
        delegations["roles"][0]["name"] = json!(hostile);
        delegations["roles"][0]["paths"] = json!([hostile]);
        value["signed"]["targets"][hostile] = json!({ "length": 1, "hashes": { "sha256": "00" } });
    });
    let desk = Desk::new();
    let page = desk.path().join("page.html");
    let at = "2026-01-01T01:00:00Z";
    let what = text(copy.path());
    let other = text(world.path());
    for args in [&["inspect", what][..], &["diff", other, what], &["simulate", what]] {
        let args = [args, &["--at", at, "--html", text(&page), "--color", "never"]].concat();
        let run = desk.run(&args);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert!(!run.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{args:?}: {}", run.stdout);
        assert!(run.stdout.contains("\\u{1b}]0;title"), "{args:?}: {}", run.stdout);
        let page = fs::read_to_string(&page).expect("a page");
        assert!(
            !page.contains("<script") && !page.contains("\u{1b}") && !page.contains('\u{202e}'),
            "{page}"
        );
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"), "{page}");
        assert!(page.contains("default-src 'none'"), "{page}");
        assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
    }
}

/// Each row of a table is as wide as the longest cell.
#[test]
fn a_long_text_among_many_roles_is_shortened() {
    let world = World::with_keys(&["docs"]);
    let long = "long".repeat(20_000);
    for number in 0..20 {
        let path = if number == 0 { long.clone() } else { "short".to_owned() };
        let delegation = Delegation::Role {
            name: format!("role-{number}"),
            keys: world.role_keys(&["docs"]),
            scope: Scope::Paths(vec![path]),
            terminating: false,
        };
        world.open().delegate("targets", delegation).expect("a delegation");
    }
    world.open().publish(NOW).expect("a publish");
    let desk = Desk::new();
    let page = desk.path().join("page.html");
    let args = ["inspect", text(world.path()), "--at", "2026-01-01T01:00:00Z", "--html", text(&page)];
    let printed = desk.ok(&args);
    for shown in [printed, fs::read_to_string(&page).expect("a page")] {
        assert!(shown.contains("longlong… (SHA-256 "), "{shown}");
        assert!(shown.len() < 100_000, "{} bytes", shown.len());
    }
    let json = report(&desk, &[text(world.path())]);
    assert!(json["roles"].as_array().expect("roles").iter().any(|role| role["scope"] == json!(long)));
}

#[test]
fn shows_what_changed_between_two_states() {
    let world = repository();
    let copy = tempfile::TempDir::new().expect("a folder");
    copy_folder(world.path(), copy.path());
    let repository = world.open();
    repository.add_target("docs", "docs/b", b"more").expect("a target");
    repository.publish(NOW).expect("a publish");
    let desk = Desk::new();
    let args = ["diff", text(copy.path()), text(world.path()), "--at", "2026-01-01T01:00:00Z"];
    let printed = desk.ok(&args);
    assert!(printed.contains("Before: accepted. After: accepted."), "{printed}");
    assert!(printed.contains("docs: 1 target added: docs/b"), "{printed}");
    let json: Value = serde_json::from_str(&desk.ok(&[&args[..], &["--json"]].concat())).expect("JSON");
    let kinds: Vec<_> =
        json["changes"].as_array().expect("changes").iter().map(|change| &change["kind"]).collect();
    assert_eq!(kinds, ["version", "version", "version", "targets-added"]);
    let nothing = desk.ok(&["diff", args[1], args[1], "--at", args[4]]);
    assert!(nothing.contains("0 changes"), "{nothing}");
}

#[test]
fn lists_every_path_that_changed_if_asked_to() {
    let world = repository();
    let copy = tempfile::TempDir::new().expect("a folder");
    copy_folder(world.path(), copy.path());
    let repository = world.open();
    for number in 0..25 {
        repository.add_target("docs", &format!("docs/n{number:02}"), b"more").expect("a target");
    }
    repository.publish(NOW).expect("a publish");
    let desk = Desk::new();
    let page = desk.path().join("page.html");
    let (before, after) = (text(copy.path()), text(world.path()));
    let args = ["diff", before, after, "--at", "2026-01-01T01:00:00Z", "--html", text(&page)];
    for (more, shown, hidden) in [(&[][..], "and 5 more", "docs/n24"), (&["--all"], "docs/n24", "and 5 more")]
    {
        let printed = desk.ok(&[&args[..], more].concat());
        let page = fs::read_to_string(&page).expect("a page");
        for text in [printed, page] {
            assert!(text.contains(shown) && !text.contains(hidden), "{more:?}: {text}");
        }
    }
    assert_eq!(desk.run(&[&args[..], &["--all", "--most-paths", "3"]].concat()).status, Some(2));
}

#[test]
fn tells_of_periods_that_contradict_each_other() {
    let world = World::without_repository(&[]);
    let periods =
        tuf_repository::Periods { snapshot: 6 * 3600, timestamp: 400 * 86_400, ..Default::default() };
    Repository::init(world.path(), &world.state(), &world.setup(), world.ring(), periods, NOW)
        .expect("a repository");
    let source = open(text(world.path()), &Access::default()).expect("a folder");
    let inspected = inspect(&*source, &question(NOW)).expect("a repository");
    let findings: Vec<_> = inspected
        .inspection
        .findings
        .iter()
        .map(|finding| (finding.role.as_str(), finding.code.as_str()))
        .collect();
    assert!(findings.contains(&("snapshot", "expires-before-what-leads-to-it")), "{findings:?}");
    assert!(findings.contains(&("timestamp", "unusually-long")), "{findings:?}");
}

/// Inspecting a repository and asking for its status judge periods alike.
#[test]
fn tells_of_the_contradictions_that_status_tells_of() {
    let world = World::without_repository(&[]);
    let periods = tuf_repository::Periods { root: 10 * 86_400, targets: 5 * 86_400, ..Default::default() };
    let (setup, ring) = (world.setup(), world.ring());
    let repository = Repository::init(world.path(), &world.state(), &setup, ring, periods, NOW);
    let repository = repository.expect("a repository");
    let contradictions = repository.contradictions(&repository.status().expect("a status"));
    let published = contradictions.iter().filter(|found| matches!(found.found, FoundIn::Published(..)));
    let published: Vec<_> = published.map(|found| found.shorter.clone()).collect();
    let source = open(text(world.path()), &Access::default()).expect("a folder");
    let inspected = inspect(&*source, &question(NOW)).expect("a repository");
    let findings = inspected.inspection.findings.into_iter();
    let findings = findings.filter(|finding| finding.code == "expires-before-what-leads-to-it");
    let told: Vec<_> = findings.map(|finding| finding.role).collect();
    assert_eq!((told, published), (vec!["targets".to_owned()], vec!["targets".to_owned()]));
}

#[test]
fn shows_bins_together() {
    let world = World::with_keys(&["bins"]);
    let repository = world.open();
    let keys = world.role_keys(&["bins"]);
    let bins = Delegation::Succinct { name_prefix: "bin".to_owned(), bit_length: 3, keys };
    repository.delegate("targets", bins).expect("bins");
    repository.publish(NOW).expect("a publish");
    let source = open(text(world.path()), &Access::default()).expect("a folder");
    let inspected = inspect(&*source, &question(NOW)).expect("a repository");
    let bins = &inspected.inspection.bins[0];
    assert_eq!((bins.count, bins.read, bins.failed.len()), (8, 8, 0));
    assert_eq!(inspected.inspection.roles.len(), 4);
    let few = Question { most_roles: 5, ..question(NOW) };
    let inspected = inspect(&*source, &few).expect("a repository");
    assert!(inspected.inspection.not_checked.iter().any(|text| text.contains("more than the 5")));
}

#[test]
fn rejects_files_that_are_longer_than_clients_read() {
    let world = repository();
    let folder = world.path().to_owned();
    let server = Server::start(move |request| match request.path.ends_with("timestamp.json") {
        true => Answer::Endless,
        false => tuf_test_server::from_folder(&folder, request),
    });
    let server = server.expect("a server");
    let source = open(&server.url(), &Access::default()).expect("a server");
    let inspected = inspect(&*source, &question(NOW)).expect("a repository");
    assert_eq!(inspected.inspection.verdict.code, Some("endless-data"));
    assert_eq!(inspected.inspection.verdict.state, State::Refused);
}

#[test]
fn simulates_thefts_of_keys_as_people_name_them() {
    let desk = Desk::with_repository();
    desk.ok(&["delegate", "docs", "--paths=docs/*", "--key=targets"]);
    desk.ok(&["publish"]);
    let printed = desk.ok(&["simulate", "--stolen", "targets,online"]);
    assert!(printed.contains("The thief gives clients any bytes for every path"), "{printed}");
    let printed = desk.ok(&["simulate", "--json"]);
    let json: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(json["simulations"].as_array().expect("simulations").len(), 3);
    let help = desk.refused(&["simulate", "--stolen", "nobody"], "[no-such-key]");
    assert_eq!(help, "`tufrepo inspect` lists names and keyids");
    desk.refused(&["simulate", "--stolen", ""], "several keys begin with \"\" [ambiguous-key]");
}
