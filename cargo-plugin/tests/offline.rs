//! Runs that do not ask the repository.

use std::fs;
use std::path::PathBuf;

use tuf_verifier_host::UnixTime;

use crate::world::{Machine, Published, greeting_packages, run};

const HONEST: Option<&str> = Some("hello from greet\n");

fn machine() -> Machine {
    Machine::trusting(&Published::new(&greeting_packages()))
}

/// The trusted store of the one repository.
fn store(machine: &Machine) -> PathBuf {
    let mut stores = fs::read_dir(machine.cargo_home().join("tuf/repositories")).expect("a folder");
    stores.next().expect("a store").expect("an entry").path()
}

#[test]
fn works_offline_from_what_was_verified_before() {
    let machine = machine();
    run(&mut machine.install(&["greet"])).ends_with(0);
    fs::remove_dir_all(machine.path("published")).expect("the repository");
    for arguments in [&["greet", "--force", "--offline"][..], &["greet", "--force", "--frozen"]] {
        fs::remove_file(machine.cargo_home().join("bin/greet")).expect("the program");
        run(&mut machine.install(arguments)).ends_with(0);
        assert_eq!(machine.installed("greet").as_deref(), HONEST);
    }
    machine.write_cargo_config("net.offline = true");
    run(&mut machine.install(&["greet", "--force"])).ends_with(0);
    let words = greeting_packages()[1].checksum();
    fs::remove_file(machine.cargo_home().join("tuf/cache/sha256").join(&words[..2]).join(&words))
        .expect("a file");
    let ended = run(&mut machine.install(&["greet", "--force"])).ends_with(68).once();
    ended.says("crates/words/words-1.0.0.crate is needed, and --offline", "without --offline");
}

#[test]
fn says_which_checks_were_waived_offline() {
    let machine = machine();
    run(&mut machine.install(&["greet"])).ends_with(0);
    let ended = run(&mut machine.install(&["greet", "--force", "--offline", "--message-format", "json"]))
        .ends_with(0);
    for (code, what) in [
        ("newer-root", "newer root metadata was not asked for (5.3.3)"),
        ("newer-timestamp", "newer timestamp metadata was not asked for (5.4.1)"),
    ] {
        let words = format!("{what}: offline, the trusted store alone was used");
        assert!(ended.stderr.contains(&format!("      Waived {words}\n")), "{}", ended.stderr);
        let event = format!("{{\"reason\":\"tuf-waived\",\"code\":\"{code}\",\"message\":\"{words}\"}}\n");
        assert!(ended.stdout.contains(&event), "{}", ended.stdout);
    }
}

#[test]
fn does_not_ask_while_fresh_and_says_so() {
    let machine = machine();
    let fresh = ["greet", "--force", "--fresh-for", "3600"];
    let ended = run(&mut machine.install(&fresh)).ends_with(0);
    assert!(!ended.stderr.contains("Waived"), "{}", ended.stderr);
    fs::remove_dir_all(machine.path("published")).expect("the repository");
    fs::remove_file(machine.cargo_home().join("bin/greet")).expect("the program");
    let ended = run(&mut machine.install(&fresh)).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    let refreshed = fs::read_to_string(store(&machine).join("refreshed")).expect("kept");
    let time = UnixTime::from_seconds(refreshed.parse().expect("seconds"));
    let words = format!(
        "Waived newer timestamp metadata was not asked for (5.4.1): the last full refresh, at {time}, is young enough\n"
    );
    assert!(ended.stderr.contains(&words), "{}", ended.stderr);
}

#[test]
fn asks_where_the_metadata_is_not_fresh() {
    let machine = machine();
    let fresh = ["greet", "--force", "--fresh-for", "3600"];
    run(&mut machine.install(&fresh)).ends_with(0);
    fs::remove_dir_all(machine.path("published")).expect("the repository");
    let refreshed = store(&machine).join("refreshed");
    let hour_ago = UnixTime::now().seconds() - 3600;
    for time in [hour_ago.to_string(), (hour_ago + 7200).to_string(), "soon".to_owned()] {
        fs::write(&refreshed, time).expect("written");
        run(&mut machine.install(&fresh))
            .ends_with(40)
            .once()
            .says("the repository has no timestamp.json", "");
    }
    run(&mut machine.install(&["greet", "--force"])).ends_with(40);
}
