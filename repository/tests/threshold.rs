//! A threshold of three by five kinds of signers: a token, an agent, two encrypted files with passphrases of their own, and a
//! program.
#![cfg(all(unix, feature = "pkcs11"))]

use crate::foreign;
use crate::holders;
use crate::world;

use std::fs;
use std::path::Path;

use crate::command::Desk;
use crate::holders::{Agent, SoftHsm, write_program};

const PEOPLE: [&str; 5] = ["ann", "ben", "cem", "dana", "eli"];

/// The repository, and whoever holds its five targets keys.
struct Ceremony {
    desk: Desk,
    agent: Option<Agent>,
}

impl Ceremony {
    /// None where a program is missing that holds a key.
    fn new(test: &str) -> Option<Self> {
        let mut desk = Desk::with_repository();
        let token = SoftHsm::start(test, &mut desk)?;
        let agent = Agent::start_for(test, &mut desk)?;
        foreign::openssl().or_else(|| {
            world::skip(test, "openssl is not on PATH");
            None
        })?;
        token.make_token("release");
        token.make_key("release", "EC:secp256r1", "ann", "01");
        desk.write_private("pin", holders::PIN);
        desk.ok(&[
            "key",
            "import",
            &token.uri("token=release;object=ann"),
            "--name=ann",
            "--secret=file:pin",
        ]);
        agent.add(&agent.make_key(desk.path(), "ben", &["-t", "ed25519"], "ben"), &[]);
        desk.ok(&["key", "import", "ssh-agent:ben", "--name=ben"]);
        for name in ["cem", "dana"] {
            desk.write_private(&format!("{name}.txt"), &format!("passphrase of {name}"));
            desk.ok(&["key", "new", name, &format!("--secret=file:{name}.txt")]);
        }
        let key = desk.path().join("eli.pem");
        foreign::ok(
            std::process::Command::new("openssl")
                .args(["genpkey", "-algorithm", "ed25519", "-out"])
                .arg(&key),
        );
        let key = key.display();
        // OpenSSL signs by Ed25519 what is in a file.
        let lines = format!(
            "case $1 in\npublic) exec openssl pkey -in {key} -pubout;;\nsign) cat > {key}.in && exec openssl pkeyutl -sign -rawin -inkey {key} -in {key}.in;;\nesac"
        );
        write_program(&desk.path().join("eli"), &lines);
        let uri = format!("exec:{}", desk.path().join("eli").display());
        desk.ok(&["key", "import", &uri, "--name=eli"]);
        let keys = PEOPLE.map(|name| format!("--new-key={name}"));
        let mut rotate = vec!["rotate", "targets", "--abrupt", "--threshold=3"];
        rotate.extend(keys.iter().map(String::as_str));
        desk.ok(&rotate);
        desk.ok(&["publish"]);
        let file = desk.write("a", "a");
        desk.ok(&["target", "add", "a", file.to_str().expect("UTF-8")]);
        Some(Self { desk, agent: Some(agent) })
    }

    /// Who has signed the last targets metadata, by the names of their keys.
    fn signed(&self) -> Vec<&'static str> {
        let metadata = self.desk.repository().join("metadata");
        let names =
            fs::read_dir(&metadata).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let newest = names
            .filter_map(|name| name.to_str()?.strip_suffix(".targets.json")?.parse::<u32>().ok())
            .max()
            .expect("targets metadata");
        let bytes = fs::read(metadata.join(format!("{newest}.targets.json"))).expect("a file");
        let signed: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let listed = self.desk.ok(&["key", "list"]);
        let keyid = |name: &str| {
            let line = listed.lines().find(|line| line.starts_with(&format!("{name}\t")));
            line.and_then(|line| line.split('\t').nth(1)).expect("a keyid").to_owned()
        };
        let signatures = signed["signatures"].as_array().expect("signatures");
        let has = |name: &&str| signatures.iter().any(|one| one["keyid"].as_str() == Some(&keyid(name)));
        PEOPLE.into_iter().filter(|name| has(name)).collect()
    }

    fn away(&self, name: &str) -> Away {
        Away::of(&self.desk.path().join(name))
    }

    /// Nothing published changes, and what is staged stays staged.
    fn refused(&self, words: &str) {
        let before = world::files(&self.desk.repository());
        self.desk.refused(&["publish"], words);
        assert_eq!(world::files(&self.desk.repository()), before);
    }
}

/// A file or folder that is elsewhere until this is dropped.
struct Away {
    place: std::path::PathBuf,
}

impl Away {
    fn of(place: &Path) -> Self {
        let away = Self { place: place.to_owned() };
        fs::rename(place, away.elsewhere()).expect("moved");
        away
    }

    fn elsewhere(&self) -> std::path::PathBuf {
        let mut name = self.place.clone().into_os_string();
        name.push(".away");
        name.into()
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        let _back = fs::rename(self.elsewhere(), &self.place);
    }
}

#[test]
fn five_kinds_of_signers_sign_together() {
    let Some(ceremony) = Ceremony::new("ceremony::five_kinds_of_signers_sign_together") else { return };
    let said = ceremony.desk.ok(&["key", "test", "ann", "ben", "cem", "dana", "eli"]);
    assert_eq!(said.lines().filter(|line| line.contains("\tsigns\t")).count(), 5, "{said}");
    ceremony.desk.ok(&["publish"]);
    assert_eq!(ceremony.signed(), PEOPLE);
}

/// A threshold of three is met by three, whoever is missing.
#[test]
fn accepts_a_threshold_without_the_token_and_the_agent() {
    let test = "ceremony::accepts_a_threshold_without_the_token_and_the_agent";
    let Some(mut ceremony) = Ceremony::new(test) else { return };
    ceremony.agent = None;
    let _token = ceremony.away("tokens");
    fs::create_dir(ceremony.desk.path().join("tokens")).expect("a folder");
    ceremony.desk.ok(&["publish"]);
    assert_eq!(ceremony.signed(), ["cem", "dana", "eli"]);
    fs::remove_dir(ceremony.desk.path().join("tokens")).expect("removed");
}

#[test]
fn rejects_two_of_three_and_says_who_is_missing_why() {
    let test = "ceremony::rejects_two_of_three_and_says_who_is_missing_why";
    let Some(ceremony) = Ceremony::new(test) else { return };
    let _ben = ceremony.away("repo-keys/ben.signer");
    let key = ceremony.away("repo-keys/cem.signer");
    let pem = ceremony.away("repo-keys/cem.pem");
    let token = ceremony.away("tokens");
    fs::create_dir(ceremony.desk.path().join("tokens")).expect("a folder");
    ceremony.refused("no token fits; there is none [no-token]");
    fs::remove_dir(ceremony.desk.path().join("tokens")).expect("removed");
    drop(token);
    // A wrong PIN is no absence: the next try may lock the token.
    ceremony.desk.write_private("pin", "000000");
    ceremony.refused("the token refuses the PIN [wrong-pin]");
    ceremony.desk.write_private("pin", holders::PIN);
    ceremony.desk.write_private("dana.txt", "wrong");
    ceremony.refused("the passphrase does not open this key [key]");
    ceremony.desk.write_private("dana.txt", "passphrase of dana");
    drop((key, pem));
    ceremony.desk.ok(&["publish"]);
    assert_eq!(ceremony.signed(), ["ann", "cem", "dana", "eli"]);
}

/// The same over an event: the others sign, and the warning says who has not and why.
#[test]
fn signs_an_event_without_the_token_and_the_agent() {
    let test = "ceremony::signs_an_event_without_the_token_and_the_agent";
    let Some(mut ceremony) = Ceremony::new(test) else { return };
    ceremony.desk.ok(&["event", "new", "app"]);
    ceremony.agent = None;
    let _token = ceremony.away("tokens");
    fs::create_dir(ceremony.desk.path().join("tokens")).expect("a folder");
    let events = ceremony.desk.repository().join("events");
    let before = world::files(&events);
    // A key that is asked for by its name is not passed over.
    for (name, code) in [("ann", "[no-token]"), ("ben", "[no-agent]")] {
        let run = ceremony.desk.run(&["event", "sign", "app", "--yes", "--key", name]);
        assert!(run.status == Some(1) && run.stderr.contains(code), "{name}: {}", run.stderr);
        assert!(world::files(&events) == before, "{name}: a refusal leaves the event as it was");
    }
    let run = ceremony.desk.run(&["event", "sign", "app", "--yes"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    for (name, code) in [("ann", "[no-token]"), ("ben", "[no-agent]")] {
        let told = |line: &str| line.contains(&format!("warning: {name}:")) && line.ends_with(code);
        assert!(run.stderr.lines().any(told), "{name}: {}", run.stderr);
    }
    ceremony.desk.ok(&["publish", "--event=app"]);
    assert_eq!(ceremony.signed(), ["cem", "dana", "eli"]);
    fs::remove_dir(ceremony.desk.path().join("tokens")).expect("removed");
}
