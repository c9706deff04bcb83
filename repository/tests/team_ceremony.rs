//! A team of five with a threshold of three: over branches of git, and over a folder that is handed around.

use crate::world;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::Desk;
use crate::world::{Client, Found, copy_folder, skip};
use tuf_repository::metadata::sha256_hex;

const TEAM: [&str; 5] = ["alice", "bob", "carol", "dave", "eve"];

/// A publisher, five people with a computer and a key each, and a git repository with the events.
struct Team {
    publisher: Desk,
    people: Vec<Desk>,
}

impl Team {
    fn new() -> Self {
        let publisher = Desk::with_repository();
        let people: Vec<Desk> = TEAM.iter().map(|_| Desk::new()).collect();
        for (name, desk) in TEAM.iter().zip(&people) {
            desk.ok(&["key", "new", name, "--unencrypted"]);
            let public = format!("repo-keys/{name}.json");
            fs::copy(desk.path().join(&public), publisher.path().join(&public)).expect("a public key");
        }
        let team = Self { publisher, people };
        team.git(team.publisher.path(), &["init", "-q", "--bare", "-b", "main", "origin.git"]);
        for desk in team.people.iter().chain([&team.publisher]) {
            let origin = team.publisher.path().join("origin.git");
            team.git(desk.path(), &["clone", "-q", origin.to_str().expect("UTF-8"), "team"]);
            for setting in [["user.name", "somebody"], ["user.email", "somebody@example.org"]] {
                team.git(&desk.path().join("team"), &[&["config"], &setting[..]].concat());
            }
        }
        team
    }

    fn person(&self, name: &str) -> &Desk {
        &self.people[TEAM.iter().position(|known| *known == name).expect("a person")]
    }

    fn git(&self, folder: &Path, args: &[&str]) {
        let mut git = Command::new("git");
        // No settings of whoever runs the test.
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let output = git.current_dir(folder).args(args).output().expect("git starts");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn root_sha256(&self, version: u32) -> String {
        let path = self.publisher.repository().join(format!("metadata/{version}.root.json"));
        sha256_hex(&fs::read(path).expect("root metadata"))
    }

    /// The publisher commits everything on the branch `main`.
    fn commit(&self, desk: &Desk, message: &str) {
        let clone = desk.path().join("team");
        self.git(&clone, &["add", "-A"]);
        self.git(&clone, &["commit", "-q", "-m", message]);
    }

    fn push(&self, desk: &Desk, branch: &str) {
        self.git(&desk.path().join("team"), &["push", "-q", "origin", &format!("HEAD:{branch}")]);
    }

    /// Somebody signs an event on a branch of their own.
    fn sign_on_branch(&self, name: &str, id: &str, root: &str) -> String {
        let desk = self.person(name);
        let clone = desk.path().join("team");
        self.git(&clone, &["fetch", "-q", "origin"]);
        self.git(&clone, &["checkout", "-q", "-B", name, "origin/main"]);
        let args = ["event", "sign", id, "--events", "team/events", "--yes", "--root-sha256", root];
        let printed = desk.ok(&args);
        self.commit(desk, &format!("{name} signs {id}"));
        self.push(desk, name);
        printed
    }

    /// The publisher merges branches, one after the other.
    fn merge(&self, names: &[&str]) {
        let clone = self.publisher.path().join("team");
        self.git(&clone, &["fetch", "-q", "origin"]);
        for name in names {
            self.git(&clone, &["merge", "-q", "--no-edit", &format!("origin/{name}")]);
        }
        self.push(&self.publisher, "main");
    }

    /// Five people become those who sign for root and targets, three of whom must.
    fn found(&self) {
        for role in ["root", "targets"] {
            let mut args = vec!["rotate", role, "--threshold=3"];
            args.extend(TEAM.iter().flat_map(|name| ["--new-key", name]));
            self.publisher.ok(&args);
        }
        let printed = self.publisher.ok(&[
            "event",
            "new",
            "team",
            "--title",
            "Three of five",
            "--events",
            "team/events",
        ]);
        assert_eq!(printed, "root 2\ntargets 2\n");
        self.commit(&self.publisher, "event team");
        self.push(&self.publisher, "main");
        let root = self.root_sha256(1);
        let changes = self.sign_on_branch("alice", "team", &root);
        // Alice knows her own key. The name of the other one is the event's.
        let removed = ["root: key removed: ", " \"root\" (ed25519)\n"];
        for change in ["notice\troot: threshold 1 → 3", "root: key added: alice"].into_iter().chain(removed)
        {
            assert!(changes.contains(change), "{change}: {changes}");
        }
        self.sign_on_branch("bob", "team", &root);
        self.sign_on_branch("carol", "team", &root);
        self.merge(&["alice", "bob", "carol"]);
        // Those who sign today sign too: for clients that have the root metadata of today.
        let help = self.publisher.refused(
            &["publish", "--event=team", "--events=team/events"],
            "for the published root version 1",
        );
        assert!(help.contains("`tufrepo -C repo event status team --events team/events`"), "{help}");
        self.publisher.ok(&["event", "sign", "team", "--events=team/events", "--yes"]);
        let published = self.publisher.ok(&["publish", "--event=team", "--events=team/events"]);
        assert_eq!(published, "targets 2\nsnapshot 2\ntimestamp 2\nroot 2\n");
        self.commit(&self.publisher, "published");
        self.push(&self.publisher, "main");
    }
}

fn now() -> tuf_repository::UnixTime {
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock");
    tuf_repository::UnixTime(since.as_secs() as i64)
}

fn has_git(test: &str) -> bool {
    let found = Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        skip(test, "git is not installed");
    }
    found
}

#[test]
fn three_of_five_publish_over_branches_and_over_a_copied_folder() {
    if !has_git("three_of_five_publish_over_branches_and_over_a_copied_folder") {
        return;
    }
    let team = Team::new();
    team.found();
    let publisher = &team.publisher;
    publisher.write("app.txt", "bytes");
    publisher.ok(&["target", "add", "app", "app.txt"]);
    publisher.ok(&["event", "new", "app", "--events=team/events"]);
    team.commit(publisher, "event app");
    team.push(publisher, "main");
    let root = team.root_sha256(2);
    let changes = team.sign_on_branch("alice", "app", &root);
    assert!(changes.contains("targets: 1 target added: app"), "{changes}");
    team.sign_on_branch("dave", "app", &root);
    team.merge(&["alice", "dave"]);
    publisher.refused(&["publish", "--event=app", "--events=team/events"], "needs 3 signatures");
    let status = publisher.ok(&["event", "status", "app", "--events=team/events"]);
    let row = status.lines().nth(1).expect("a duty");
    assert!(row.starts_with("targets\t2->3\t") && row.contains("\t2/3\t"), "{row}");
    for (name, column) in [("alice", 5), ("dave", 5), ("bob", 6), ("carol", 6), ("eve", 6)] {
        assert!(row.split('\t').nth(column).expect("a column").contains(name), "{name}: {row}");
    }

    // Eve has no git: the folder of the event comes on a disk, and goes back with one file more.
    let eve = team.person("eve");
    let disk = eve.path().join("disk");
    copy_folder(&publisher.path().join("team/events/app"), &disk.join("app"));
    let before = world::files(&disk);
    let help = eve.refused(&["event", "sign", "app", "--events=disk", "--yes"], "not confirmed");
    assert!(help.contains("--root-sha256"), "{help}");
    let wrong = ["event", "sign", "app", "--events=disk", "--yes", "--root-sha256", "00"];
    let help = eve.refused(&wrong, "root metadata version 2, whose SHA-256 is");
    assert!(help.contains("do not sign it"), "{help}");
    let asked = eve.run(&["event", "sign", "app", "--events=disk", "--root-sha256", &root]);
    assert!(asked.status == Some(1) && asked.stdout.contains("1 target added: app"), "{}", asked.stdout);
    assert!(asked.stderr.contains("no terminal to ask on"), "{}", asked.stderr);
    assert!(world::files(&disk) == before, "a refusal leaves the event as it was");
    let shown = eve.run(&["event", "diff", "app", "--events=disk"]);
    assert!(shown.stderr.contains(&root) && shown.stdout.contains("1 target added"), "{}", shown.stderr);
    // What clients start from is enough.
    let first = team.root_sha256(1);
    assert_ne!(first, root);
    for (folder, written) in [("disk", "disk"), ("./a b", "'./a b'")] {
        if folder != "disk" {
            copy_folder(&disk, &eve.path().join(folder));
        }
        let status = eve.run(&["event", "status", "app", "--events", folder]).stderr;
        let next = format!("`tufrepo -C repo event sign app --events {written}` adds signatures");
        assert!(status.contains(&next), "{status}");
    }
    eve.ok(&["event", "sign", "app", "--events=disk", "--yes", "--root-sha256", &first]);
    let twice = eve.run(&["event", "sign", "app", "--events=disk", "--yes", "--root-sha256", &first]);
    assert_eq!(twice.status, Some(1));
    for words in
        ["error: key eve:", "has signed for role targets already [event-already-signed]", "may still sign"]
    {
        assert!(twice.stderr.contains(words) && !twice.stderr.contains("--keys"), "{}", twice.stderr);
    }
    let after = world::files(&disk);
    let new: Vec<&PathBuf> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    assert!(new.len() == 1 && new[0].starts_with("app/sigs"), "{new:?}");
    copy_folder(&disk.join("app"), &publisher.path().join("team/events/app"));

    assert_eq!(publisher.ok(&["event", "list", "--events=team/events"]), "app\tcomplete\t-\n");
    let dry = publisher.ok(&["publish", "--event=app", "--events=team/events", "--dry-run"]);
    assert_eq!(publisher.ok(&["publish", "--event=app", "--events=team/events"]), dry);
    assert_eq!(dry, "targets 3\nsnapshot 3\ntimestamp 3\n");
    let found = Client::default().find(&publisher.repository(), "app", now()).expect("an update").1;
    assert_eq!(found, Found::By("targets".to_owned()));
    assert_eq!(publisher.ok(&["event", "list", "--events=team/events"]), "");
    assert!(publisher.path().join("team/events/done/app/base.json").exists());
    team.commit(publisher, "published");
}

#[test]
fn goes_on_after_another_event_was_published() {
    if !has_git("goes_on_after_another_event_was_published") {
        return;
    }
    let team = Team::new();
    team.found();
    let publisher = &team.publisher;
    publisher.write("one.txt", "one");
    for id in ["one", "two"] {
        publisher.ok(&["target", "add", id, "one.txt"]);
        publisher.ok(&["event", "new", id, "--events=team/events"]);
    }
    team.commit(publisher, "two events");
    team.push(publisher, "main");
    let root = team.root_sha256(2);
    for name in ["alice", "bob", "carol"] {
        team.sign_on_branch(name, "one", &root);
        let desk = team.person(name);
        desk.ok(&["event", "sign", "two", "--events=team/events", "--yes", "--root-sha256", &root]);
        team.commit(desk, "two as well");
        team.push(desk, name);
    }
    team.merge(&["alice", "bob", "carol"]);
    let both = ["publish", "--event=one", "--event=two", "--events=team/events"];
    publisher.refused(&both, "both change role targets [event-overlap]");
    publisher.ok(&["publish", "--event=one", "--events=team/events"]);
    let help = publisher.refused(&["publish", "--event=two", "--events=team/events"], "[event-base-moved]");
    assert!(help.contains("`tufrepo -C repo event rebase two --events team/events`"), "{help}");
    let rebased = publisher.run(&["event", "rebase", "two", "--events=team/events"]);
    assert_eq!((rebased.status, rebased.stdout.as_str()), (Some(0), "targets 4\n"), "{}", rebased.stderr);
    for name in ["alice", "bob", "carol"] {
        let lapsed = format!("the signature of targets by {name}:");
        assert!(rebased.stderr.contains(&lapsed), "{}", rebased.stderr);
    }
    publisher.refused(&["publish", "--event=two", "--events=team/events"], "[event-incomplete]");
    team.commit(publisher, "two goes on");
    team.push(publisher, "main");
    for name in ["bob", "dave", "eve"] {
        team.sign_on_branch(name, "two", &root);
    }
    team.merge(&["bob", "dave", "eve"]);
    publisher.ok(&["publish", "--event=two", "--events=team/events"]);
    for path in ["one", "two"] {
        let found = Client::default().find(&publisher.repository(), path, now()).expect("an update").1;
        assert_eq!(found, Found::By("targets".to_owned()), "{path}");
    }
}

/// A person reads what changes before anything is asked, and is asked for the digest before a key is touched.
#[test]
fn a_person_at_a_terminal_sees_the_changes_before_the_questions() {
    let name = "a_person_at_a_terminal_sees_the_changes_before_the_questions";
    let (publisher, eve) = (Desk::with_repository(), Desk::new());
    eve.ok(&["key", "new", "eve", "--unencrypted"]);
    fs::copy(eve.path().join("repo-keys/eve.json"), publisher.path().join("repo-keys/eve.json"))
        .expect("a key");
    publisher.ok(&["role", "set", "targets", "--key=targets", "--key=eve", "--threshold=1"]);
    publisher.ok(&["publish"]);
    publisher.write("app.txt", "bytes");
    publisher.ok(&["target", "add", "app", "app.txt"]);
    publisher.ok(&["event", "new", "app"]);
    copy_folder(&publisher.path().join("repo/events/app"), &eve.path().join("disk/app"));
    let root =
        sha256_hex(&fs::read(publisher.path().join("repo/metadata/2.root.json")).expect("root metadata"));
    let before = world::files(&eve.path().join("disk"));
    let sign = ["event", "sign", "app", "--events=disk"];
    let Some(refused) = eve.at_terminal(&sign, &format!("{}\n", "0".repeat(64))) else {
        return skip(name, "no program makes a terminal");
    };
    let order = |said: &str, words: &[&str]| {
        let places: Vec<_> =
            words.iter().map(|word| said.find(word).unwrap_or_else(|| panic!("{word}: {said}"))).collect();
        assert!(places.is_sorted(), "{said}");
    };
    order(&refused.stdout, &["1 target added: app", "Write the SHA-256", "[not-confirmed]"]);
    assert_eq!(refused.status, Some(1), "{}", refused.stdout);
    assert!(!refused.stdout.split("[not-confirmed]").next().is_some_and(|said| said.contains("Write yes")));
    let refused = eve.at_terminal(&sign, &format!("{root}\nno\n")).expect("a terminal");
    assert!(
        refused.status == Some(1) && world::files(&eve.path().join("disk")) == before,
        "{}",
        refused.stdout
    );
    let signed = eve.at_terminal(&sign, &format!("{root}\nyes\n")).expect("a terminal");
    assert_eq!(signed.status, Some(0), "{}", signed.stdout);
    let asked = signed.stdout.split("Write the SHA-256").next().unwrap_or_default();
    assert!(!asked.contains(&root), "nobody copies what was not compared: {asked}");
    order(
        &signed.stdout,
        &["1 target added: app", "Write the SHA-256", "Sign these changes?", "targets with eve:"],
    );
}
