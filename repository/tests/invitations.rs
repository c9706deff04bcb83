//! Somebody new brings a key into an event.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::Desk;
use crate::world::{Client, NOW, World, copy_folder, files};
use tuf_repository::event::{Event, RootTrust};
use tuf_repository::metadata::sha256_hex;
use tuf_repository::{Admission, EventRequest, RoleKeys};

/// An event that renews root metadata, with an invitation to alice.
fn invited(names: &[&str]) -> (World, PathBuf) {
    let world = World::with_keys(names);
    let events = world.home().join("events");
    let renewed = ["root".to_owned(), "targets".to_owned()].into();
    let request = EventRequest { id: "team".to_owned(), renewed, ..EventRequest::default() };
    let event = world.open().new_event(&events, &request, NOW).expect("an event");
    for role in ["root", "targets"] {
        event.invite(role, "alice").expect("an invitation");
    }
    (world, events)
}

/// A key for both roles.
fn admission(name: &str, keyid: Option<&str>) -> Admission {
    let roles = ["root".to_owned(), "targets".to_owned()].into();
    Admission { name: name.to_owned(), keyid: keyid.map(str::to_owned), roles, ..Admission::default() }
}

fn open(events: &Path) -> Event {
    Event::open(events, "team", NOW).expect("an event")
}

#[test]
fn a_key_that_was_invited_signs_from_the_publish_on() {
    let (world, events) = invited(&["alice", "bob"]);
    let repository = world.open();
    let keyid = world.keys["alice"].keyid();
    let admit = |name: &str, keyid: Option<&str>, threshold: Option<u64>| {
        let mut admission = admission(name, keyid);
        let thresholds = admission.roles.iter().filter_map(|role| Some((role.clone(), threshold?)));
        admission.thresholds = thresholds.collect();
        repository.admit(&events, "team", &admission, NOW)
    };
    let before = files(&events);
    assert_eq!(admit("alice", Some(keyid), None).expect_err("too early").code(), "event-not-accepted");
    assert_eq!(admit("bob", Some(keyid), None).expect_err("not invited").code(), "event-not-invited");
    assert_eq!(
        open(&events).accept("bob", &*world.keys["bob"]).expect_err("bob").code(),
        "event-not-invited"
    );
    assert!(files(&events) == before, "the event is as it was");
    open(&events).confirm(&trust(&world)).expect("confirmed").sign(&world.ring(), &[]).expect("signatures");

    let roles = open(&events).accept("alice", &*world.keys["alice"]).expect("accepted");
    assert_eq!(roles.into_iter().collect::<Vec<_>>(), ["root", "targets"]);
    let before = files(&events);
    assert_eq!(admit("alice", None, None).expect_err("not compared").code(), "event-key-not-compared");
    let other = world.keys["bob"].keyid();
    assert_eq!(admit("alice", Some(other), None).expect_err("another").code(), "event-key-not-compared");
    assert_eq!(admit("alice", Some(keyid), Some(3)).expect_err("three of two").code(), "bad-threshold");
    assert!(files(&events) == before, "the event is as it was");
    let admitted = admit("alice", Some(keyid), Some(2)).expect("admitted");
    let rebased = admitted.rebased;
    assert_eq!(admitted.key, *world.keys["alice"].public());
    // Root metadata has changed; the targets have not, but other keys have to sign them too.
    assert_eq!(rebased.renewed.iter().map(|(role, ..)| role.as_str()).collect::<Vec<_>>(), ["root"]);
    assert!(rebased.lapsed.iter().all(|(role, _)| role == "root"), "{rebased:?}");

    let ring = world.ring_without("alice");
    open(&events).confirm(&trust(&world)).expect("confirmed").sign(&ring, &[]).expect("signatures");
    let refused = repository.publish_events(&[open(&events)], NOW).expect_err("alice is missing");
    assert!(refused.to_string().contains("alice:"), "{refused}");
    open(&events).confirm(&trust(&world)).expect("confirmed").sign(&world.ring(), &[]).expect("signatures");
    repository.publish_events(&[open(&events)], NOW).expect("a publish");
    assert_eq!(Client::default().update(world.path(), NOW).expect("an update").root.version, 2);
    let status = repository.status().expect("a status");
    for role in status.roles.iter().filter(|role| ["root", "targets"].contains(&role.role.as_str())) {
        assert_eq!((role.keyids.len(), role.threshold), (2, 2), "{}", role.role);
        assert!(role.keyids.iter().any(|listed| listed == keyid));
    }
}

fn trust(world: &World) -> RootTrust {
    world.open().root_trust().expect("a state").expect("a known repository")
}

#[test]
fn rejects_a_key_whose_owner_has_not_proved_to_have_it() {
    type Edit = fn(&World, &Path);
    let edits: [(&str, Edit); 5] = [
        ("event-bad-proof", |world, keys| {
            // Somebody else's public key, which is no secret.
            let path = keys.join("alice.accepted.json");
            let text = fs::read_to_string(&path).expect("a file");
            let own = world.keys["alice"].public().keyval.public.clone();
            fs::write(path, text.replace(&own, &world.keys["bob"].public().keyval.public)).expect("a write");
        }),
        ("event-bad-proof", |_, keys| {
            // The proof of one role, for another one.
            for file in ["alice.json", "alice.accepted.json"] {
                let path = keys.join(file);
                let text = fs::read_to_string(&path).expect("a file");
                fs::write(path, text.replace("\"targets\"", "\"timestamp\"")).expect("a write");
            }
        }),
        ("event-not-accepted", |_, keys| {
            // An invitation to more than was accepted.
            let path = keys.join("alice.json");
            let text = fs::read_to_string(&path).expect("a file");
            fs::write(path, text.replace("\"targets\"", "\"targets\", \"timestamp\"")).expect("a write");
        }),
        ("event-damaged", |_, keys| fs::write(keys.join("alice.json"), "{").expect("a write")),
        ("event-file-too-long", |_, keys| {
            fs::File::create(keys.join("alice.accepted.json"))
                .expect("a file")
                .set_len(1 << 30)
                .expect("a sparse file");
        }),
    ];
    for (code, edit) in edits {
        let (world, events) = invited(&["alice", "bob"]);
        open(&events).accept("alice", &*world.keys["alice"]).expect("accepted");
        edit(&world, &events.join("team/keys"));
        let before = files(&events);
        let keyid = world.keys["alice"].keyid();
        let refused =
            world.open().admit(&events, "team", &admission("alice", Some(keyid)), NOW).expect_err(code);
        assert_eq!(refused.code(), code, "{refused}");
        assert!(files(&events) == before, "the event is as it was");
    }
}

/// Anybody who writes to the event may have broken it.
#[test]
fn a_broken_invitation_hides_no_other_one() {
    let (_world, events) = invited(&["alice", "zoe"]);
    fs::write(events.join("team/keys/zoe.json"), "{").expect("a file");
    let invited = open(&events).invited().expect("the others");
    let codes: Vec<_> = invited
        .iter()
        .map(|(name, invited)| {
            (name.as_str(), invited.as_ref().map(|_| ()).map_err(tuf_repository::Error::code))
        })
        .collect();
    assert_eq!(codes, [("alice", Ok(())), ("zoe", Err("event-damaged"))]);
}

#[test]
fn rejects_a_proof_for_another_repository() {
    let (world, events) = invited(&["alice"]);
    open(&events).accept("alice", &*world.keys["alice"]).expect("accepted");
    let (other, other_events) = invited(&[]);
    copy_folder(&events.join("team/keys"), &other_events.join("team/keys"));
    let keyid = world.keys["alice"].keyid();
    let refused = other
        .open()
        .admit(&other_events, "team", &admission("alice", Some(keyid)), NOW)
        .expect_err("another");
    assert_eq!(refused.code(), "event-bad-proof");
}

#[test]
fn a_proof_is_no_signature_of_metadata() {
    let (world, events) = invited(&["alice"]);
    open(&events).accept("alice", &*world.keys["alice"]).expect("accepted");
    let text = fs::read_to_string(events.join("team/keys/alice.accepted.json")).expect("a file");
    let acceptance: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let proof = acceptance["proof"].as_str().expect("a proof");
    let root = &world.role_keys(&["root", "alice"]);
    let event = open(&events);
    let refused = event.attach("root", world.keys["alice"].keyid(), proof.as_bytes(), "PROOF");
    assert_eq!(refused.expect_err("nobody asks").code(), "event-not-asked");
    assert_eq!(RoleKeys { threshold: 2, ..root.clone() }, *root);
    world
        .open()
        .admit(&events, "team", &admission("alice", Some(world.keys["alice"].keyid())), NOW)
        .expect("admitted");
    let refused = open(&events).attach("root", world.keys["alice"].keyid(), proof.as_bytes(), "PROOF");
    assert_eq!(refused.expect_err("a proof").code(), "event-bad-signature");
}

#[test]
fn rejects_names_that_lead_out_of_the_folder() {
    let (world, events) = invited(&["alice"]);
    for name in ["", "../x", "a/b", "A", "a.b"] {
        assert_eq!(open(&events).invite("root", name).expect_err(name).code(), "event-bad-name", "{name}");
        let refused = open(&events).accept(name, &*world.keys["alice"]);
        assert_eq!(refused.expect_err(name).code(), "event-bad-name", "{name}");
    }
    assert_eq!(open(&events).invite("../x", "bob").expect_err("a path").code(), "bad-role-name");
}

#[test]
fn invites_accepts_and_admits_on_the_command_line() {
    let publisher = Desk::with_repository();
    let alice = Desk::new();
    alice.ok(&["key", "new", "alice", "--unencrypted"]);
    publisher.ok(&["event", "new", "team", "--renew=root", "--renew=targets"]);
    publisher.ok(&["event", "invite", "team", "targets", "alice"]);
    let of_publisher = publisher.repository().join("events/team");
    copy_folder(&of_publisher, &alice.path().join("disk/team"));
    let keyid = alice.ok(&["event", "accept", "team", "--events=disk", "--name=alice", "--key=alice"]);
    let keyid = keyid.trim_end();
    copy_folder(&alice.path().join("disk/team"), &of_publisher);
    let status = publisher.run(&["event", "status", "team"]);
    assert!(
        status.stderr.contains(&format!("alice to sign for targets, brings key {keyid}")),
        "{}",
        status.stderr
    );
    let help = publisher.refused(&["event", "admit", "team", "alice"], keyid);
    assert!(help.contains("--keyid KEYID"), "{help}");
    let status = || publisher.run(&["event", "status", "team"]);
    let invited = format!("brings key {keyid}");
    assert!(status().stderr.contains(&invited), "{}", status().stderr);
    assert!(
        status().stdout.starts_with("role\tversion\texpires\tdemanded\tsignatures\tsigned\tmay still sign\n")
    );
    publisher.ok(&["event", "admit", "team", "alice", "--keyid", keyid]);
    let admitted = status().stderr;
    assert!(admitted.contains("admitted: alice to sign for") && !admitted.contains("invited:"), "{admitted}");
    assert!(publisher.ok(&["key", "list"]).contains(&format!("alice\t{keyid}\t")));
    let diff = publisher.ok(&["event", "diff", "team"]);
    assert!(diff.contains("targets: key added: alice"), "{diff}");
    publisher.ok(&["event", "sign", "team", "--yes"]);
    publisher.ok(&["publish", "--event", "team"]);
    let root = fs::read(publisher.repository().join("metadata/2.root.json")).expect("root metadata");
    assert!(String::from_utf8_lossy(&root).contains(keyid), "{}", sha256_hex(&root));
    // From now on alice is asked.
    publisher.write("a.txt", "a");
    publisher.ok(&["role", "set", "targets", "--threshold=2"]);
    publisher.ok(&["event", "new", "both"]);
    copy_folder(&publisher.repository().join("events/both"), &alice.path().join("disk/both"));
    let compared = sha256_hex(&root);
    alice.ok(&["event", "sign", "both", "--events=disk", "--yes", "--root-sha256", &compared]);
    copy_folder(&alice.path().join("disk/both"), &publisher.repository().join("events/both"));
    publisher.ok(&["event", "sign", "both", "--yes"]);
    publisher.ok(&["publish", "--event", "both"]);
}

/// Somebody widens an invitation before its owner accepts it: the publisher gives the roles that it has invited to.
#[test]
fn gives_a_key_only_the_roles_that_the_publisher_invited_to() {
    let publisher = Desk::with_repository();
    let alice = Desk::new();
    alice.ok(&["key", "new", "alice", "--unencrypted"]);
    publisher.ok(&["event", "new", "team", "--renew=root", "--renew=targets"]);
    publisher.ok(&["event", "invite", "team", "targets", "alice"]);
    let of_publisher = publisher.repository().join("events/team");
    let invitation = of_publisher.join("keys/alice.json");
    let text = fs::read_to_string(&invitation).expect("a file");
    fs::write(&invitation, text.replace("\"targets\"", "\"root\", \"targets\"")).expect("a write");
    copy_folder(&of_publisher, &alice.path().join("disk/team"));
    let keyid = alice.ok(&["event", "accept", "team", "--events=disk", "--name=alice", "--key=alice"]);
    let keyid = keyid.trim_end();
    copy_folder(&alice.path().join("disk/team"), &of_publisher);
    let admit = ["event", "admit", "team", "alice", "--keyid", keyid];
    publisher.refused(&[&admit[..], &["--threshold=root=2"]].concat(), "the key does not get this role");
    let both = ["--role=root", "--role=targets", "--threshold=2"];
    publisher.refused(&[&admit[..], &both].concat(), "it does not say for which role");
    let admitted = publisher.run(&admit);
    assert!(admitted.stderr.contains("Admitted alice to sign for targets\n"), "{}", admitted.stderr);
    let diff = publisher.ok(&["event", "diff", "team"]);
    assert!(diff.contains(&format!("targets: key added: alice ({keyid}, ed25519)")), "{diff}");
    assert!(!diff.contains("root: key added"), "{diff}");
}

/// Puts another file in the place of one, as soon as the repository writes something.
#[derive(Debug)]
struct Swap {
    from: PathBuf,
    to: PathBuf,
}

impl tuf_repository::WriteObserver for Swap {
    fn before(&self, _: tuf_repository::Write<'_>) -> std::io::Result<()> {
        fs::copy(&self.from, &self.to).map(drop)
    }
}

/// The key that gets the name here is the one whose keyid was compared, whatever the folder has by now.
#[test]
fn gives_back_the_key_that_was_compared() {
    let (world, events) = invited(&["alice", "mallory"]);
    let accepted = events.join("team/keys/alice.accepted.json");
    let from = world.home().join("mallory.json");
    open(&events).accept("alice", &*world.keys["mallory"]).expect("accepted");
    fs::rename(&accepted, &from).expect("a rename");
    open(&events).accept("alice", &*world.keys["alice"]).expect("accepted");
    let swap = std::sync::Arc::new(Swap { from, to: accepted });
    let repository = world.open().observe_writes(swap);
    let admission = admission("alice", Some(world.keys["alice"].keyid()));
    let admitted = repository.admit(&events, "team", &admission, NOW).expect("admitted");
    let now = open(&events).invited_as("alice").expect("an invitation").key;
    assert_eq!(now.as_ref(), Some(world.keys["mallory"].public()), "it was replaced");
    assert_eq!(admitted.key, *world.keys["alice"].public());
}
