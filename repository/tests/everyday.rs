//! Small things that people meet every day: lists of targets, files that are put back, overlapping delegations, refusals that leave
//! nothing behind.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::Desk;
use crate::world::{Client, Found, NOW, World, files};
use tuf_repository::metadata::{Scope, sha256_hex};
use tuf_repository::{Error, KeyRing, Repository};

#[test]
fn lists_what_is_published_and_what_is_staged() {
    let desk = Desk::with_repository();
    desk.ok(&["delegate", "docs", "--paths", "docs/*", "--key=online"]);
    for (path, role, text) in [("a", "targets", "one"), ("b", "targets", "two"), ("docs/c", "docs", "three")]
    {
        desk.write("file.txt", text);
        desk.ok(&["target", "add", path, "file.txt", "--role", role]);
    }
    assert_eq!(desk.ok(&["target", "list"]), "", "nothing is published");
    let staged = desk.ok(&["target", "list", "--staged"]);
    let words: Vec<_> = staged.lines().map(|line| line.split('\t').take(3).collect::<Vec<_>>()).collect();
    assert_eq!(words, [["added", "targets", "a"], ["added", "targets", "b"], ["added", "docs", "docs/c"]]);
    desk.ok(&["publish"]);
    let digest = |text: &str| sha256_hex(text.as_bytes());
    assert_eq!(
        desk.ok(&["target", "list"]),
        format!(
            "targets\ta\t3\t{}\ntargets\tb\t3\t{}\ndocs\tdocs/c\t5\t{}\n",
            digest("one"),
            digest("two"),
            digest("three")
        )
    );
    assert_eq!(desk.ok(&["target", "list", "--staged"]), "");
    desk.write("file.txt", "other");
    desk.ok(&["target", "add", "a", "file.txt"]);
    desk.ok(&["target", "remove", "b"]);
    let changes =
        format!("changed\ttargets\ta\t5\t{}\nremoved\ttargets\tb\t3\t{}\n", digest("other"), digest("two"));
    assert_eq!(desk.ok(&["target", "list", "--staged"]), changes);
    assert_eq!(desk.ok(&["target", "list", "--staged", "--role", "docs"]), "");
    assert_eq!(desk.ok(&["target", "list", "--role", "docs"]).lines().count(), 1);
    desk.refused(&["target", "list", "--role", "nobody"], "no role \"nobody\"");
}

fn published_file(folder: &Path, name: &str) -> PathBuf {
    let names = fs::read_dir(folder.join("targets")).expect("a folder");
    let mut paths = names.map(|entry| entry.expect("an entry").path());
    paths.find(|path| path.to_string_lossy().ends_with(name)).expect("a file")
}

#[test]
fn puts_back_target_files_that_are_gone_or_changed() {
    let desk = Desk::with_repository();
    desk.write("folder/app", "bytes");
    desk.ok(&["target", "add-folder", "folder"]);
    desk.ok(&["publish"]);
    let file = published_file(&desk.repository(), ".app");
    let add: [&[&str]; 2] = [&["target", "add", "app", "folder/app"], &["target", "add-folder", "folder"]];
    for args in add {
        for damage in ["gone", "changed"] {
            match damage {
                "gone" => fs::remove_file(&file).expect("a removal"),
                _ => fs::write(&file, "BYTES").expect("a change"),
            }
            assert_eq!(desk.run(&["status", "--targets"]).status, Some(3), "{damage}");
            desk.ok(args);
            desk.ok(&["publish"]);
            assert_eq!(fs::read_to_string(&file).expect("a file"), "bytes", "{args:?}, {damage}");
            assert_eq!(desk.run(&["status", "--targets"]).status, Some(0), "{damage}");
        }
    }
    // Nobody has staged anything: nothing is replaced in silence.
    fs::write(&file, "BYTES").expect("a change");
    desk.ok(&["publish"]);
    assert_eq!(fs::read_to_string(&file).expect("a file"), "BYTES");
    // What was in its place is kept for whoever looks for the culprit.
    let kept = files(&desk.repository().join("targets"));
    assert!(
        kept.iter().any(|(name, bytes)| name.to_string_lossy().contains("aside-") && bytes == b"BYTES"),
        "{kept:?}"
    );
}

#[test]
fn a_whole_file_is_not_staged_again() {
    let world = World::with_keys(&[]);
    let folder = world.home().join("folder");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("app"), "bytes").expect("a file");
    let add = || {
        let repository = world.open();
        let mut staged = repository.stage().expect("changes");
        let added = staged.add_folder("targets", &folder).expect("a staged folder");
        staged.save().expect("saved changes");
        (added.added.len(), added.unchanged)
    };
    assert_eq!(add(), (1, 0));
    world.open().publish(NOW).expect("a publish");
    assert_eq!(add(), (0, 1));
    fs::remove_file(published_file(world.path(), ".app")).expect("a removal");
    assert_eq!(add(), (1, 0));
    world.open().publish(NOW).expect("a publish");
    let found = Client::default().find(world.path(), "app", NOW).expect("an update").1;
    assert_eq!(found, Found::By("targets".to_owned()));
}

/// Whoever has written there may write again: to put the file back is not the end of it.
#[test]
fn warns_when_a_changed_published_file_is_replaced() {
    let desk = Desk::with_repository();
    desk.write("in/app.txt", "bytes");
    desk.ok(&["target", "add-folder", "in"]);
    desk.ok(&["publish"]);
    let warning = "warning: the published file of target app.txt had been changed";
    let whole = desk.run(&["target", "add", "app.txt", "in/app.txt"]);
    assert!(whole.status == Some(0) && !whole.stderr.contains(warning), "{}", whole.stderr);
    desk.ok(&["discard"]);
    let file = published_file(&desk.repository(), "app.txt");
    for text in ["bytes", "other bytes"] {
        desk.write("in/app.txt", text);
        for args in [&["target", "add", "app.txt", "in/app.txt"][..], &["target", "add-folder", "in"]] {
            fs::write(&file, "evil").expect("written");
            let run = desk.run(args);
            assert!(run.status == Some(0) && run.stderr.contains(warning), "{args:?} {text}: {}", run.stderr);
            desk.ok(&["discard"]);
        }
    }
    // A file that is gone may be published elsewhere.
    fs::remove_file(&file).expect("removed");
    let gone = desk.run(&["target", "add", "app.txt", "in/app.txt"]);
    assert!(gone.status == Some(0) && !gone.stderr.contains(warning), "{}", gone.stderr);
}

#[test]
fn equal_bytes_under_the_same_path_are_no_change() {
    let desk = Desk::with_repository();
    desk.write("app", "bytes");
    let add = ["target", "add", "app", "app"];
    desk.ok(&add);
    assert_eq!(desk.ok(&["publish"]), "targets 2\nsnapshot 2\ntimestamp 2\n");
    let again = desk.run(&add);
    assert!(again.stderr.contains("Unchanged target app"), "{}", again.stderr);
    assert_eq!(desk.ok(&["publish"]), "");
    // What the application is told is a change, too.
    desk.ok(&["target", "add", "app", "app", "--custom={\"channel\": 1}"]);
    let status = desk.run(&["status"]);
    assert!(
        status.stderr.contains("staged, not published: targets; `tufrepo target list --staged`"),
        "{}",
        status.stderr
    );
    assert_eq!(desk.ok(&["publish"]), "targets 3\nsnapshot 3\ntimestamp 3\n");
    assert_eq!(desk.ok(&["target", "list", "--staged"]), "");
}

/// The name comes before the patterns or after them.
#[test]
fn a_pattern_does_not_swallow_the_name_of_the_role() {
    let desk = Desk::with_repository();
    desk.ok(&["delegate", "--key=online", "--paths", "a/*", "--paths", "b/*", "before"]);
    desk.ok(&["delegate", "--key=online", "--hash-prefixes", "00", "--hash-prefixes", "01", "after"]);
    desk.write("app", "bytes");
    desk.ok(&["target", "add", "b/app", "app", "--role=before"]);
    desk.ok(&["publish"]);
}

#[test]
fn says_which_roles_are_asked_before_a_new_one() {
    let desk = Desk::with_repository();
    desk.ok(&["delegate", "all", "--paths", "app/*", "--key=online", "--terminating"]);
    desk.ok(&["delegate", "other", "--paths", "docs/*", "--key=online"]);
    let run = desk.run(&["delegate", "late", "--paths", "app/v1-*", "--paths", "docs/?.md", "--key=online"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("clients ask role all before role late for some of these paths, and never ask the new one for them"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("clients ask role other before role late for some of these paths: "),
        "{}",
        run.stderr
    );
    let quiet = desk.run(&["delegate", "apart", "--paths", "elsewhere/*", "--key=online"]);
    assert!(!quiet.stderr.contains("warning"), "{}", quiet.stderr);
}

#[test]
fn scopes_that_have_a_path_in_common_overlap() {
    let paths = |pattern: &str| Scope::Paths(vec![pattern.to_owned()]);
    for (one, other, overlaps) in [
        ("a/*", "a/b", true),
        ("a/*", "a/*/c", false),
        ("*", "a/b", false),
        ("a*c", "*b*", true),
        ("a*", "*z", true),
        ("a?", "ab", true),
        ("a?", "abc", false),
        ("a?", "a", false),
        ("", "*", true),
        ("*.tgz", "*.zip", false),
        ("x*y", "x?*?y", true),
    ] {
        assert_eq!(paths(one).overlaps(&paths(other)), overlaps, "{one} and {other}");
        assert_eq!(paths(other).overlaps(&paths(one)), overlaps, "{other} and {one}");
    }
    let prefixes = |prefix: &str| Scope::PathHashPrefixes(vec![prefix.to_owned()]);
    assert!(prefixes("0a").overlaps(&prefixes("0")) && !prefixes("0a").overlaps(&prefixes("0b")));
    assert!(prefixes("0a").overlaps(&paths("a")), "nobody knows");
}

#[test]
fn a_refused_init_leaves_nothing_behind() {
    let world = World::without_repository(&[]);
    let without_keys = Repository::init(
        world.path(),
        &world.state(),
        &world.setup(),
        KeyRing::default(),
        tuf_repository::Periods::default(),
        NOW,
    );
    assert!(matches!(without_keys, Err(Error::MissingKeys { .. })), "{without_keys:?}");
    assert!(!world.path().exists() && !world.state().exists());
    world.init().expect("a new repository");
    assert!(matches!(world.init(), Err(Error::RepositoryExists(_))));
}

#[cfg(unix)]
#[test]
fn a_key_that_goes_elsewhere_does_not_need_the_folder_of_keys() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::with_repository();
    let keys = desk.path().join("repo-keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o777)).expect("a mode");
    desk.refused(&["key", "new", "more", "--unencrypted"], "others-can-write");
    desk.ok(&["key", "new", "--out", "stick/more.pem", "--unencrypted"]);
    assert!(desk.path().join("stick/more.json").exists());
}

#[test]
fn the_help_of_adopt_says_what_going_back_costs() {
    let help = Desk::new().ok(&["adopt", "--help"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in ["ROOT:TIMESTAMP", "2:31", "refuse everything that follows"] {
        assert!(help.contains(text), "{text}: {help}");
    }
}
