//! What a server, or a thief of keys, can do to an installation, and the words and status that a user sees.

use crate::world::{Krate, Machine, Published, greeting_packages, run};
use tuf_tests::{Authority, Delegation, Header, Key, Scheme, sha512};

const PAST: i64 = 1_600_000_000;

#[test]
fn a_tampered_crate_is_refused_before_the_build() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    for (path, bytes) in &mut published.repository.mirror.targets {
        if path.contains("words-1.0.0.crate") {
            bytes[20] ^= 1;
        }
    }
    machine.serve(&published);
    let ended = run(&mut machine.install(&["greet"])).ends_with(40).once();
    assert!(!ended.stderr.contains("Installing"), "{}", ended.stderr);
    ended.says(
        "wrong software: target crates/words/words-1.0.0.crate: the sha256 digest differs",
        "nothing was built",
    );
}

#[test]
fn a_longer_crate_is_refused() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    let targets = published.repository.mirror.targets.iter_mut();
    targets.filter(|(path, _)| path.contains("greet-1.0.0.crate")).for_each(|(_, bytes)| bytes.push(0));
    machine.serve(&published);
    run(&mut machine.install(&["greet"])).ends_with(40).once().says("crates/greet/greet-1.0.0.crate", "");
}

#[test]
fn a_withheld_crate_is_no_network_failure() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    published.repository.mirror.targets.retain(|path, _| !path.contains("words-1.0.0.crate"));
    machine.serve(&published);
    run(&mut machine.install(&["greet"]))
        .ends_with(40)
        .once()
        .says("the repository has no file", "targets-url");
}

#[test]
fn a_signed_crate_that_the_lock_does_not_name_is_refused() {
    let mut packages = greeting_packages();
    packages[1] = packages[1].clone().with_file("src/lib.rs", "pub fn word() -> String { String::new() }");
    let machine = Machine::trusting(&Published::new(&packages));
    let ended = run(&mut machine.install(&["greet"])).ends_with(40).once();
    ended.says("wrong software: the SHA-256 of words v1.0.0 is", "nothing was built");
}

#[test]
fn an_index_that_contradicts_the_signed_crate_is_refused() {
    let packages = greeting_packages();
    let mut published = Published::new(&packages);
    let other = packages[1].clone().with_file("src/lib.rs", "");
    published.set_index("words", &(other.index_line() + "\n"));
    published.release();
    let machine = Machine::trusting(&published);
    let ended = run(&mut machine.install(&["greet"])).ends_with(40).once();
    ended.says("by the signed metadata of the file", "tell the publisher");
}

#[test]
fn an_index_is_compared_with_the_bytes_where_the_metadata_has_another_hash() {
    let packages = greeting_packages();
    let mut published = Published::new(&packages);
    let other = packages[2].clone().with_file("src/main.rs", "fn main() {}");
    published.repository.add_target("crates", &packages[2].crate_path(), &other.bytes());
    for target in &mut published.repository.role("crates").targets {
        target.hashes = vec![("sha512".into(), sha512(&other.bytes()))];
    }
    let path = format!("crates/greet/{}.greet-1.0.0.crate", sha512(&other.bytes()));
    published.repository.mirror.targets.insert(path, other.bytes());
    published.release();
    let machine = Machine::trusting(&published);
    run(&mut machine.install(&["greet"]))
        .ends_with(40)
        .once()
        .says("by the file itself, and", "tell the publisher");
}

#[test]
fn a_file_that_is_listed_with_too_many_bytes_is_not_fetched() {
    let mut published = Published::new(&greeting_packages());
    let crates = &mut published.repository.role("crates").targets;
    crates.iter_mut().for_each(|target| target.length = u64::from(u32::MAX));
    published.release();
    let machine = Machine::trusting(&published);
    let ended = run(&mut machine.install(&["greet"])).ends_with(40).once();
    ended.says("is listed with 4294967295 bytes, more than 536870912, the limit of the setting target-file-max-length", "nothing was built");
}

#[test]
fn what_a_terminal_would_obey_is_shown() {
    let (role, packages) = ("crates\u{1b}]0;owned\u{7}\u{202e}", greeting_packages());
    let mut published = Published::new(&packages);
    let expires = published.repository.timestamp.expires;
    published.repository.delegate("targets", Delegation::paths(role, &["crates/*/*"]));
    published.repository.role(role).header.expires = expires;
    published.repository.role("targets").delegations.swap(1, 2);
    published.repository.add_target(role, &packages[2].crate_path(), &packages[2].bytes());
    published.release();
    let machine = Machine::trusting(&published);
    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    let line = "    Verified greet v1.0.0, signed by the role crates\\u{1b}]0;owned\\u{7}\\u{202e}\n";
    assert!(ended.stderr.contains(line), "{}", ended.stderr);
}

#[test]
fn old_metadata_is_refused() {
    let old = Published::new(&greeting_packages());
    let mut new = old.clone();
    new.release();
    let machine = Machine::trusting(&old);
    machine.serve(&new);
    run(&mut machine.install(&["greet"])).ends_with(0);
    machine.serve(&old);
    let ended = run(&mut machine.install(&["greet", "--force"])).ends_with(42).once();
    ended.says("rollback attack: timestamp version 1 was offered, version 2 is trusted", "older state");
}

#[test]
fn expired_metadata_is_refused() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    published.repository.timestamp = Header { version: 2, expires: PAST };
    published.repository.write_timestamp();
    machine.serve(&published);
    let ended = run(&mut machine.install(&["greet"])).ends_with(42).once();
    ended.says("freeze attack: timestamp version 2 expired at 2020-09-13T12:26:40Z", "clock");
}

/// Nothing is built, and nobody is told of an attack.
#[test]
fn rejects_keys_that_are_not_supported_as_no_attack() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    published.repository.rotate("timestamp", Authority::any_of(&[Key::of(Scheme::Future, "f")])).next_root();
    published.release();
    machine.serve(&published);
    let ended = run(&mut machine.install(&["greet"])).ends_with(43).once();
    let ended = ended.says(
        "unsupported keys: 1 of the 1 keys that root version 2 lists for timestamp cannot be used here",
        "no attack was seen",
    );
    assert!(!ended.stderr.contains("attack:"), "{}", ended.stderr);
}

/// A form that means the same is a note, in one line.
#[test]
fn accepts_dates_in_another_form_and_says_so_once() {
    let mut published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    for role in ["timestamp", "snapshot"] {
        let expires = "2100-01-01T00:00:00.5+01:00";
        published.repository.edit(role, move |signed| _ = signed.set("expires", expires));
    }
    published.release();
    machine.serve(&published);
    let ended = run(&mut machine.install(&["greet"])).ends_with(0);
    let note = "        Note 2 dates in other forms than the specification's; they mean the same\n";
    assert_eq!(ended.stderr.matches(note).count(), 1, "{}", ended.stderr);
    assert!(!ended.stderr.contains("Waived"), "{}", ended.stderr);
}

#[test]
fn a_stolen_timestamp_key_is_not_enough() {
    let published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    let mut thief = published;
    thief.repository = thief.repository.with_stolen_keys_of(&["timestamp"]);
    thief.set_index("greet", "");
    thief.release();
    machine.serve(&thief);
    let ended = run(&mut machine.install(&["greet"])).ends_with(40).once();
    ended.says("arbitrary software attack: snapshot has 0 valid signatures", "do not go on");
}

#[test]
fn packages_that_the_repository_does_not_cover_are_refused() {
    let lock = "version = 4\n[[package]]\nname = \"greet\"\nversion = \"1.0.0\"\n";
    let extra = [
        (
            "source = \"git+https://host/repository#0123\"",
            "of the git repository https://host/repository#0123",
        ),
        ("source = \"registry+https://host/index\"\nchecksum = \"00\"", "of the registry https://host/index"),
        ("source = \"sparse+https://host/index/\"\nchecksum = \"00\"", "of the registry https://host/index/"),
        ("source = \"registry+https://github.com/rust-lang/crates.io-index\"", "without a checksum"),
        ("", "of a folder"),
    ];
    for (source, words) in extra {
        let lock = format!("{lock}\n[[package]]\nname = \"other\"\nversion = \"0.1.0\"\n{source}\n");
        let greet = Krate::binary("greet", "1.0.0", "fn main() {}").with_lock(Some(lock));
        let machine = Machine::trusting(&Published::new(&[greet]));
        let ended = run(&mut machine.install(&["greet"])).ends_with(1).once();
        ended.says(
            &format!("not covered: the Cargo.lock of greet v1.0.0 uses other v0.1.0 {words}"),
            "nothing was built",
        );
    }
}

#[test]
fn a_locked_package_that_the_repository_does_not_have_is_refused() {
    let mut packages = greeting_packages();
    packages.remove(0);
    let machine = Machine::trusting(&Published::new(&packages));
    run(&mut machine.install(&["greet"]))
        .ends_with(41)
        .once()
        .says("the package letters is not in the repository", "");
}

#[test]
fn a_dependency_of_another_registry_is_refused_where_cargo_chooses() {
    let packages = greeting_packages();
    let mut published = Published::new(&packages);
    let foreign = packages[1]
        .index_line()
        .replace("\"target\":null", "\"registry\":\"https://host/index\",\"target\":null");
    published.set_index("words", &(foreign + "\n"));
    published.release();
    let machine = Machine::trusting(&published);
    let ended = run(&mut machine.install(&["greet", "--unlocked"])).ends_with(1);
    ended.says(
        "not covered: words v1.0.0 depends on letters of another registry, https://host/index",
        "nothing was built",
    );
}

#[test]
fn metadata_expires_offline_too() {
    let published = Published::new(&greeting_packages());
    let machine = Machine::trusting(&published);
    run(&mut machine.install(&["greet"])).ends_with(0);
    // The trusted store is verified again in every run: what it holds is no better than what a server offers.
    let mut expired = published;
    expired.repository.timestamp = Header { version: 2, expires: PAST };
    expired.repository.write_timestamp();
    let stores = machine.cargo_home().join("tuf/repositories");
    let store =
        std::fs::read_dir(stores).expect("a folder").next().expect("a store").expect("an entry").path();
    std::fs::write(store.join("timestamp.json"), expired.repository.mirror.file("timestamp.json"))
        .expect("a file");
    let ended = run(&mut machine.install(&["greet", "--offline"])).ends_with(42).once();
    ended.says("freeze attack: timestamp version 2 expired", "clock");
}
