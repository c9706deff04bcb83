//! Signers that are named by a URI: programs, and what every signer has in common.
#![cfg(unix)]

use crate::foreign;
use crate::world;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use crate::command::Desk;
use crate::holders::write_program;
use crate::world::skip;

/// A repository whose role `targets` is signed by a program: OpenSSL, with a key in a file of its own.
struct Scene {
    desk: Desk,
}

impl Scene {
    /// None where OpenSSL is missing.
    fn new(test: &str) -> Option<Self> {
        if foreign::openssl().is_none() {
            skip(test, "openssl is not on PATH");
            return None;
        }
        let desk = Desk::with_repository();
        let scene = Self { desk };
        scene.generate("other.pem");
        scene.generate("program.pem");
        scene.program(&scene.signing("program.pem"));
        Some(scene)
    }

    /// With the key of the program trusted for targets, and a change to sign.
    fn trusted(test: &str) -> Option<Self> {
        let scene = Self::new(test)?;
        scene.import(&[]);
        scene.desk.ok(&["rotate", "targets", "--new-key=program", "--abrupt"]);
        scene.desk.ok(&["publish"]);
        let file = scene.desk.write("a", "a");
        scene.desk.ok(&["target", "add", "a", file.to_str().expect("UTF-8")]);
        Some(scene)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.desk.path().join(name)
    }

    fn entry(&self) -> PathBuf {
        self.path("repo-keys/program.signer")
    }

    fn generate(&self, name: &str) {
        let mut openssl = std::process::Command::new("openssl");
        openssl.args(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"]);
        foreign::ok(openssl.arg(self.path(name)));
    }

    /// The lines of a program that signs with a key.
    fn signing(&self, key: &str) -> String {
        let key = self.path(key);
        let key = key.display();
        format!(
            "case $1 in\npublic) exec openssl pkey -in {key} -pubout;;\nsign) exec openssl dgst -sha256 -sign {key};;\nesac"
        )
    }

    /// Writes the program.
    fn program(&self, lines: &str) {
        write_program(&self.path("program"), lines);
    }

    fn import(&self, options: &[&str]) -> String {
        let uri = format!("exec:{}", self.path("program").display());
        let import = ["key", "import", &uri, "--name=program"];
        self.desk.ok(&[&import[..], options].concat())
    }

    /// Publishing is refused with a code, nothing published changes, and with the right program again it is published.
    fn refuses(&self, code: &str, words: &str) -> String {
        let before = world::files(&self.path("repo"));
        let help = self.desk.refused(&["publish"], words);
        let refused = self.desk.run(&["key", "test", "program"]);
        assert!(refused.stderr.contains(&format!("[{code}]")), "{}", refused.stderr);
        assert!(!help.is_empty());
        assert_eq!(world::files(&self.path("repo")), before);
        help
    }

    fn publishes_again(&self) {
        self.program(&self.signing("program.pem"));
        self.desk.ok(&["publish"]);
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn a_program_signs_what_clients_verify() {
    let Some(scene) = Scene::trusted("signers::a_program_signs_what_clients_verify") else { return };
    scene.desk.ok(&["publish"]);
    let said = scene.desk.ok(&["key", "test", "program", "root"]);
    let lines: Vec<Vec<_>> = said.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((lines[0][0], &lines[0][2..]), ("program", &["signs", "none needed"][..]));
    assert_eq!((lines[1][0], &lines[1][2..]), ("root", &["signs", "not encrypted"][..]));
    let listed = scene.desk.ok(&["key", "list"]);
    let place = format!("\texec:{}", scene.path("program").display());
    assert!(listed.lines().any(|line| line.starts_with("program\t") && line.ends_with(&place)), "{listed}");
}

/// Each form in which programs of other people write signatures.
#[test]
fn accepts_signatures_in_the_form_that_is_declared() {
    let test = "signers::accepts_signatures_in_the_form_that_is_declared";
    let Some(scene) = Scene::new(test) else { return };
    let key = scene.path("program.pem");
    let key = key.display();
    let sign = |filter: &str| {
        format!(
            "case $1 in\npublic) exec openssl pkey -in {key} -pubout;;\nsign) openssl dgst -sha256 -sign {key} | {filter};;\nesac"
        )
    };
    let entry = scene.entry();
    let forms = [
        ("hex", sign("od -An -v -tx1 | tr -d ' \\n'")),
        ("base64", sign("openssl base64")),
        // The alphabet of URLs, without padding.
        ("base64", sign("openssl base64 -A | tr '+/' '-_' | tr -d =")),
    ];
    for (form, lines) in &forms {
        scene.program(lines);
        scene.import(&["--output", form]);
        scene.desk.ok(&["key", "test", "program"]);
        fs::write(&entry, fs::read_to_string(&entry).expect("the entry").replace(form, "raw"))
            .expect("written");
        scene.desk.refused(&["key", "test", "program"], "[another-key]");
        fs::remove_file(&entry).expect("removed");
        fs::remove_file(entry.with_extension("json")).expect("removed");
    }
}

/// The two numbers of a signature, one after the other, as Azure and JOSE write them.
#[test]
fn accepts_the_two_numbers_of_a_signature() {
    let test = "signers::accepts_the_two_numbers_of_a_signature";
    let (Some(python), Some(scene)) = (foreign::python(), Scene::new(test)) else {
        return skip(test, "no Python environment");
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/jose_signer.py");
    let (python, script, key) = (python.display(), script.display(), scene.path("program.pem"));
    scene.program(&format!("exec {python} {script} {} \"$@\"", key.display()));
    scene.import(&["--output=base64", "--ecdsa=rs"]);
    scene.desk.ok(&["key", "test", "program"]);
}

#[test]
fn rejects_a_program_that_fails() {
    let Some(scene) = Scene::trusted("signers::rejects_a_program_that_fails") else { return };
    scene.program("echo first >&2\nprintf 'no \\033[31msession\\n\\n' >&2\nexit 3");
    scene.refuses("program-failed", "the program failed (exit status: 3): no [31msession [program-failed]");
    scene.program("kill -9 $$");
    scene.refuses("program-failed", "the program failed (signal: 9 (SIGKILL)) [program-failed]");
    fs::remove_file(scene.path("program")).expect("removed");
    scene.refuses("program-not-started", "could not start the program");
    scene.publishes_again();
}

#[test]
fn rejects_output_that_is_no_signature() {
    let Some(scene) = Scene::trusted("signers::rejects_output_that_is_no_signature") else { return };
    scene.program("exit 0");
    scene.refuses("program-output", "the program's output is not a signature: 0 bytes");
    // One that never ends is ended.
    scene.program("exec cat /dev/zero");
    scene.refuses("program-output", "the program's output is longer than 65536 bytes");
    scene.program("echo signature");
    scene.refuses("another-key", "the signer signed with another key than ");
    scene.publishes_again();
}

#[test]
fn rejects_what_another_key_signed() {
    let Some(scene) = Scene::trusted("signers::rejects_what_another_key_signed") else { return };
    scene.program(&scene.signing("other.pem"));
    scene.refuses("another-key", "the signer signed with another key than ");
    scene.publishes_again();
}

/// What it started ends with it, even if it keeps the output open.
#[test]
fn rejects_a_program_that_takes_too_long() {
    let Some(scene) = Scene::trusted("signers::rejects_a_program_that_takes_too_long") else { return };
    let kept = fs::read_to_string(scene.entry()).expect("the entry");
    fs::write(scene.entry(), format!("{kept}timeout-seconds = 1\n")).expect("written");
    let fifo = scene.path("fifo");
    foreign::ok(std::process::Command::new("mkfifo").arg(&fifo));
    // What it starts holds the pipe open, and writes into it if it lives on.
    let survivor = format!("(sleep 20; echo survived >&3) 3> {} &", fifo.display());
    for lines in ["{} wait", "{}", "exec >&-; {} wait"] {
        scene.program(&lines.replace("{}", &survivor));
        let pipe = fifo.clone();
        let survivors = thread::spawn(move || fs::read_to_string(pipe).expect("a pipe"));
        let help = scene.desk.refused(&["publish"], "no answer within 1 seconds");
        assert!(help.contains("timeout-seconds"), "{help}");
        // Ends when nobody has the pipe open any more.
        assert_eq!(survivors.join().expect("a reader"), "", "{lines}");
    }
    scene.publishes_again();
}

/// A program reads as much of its input as it likes, and writes before it has read it.
#[test]
fn accepts_a_program_that_does_not_read_its_input_first() {
    let test = "signers::accepts_a_program_that_does_not_read_its_input_first";
    let Some(scene) = Scene::new(test) else { return };
    scene.import(&[]);
    scene.program(&format!("yes chatter | head -c 200000 >&2\n{}", scene.signing("program.pem")));
    scene.desk.ok(&["key", "test", "program"]);
    scene.program("exec <&-; echo none");
    scene.desk.refused(&["key", "test", "program"], "[another-key]");
}

#[test]
fn rejects_a_program_that_others_can_change() {
    let Some(scene) = Scene::trusted("signers::rejects_a_program_that_others_can_change") else { return };
    let program = scene.path("program");
    set_mode(&program, 0o777);
    let words = format!("{} can be written by everybody (mode 0777)", program.display());
    let help = scene.refuses("others-can-write", &words);
    assert!(help.starts_with("whoever can change it signs with your keys"), "{help}");
    set_mode(&program, 0o700);
    let folder = scene.path("programs");
    fs::create_dir(&folder).expect("a folder");
    fs::rename(&program, folder.join("program")).expect("moved");
    set_mode(&folder, 0o777);
    let kept = fs::read_to_string(scene.entry()).expect("the entry");
    fs::write(scene.entry(), kept.replace("/program", "/programs/program")).expect("written");
    scene.refuses("others-can-write", &format!("{} can be written by everybody", folder.display()));
    fs::write(scene.entry(), kept).expect("written");
    scene.publishes_again();
}

/// It says which program is started, and which library is loaded.
#[test]
fn rejects_an_entry_that_others_can_change() {
    let Some(scene) = Scene::trusted("signers::rejects_an_entry_that_others_can_change") else { return };
    set_mode(&scene.entry(), 0o666);
    scene.desk.refused(&["publish"], "program.signer can be written by everybody (mode 0666)");
    set_mode(&scene.entry(), 0o600);
    scene.publishes_again();
}

#[test]
fn rejects_entries_that_are_none() {
    let Some(scene) = Scene::new("signers::rejects_entries_that_are_none") else { return };
    scene.import(&[]);
    let program = scene.path("program");
    let program = program.display();
    let entries = [
        ("", "missing field `signer`"),
        ("signer = 'gpg:0123'", "signers are pkcs8:, pkcs11:, ssh-agent: and exec:"),
        ("signer = 'exec:program'", "the program needs an absolute path"),
        ("signer = 'exec:'", "nothing follows the colon"),
        ("signer = 'program.pem'", "it is no URI"),
        ("signer = 'pkcs8:a.pem'\nsecret = 'hunter2'", "a secret comes from `file:PATH`"),
        ("signer = 'pkcs8:a.pem'\nsecret = 'env:SECRET'", "\"SECRET\" does not begin with TUFREPO_"),
        ("signer = 'pkcs8:a.pem'\narguments = ['a']", "are for `exec:` alone"),
        ("signer = 'pkcs11:token=a;object=b'", "the module is missing"),
        ("signer = 'pkcs11:token=a;object=b?module-path=lib.so'", "the module is missing"),
        ("signer = 'pkcs11:token=a?module-path=/lib.so'", "the key is missing"),
        ("signer = 'pkcs11:object=a?module-path=/lib.so'", "the token is missing"),
        ("signer = 'pkcs11:token=a;object=b;slot-id=1?module-path=/lib.so'", "slots move"),
        (
            "signer = 'pkcs11:token=a;token=c;object=b?module-path=/lib.so'",
            "the attribute token is there twice",
        ),
        (
            "signer = 'pkcs11:token=a;object=b?module-path=/lib.so&pin-value=hunter2'",
            "a PIN in a URI is shown",
        ),
        (
            "signer = 'pkcs11:token=a;object=b?module-path=/lib.so&pin-source=|hunter2'",
            "only `pin-source=file:/FILE`",
        ),
    ];
    for (entry, words) in entries {
        fs::write(scene.entry(), entry).expect("written");
        let refused = scene.desk.run(&["key", "list"]);
        assert!(refused.status == Some(1) && refused.stderr.contains(words), "{entry}: {}", refused.stderr);
        assert!(
            !refused.stderr.contains("hunter2") && refused.stderr.contains("[bad-signer]"),
            "{}",
            refused.stderr
        );
    }
    for extra in [
        "secret = 'prompt'",
        "timeout-seconds = 0",
        "timeout-seconds = 4000",
        "environment = ['TUFREPO_PASSPHRASE']",
        "pin = '1'",
        "environment = ['A=B']",
    ] {
        fs::write(scene.entry(), format!("signer = 'exec:{program}'\n{extra}\n")).expect("written");
        scene.desk.refused(&["key", "list"], "[bad-signer]");
    }
}

/// A program sees PATH, HOME and what its entry names, and no file descriptor or variable of the publisher's.
#[test]
fn rejects_to_hand_the_environment_to_a_program() {
    let test = "signers::rejects_to_hand_the_environment_to_a_program";
    let Some(mut scene) = Scene::new(test) else { return };
    scene.program(&format!("exec openssl pkey -in {} -pubout", scene.path("program.pem").display()));
    scene.import(&[
        "--environment=CLOUD_PROFILE",
        "--environment=NOT_SET",
        "--argument=--key",
        "--argument=alias/a b",
    ]);
    for (name, value) in
        [("CLOUD_PROFILE", "release"), ("CLOUD_TOKEN", "secret"), ("TUFREPO_PASSPHRASE", "secret")]
    {
        scene.desk.set(name, value);
    }
    let seen = scene.path("seen");
    let seen = seen.display();
    scene.program(&format!(
        "env > {seen}; pwd >> {seen}; for argument; do echo \"<$argument>\" >> {seen}; done; exit 1"
    ));
    scene.desk.refused(&["key", "test", "program"], "[program-failed]");
    let seen = fs::read_to_string(scene.path("seen")).expect("what it saw");
    // The shell itself sets PWD, and _ for what it starts.
    let names: Vec<_> = seen.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    let expected = ["CLOUD_PROFILE", "HOME", "PATH", "PWD", "_"];
    assert!(names.iter().all(|name| expected.contains(name)), "{names:?}");
    assert!(seen.contains("CLOUD_PROFILE=release\n"), "{seen}");
    let listed = scene.desk.ok(&["key", "list"]);
    let keyid = listed.lines().find(|line| line.starts_with("program\t")).expect("the key");
    let keyid = keyid.split('\t').nth(1).expect("a keyid");
    let said = format!("/\n<--key>\n<alias/a b>\n<sign>\n<{keyid}>\n<ecdsa-sha2-nistp256>\n");
    assert!(seen.ends_with(&said), "{seen}");
}
