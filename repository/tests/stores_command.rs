//! `tufrepo` with an object store, as a person runs it.
#![cfg(feature = "object-store")]

use crate::command::Desk;
use crate::stores::forgetful::{Broken, Forgetful};
use crate::stores::{Shelf, settings};
use crate::world;

const SECRET: &str = "wJalrXUtnFEMI-a-secret";

/// A desk whose environment leads to an endpoint.
fn desk(endpoint: &str) -> Desk {
    let mut desk = Desk::new();
    for (name, value) in settings(endpoint) {
        desk.set(&name, &value);
    }
    desk.set("AWS_SECRET_ACCESS_KEY", SECRET);
    for name in ["root", "targets", "online"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    desk
}

const INIT: [&str; 5] =
    ["init", "--root-key=root", "--targets-key=targets", "--snapshot-key=online", "--timestamp-key=online"];

#[test]
fn publishes_to_the_store_that_the_settings_name() {
    let Some(shelf) = Shelf::new("publishes_to_the_store_of_the_settings") else { return };
    let desk = desk(&shelf.moto.endpoint());
    let url = format!("s3://{}/tuf", shelf.bucket);
    desk.write("repo/tufrepo.toml", &format!("format = 1\n[store]\nurl = \"{url}\"\n"));
    let made = desk.run(&INIT);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    assert!(
        made.stderr.contains(&format!("clients start from {url}/metadata/1.root.json: ship its copy")),
        "{}",
        made.stderr
    );
    let copy =
        std::fs::read(desk.repository().join("1.root.json")).expect("a copy of the first root metadata");
    assert_eq!(Some(copy), shelf.served("tuf")("metadata/1.root.json"));
    assert!(!desk.repository().join("metadata").exists());
    desk.write("manual.pdf", "text");
    desk.ok(&["target", "add", "docs/manual.pdf", "manual.pdf"]);
    let checked = desk.run(&["publish", "--dry-run"]);
    assert_eq!(checked.stdout, "targets 2\nsnapshot 2\ntimestamp 2\n");
    assert!(shelf.served("tuf")("metadata/2.targets.json").is_none());
    let published = desk.run(&["publish"]);
    assert_eq!(published.stdout, "targets 2\nsnapshot 2\ntimestamp 2\n");
    assert!(published.stderr.contains("was never raced"), "{}", published.stderr);
    assert!(shelf.served("tuf")("metadata/2.targets.json").is_some());
    let raced = desk.run(&["doctor", "store"]);
    assert_eq!(raced.stdout.lines().count(), 6, "{}", raced.stderr);
    assert!(raced.stderr.contains("one winner each time"), "{}", raced.stderr);
    assert_eq!(desk.ok(&["refresh", "timestamp", "--dry-run"]), "timestamp 3\n");
    let refreshed = desk.run(&["refresh", "timestamp"]);
    assert_eq!((refreshed.stdout.as_str(), refreshed.stderr.contains("raced")), ("timestamp 3\n", false));
    assert_eq!(desk.ok(&["prune", "--keep-days", "30"]), "");
    assert_eq!(desk.ok(&["gc", "--dry-run"]), "");
    // Another place is another repository, which is not there.
    desk.refused(&["--store", &format!("{url}-2"), "publish"], "published-changed");
    for run in [made, published, raced] {
        assert!(!run.stderr.contains(SECRET) && !run.stdout.contains(SECRET));
    }
}

#[test]
fn reads_the_store_that_is_published_to() {
    let Some(shelf) = Shelf::new("reads_the_store_that_is_published_to") else { return };
    let mut desk = desk(&shelf.moto.endpoint());
    let url = format!("s3://{}/tuf", shelf.bucket);
    desk.write("repo/tufrepo.toml", &format!("format = 1\n[store]\nurl = \"{url}\"\n"));
    desk.ok(&INIT);
    // What is in the folder is not what is published.
    desk.write("repo/metadata/1.root.json", "{}");
    for command in ["inspect", "simulate"] {
        for of in [&[command][..], &[command, &url], &["--store", &url, command]] {
            let shown = desk.ok(&[of, &["--root=repo/1.root.json"]].concat());
            assert!(shown.contains(&url), "{of:?}: {shown}");
        }
    }
    assert!(desk.ok(&["inspect"]).contains("Consistent at"));
    assert!(desk.ok(&["diff", &url, "repo/metadata", "--root=repo/1.root.json"]).contains(&url));
    let watched = desk.ok(&["monitor", &url, "--root=repo/1.root.json"]);
    assert!(watched.contains("\ntimestamp\t1\t"), "{watched}");
    desk.set("AWS_ENDPOINT", "http://127.0.0.1:1");
    for args in [["inspect", &url], ["simulate", &url]] {
        let help = desk.refused(&args, "[store-failed]");
        assert!(help.contains("check the network"), "{help}");
    }
    desk.refused(&["monitor", &url, "--root=repo/1.root.json"], "[store-failed]");
    desk.refused(&["inspect", "s3://user:secret@bucket/p"], "[bad-store-url]");
}

#[test]
fn rejects_a_store_that_loses_updates_before_anything_is_published() {
    let store = Forgetful::start(Broken::IgnoresIfNoneMatch);
    let desk = desk(store.endpoint());
    let named = ["--store", "s3://bucket/tuf"];
    let help = desk.refused(&[&named[..], &INIT].concat(), "create-only: `If-None-Match: *` is ignored");
    assert!(help.contains("updates would be lost"), "{help}");
    assert_eq!(store.paths(), <[String; 0]>::default());
    let help = desk.refused(&["doctor", "store", "s3://bucket/tuf"], "[store-unsuitable]");
    assert!(help.contains("updates would be lost"), "{help}");
}

/// On a cloud's machine its metadata service gives out credentials. Elsewhere nobody has asked for that service.
#[test]
fn says_that_there_are_no_credentials() {
    let mut desk = desk("http://127.0.0.1:1");
    desk.unset("AWS_ACCESS_KEY_ID");
    desk.unset("AWS_SECRET_ACCESS_KEY");
    desk.set("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1");
    let message = "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY [store-unusable]";
    let help = desk.refused(&["doctor", "store", "s3://bucket/tuf"], message);
    assert!(help.contains("docs/publishing-stores.md"), "{help}");
    desk.refused(&[&["--store", "s3://bucket/tuf"][..], &INIT].concat(), message);
}

#[test]
fn rejects_an_endpoint_without_encryption() {
    let mut desk = desk("http://127.0.0.1:1");
    desk.unset("AWS_ALLOW_HTTP");
    let message = "its endpoint is not encrypted [store-unusable]";
    let help = desk.refused(&["doctor", "store", "s3://bucket/tuf"], message);
    assert!(help.contains("AWS_ALLOW_HTTP=true"), "{help}");
}

#[test]
fn rejects_a_url_that_names_no_store() {
    let desk = desk("http://127.0.0.1:1");
    for url in ["bucket", "https://host/bucket", "s3://", "s3://user:secret@bucket/p", "s3://bucket/a/../b"] {
        let help = desk.refused(&["--store", url, "status"], "[bad-store-url]");
        assert!(help.contains("s3://BUCKET/PREFIX"), "{help}");
        assert!(!desk.run(&["--store", url, "status"]).stderr.contains("secret"), "{url}");
    }
    desk.refused(&["doctor", "store"], "is published to a folder");
    desk.refused(&["doctor", "store", "az://container/p"], "[store-unusable]");
}

/// What is remembered of the repository counts for events, although its folder has no metadata.
#[test]
fn signs_and_admits_in_events_of_a_repository_in_a_store() {
    let Some(shelf) = Shelf::new("signs_events_of_a_store") else { return };
    let desk = desk(&shelf.moto.endpoint());
    desk.write("repo/tufrepo.toml", &format!("format = 1\n[store]\nurl = \"s3://{}/tuf\"\n", shelf.bucket));
    desk.ok(&INIT);
    desk.ok(&["event", "new", "e", "--renew=root"]);
    desk.ok(&["event", "new", "old", "--renew=root"]);
    desk.ok(&["event", "invite", "e", "root", "alice"]);
    let alice = Desk::new();
    let keyid = alice.ok(&["key", "new", "alice", "--unencrypted"]);
    let (of_desk, of_alice) = (desk.repository().join("events/e"), alice.path().join("disk/e"));
    world::copy_folder(&of_desk, &of_alice);
    alice.ok(&["event", "accept", "e", "--events=disk", "--name=alice", "--key=alice"]);
    world::copy_folder(&of_alice, &of_desk);
    desk.ok(&["event", "admit", "e", "alice", "--keyid", keyid.trim_end()]);
    desk.ok(&["event", "sign", "e", "--yes"]);
    desk.ok(&["publish", "--event", "e"]);
    desk.refused(&["event", "sign", "old", "--yes"], "event-base-moved");
}
