//! Each way that `init` ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::machine::Machine;

const PIN: &str =
    "registry.acme.test/pause@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

pub(super) fn writes_a_policy_and_installs() {
    let machine = Machine::new();
    let systemd = machine.text("systemd");
    let (lines, status) =
        machine.init(&["--systemd-dir", &systemd, "--pin", PIN, "--unreachable", "cached-unexpired"]);
    let link = machine.text("verifiers/tuf-image-verifier");
    let drop_in = machine.text("systemd/containerd.service.d/50-tuf-image-verifier.conf");
    let expected = [
        format!("root      {}", machine.text("etc/acme/root.json")),
        format!("policy    {}", machine.text("etc/policy.toml")),
        lines[2].clone(),
        format!("verifier  {link} -> {}", machine.text("bin/tuf-image-verifier")),
        format!("systemd   {drop_in} (from the next `systemctl daemon-reload` on)"),
        "From the next pull on, containerd asks it. `tuf-image-verifier doctor` shows whether it does."
            .to_owned(),
    ];
    assert_eq!((lines.as_slice(), status), (expected.as_slice(), 0));
    assert!(lines[2].starts_with("metadata  acme: targets version 1; metadata valid for "), "{}", lines[2]);
    let made = machine.made();
    let unit = &made["systemd/containerd.service.d/50-tuf-image-verifier.conf"];
    assert!(unit.ends_with(&format!("\n[Unit]\nAssertFileIsExecutable={link}\n")), "{unit}");
    let policy = format!(
        "version = 1\ndefault = \"reject\"\nstate_dir = {:?}\n\n[repositories.acme]\nmetadata = [\"{}/metadata\"]\n\
         root = {:?}\nunreachable = \"cached-unexpired\"\n\n[[rule]]\nprefix = \"registry.acme.test/team\"\n\
         action = \"verify\"\nrepository = \"acme\"\n\n[[rule]]\nprefix = \"registry.acme.test/pause\"\n\
         action = \"digests\"\ndigests = [\"{}\"]\n",
        machine.path("state"),
        machine.server.url(),
        machine.path("etc/acme/root.json"),
        &PIN[25..],
    );
    assert_eq!(made["etc/policy.toml"], policy);
    assert_eq!(made["etc/acme/root.json"], fs::read_to_string(machine.path("given.json")).expect("a root"));
    // What is installed decides, and once more is no change.
    assert!(asked(&machine).starts_with("not-listed: oci/registry.acme.test/team/app/_tags/v1: "));
    let verifiers = machine.text("verifiers");
    assert_eq!(machine.run(&["init", "--bin-dir", &verifiers, "--systemd-dir", &systemd]).1, 0);
    assert_eq!(machine.made(), made);
}

/// What the installed verifier says of a pull.
fn asked(machine: &Machine) -> String {
    let digest = &PIN[25..];
    let input = format!(
        r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":1}}"#
    );
    fs::write(machine.path("input"), input).expect("written");
    let mut command = Command::new(machine.path("verifiers/tuf-image-verifier"));
    command.args(["-name", "registry.acme.test/team/app:v1", "-digest", digest]);
    command.args(["-stdin-media-type", "application/vnd.oci.descriptor.v1+json"]);
    command.env("TUF_IMAGE_VERIFIER_POLICY", machine.path("etc/policy.toml"));
    let output = command.stdin(fs::File::open(machine.path("input")).expect("a file")).output();
    String::from_utf8(output.expect("a program that starts").stdout).expect("UTF-8")
}

pub(super) fn beside_a_policy() {
    let machine = Machine::new();
    fs::create_dir(machine.path("etc")).expect("a folder");
    let policy = format!("version = 1\ndefault = \"reject\"\nstate_dir = {:?}\n", machine.path("state"));
    fs::write(machine.path("etc/policy.toml"), &policy).expect("written");
    let (lines, status) = machine.run(&["init", "--bin-dir", "verifiers"]);
    let first = format!(
        "policy    {}: 0 rules, 0 repositories, mode enforce, deadline 8 seconds",
        machine.text("etc/policy.toml")
    );
    assert_eq!((&lines[0], lines.len(), status), (&first, 3, 0));
    let made = machine.made();
    assert_eq!(made["etc/policy.toml"], policy);
    assert_eq!(made["etc/installed-in"], machine.text("verifiers"));
}

pub(super) fn offline() {
    let machine = Machine::new();
    let (lines, status) = machine.run(&[
        "init",
        "--offline",
        "--audit",
        "--name",
        "acme",
        "--metadata",
        "http://127.0.0.1:1/metadata",
        "--root",
        &machine.text("given.json"),
        "--prefix",
        "registry.acme.test",
        "--bin-dir",
        &machine.text("verifiers"),
        "--state-dir",
        &machine.text("state"),
    ]);
    assert_eq!((lines[2].as_str(), status), ("metadata  acme: not asked", 0));
    assert!(machine.made()["etc/policy.toml"].starts_with("version = 1\nmode = \"audit\"\n"));
    assert!(!machine.path("state").exists());
}

/// Where no containerd answers, the one on the search path says where its verifiers are.
pub(super) fn by_configuration() {
    let machine = Machine::new();
    let (lines, status) = machine.run(&["init"]);
    let begin =
        "no-folder: cannot run containerd: No such file or directory (os error 2); name containerd's folder";
    assert!(status == 1 && lines[0].starts_with(begin), "{lines:?}");
    let script = format!(
        "#!/bin/sh\nprintf '[plugins.\"io.containerd.image-verifier.v1.bindir\"]\\nbin_dir = \"{}\"\\n\
         [plugins.\"io.containerd.cri.v1.images\".pinned_images]\\nsandbox = \"registry.acme.test/pause:3\"\\n'\n",
        machine.text("verifiers")
    );
    fs::create_dir(machine.path("programs")).expect("a folder");
    let write = r#"printf %s "$1" >"$2"; chmod 755 "$2""#;
    Machine::shell(write, &[&script, &machine.text("programs/containerd")]);
    let url = format!("{}/metadata", machine.server.url());
    let (lines, status) = machine.run(&[
        "init",
        "--name",
        "acme",
        "--metadata",
        &url,
        "--root",
        &machine.text("given.json"),
        "--prefix",
        "registry.acme.test/team",
        "--state-dir",
        &machine.text("state"),
    ]);
    let words = "warning   no pod can start with registry.acme.test/pause:3: rejected: nothing of this name may be pulled; \
                 no metadata was asked for";
    assert_eq!((lines[3].as_str(), status), (words, 0));
    assert!(machine.names().contains(&"verifiers/tuf-image-verifier".to_owned()));
}

/// Every entry of the folder is a verifier to containerd.
pub(super) fn nothing_half_made() {
    let machine = Machine::new();
    assert_eq!(machine.init(&[]).1, 0);
    let entries: Vec<_> = fs::read_dir(machine.path("verifiers")).expect("a folder").collect();
    assert_eq!(entries.len(), 1);
    // Nor may anybody else put something there.
    for (name, mode) in [("verifiers", 0o755), ("etc/acme", 0o755), ("etc/policy.toml", 0o644)] {
        let found = fs::metadata(machine.path(name)).expect("it is there").permissions().mode();
        assert_eq!(found & 0o7777, mode, "{name}");
    }
}

/// The verifier is asked by then; what starts containerd is not told.
pub(super) fn without_a_drop_in() {
    let machine = Machine::new();
    fs::write(machine.path("systemd"), "no folder").expect("written");
    let systemd = machine.text("systemd");
    let words = format!(
        "no-drop-in: {systemd}/containerd.service.d/50-tuf-image-verifier.conf: Not a directory (os error 20); containerd \
         asks the program from now on, but starts without it, too: run init again, without --name"
    );
    assert_eq!(machine.init(&["--systemd-dir", &systemd]), (vec![words], 1));
    assert!(asked(&machine).starts_with("not-listed: "));
    fs::remove_file(machine.path("systemd")).expect("removed");
    let verifiers = machine.text("verifiers");
    let arguments = ["init", "--bin-dir", &verifiers, "--systemd-dir", &systemd];
    assert_eq!(machine.run(&arguments).1, 0);
    assert!(machine.path("systemd/containerd.service.d/50-tuf-image-verifier.conf").exists());
}

/// A percent sign begins what systemd puts something else in place of.
pub(super) fn escapes() {
    let machine = Machine::new();
    let (systemd, verifiers) = (machine.text("systemd"), machine.text("100%n"));
    assert_eq!(machine.init(&["--systemd-dir", &systemd]).1, 0);
    assert_eq!(machine.run(&["uninstall", "--allow-unverified-pulls", "--systemd-dir", &systemd]).1, 0);
    assert_eq!(machine.run(&["init", "--bin-dir", &verifiers, "--systemd-dir", &systemd]).1, 0);
    let unit = &machine.made()["systemd/containerd.service.d/50-tuf-image-verifier.conf"];
    assert!(unit.ends_with("/100%%n/tuf-image-verifier\n"), "{unit}");
}

/// A password in a URL is for root alone to read.
pub(super) fn hides_passwords() {
    for (url, mode) in [("https://name:word@a.example/", 0o600), ("https://a.example/@team/", 0o644)] {
        let machine = Machine::new();
        let (root, verifiers, state) =
            (machine.text("given.json"), machine.text("verifiers"), machine.text("state"));
        let arguments = ["init", "--offline", "--name", "acme", "--metadata", url, "--root", &root];
        let places = ["--prefix", "registry.acme.test", "--bin-dir", &verifiers, "--state-dir", &state];
        assert_eq!(machine.run(&[&arguments[..], &places].concat()).1, 0);
        let found = fs::metadata(machine.path("etc/policy.toml")).expect("a policy").permissions().mode();
        assert_eq!(found & 0o7777, mode, "{url}");
    }
}
