//! `tufrepo key import`, `export` and `test`, and keys with a passphrase of their own.
#![cfg(unix)]

use crate::foreign;

use std::fs;
#[cfg(target_os = "linux")]
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
#[cfg(target_os = "linux")]
use std::process::Stdio;

use crate::command::Desk;
use crate::world::skip;

/// The passphrase that `Desk` has in its environment.
const USUAL: &str = "correct horse";

fn openssl(desk: &Desk, args: &[&str]) -> String {
    foreign::ok(Command::new("openssl").current_dir(desk.path()).args(args))
}

fn has_openssl(test: &str) -> bool {
    let found = foreign::openssl().is_some();
    if !found {
        skip(test, "openssl is not on PATH");
    }
    found
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

fn keys(desk: &Desk) -> PathBuf {
    desk.path().join("repo-keys")
}

fn label(path: &Path) -> String {
    fs::read_to_string(path).expect("a key file").lines().next().unwrap_or_default().to_owned()
}

#[test]
fn imports_a_bare_key_file_and_encrypts_it() {
    if !has_openssl("key_commands::imports_a_bare_key_file_and_encrypts_it") {
        return;
    }
    let desk = Desk::new();
    openssl(&desk, &["genpkey", "-algorithm", "ed25519", "-out", "plain.pem"]);
    let keyid = desk.ok(&["key", "import", "plain.pem", "--name=release"]);
    assert_eq!(label(&keys(&desk).join("release.pem")), "-----BEGIN ENCRYPTED PRIVATE KEY-----");
    let public = openssl(&desk, &["pkey", "-in", "plain.pem", "-pubout"]);
    assert_eq!(desk.ok(&["key", "export", "release"]), public);
    assert_eq!(
        desk.ok(&["key", "test", "release"]),
        format!("release\t{}\tsigns\tenv:TUFREPO_PASSPHRASE\n", keyid.trim())
    );
    // Only if it is said so, it stays as it is.
    desk.ok(&["key", "import", "plain.pem", "--unencrypted"]);
    assert_eq!(label(&keys(&desk).join("plain.pem")), "-----BEGIN PRIVATE KEY-----");
    assert!(desk.ok(&["key", "test", "plain"]).ends_with("\tsigns\tnot encrypted\n"));
    // What is there already is not replaced.
    for source in ["plain.pem", "exec:/bin/false"] {
        desk.refused(&["key", "import", source, "--name=release"], "release.json exists already");
    }
}

#[test]
fn imports_an_encrypted_key_file_as_it_is() {
    if !has_openssl("key_commands::imports_an_encrypted_key_file_as_it_is") {
        return;
    }
    let desk = Desk::new();
    let pass = format!("pass:{USUAL}");
    openssl(
        &desk,
        &[
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-384",
            "-aes-256-cbc",
            "-pass",
            &pass,
            "-out",
            "theirs.pem",
        ],
    );
    set_mode(&desk.path().join("theirs.pem"), 0o600);
    desk.ok(&["key", "import", "theirs.pem"]);
    assert_eq!(
        fs::read(desk.path().join("theirs.pem")).expect("a file"),
        fs::read(keys(&desk).join("theirs.pem")).expect("a file")
    );
    desk.ok(&["key", "test", "theirs"]);
    let listed = desk.ok(&["key", "list"]);
    assert!(listed.contains("\tecdsa-sha2-nistp384\tprivate\n"), "{listed}");
}

/// A file that somebody has put into the folder of keys gets its public key.
#[test]
fn imports_a_key_file_that_is_in_its_place() {
    if !has_openssl("key_commands::imports_a_key_file_that_is_in_its_place") {
        return;
    }
    let desk = Desk::new();
    fs::create_dir(keys(&desk)).expect("a folder");
    openssl(&desk, &["genpkey", "-algorithm", "RSA", "-out", "repo-keys/old.pem"]);
    let before = fs::read(keys(&desk).join("old.pem")).expect("a file");
    desk.ok(&["key", "import", "repo-keys/old.pem", "--scheme=rsassa-pss-sha512"]);
    assert_eq!(fs::read(keys(&desk).join("old.pem")).expect("a file"), before);
    assert!(desk.ok(&["key", "list"]).contains("\trsassa-pss-sha512\tprivate\n"));
    desk.ok(&["key", "test", "old"]);
    desk.refused(
        &["key", "import", "repo-keys/old.pem", "--name=other", "--scheme=ed25519"],
        "cannot have the scheme \"ed25519\"",
    );
}

#[test]
fn imports_a_public_key_that_signs_nothing() {
    if !has_openssl("key_commands::imports_a_public_key_that_signs_nothing") {
        return;
    }
    let desk = Desk::new();
    openssl(&desk, &["genpkey", "-algorithm", "ed25519", "-out", "plain.pem"]);
    openssl(&desk, &["pkey", "-in", "plain.pem", "-pubout", "-out", "ann.pub"]);
    desk.ok(&["key", "import", "ann.pub"]);
    assert!(desk.ok(&["key", "list"]).ends_with("\ted25519\tpublic\n"));
    desk.refused(&["key", "test", "ann"], "the private key ann is not here");
    desk.refused(&["key", "export", "ann", "--private", "--out=ann.pem"], "the private key ann is not here");
    set_mode(&desk.path().join("ann.pub"), 0o666);
    desk.refused(&["key", "import", "ann.pub", "--name=again"], "can be written by everybody");
}

#[test]
fn imports_a_public_key_object() {
    let desk = Desk::new();
    for kind in ["ed25519", "ecdsa-p256"] {
        let keyid = desk.ok(&["key", "new", kind, "--type", kind, "--unencrypted"]);
        let file = format!("{kind}.json");
        desk.ok(&["key", "export", kind, "--form=tuf", "--out", &file]);
        let name = format!("--name={kind}-of-ann");
        assert_eq!(desk.ok(&["key", "import", &file, &name]), keyid);
        let listed = desk.ok(&["key", "list"]);
        assert!(
            listed
                .lines()
                .any(|line| line.starts_with(&format!("{kind}-of-ann\t")) && line.ends_with("\tpublic")),
            "{listed}"
        );
    }
    set_mode(&desk.path().join("ed25519.json"), 0o666);
    desk.refused(&["key", "import", "ed25519.json", "--name=again"], "can be written by everybody");
    set_mode(&desk.path().join("ed25519.json"), 0o644);
    desk.refused(
        &["key", "import", "ed25519.json", "--name=again", "--scheme=rsassa-pss-sha256"],
        "has the scheme ed25519, not rsassa-pss-sha256",
    );
    let point = "{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", \"keyval\": {\"public\": \"00\"}}";
    desk.write("short.json", point);
    desk.refused(&["key", "import", "short.json"], "short.json: ");
    desk.write("private.json", &point.replace("{\"public\"", "{\"private\": \"00\", \"public\""));
    desk.refused(&["key", "import", "private.json"], "it is a key object of metadata");
    assert_eq!(desk.ok(&["key", "list"]).lines().count(), 4);
}

/// Each form that other programs write is named, with a line that makes PKCS#8 of it. The line works.
#[test]
fn rejects_other_forms_of_keys_and_says_how_to_convert_them() {
    let test = "key_commands::rejects_other_forms_of_keys_and_says_how_to_convert_them";
    if !has_openssl(test) {
        return;
    }
    let desk = Desk::new();
    openssl(&desk, &["ecparam", "-name", "prime256v1", "-genkey", "-out", "sec1.pem"]);
    openssl(&desk, &["genrsa", "-traditional", "-out", "pkcs1.pem", "2048"]);
    openssl(&desk, &["genpkey", "-algorithm", "ed25519", "-outform", "DER", "-out", "key.der"]);
    openssl(&desk, &["req", "-x509", "-key", "sec1.pem", "-subj", "/CN=a", "-out", "certificate.pem"]);
    desk.write(
        "tuf.json",
        "{\"keytype\": \"ed25519\", \"keyval\": {\"private\": \"00\", \"public\": \"00\"}}",
    );
    desk.write("old.key", "0011@@@@100000@@@@2233@@@@4455@@@@6677");
    desk.write("putty.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n");
    desk.write("pgp.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n-----END PGP PRIVATE KEY BLOCK-----\n");
    desk.write("nothing.pem", "nothing\n");
    let forms = [
        ("sec1.pem", "it is a private key in SEC 1 form", "openssl pkcs8 -topk8"),
        ("pkcs1.pem", "it is a private key in PKCS #1 form", "openssl pkcs8 -topk8"),
        ("key.der", "it is a private key in DER", "openssl pkcs8 -topk8 -inform DER"),
        ("certificate.pem", "it is a certificate", "openssl x509 -pubkey"),
        ("tuf.json", "it is a key object of metadata", "rotating"),
        ("old.key", "it is an encrypted key of an old securesystemslib", "rotating"),
        ("putty.ppk", "it is a PuTTY key", "puttygen"),
        ("pgp.asc", "it is an OpenPGP key", "tufrepo key new"),
        ("nothing.pem", "not a private key in PKCS#8 PEM form", ""),
    ];
    for (file, words, next) in forms {
        set_mode(&desk.path().join(file), 0o600);
        let help = desk.refused(&["key", "import", file, "--name=new"], words);
        assert!(help.contains(next), "{file}: {help}");
        if help.starts_with("`openssl pkcs8") {
            let line =
                help.split('`').nth(1).expect("a line").replace("FILE", file).replace("NAME", "converted");
            let line = line.replace("600000", "1000") + &format!(" -passout 'pass:{USUAL}'");
            foreign::ok(Command::new("sh").current_dir(desk.path()).args(["-c", &line]));
            let name = format!("--name={}", file.split('.').next().expect("a name"));
            desk.ok(&["key", "import", "converted.pem", &name]);
        }
    }
    assert!(!keys(&desk).join("new.json").exists());
}

#[test]
fn rejects_an_openssh_key_and_says_how_to_convert_it() {
    let test = "key_commands::rejects_an_openssh_key_and_says_how_to_convert_it";
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        return skip(test, "no ssh-keygen: the Debian package openssh-client");
    }
    let desk = Desk::new();
    let make = ["-q", "-t", "ecdsa", "-N", "", "-f", "ssh"];
    foreign::ok(Command::new("ssh-keygen").current_dir(desk.path()).args(make));
    let help = desk.refused(&["key", "import", "ssh", "--name=ssh"], "it is a private key in OpenSSH's form");
    let line = help.split('`').nth(1).expect("a line").replace("COPY", "ssh") + " -q -P '' -N ''";
    foreign::ok(Command::new("sh").current_dir(desk.path()).args(["-c", &line]));
    desk.ok(&["key", "import", "ssh", "--name=ssh"]);
    desk.ok(&["key", "test", "ssh"]);
}

#[test]
fn exports_public_keys_and_private_key_files() {
    let desk = Desk::new();
    desk.ok(&["key", "new", "one"]);
    let object = desk.ok(&["key", "export", "one", "--form=tuf"]);
    assert_eq!(object, fs::read_to_string(keys(&desk).join("one.json")).expect("a file"));
    desk.ok(&["key", "export", "one", "--out=one.pub"]);
    assert!(label(&desk.path().join("one.pub")).contains("BEGIN PUBLIC KEY"));
    desk.refused(&["key", "export", "one", "--out=one.pub"], "could not create one.pub");
    // The private one only if it is said, and only into a file of its owner.
    assert_eq!(desk.run(&["key", "export", "one", "--private"]).status, Some(2));
    desk.ok(&["key", "export", "one", "--private", "--out=copy.pem"]);
    let copy = desk.path().join("copy.pem");
    assert_eq!(fs::read(&copy).expect("a file"), fs::read(keys(&desk).join("one.pem")).expect("a file"));
    assert_eq!(fs::metadata(&copy).expect("a file").permissions().mode() & 0o777, 0o600);
    desk.refused(&["key", "export", "two"], "there is no key \"two\"");
}

/// Two keys, two passphrases, no terminal.
#[test]
fn keys_with_passphrases_of_their_own_sign_unattended() {
    let mut desk = Desk::new();
    desk.write_private("first.txt", "first passphrase\nnotes\n");
    desk.set("TUFREPO_SECOND", "second passphrase");
    desk.ok(&["key", "new", "root", "--secret=file:first.txt"]);
    desk.ok(&["key", "new", "targets", "--secret=env:TUFREPO_SECOND"]);
    desk.ok(&["key", "new", "online"]);
    desk.ok(&[
        "init",
        "--root-key=root",
        "--targets-key=targets",
        "--snapshot-key=online",
        "--timestamp-key=online",
    ]);
    let said = desk.ok(&["key", "test", "root", "targets", "online"]);
    let sources: Vec<_> = said.lines().map(|line| line.rsplit('\t').next().expect("a source")).collect();
    let first = format!("file:{}", desk.path().join("first.txt").display());
    assert_eq!(sources, [first.as_str(), "env:TUFREPO_SECOND", "env:TUFREPO_PASSPHRASE"]);
    // One key's passphrase is never tried on another one.
    desk.set("TUFREPO_SECOND", "wrong");
    desk.set("TUFREPO_PASSPHRASE", "second passphrase");
    let refused = desk.run(&["key", "test", "targets"]);
    assert!(refused.stderr.contains("the passphrase does not open this key [key]"), "{}", refused.stderr);
    for (secret, words) in
        [("", "the variable TUFREPO_SECOND is empty"), ("unset", "the variable TUFREPO_SECOND is not set")]
    {
        desk.set("TUFREPO_SECOND", secret);
        if secret == "unset" {
            desk.unset("TUFREPO_SECOND");
        }
        let help = desk.refused(&["key", "test", "targets"], words);
        assert!(help.contains("`secret` in `NAME.signer`"), "{help}");
    }
}

/// Before a ceremony everybody wants to know of all keys, not of the first one that does not sign.
#[test]
fn tests_every_key_and_says_which_do_not_sign_and_where_the_passphrase_came_from() {
    let mut desk = Desk::new();
    let secret = desk.write_private("first.txt", "first passphrase\n");
    for (name, source) in
        [("one", "file:first.txt"), ("two", "file:first.txt"), ("four", "env:TUFREPO_FOURTH")]
    {
        desk.set("TUFREPO_FOURTH", "fourth passphrase");
        desk.ok(&["key", "new", name, "--secret", source]);
    }
    desk.ok(&["key", "new", "three"]);
    fs::remove_file(keys(&desk).join("three.pem")).expect("a removal");
    desk.write_private("first.txt", "another passphrase\n");
    let run = desk.run(&["key", "test", "one", "two", "three", "four", "five"]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    let signing: Vec<_> = run.stdout.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(signing, ["four"], "{}", run.stdout);
    assert!(run.stdout.ends_with("\tsigns\tenv:TUFREPO_FOURTH\n"), "{}", run.stdout);
    let errors: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 5, "{}", run.stderr);
    for (error, name) in errors.iter().zip(["one", "two"]) {
        assert!(error.starts_with(&format!("error: passphrase from file:{}: ", secret.display())), "{error}");
        assert!(
            error.contains(&format!("{name}.pem")) && error.ends_with("does not open this key [key]"),
            "{error}"
        );
    }
    assert_eq!(errors[2], "error: the private key three is not here [no-private-key]");
    assert_eq!(errors[3], "error: there is no key \"five\" [no-such-key]");
    assert_eq!(errors[4], "error: 4 of 5 keys do not sign: one, two, three, five");
}

/// Types lines at the terminal of `tufrepo key test root`. Gives what stands there in the end, and the exit status.
#[cfg(target_os = "linux")]
fn typed(desk: &Desk, lines: &str) -> (String, Option<i32>) {
    let command = format!("'{}' -C repo key test root", env!("CARGO_BIN_EXE_tufrepo"));
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &command, "/dev/null"]).current_dir(desk.path());
    script.env_remove("TUFREPO_PASSPHRASE").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = script.spawn().expect("script starts");
    running.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("lines");
    let output = running.wait_with_output().expect("an end");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code())
}

#[cfg(target_os = "linux")]
#[test]
fn asks_again_for_a_passphrase_that_is_typed_wrongly() {
    if Command::new("script").arg("--version").output().is_err() {
        skip("key_commands::asks_again_for_a_passphrase_that_is_typed_wrongly", "script is not on PATH");
        return;
    }
    let desk = Desk::new();
    desk.ok(&["key", "new", "root"]);
    let (shown, status) = typed(&desk, "wrong\nwrong\ncorrect horse\n");
    assert_eq!((status, shown.matches("Passphrase of the key").count()), (Some(0), 3), "{shown}");
    let (shown, status) = typed(&desk, "wrong\nwrong\nwrong\ncorrect horse\n");
    assert_eq!((status, shown.matches("Passphrase of the key").count()), (Some(1), 3), "{shown}");
    assert!(shown.contains("no passphrase that was typed opens this key"), "{shown}");
    assert!(!shown.contains("TUFREPO_PASSPHRASE"), "{shown}");
}

#[test]
fn rejects_a_passphrase_in_a_file_that_others_can_read() {
    let desk = Desk::new();
    let secret = desk.write_private("secret", "first passphrase\n");
    desk.ok(&["key", "new", "root", "--secret=file:secret"]);
    for mode in [0o644, 0o640, 0o604] {
        set_mode(&secret, mode);
        let help = desk.refused(
            &["key", "test", "root"],
            &format!("other users can read {} (mode {mode:o})", secret.display()),
        );
        assert!(help.starts_with("`chmod 600` it"), "{help}");
        // The one that is named for all keys, too. A key that is not made yet has no roles to rotate.
        let new: [&[&str]; 2] = [
            &["key", "new", "other", "--secret=file:secret"],
            &["--passphrase-file=secret", "key", "new", "other"],
        ];
        for args in new {
            let help = desk.refused(args, "[secret-exposed]");
            assert!(help.starts_with("`chmod 600` it") && !help.contains("rotate"), "{help}");
        }
    }
    set_mode(&secret, 0o600);
    for (text, words) in [("\n", "is empty"), ("x".repeat(5000).as_str(), "is too long"), ("", "is empty")] {
        desk.write_private("secret", text);
        desk.refused(&["key", "test", "root"], words);
    }
    fs::remove_file(&secret).expect("removed");
    desk.refused(&["key", "test", "root"], "no passphrase or PIN: could not read ");
    assert!(!keys(&desk).join("other.json").exists());
}

/// The key object, and so the keyid, is the one that python-tuf makes of the same file.
#[test]
fn keyids_of_imported_keys_are_those_of_python_tuf() {
    let test = "key_commands::keyids_of_imported_keys_are_those_of_python_tuf";
    let Some(python) = foreign::python() else { return skip(test, "no Python environment") };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/key_files.py");
    let desk = Desk::new();
    for kind in ["ed25519", "ecdsa-p256", "ecdsa-p384", "rsa-2048", "ml-dsa-65"] {
        let file = format!("{kind}.pem");
        let path = desk.path().join(&file);
        let run = |args: &[&str]| {
            let mut command = Command::new(&python);
            foreign::ok(command.arg(&script).args(args).arg(&path).env_remove("SECRET"))
        };
        run(&["write", kind]);
        let keyid = run(&["keyid"]);
        assert_eq!(desk.ok(&["key", "import", &file, "--unencrypted"]), keyid, "{kind}");
    }
}

#[test]
fn warns_of_a_key_that_is_offline_and_online_or_signs_for_everything() {
    let desk = Desk::new();
    for name in ["all", "root", "targets", "online"] {
        desk.ok(&["key", "new", name, "--unencrypted"]);
    }
    let warnings = |args: &[&str]| -> Vec<String> {
        let run = desk.run(args);
        assert_eq!(run.status, Some(0), "{args:?}: {}", run.stderr);
        run.stderr.lines().filter(|line| line.starts_with("warning: ")).map(str::to_owned).collect()
    };
    let one = |args: &[&str], wanted: &str| {
        let found = warnings(args);
        assert!(found.len() == 1 && found[0].contains(wanted), "{args:?}: {found:?}");
    };
    one(
        &["init", "--root-key=all", "--targets-key=all", "--snapshot-key=all", "--timestamp-key=all"],
        "signs for every role",
    );
    // What a command does not change is not its subject.
    let both = "signs for root and targets, and for timestamp, which an unattended job signs";
    assert!(warnings(&["rotate", "snapshot", "--new-key=online"]).is_empty());
    one(&["role", "set", "timestamp", "--key=all", "--key=online"], both);
    assert!(warnings(&["rotate", "timestamp", "--new-key=online"]).is_empty());
    assert!(warnings(&["rotate", "root", "--new-key=root"]).is_empty());
    one(&["rotate", "targets", "--new-key=online"], "signs for targets, and for snapshot and timestamp");
    assert!(warnings(&["rotate", "targets", "--new-key=targets"]).is_empty());
    desk.ok(&["publish"]);
    one(
        &["recover", "online-key", "--new-key=targets", "--dry-run"],
        "signs for targets, and for snapshot and timestamp",
    );
    desk.ok(&["key", "new", "online-2", "--unencrypted"]);
    assert!(warnings(&["recover", "online-key", "--new-key=online-2", "--dry-run"]).is_empty());
}

#[test]
fn says_by_name_which_keys_a_threshold_misses() {
    let desk = Desk::with_repository();
    let keyid = desk.ok(&["key", "new", "second", "--unencrypted"]).trim_end().to_owned();
    desk.ok(&["role", "set", "targets", "--key=targets", "--key=second", "--threshold=2"]);
    desk.ok(&["publish"]);
    fs::remove_file(desk.path().join("repo-keys/second.pem")).expect("somebody else has it");
    desk.write("a.txt", "a");
    desk.ok(&["target", "add", "a", "a.txt"]);
    let missing = format!("missing: second:{} [missing-keys]", &keyid[..8]);
    let help = desk.refused(&["publish"], &missing);
    assert!(help.contains("tufrepo event new ID"), "{help}");
    // Nobody else signs for a role that needs one signature, and no event has online roles.
    fs::remove_file(desk.path().join("repo-keys/online.pem")).expect("the key is elsewhere");
    let help = desk.refused(&["refresh"], "missing: online:");
    assert!(help.contains("--keys DIR") && !help.contains("event"), "{help}");
}
