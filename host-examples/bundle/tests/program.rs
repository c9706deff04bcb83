//! The program: a bundle is made where there is a network, and verified where there is none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tuf_test_server::Server;
use tuf_tests::{Authority, DAY, Repository};
use tuf_verifier_host::{component_digest, verifier_digest};

/// 2100-01-01T00:00:00Z.
const FAR: i64 = 4_102_444_800;

/// 2020-01-01T00:00:00Z.
const PAST: i64 = 1_577_836_800;

const APP: &str = "app-1.0.tar.gz";

/// A published repository, with its trusted root beside it.
struct World {
    repository: Repository,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let mut repository = Repository::new();
        for header in [&mut repository.timestamp, &mut repository.snapshot, &mut repository.root] {
            header.expires = FAR;
        }
        repository.role("targets").header.expires = FAR;
        repository.write_root().publish();
        let world = Self { repository, folder: tempfile::tempdir().expect("a folder") };
        fs::write(world.path("root.json"), world.repository.mirror.file("1.root.json")).expect("written");
        world.publish();
        world
    }

    fn publish(&self) {
        self.repository.mirror.publish_to(&self.path("published")).expect("written");
    }

    fn path(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        path
    }

    fn create(&self, base: &str, output: &str, targets: &[&str]) -> Output {
        let mut command = self.program("create");
        command.args(["--metadata", &format!("{base}/metadata"), "--targets", &format!("{base}/targets")]);
        command.arg("--output").arg(self.path(output)).args(targets);
        command.output().expect("it runs")
    }

    fn create_from_folder(&self, output: &str, targets: &[&str]) -> Output {
        self.create(self.path("published").to_str().expect("UTF-8"), output, targets)
    }

    fn verify(&self, options: &[(&str, &str)], bundle: &str, targets: &[&str]) -> Output {
        let mut command = self.program("verify");
        for (option, folder) in options {
            command.arg(option).arg(self.path(folder));
        }
        command.arg(self.path(bundle)).args(targets).output().expect("it runs")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tuf-bundle"));
        command.arg(name).arg("--trusted-root").arg(self.path("root.json"));
        command
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect()
    }
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("UTF-8")
}

#[track_caller]
fn succeeds(output: &Output) -> &str {
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    text(&output.stdout)
}

#[track_caller]
fn fails(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = text(&output.stderr);
    assert_eq!(line.lines().count(), 1, "{line}");
    line.strip_prefix("error: ").expect("an error").trim_end()
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).expect("a file").len()
}

#[test]
fn what_was_made_over_http_is_verified_without_the_server() {
    let world = World::new();
    let server = Server::folder(world.path("published")).expect("a port");
    let made = world.create(&server.url(), "bundle.tar", &[APP]);
    drop(server);
    let bundle = world.path("bundle.tar");
    let told = succeeds(&made);
    let wrote = format!("verified {APP} (15 bytes)\nwrote {} ({} bytes)\n", bundle.display(), size(&bundle));
    assert!(told.ends_with(&wrote), "{told}");
    fs::remove_dir_all(world.path("published")).expect("deleted");
    let verified = world.verify(&[("--output-dir", "out")], "bundle.tar", &[APP]);
    let lines: Vec<&str> = succeeds(&verified).lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "root version 1, expires 2100-01-01T00:00:00Z",
            "timestamp version 1, expires 2100-01-01T00:00:00Z",
            "snapshot version 1, expires 2100-01-01T00:00:00Z",
            "targets version 1, expires 2100-01-01T00:00:00Z",
            "not checked: newer root metadata was not asked for (5.3.3): a bundle answered in place of the repository",
            "not checked: newer timestamp metadata was not asked for (5.4.1): a bundle answered in place of the repository",
            "verified app-1.0.tar.gz (15 bytes)",
        ]
    );
    assert_eq!(fs::read(world.path("out").join(APP)).expect("written"), b"the application");
    assert_eq!(world.names("out"), [APP]);
}

#[test]
fn the_same_repository_becomes_the_same_bundle() {
    let world = World::new();
    let server = Server::folder(world.path("published")).expect("a port");
    succeeds(&world.create(&server.url(), "one.tar", &[APP]));
    succeeds(&world.create_from_folder("other.tar", &[APP]));
    assert_eq!(
        fs::read(world.path("one.tar")).expect("read"),
        fs::read(world.path("other.tar")).expect("read")
    );
    let mut names = world.names(".");
    names.sort_unstable();
    assert_eq!(names, ["one.tar", "other.tar", "published", "root.json"], "nothing else is left");
}

#[test]
fn says_what_the_bundle_does_not_have() {
    let world = World::new();
    succeeds(&world.create_from_folder("bundle.tar", &[]));
    let output = world.verify(&[], "bundle.tar", &[APP]);
    let line = fails(&output);
    assert!(line.starts_with("the repository has no file ") && line.contains(APP), "{line}");
    let output = world.verify(&[], "bundle.tar", &["other"]);
    assert_eq!(fails(&output), "no target \"other\": no trusted role lists it");
}

#[test]
fn rejects_a_target_that_is_listed_as_longer_than_it_may_be() {
    let world = World::new();
    succeeds(&world.create_from_folder("bundle.tar", &[APP]));
    let mut command = world.program("verify");
    command.args(["--max-target-length", "1"]).arg(world.path("bundle.tar")).arg(APP);
    let words = "endless data attack: app-1.0.tar.gz is listed with 15 bytes, more than 1, the limit of the setting \
                 target-file-max-length";
    assert_eq!(fails(&command.output().expect("it runs")), words);
}

#[test]
fn writes_no_bundle_of_what_is_refused() {
    let mut world = World::new();
    assert_eq!(
        fails(&world.create_from_folder("bundle.tar", &["other"])),
        "no target \"other\": no trusted role lists it"
    );
    world.repository.mirror.targets.values_mut().for_each(|bytes| bytes[0] ^= 1);
    world.publish();
    let words = "wrong software: target app-1.0.tar.gz: the sha256 digest differs from the listed one";
    assert_eq!(fails(&world.create_from_folder("bundle.tar", &[APP])), words);
    assert!(!world.path("bundle.tar").exists());
}

#[test]
fn a_store_refuses_an_older_bundle() {
    let mut world = World::new();
    succeeds(&world.create_from_folder("old.tar", &[]));
    world.repository.release();
    world.publish();
    succeeds(&world.create_from_folder("new.tar", &[]));
    let store = [("--store", "store")];
    succeeds(&world.verify(&store, "old.tar", &[]));
    succeeds(&world.verify(&store, "new.tar", &[]));
    let words = "rollback attack: timestamp version 1 was offered, version 2 is trusted";
    assert_eq!(fails(&world.verify(&store, "old.tar", &[])), words);
    succeeds(&world.verify(&[], "old.tar", &[]));
}

#[test]
fn rejects_a_bundle_of_another_line_until_a_person_replaces_it() {
    let mut world = World::new();
    succeeds(&world.create_from_folder("one.tar", &[]));
    succeeds(&world.verify(&[("--store", "store")], "one.tar", &[]));
    for role in ["root", "timestamp", "snapshot", "targets"] {
        world.repository.rotate(role, Authority::one(&format!("another {role}")));
    }
    world.repository.write_root().publish();
    world.publish();
    fs::write(world.path("root.json"), world.repository.mirror.file("1.root.json")).expect("written");
    succeeds(&world.create_from_folder("other.tar", &[]));
    let words = "another line of roots: no verified chain joins the pinned root version 1 with root version 1 of the \
                 trusted store";
    assert_eq!(fails(&world.verify(&[("--store", "store")], "other.tar", &[])), words);
    let replace = |folder: &str| {
        let mut command = world.program("verify");
        command.args(["--replace-root-line", "--store"]).arg(world.path(folder));
        command.arg(world.path("other.tar")).output().expect("it runs")
    };
    succeeds(&replace("store"));
    succeeds(&world.verify(&[("--store", "store")], "other.tar", &[]));
}

#[test]
fn refuses_an_expired_bundle_naming_role_and_date() {
    let mut world = World::new();
    succeeds(&world.create_from_folder("bundle.tar", &[]));
    world.repository.timestamp.expires = PAST + DAY;
    world.repository.release();
    world.publish();
    let output = world.create_from_folder("bundle.tar", &[]);
    let words =
        "freeze attack: timestamp version 2 expired at 2020-01-02T00:00:00Z, the update started at 20";
    assert!(fails(&output).starts_with(words), "{output:?}");
    succeeds(&world.verify(&[], "bundle.tar", &[]));
}

#[test]
fn refuses_what_is_no_bundle() {
    let world = World::new();
    succeeds(&world.create_from_folder("bundle.tar", &[]));
    let whole = fs::read(world.path("bundle.tar")).expect("read");
    let bundle = world.path("cut.tar");
    fs::write(&bundle, &whole[..whole.len() - 1]).expect("written");
    assert_eq!(
        fails(&world.verify(&[], "cut.tar", &[])),
        format!("{} is no bundle: its end is not there", bundle.display())
    );
    let output = world.verify(&[], "absent.tar", &[]);
    assert!(fails(&output).starts_with("cannot read the bundle "), "{output:?}");
}

#[test]
fn names_the_verifier_in_it() {
    let printed = |option: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_tuf-bundle")).arg(option).output().expect("it runs");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let name = concat!("tuf-bundle ", env!("CARGO_PKG_VERSION"));
    let (component, core) = (component_digest(), verifier_digest());
    assert_eq!(printed("-V"), format!("{name}\n"));
    let lines = format!("{name}\ncomponent sha256:{component}\nverifier sha256:{core}\n");
    assert_eq!(printed("--version"), lines);
}
