//! What a person is told to do next: it can be done, and names what is meant.

use std::collections::BTreeSet;
use std::fs;

use crate::command::Desk;
use crate::world::copy_folder;
use serde_json::Value;

fn desk_with_keys(names: &[&str]) -> Desk {
    let desk = Desk::with_repository();
    for name in names {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    desk
}

#[test]
fn the_file_that_accepts_an_invitation_is_named() {
    let desk = desk_with_keys(&["alice"]);
    desk.ok(&["event", "new", "team", "--renew=root"]);
    let invited = desk.run(&["event", "invite", "team", "root", "alice"]);
    assert!(
        invited.stderr.contains("`tufrepo event accept team --name alice --key KEY`"),
        "{}",
        invited.stderr
    );
    let admit = ["event", "admit", "team", "alice"];
    let help = desk.refused(&admit, "alice.accepted.json is not in this folder");
    assert!(help.contains("`tufrepo event accept team --name alice --key KEY`"), "{help}");
    let accepted = desk.run(&["event", "accept", "team", "--name=alice", "--key=alice"]);
    assert!(accepted.stderr.contains("keys/alice.accepted.json"), "{}", accepted.stderr);
    desk.ok(&["event", "invite", "team", "targets", "alice"]);
    desk.refused(&admit, "alice.accepted.json is for other roles");
}

/// A copy of a published event, as a clone has it that nobody has pulled.
#[test]
fn an_event_that_is_published_is_said_to_be() {
    let changes: [(&str, &[&str]); 2] = [
        ("targets", &["target", "add", "a", "file.txt"]),
        ("root", &["role", "set", "root", "--key=root", "--key=online", "--threshold=1"]),
    ];
    for (renewed, change) in changes {
        let desk = Desk::with_repository();
        desk.write("file.txt", "bytes");
        let events = desk.repository().join("events");
        desk.ok(&["event", "new", "one", &format!("--renew={renewed}")]);
        desk.ok(change);
        desk.ok(&["event", "new", "two"]);
        for id in ["one", "two"] {
            desk.ok(&["event", "sign", id, "--yes"]);
        }
        copy_folder(&events.join("one"), &desk.path().join("copy"));
        desk.ok(&["publish", "--event=one", "--yes"]);
        let moved = desk.run(&["event", "status", "two"]).stderr;
        assert_eq!(moved.matches("[event-base-moved]").count(), 1, "{moved}");
        assert!(moved.contains("`tufrepo -C repo event rebase two`"), "{moved}");
        copy_folder(&desk.path().join("copy"), &events.join("one"));
        let status = desk.run(&["event", "status", "one"]).stderr;
        assert!(status.contains("note: published: `tufrepo -C repo event discard one`"), "{status}");
        assert!(!status.contains("complete") && !status.contains("event-base-moved"), "{status}");
        desk.ok(&["event", "discard", "one"]);
        assert!(!events.join("one").exists());
    }
}

#[test]
fn settings_that_cannot_be_read_are_shown() {
    let desk = Desk::with_repository();
    let path = desk.repository().join("tufrepo.toml");
    let settings = fs::read_to_string(&path).expect("settings");
    desk.write("repo/tufrepo.toml", &format!("{settings}journal = true\n"));
    let help = desk.refused(&["status"], "unknown field `journal`");
    assert!(help.contains("before the first line in brackets"), "{help}");
    let shown = desk.run(&["status"]).stderr;
    let lines: Vec<_> = shown.lines().collect();
    assert!(lines[0].ends_with("[bad-settings]"), "{shown}");
    assert!(lines.iter().any(|line| line.trim_end().ends_with("| journal = true")), "{shown}");
    assert!(lines.iter().any(|line| line.trim_end().ends_with("| ^^^^^^^")), "{shown}");
    desk.write("repo/tufrepo.toml", "format = 1\n[expires]\nroot = \"1y\"");
    desk.refused(&["status"], "[bad-settings]");
}

#[test]
fn a_role_that_rotated_itself_is_not_sent_to_its_delegator() {
    let desk = desk_with_keys(&["docs", "bob"]);
    desk.ok(&["delegate", "docs", "--paths=docs/*", "--key=docs"]);
    desk.ok(&["publish"]);
    let rotate = ["role", "rotate-self", "docs", "--new-key=bob"];
    desk.ok(&rotate);
    desk.ok(&["publish"]);
    let help = desk.refused(&rotate, "[self-rotation]");
    assert!(!help.contains("tufrepo rotate") && help.contains("--new-key"), "{help}");
}

#[test]
fn delegations_that_cannot_be_say_what_can() {
    let desk = desk_with_keys(&["app", "dev", "qa"]);
    let help = desk.refused(&["delegate", "app", "--paths=/x", "--key=app"], "[bad-delegation]");
    assert!(help.contains("tufrepo"), "{help}");
    desk.ok(&["delegate", "app", "--paths=app/*", "--key=app"]);
    let release = ["delegate", "release", "--delegator=app", "--paths=app/*", "--combine=dev=dev"];
    desk.ok(&[&release[..], &["--combine=qa=qa"]].concat());
    desk.write("file.txt", "bytes");
    let help = desk.refused(
        &["target", "add", "app/x", "file.txt", "--role=release"],
        "release is a delegation to several roles, and no role: dev, qa [several-roles]",
    );
    assert!(help.contains("--role"), "{help}");
    desk.refused(&["rotate", "release", "--new-key=app"], "[several-roles]");
    let help = desk.refused(&["revoke", "qa"], "the delegation to role qa cannot be taken back");
    assert!(help.contains("tufrepo revoke"), "{help}");
}

#[test]
fn files_and_keys_that_are_not_there_have_a_code_and_a_way_on() {
    let desk = Desk::with_repository();
    let cases: [(&[&str], &str); 4] = [
        (&["target", "add", "a", "nofile"], "could not read nofile"),
        (&["map", "show", "nofile"], "could not read nofile"),
        (&["inspect", "repo", "--html=nowhere/page.html"], "could not write nowhere/page.html"),
        (&["recover", "key", "--gone=nobody", "--new-key=next"], "there is no key \"nobody\" [no-such-key]"),
    ];
    for (args, message) in cases {
        assert!(!desk.refused(args, message).is_empty(), "{args:?}");
        let error = desk.run(args).stderr;
        assert!(error.lines().next().is_some_and(|line| line.ends_with(']')), "{error}");
    }
}

#[test]
fn a_passphrase_file_that_is_not_there_is_no_fault_of_the_key() {
    let mut desk = Desk::new();
    for name in ["root", "targets", "online"] {
        desk.ok(&["key", "new", name]);
    }
    desk.unset("TUFREPO_PASSPHRASE");
    let init = "init --root-key=root --targets-key=targets --snapshot-key=online --timestamp-key=online";
    let init: Vec<_> = ["--passphrase-file=nosuch"].into_iter().chain(init.split(' ')).collect();
    let help = desk.refused(&init, "--passphrase-file");
    assert!(help.contains("first line"), "{help}");
    assert!(!desk.run(&init).stderr.contains(".pem"), "{}", desk.run(&init).stderr);
}

#[test]
fn one_root_metadata_is_to_be_confirmed_once() {
    let mut desk = Desk::with_repository();
    desk.set("TUFREPO_STATE", desk.path().join("another").to_str().expect("UTF-8"));
    let digest = desk.run(&["adopt"]);
    let sha256 = digest.stdout.trim_end().split('\t').nth(1).expect("a digest");
    assert_eq!(digest.stderr.matches(sha256).count(), 1, "{}", digest.stderr);
}

/// By name: a public key has no order that anybody sees.
#[test]
fn keys_of_several_roles_are_in_order() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let desk = desk_with_keys(&names);
    for name in names {
        for role in [format!("{name}-1"), format!("{name}-2")] {
            desk.ok(&["delegate", &role, &format!("--paths={role}/*"), &format!("--key={name}")]);
        }
    }
    desk.ok(&["publish"]);
    let inspected: Value = serde_json::from_str(&desk.ok(&["inspect", "repo", "--json"])).expect("JSON");
    let shared = inspected["shared_keys"].as_array().expect("keys");
    let shown: Vec<_> = shared.iter().map(|key| key["key"].as_str().expect("a name")).collect();
    assert!(shown.len() > 6 && shown.is_sorted(), "{shown:?}");
    assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), shown.len());
    let simulated = desk.ok(&["simulate", "repo"]);
    assert!(!simulated.contains(" more)") || simulated.contains("`--stolen KEY` shows"), "{simulated}");
    assert!(simulated.contains(" more)"), "{simulated}");
}
