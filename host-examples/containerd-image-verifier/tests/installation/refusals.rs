//! What `init` refuses, and leaves as it was.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use crate::machine::Machine;

/// A repository that does not answer, one without metadata, a root that is none: every pull would be blocked.
pub(super) fn leaves_nothing_where_refused() {
    let machine = Machine::new();
    let root = machine.text("given.json");
    let wanting = |url: &str, root: &str| {
        let verifiers = machine.text("verifiers");
        let state = machine.text("state");
        machine.run(&[
            "init",
            "--name",
            "acme",
            "--metadata",
            url,
            "--root",
            root,
            "--prefix",
            "registry.acme.test",
            "--bin-dir",
            &verifiers,
            "--state-dir",
            &state,
        ])
    };
    let gone = format!("{}/elsewhere", machine.server.url());
    let words = "repository-refused: acme: missing-metadata: missing metadata: the repository has no timestamp.json; no \
                 metadata was accepted; nothing was installed, for every pull would be blocked";
    assert_eq!(wanting(&gone, &root), (vec![words.to_owned()], 1));
    let (lines, status) = wanting("http://127.0.0.1:1/metadata", &root);
    assert!(status == 1 && lines[0].starts_with("repository-refused: acme: unreachable: "), "{lines:?}");
    fs::write(machine.path("given.json"), "{}").expect("written");
    let (lines, status) = wanting(&gone, &root);
    assert!(status == 1 && lines[0].starts_with("policy-unusable: repositories.acme.root, "), "{lines:?}");
    let words =
        format!("cannot-use: {}: No such file or directory (os error 2)", machine.text("nowhere.json"));
    assert_eq!(wanting(&gone, &machine.text("nowhere.json")), (vec![words], 1));
    assert_eq!(wanting("ftp://a.example", &root).1, 1);
    assert_eq!(machine.names(), Vec::<String>::new());
}

pub(super) fn refuses_an_unusable_policy() {
    let machine = Machine::new();
    let arguments = ["init", "--bin-dir", &machine.text("verifiers")];
    let words = format!(
        "policy-unusable: cannot read {}: No such file or directory (os error 2)",
        machine.text("etc/policy.toml")
    );
    assert_eq!(machine.run(&arguments), (vec![words], 1));
    fs::create_dir(machine.path("etc")).expect("a folder");
    fs::write(machine.path("etc/policy.toml"), "version = 2").expect("written");
    let (lines, status) = machine.run(&arguments);
    assert!(status == 1 && lines[0].starts_with("policy-unusable: "), "{lines:?}");
    // Its repository does not answer.
    let policy = format!(
        "version = 1\ndefault = \"reject\"\nstate_dir = {:?}\n[repositories.acme]\nmetadata = [\"http://127.0.0.1:1/\"]\n\
         root = {:?}\n",
        machine.path("state"),
        machine.path("given.json"),
    );
    fs::write(machine.path("etc/policy.toml"), policy).expect("written");
    let (lines, status) = machine.run(&arguments);
    assert!(status == 1 && lines[0].starts_with("repository-refused: acme: unreachable: "), "{lines:?}");
    assert_eq!(machine.names(), ["etc/policy.toml"]);
    assert_eq!(machine.run(&[arguments.as_slice(), &["--offline"]].concat()).1, 0);
}

/// Whoever can write to the program, or rename its folder, decides about every pull.
pub(super) fn refuses_a_writable_program() {
    let machine = Machine::new();
    for (name, kept) in [("bin/tuf-image-verifier", 0o755), ("bin", 0o755)] {
        let mode =
            |mode| fs::set_permissions(machine.path(name), fs::Permissions::from_mode(mode)).expect("a mode");
        mode(0o777);
        let (lines, status) = machine.init(&[]);
        let begin =
            format!("program-writable: {} can be written by everybody (mode 0777); ", machine.text(name));
        assert!(status == 1 && lines[0].starts_with(&begin), "{lines:?}");
        assert_eq!(machine.names(), Vec::<String>::new());
        mode(kept);
    }
    assert_eq!(machine.init(&[]).1, 0);
}

/// Whoever can put a file among the verifiers, beside the policy, or into the state decides as well; also with the mark of
/// /tmp, which guards what is there already.
pub(super) fn refuses_writable_folders() {
    let machine = Machine::new();
    for name in ["verifiers", "etc", "state"] {
        fs::create_dir(machine.path(name)).expect("a folder");
        for mode in [0o777, 0o1777] {
            fs::set_permissions(machine.path(name), fs::Permissions::from_mode(mode)).expect("a mode");
            let words = format!(
                "folder-writable: {} can be written by everybody (mode {mode:04o}), not root's alone: whoever can change it \
                 decides about pulls; nothing was installed",
                machine.text(name)
            );
            assert_eq!(machine.init(&[]), (vec![words], 1));
            assert_eq!(machine.names(), Vec::<String>::new());
        }
        fs::set_permissions(machine.path(name), fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    assert_eq!(machine.init(&[]).1, 0);
}

/// A policy that is there: others can write to it, or put another one in its place when it is gone.
pub(super) fn refuses_a_writable_policy() {
    let machine = Machine::new();
    let policy = format!("version = 1\ndefault = \"reject\"\nstate_dir = {:?}\n", machine.path("state"));
    fs::create_dir(machine.path("etc")).expect("a folder");
    fs::write(machine.path("etc/policy.toml"), policy).expect("written");
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(machine.path(name), fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let arguments = ["init", "--bin-dir", &machine.text("verifiers")];
    for (name, exposed, kept) in [("etc/policy.toml", 0o666, 0o644), ("etc", 0o1777, 0o755)] {
        mode(name, exposed);
        let words = format!(
            "folder-writable: {} can be written by everybody (mode {exposed:04o}), not root's alone: whoever can change it \
             decides about pulls; nothing was installed",
            machine.text(name)
        );
        assert_eq!(machine.run(&arguments), (vec![words], 1));
        assert_eq!(machine.names(), ["etc/policy.toml"]);
        mode(name, kept);
    }
    assert_eq!(machine.run(&arguments).1, 0);
}

pub(super) fn overwrites_nothing() {
    let machine = Machine::new();
    fs::create_dir_all(machine.path("verifiers")).expect("a folder");
    fs::write(machine.path("verifiers/tuf-image-verifier"), "another").expect("written");
    let words = format!(
        "verifier-exists: {} is there already, and is not this program",
        machine.text("verifiers/tuf-image-verifier")
    );
    assert_eq!(machine.init(&[]), (vec![words], 1));
    assert_eq!(machine.names(), ["verifiers/tuf-image-verifier"]);
    fs::remove_file(machine.path("verifiers/tuf-image-verifier")).expect("removed");
    // Nor is a link to another program this one.
    symlink("/bin/true", machine.path("verifiers/tuf-image-verifier")).expect("a link");
    let (lines, status) = machine.init(&[]);
    assert!(status == 1 && lines[0].starts_with("verifier-exists: "), "{lines:?}");
    assert_eq!(machine.made()["verifiers/tuf-image-verifier"], "/bin/true");
    fs::remove_file(machine.path("verifiers/tuf-image-verifier")).expect("removed");
    fs::create_dir_all(machine.path("etc/acme")).expect("a folder");
    fs::write(machine.path("etc/policy.toml"), "mine").expect("written");
    let words = format!(
        "policy-exists: {} is there already: change it by hand, and run init without --name to install the program",
        machine.text("etc/policy.toml")
    );
    assert_eq!(machine.init(&[]), (vec![words], 1));
    fs::remove_file(machine.path("etc/policy.toml")).expect("removed");
    fs::write(machine.path("etc/acme/root.json"), "another").expect("written");
    let words =
        format!("root-exists: {} is there already, and is another root", machine.text("etc/acme/root.json"));
    assert_eq!(machine.init(&[]), (vec![words], 1));
    fs::remove_file(machine.path("etc/acme/root.json")).expect("removed");
    assert_eq!(machine.init(&[]).1, 0);
    let words = format!(
        "installed-elsewhere: the program is in {} already: uninstall it there first",
        machine.text("verifiers")
    );
    assert_eq!(machine.run(&["init", "--bin-dir", &machine.text("more")]), (vec![words], 1));
}

/// What would be more than one value, or lead out of a folder, if it were pasted into the policy or into a path.
pub(super) fn refuses_hostile_words() {
    let machine = Machine::new();
    let words = "a name has up to 64 of a-z, 0-9, - and _: its state is in a folder of that name";
    for name in ["../acme", "a.b", "policy.toml", "", "x]\nmode = \"audit\"\n["] {
        let (lines, status) = machine.init_named(name, &[]);
        let expected = format!("policy-unusable: repositories.{name:?}: {words}");
        assert_eq!((lines, status), (vec![expected], 1));
    }
    let rule = "registry.acme.test\"\naction = \"allow\"\n#";
    let (lines, status) = machine.init(&["--prefix", rule]);
    assert!(status == 1 && lines[0].starts_with("policy-unusable: rule 2, prefix "), "{lines:?}");
    let (lines, status) = machine.init(&["--pin", "registry.acme.test/pause:3"]);
    let words = "policy-unusable: --pin registry.acme.test/pause:3: a name, @ and a digest are expected";
    assert_eq!((lines[0].as_str(), status), (words, 1));
    let (lines, status) = machine.init(&["--pin", "registry.acme.test/pause@sha256:aa"]);
    assert!(
        status == 1 && lines[0].starts_with("policy-unusable: rule 2 (registry.acme.test/pause), digest ")
    );
    assert_eq!(machine.names(), Vec::<String>::new());
}

/// A containerd whose environment has no other policy hands the usual one on: this process listens in its place.
pub(super) fn refuses_another_policy() {
    let machine = Machine::new();
    let _listener = UnixListener::bind(machine.path("nobody.sock")).expect("a socket");
    let words = "policy-elsewhere: containerd's environment names the policy /etc/tuf-verifier/policy.toml; name it with \
                 --policy";
    assert_eq!(machine.init(&[]), (vec![words.to_owned()], 1));
    let purge = ["uninstall", "--allow-unverified-pulls", "--purge"];
    assert_eq!(machine.run(&purge), (vec![words.to_owned()], 1));
    assert_eq!(machine.names(), Vec::<String>::new());
}

/// A link to what was there when it was started, and is not any more, would block every pull.
pub(super) fn refuses_a_program_that_is_gone() {
    let machine = Machine::new();
    let program = machine.text("bin/tuf-image-verifier");
    let line = r#"exec 3<"$1"; rm "$1"; mkdir "$2"; printf 'version = 1\ndefault = "reject"\nstate_dir = "/x"\n' >"$3"
        exec /proc/self/fd/3 init --no-systemd --bin-dir "$4" --policy "$3" --address "$2/nobody""#;
    let arguments =
        [&program, &machine.text("etc"), &machine.text("etc/policy.toml"), &machine.text("verifiers")];
    let output = Command::new("sh").args(["-ec", line, "sh"]).args(arguments).output().expect("a shell");
    let words = format!("cannot-use: {program} (deleted): No such file or directory (os error 2)\n");
    assert_eq!((String::from_utf8_lossy(&output.stdout), output.status.code()), (words.into(), Some(1)));
    assert_eq!(machine.names(), ["etc/policy.toml"]);
}
