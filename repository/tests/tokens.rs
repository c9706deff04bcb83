//! Keys of tokens, with SoftHSM: each test has a token of its own in a folder of its own.
#![cfg(all(unix, feature = "pkcs11"))]

use crate::foreign;
use crate::world;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::command::Desk;
use crate::holders::{PIN, SoftHsm};

/// A repository, and a token with keys.
struct Scene {
    desk: Desk,
    hsm: SoftHsm,
}

impl Scene {
    /// None where SoftHSM or OpenSC is missing.
    fn new(test: &str) -> Option<Self> {
        let mut desk = Desk::with_repository();
        let hsm = SoftHsm::start(test, &mut desk)?;
        desk.write_private("pin", PIN);
        let scene = Self { desk, hsm };
        scene.hsm.make_token("release");
        Some(scene)
    }

    /// With a key of the token trusted for targets, and a change to sign.
    fn trusted(test: &str) -> Option<Self> {
        let scene = Self::new(test)?;
        scene.hsm.make_key("release", "EC:secp256r1", "signing", "01");
        scene.import("token", "token=release;object=signing", &[]);
        scene.desk.ok(&["rotate", "targets", "--new-key=token", "--abrupt"]);
        scene.desk.ok(&["publish"]);
        let file = scene.desk.write("a", "a");
        scene.desk.ok(&["target", "add", "a", file.to_str().expect("UTF-8")]);
        Some(scene)
    }

    fn import(&self, name: &str, key: &str, options: &[&str]) {
        let (uri, name) = (self.hsm.uri(key), format!("--name={name}"));
        self.desk.ok(&[&["key", "import", &uri, &name, "--secret=file:pin"][..], options].concat());
    }

    /// Publishing is refused with a code, nothing changes, and with the entry as it was it is published.
    fn refuses(&self, code: &str, words: &str) {
        let before = world::files(&self.desk.repository());
        self.desk.refused(&["publish"], words);
        self.desk.refused(&["publish"], &format!("[{code}]"));
        assert_eq!(world::files(&self.desk.repository()), before);
    }

    fn entry(&self) -> PathBuf {
        self.desk.path().join("repo-keys/token.signer")
    }

    fn change_entry(&self, from: &str, to: &str) {
        let entry = fs::read_to_string(self.entry()).expect("the entry");
        assert!(entry.contains(from), "{entry}");
        fs::write(self.entry(), entry.replace(from, to)).expect("written");
    }
}

/// The scheme of each kind of key, with what OpenSC calls it.
#[test]
fn each_kind_of_key_signs_what_clients_verify() {
    let Some(scene) = Scene::new("tokens::each_kind_of_key_signs_what_clients_verify") else { return };
    let kinds = [
        ("EC:secp256r1", "ecdsa-sha2-nistp256"),
        ("EC:secp384r1", "ecdsa-sha2-nistp384"),
        ("EC:secp521r1", "ecdsa-sha2-nistp521"),
        ("EC:edwards25519", "ed25519"),
        ("rsa:2048", "rsassa-pss-sha256"),
        ("rsa:2048", "rsassa-pss-sha384"),
        ("rsa:2048", "rsassa-pss-sha512"),
        ("rsa:2048", "rsa-pkcs1v15-sha256"),
        ("rsa:2048", "rsa-pkcs1v15-sha384"),
        ("rsa:2048", "rsa-pkcs1v15-sha512"),
    ];
    for (number, (kind, scheme)) in kinds.into_iter().enumerate() {
        let (name, id) = (format!("key-{number}"), format!("{number:02}"));
        // One RSA key has each scheme: making them takes long.
        let label = if kind.starts_with("rsa") { "rsa".to_owned() } else { name.clone() };
        if scheme == "rsassa-pss-sha256" || !kind.starts_with("rsa") {
            scene.hsm.make_key("release", kind, &label, &id);
        }
        let scheme_option = format!("--scheme={scheme}");
        scene.import(&name, &format!("token=release;object={label}"), &[scheme_option.as_str()]);
        let said = scene.desk.ok(&["key", "test", &name]);
        let pin = scene.desk.path().join("pin");
        assert!(said.ends_with(&format!("\tsigns\tfile:{}\n", pin.display())), "{said}");
        let listed = scene.desk.ok(&["key", "list"]);
        assert!(listed.contains(&format!("\t{scheme}\tpkcs11:token=release;object={label}?")), "{listed}");
    }
}

/// The public key is the one that another program reads from the token.
#[test]
fn the_public_key_is_that_of_the_token() {
    let Some(scene) = Scene::new("tokens::the_public_key_is_that_of_the_token") else { return };
    scene.hsm.make_key("release", "EC:secp256r1", "signing", "0a");
    scene.import("token", "token=release;id=%0A", &[]);
    let der = scene.desk.path().join("public.der");
    let mut read = scene.hsm.tool("release");
    foreign::ok(read.args(["--read-object", "--type", "pubkey", "--id", "0a", "--output-file"]).arg(&der));
    let mut convert = Command::new("openssl");
    let pem = foreign::ok(convert.args(["pkey", "-pubin", "-inform", "DER", "-in"]).arg(&der));
    assert_eq!(scene.desk.ok(&["key", "export", "token"]), pem);
    scene.desk.refused(
        &["key", "export", "token", "--private", "--out=token.pem"],
        "the private key token stays in pkcs11:token=release;id=%0A?",
    );
}

#[test]
fn a_token_signs_a_publish() {
    let Some(scene) = Scene::trusted("tokens::a_token_signs_a_publish") else { return };
    scene.desk.ok(&["publish"]);
    let status = scene.desk.ok(&["status"]);
    assert!(status.lines().any(|line| line.starts_with("targets\t3\t")), "{status}");
}

/// A token that locks itself is lost: each run tries once, and no other passphrase is tried on it.
#[test]
fn rejects_a_wrong_pin_after_one_try() {
    let Some(mut scene) = Scene::trusted("tokens::rejects_a_wrong_pin_after_one_try") else { return };
    scene.desk.write_private("pin", "000000");
    scene.refuses("wrong-pin", "the token refuses the PIN");
    let help = scene.desk.refused(&["publish"], "[wrong-pin]");
    assert!(help.contains("Nothing was tried twice"), "{help}");
    // Neither is the passphrase of files, which would be the right PIN here.
    scene.desk.set("TUFREPO_PASSPHRASE", PIN);
    scene.refuses("wrong-pin", "the token refuses the PIN");
    scene.change_entry("secret = ", "# ");
    scene.refuses("no-secret", "there is no terminal to ask for it");
    scene.change_entry("# ", "secret = ");
    scene.desk.write_private("pin", PIN);
    scene.desk.ok(&["publish"]);
}

#[test]
fn rejects_a_missing_token_and_a_missing_key() {
    let Some(scene) = Scene::trusted("tokens::rejects_a_missing_token_and_a_missing_key") else { return };
    scene.change_entry("token=release", "token=other");
    scene.refuses("no-token", "no token fits; there are \"release\" (serial ");
    scene.change_entry("token=other", "token=release");
    scene.change_entry("object=signing", "object=other");
    scene.refuses("no-such-key", "there is no such key; there are \"signing\"");
    scene.change_entry("object=other", "object=signing");
    let tokens = scene.desk.path().join("tokens");
    fs::rename(&tokens, tokens.with_extension("away")).expect("moved");
    fs::create_dir(&tokens).expect("a folder");
    scene.refuses("no-token", "no token fits; there is none");
    fs::remove_dir_all(&tokens).expect("removed");
    fs::rename(tokens.with_extension("away"), &tokens).expect("moved");
    scene.desk.ok(&["publish"]);
}

#[test]
fn rejects_tokens_and_keys_that_are_not_the_only_ones() {
    let test = "tokens::rejects_tokens_and_keys_that_are_not_the_only_ones";
    let Some(scene) = Scene::trusted(test) else { return };
    scene.hsm.make_key("release", "EC:secp256r1", "signing", "02");
    scene.refuses("ambiguous-signer", "2 keys of the token fit");
    scene.change_entry("object=signing", "object=signing;id=%01");
    scene.hsm.make_token("release");
    scene.refuses("ambiguous-signer", "2 tokens fit");
}

#[test]
fn rejects_another_key_of_the_token() {
    let Some(scene) = Scene::trusted("tokens::rejects_another_key_of_the_token") else { return };
    scene.hsm.make_key("release", "EC:secp256r1", "other", "02");
    scene.hsm.make_key("release", "rsa:2048", "wrong", "03");
    scene.change_entry("object=signing", "object=other");
    scene.refuses("another-key", "the signer signed with another key than ");
    scene.change_entry("object=other", "object=wrong");
    scene.refuses("wrong-kind", "the token's key is of the type ");
    scene.change_entry("object=wrong", "object=signing");
    scene.desk.ok(&["publish"]);
}

/// Whoever can change the module is this process, and has the PIN.
#[test]
fn rejects_a_module_that_others_can_change() {
    let Some(scene) = Scene::trusted("tokens::rejects_a_module_that_others_can_change") else { return };
    let copy = scene.desk.path().join("module.so");
    fs::copy(&scene.hsm.module, &copy).expect("a copy");
    let module = scene.hsm.module.display().to_string();
    scene.change_entry(&module, &copy.display().to_string());
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o777)).expect("a mode");
    scene.refuses("others-can-write", &format!("{} can be written by everybody", copy.display()));
    fs::write(&copy, "no library").expect("written");
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).expect("a mode");
    scene.refuses("token-failed", "the PKCS #11 module failed: ");
    fs::remove_file(&copy).expect("removed");
    scene.refuses("token-failed", "the PKCS #11 module failed: ");
    scene.change_entry(&copy.display().to_string(), &module);
    scene.desk.ok(&["publish"]);
}

#[test]
fn rejects_a_pin_in_a_file_that_others_can_read() {
    let Some(scene) = Scene::trusted("tokens::rejects_a_pin_in_a_file_that_others_can_read") else { return };
    let pin = scene.desk.path().join("pin");
    for mode in [0o644, 0o640, 0o604] {
        fs::set_permissions(&pin, fs::Permissions::from_mode(mode)).expect("a mode");
        scene.refuses("secret-exposed", &format!("(mode {mode:o}), which has its passphrase or PIN"));
    }
    fs::set_permissions(&pin, fs::Permissions::from_mode(0o602)).expect("a mode");
    scene.refuses("others-can-write", "can be written by everybody");
    fs::set_permissions(&pin, fs::Permissions::from_mode(0o600)).expect("a mode");
    // As RFC 7512 has it, too.
    scene.change_entry("secret = ", "# ");
    scene.change_entry("?module-path", &format!("?pin-source=file:{}&module-path", pin.display()));
    scene.desk.ok(&["publish"]);
}
