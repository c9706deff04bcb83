//! Each way that `uninstall` ends.

use std::fs;
use std::os::unix::net::UnixDatagram;

use crate::machine::Machine;

pub(super) fn refuses_unasked() {
    let machine = Machine::new();
    assert_eq!(machine.init(&[]).1, 0);
    let made = machine.made();
    let verifiers = machine.text("verifiers");
    let words = format!(
        "pulls-would-pass: without this program {verifiers} is empty, and containerd allows every pull; say \
         --allow-unverified-pulls if that is meant"
    );
    assert_eq!(machine.run(&["uninstall"]), (vec![words], 1));
    fs::write(machine.path("verifiers/zz"), "another").expect("written");
    let words = format!(
        "pulls-would-pass: without this program only zz in {verifiers} are asked; say --allow-unverified-pulls if that is \
         meant"
    );
    assert_eq!(machine.run(&["uninstall", "--purge"]), (vec![words], 1));
    fs::remove_file(machine.path("verifiers/zz")).expect("removed");
    assert_eq!(machine.made(), made);
}

/// The drop-in demands the link: a containerd that is started in between must start. It is said in the log.
pub(super) fn order() {
    let machine = Machine::new();
    let systemd = machine.text("systemd");
    let log = UnixDatagram::bind(machine.path("log")).expect("a socket");
    assert_eq!(machine.init(&["--systemd-dir", &systemd]).1, 0);
    let policy = fs::read_to_string(machine.path("etc/policy.toml")).expect("a policy");
    let policy = policy.replace("version = 1", &format!("version = 1\nlog = {:?}", machine.path("log")));
    fs::write(machine.path("etc/policy.toml"), policy).expect("written");
    let arguments = ["uninstall", "--allow-unverified-pulls", "--systemd-dir", &systemd];
    let (lines, status) = machine.run(&arguments);
    let empty = format!(
        "without this program {} is empty, and containerd allows every pull",
        machine.text("verifiers")
    );
    let expected = [
        "systemd   the drop-in is removed (from the next `systemctl daemon-reload` on)".to_owned(),
        format!("verifier  {} is removed", machine.text("verifiers/tuf-image-verifier")),
        empty.clone(),
    ];
    assert_eq!((lines.as_slice(), status), (expected.as_slice(), 0));
    let mut message = [0; 1_024];
    // Whoever has ended has sent it.
    log.set_nonblocking(true).expect("a mode");
    let length = log.recv(&mut message).expect("a message");
    let message = String::from_utf8_lossy(&message[..length]).into_owned();
    assert!(message.ends_with(&format!(": uninstalled: {empty}")), "{message}");
    assert_eq!(machine.names(), ["etc/acme/root.json", "etc/policy.toml"]);
    assert!(!machine.path("systemd/containerd.service.d").exists());
    let (lines, status) = machine.run(&["uninstall", "--bin-dir", &machine.text("verifiers")]);
    let words = format!("verifier  it is not in {}", machine.text("verifiers"));
    assert_eq!((lines, status), (vec![words], 0));

    // A drop-in that cannot be removed keeps the link.
    let arguments = ["init", "--bin-dir", &machine.text("verifiers"), "--systemd-dir", &systemd];
    assert_eq!(machine.run(&arguments).1, 0);
    let drop_in = machine.path("systemd/containerd.service.d/50-tuf-image-verifier.conf");
    fs::remove_file(&drop_in).expect("removed");
    fs::create_dir(&drop_in).expect("a folder");
    let (lines, status) = machine.run(&["uninstall", "--allow-unverified-pulls", "--systemd-dir", &systemd]);
    assert!(
        status == 1 && lines[0].starts_with(&format!("cannot-use: {}: ", drop_in.display())),
        "{lines:?}"
    );
    assert!(machine.names().contains(&"verifiers/tuf-image-verifier".to_owned()));
}

pub(super) fn purges() {
    let machine = Machine::new();
    assert_eq!(machine.init(&[]).1, 0);
    fs::create_dir_all(machine.path("state/repositories/other")).expect("a folder");
    fs::write(machine.path("etc/notes.txt"), "mine").expect("written");
    let (lines, status) = machine.run(&["uninstall", "--allow-unverified-pulls", "--purge"]);
    let expected = [
        format!("state     {} is removed", machine.text("state/repositories/acme")),
        format!("root      {} is removed", machine.text("etc/acme/root.json")),
        format!("policy    {} is removed", machine.text("etc/policy.toml")),
    ];
    assert_eq!((&lines[2..], status), (expected.as_slice(), 0));
    assert_eq!(machine.names(), ["etc/notes.txt"]);
    assert!(
        machine.path("state/repositories/other").exists()
            && !machine.path("state/repositories/acme").exists()
    );
    assert!(!machine.path("etc/acme").exists());
}

/// No containerd is left to ask, and nobody remembers `--bin-dir`.
pub(super) fn by_record() {
    let machine = Machine::new();
    assert_eq!(machine.init(&[]).1, 0);
    assert_eq!(machine.run(&["uninstall", "--allow-unverified-pulls"]).1, 0);
    assert!(!machine.path("verifiers/tuf-image-verifier").exists());
}

pub(super) fn leaves_others() {
    let machine = Machine::new();
    fs::create_dir_all(machine.path("verifiers")).expect("a folder");
    fs::write(machine.path("verifiers/tuf-image-verifier"), "a copy, by hand").expect("written");
    let arguments = ["uninstall", "--allow-unverified-pulls", "--bin-dir", &machine.text("verifiers")];
    let words = format!(
        "verifier-exists: {} is there already, and is not this program",
        machine.text("verifiers/tuf-image-verifier")
    );
    assert_eq!(machine.run(&arguments), (vec![words], 1));
    assert!(machine.path("verifiers/tuf-image-verifier").exists());
}

/// A policy by hand may name a root that others use.
pub(super) fn foreign_root() {
    let machine = Machine::new();
    assert_eq!(machine.init(&[]).1, 0);
    let policy = fs::read_to_string(machine.path("etc/policy.toml")).expect("a policy");
    let policy = policy.replace(&machine.text("etc/acme/root.json"), &machine.text("given.json"));
    fs::write(machine.path("etc/policy.toml"), policy).expect("written");
    let (lines, status) = machine.run(&["uninstall", "--allow-unverified-pulls", "--purge"]);
    let words = format!("root      {} is kept: init did not put it there", machine.text("given.json"));
    assert_eq!((&lines[3], status), (&words, 0));
    assert!(machine.path("given.json").exists());
}

/// The folder that was used is not the one that is used now, and the link was moved by hand.
pub(super) fn stale_record() {
    let machine = Machine::new();
    assert_eq!(machine.init(&[]).1, 0);
    fs::rename(machine.path("verifiers"), machine.path("moved")).expect("renamed");
    let arguments = ["uninstall", "--bin-dir", &machine.text("moved")];
    let (lines, status) = machine.run(&arguments);
    assert!(status == 1 && lines[0].starts_with("pulls-would-pass: "), "{lines:?}");
    assert_eq!(machine.run(&[arguments.as_slice(), &["--allow-unverified-pulls"]].concat()).1, 0);
    assert!(!machine.path("moved/tuf-image-verifier").exists() && machine.path("moved").exists());
}
