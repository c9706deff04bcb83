//! The files of a folder as targets.

mod command;
mod world;

use command::Desk;
use world::{Client, Found};

fn now() -> tuf_repository::UnixTime {
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock");
    tuf_repository::UnixTime(since.as_secs() as i64)
}

#[test]
fn a_folder_becomes_targets_with_both_hashes() {
    let desk = Desk::with_repository();
    desk.write("tree/a/b.txt", "bytes");
    desk.write("tree/c.txt", "others");
    assert_eq!(desk.ok(&["target", "add-folder", "tree"]), "a/b.txt\nc.txt\n");
    desk.ok(&["publish"]);
    for path in ["a/b.txt", "c.txt"] {
        let found = Client::default().find(&desk.repository(), path, now()).expect("an update").1;
        assert_eq!(found, Found::By("targets".to_owned()), "{path}");
    }
    let metadata =
        std::fs::read_to_string(desk.repository().join("metadata/2.targets.json")).expect("a file");
    let document: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let hashes = &document["signed"]["targets"]["a/b.txt"]["hashes"];
    assert_eq!(hashes["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(hashes["sha512"].as_str().map(str::len), Some(128));

    // What is listed already is not staged again.
    desk.write("tree/c.txt", "new bytes");
    assert_eq!(desk.ok(&["target", "add-folder", "tree"]), "c.txt\n");
    desk.ok(&["publish"]);
    assert_eq!(desk.ok(&["target", "add-folder", "tree"]), "");
}

#[test]
fn a_changed_staged_file_is_not_published() {
    let desk = Desk::with_repository();
    desk.write("tree/a.txt", "bytes");
    desk.ok(&["target", "add-folder", "tree"]);
    let staged = std::fs::read_dir(desk.repository().join("staged/targets")).expect("a folder");
    for entry in staged {
        std::fs::write(entry.expect("an entry").path(), "other").expect("a file");
    }
    desk.refused(&["publish"], "the staged bytes have changed since they were added");
}

#[test]
fn refuses_what_is_no_regular_file_and_what_the_role_may_not_list() {
    let desk = Desk::with_repository();
    desk.refused(&["target", "add-folder", "nowhere"], "could not read nowhere");
    desk.write("tree/a/b.txt", "bytes");
    desk.ok(&["delegate", "docs", "--paths", "docs/*", "--key=online", "--terminating"]);
    let help = desk.refused(&["target", "add-folder", "tree", "--role=docs"], "may not list a/b.txt");
    assert!(help.contains("--role"), "{help}");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/", desk.path().join("tree/link")).expect("a link");
        desk.refused(&["target", "add-folder", "tree"], "only regular files and folders");
    }
}
