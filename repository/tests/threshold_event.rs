//! A threshold of three, met through an event by five people with a computer each: one has a token, one an agent, two have
//! encrypted files, and one has a program. Three send branches of git, two a folder on a disk.
#![cfg(all(unix, feature = "pkcs11"))]

use crate::command;
use crate::foreign;
use crate::holders;
use crate::world;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::Desk;
use crate::holders::{Agent, SoftHsm, write_program};
use crate::world::{Client, copy_folder, skip};
use tuf_repository::metadata::sha256_hex;

const PEOPLE: [&str; 5] = ["ann", "ben", "cem", "dana", "eli"];

struct Team {
    publisher: Desk,
    people: BTreeMap<&'static str, Desk>,
    agent: Agent,
    /// SHA-256 of the first root metadata.
    root: String,
}

impl Team {
    /// The publisher has a repository and an event that gives `targets` the five keys; everybody has a clone with it. None
    /// where a program is missing.
    fn new(test: &str) -> Option<Self> {
        for (program, argument) in [("git", "--version"), ("openssl", "version")] {
            if !Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success()) {
                skip(test, &format!("{program} is not on PATH"));
                return None;
            }
        }
        let publisher = Desk::with_repository();
        let mut people: BTreeMap<_, _> = PEOPLE.map(|name| (name, Desk::new())).into();
        let token = SoftHsm::start(test, people.get_mut("ann")?)?;
        let agent = Agent::start_for(test, people.get_mut("ben")?)?;
        token.make_token("release");
        token.make_key("release", "EC:secp256r1", "ann", "01");
        people["ann"].write_private("pin", holders::PIN);
        let uri = token.uri("token=release;object=ann");
        people["ann"].ok(&["key", "import", &uri, "--name=ann", "--secret=file:pin"]);
        agent.add(&agent.make_key(people["ben"].path(), "ben", &["-t", "ed25519"], "ben"), &[]);
        people["ben"].ok(&["key", "import", "ssh-agent:ben", "--name=ben"]);
        for name in ["cem", "dana"] {
            people[name].write_private("passphrase", &format!("passphrase of {name}"));
            people[name].ok(&["key", "new", name, "--secret=file:passphrase"]);
        }
        for key in ["eli", "other"] {
            let key = people["eli"].path().join(format!("{key}.pem"));
            let args = ["genpkey", "-algorithm", "ed25519", "-out"];
            foreign::ok(Command::new("openssl").args(args).arg(key));
        }
        sign_with(&people["eli"], "eli.pem");
        let uri = format!("exec:{}", people["eli"].path().join("program").display());
        people["eli"].ok(&["key", "import", &uri, "--name=eli"]);
        for (name, desk) in &people {
            let public = format!("repo-keys/{name}.json");
            fs::copy(desk.path().join(&public), publisher.path().join(&public)).expect("a public key");
        }
        let bytes = fs::read(publisher.repository().join("metadata/1.root.json")).expect("root metadata");
        let team = Self { publisher, people, agent, root: sha256_hex(&bytes) };
        team.begin();
        Some(team)
    }

    fn begin(&self) {
        let origin = self.publisher.path().join("origin.git");
        git(self.publisher.path(), &["init", "-q", "--bare", "-b", "main", "origin.git"]);
        for desk in self.people.values().chain([&self.publisher]) {
            git(desk.path(), &["clone", "-q", origin.to_str().expect("UTF-8"), "team"]);
            for setting in [["user.name", "somebody"], ["user.email", "somebody@example.org"]] {
                git(&desk.path().join("team"), &[&["config"], &setting[..]].concat());
            }
        }
        let keys = PEOPLE.map(|name| format!("--new-key={name}"));
        let mut rotate = vec!["rotate", "targets", "--threshold=3"];
        rotate.extend(keys.iter().map(String::as_str));
        self.publisher.ok(&rotate);
        self.publisher.ok(&["event", "new", "team", "--events=team/events"]);
        self.push(&self.publisher, "main");
        for name in ["ann", "ben", "cem"] {
            let clone = self.people[name].path().join("team");
            git(&clone, &["fetch", "-q", "origin"]);
            git(&clone, &["checkout", "-q", "-B", name, "origin/main"]);
        }
        for name in ["dana", "eli"] {
            self.copy_to(name);
        }
    }

    /// Commits everything that is in a desk's clone, and pushes it to a branch.
    fn push(&self, desk: &Desk, branch: &str) {
        let clone = desk.path().join("team");
        git(&clone, &["add", "-A"]);
        git(&clone, &["commit", "-q", "-m", branch]);
        git(&clone, &["push", "-q", "origin", &format!("HEAD:{branch}")]);
    }

    fn merge(&self, branch: &str) {
        let clone = self.publisher.path().join("team");
        git(&clone, &["fetch", "-q", "origin"]);
        git(&clone, &["merge", "-q", "--no-edit", &format!("origin/{branch}")]);
    }

    fn events(desk: &Desk) -> PathBuf {
        desk.path().join("team/events")
    }

    /// Hands the folder of the event to somebody who has no git.
    fn copy_to(&self, name: &str) {
        copy_folder(&Self::events(&self.publisher), &Self::events(&self.people[name]));
    }

    /// The folder comes back.
    fn copy_from(&self, name: &str) {
        copy_folder(&Self::events(&self.people[name]), &Self::events(&self.publisher));
    }

    fn sign(&self, name: &str) -> command::Run {
        let args = ["event", "sign", "team", "--events=team/events", "--yes", "--root-sha256", &self.root];
        self.people[name].run(&args)
    }

    /// Somebody signs: the event has one file more, and nothing else in it changes.
    fn signs(&self, name: &str) {
        let before = world::files(&Self::events(&self.people[name]));
        let run = self.sign(name);
        assert_eq!(run.status, Some(0), "{name}: {}", run.stderr);
        let after = world::files(&Self::events(&self.people[name]));
        let new: Vec<_> = after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).collect();
        assert!(new.len() == 1 && new[0].0.starts_with("team/sigs"), "{name}: {new:?}");
        assert_eq!(after.len(), before.len() + 1, "{name}");
    }

    /// A refusal has one error with this code, and the event is as it was, byte for byte.
    fn refuses(&self, name: &str, code: &str) {
        let before = world::files(&Self::events(&self.people[name]));
        let run = self.sign(name);
        assert_eq!(run.status, Some(1), "{name}: {}", run.stderr);
        let errors: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(errors.len() == 1 && errors[0].ends_with(&format!("[{code}]")), "{name}: {}", run.stderr);
        assert!(world::files(&Self::events(&self.people[name])) == before, "{name}: {code}");
    }
}

/// The program of a desk signs with a key from now on. It says the same public key whatever it signs with.
fn sign_with(desk: &Desk, key: &str) {
    let [public, key] = ["eli.pem", key].map(|key| desk.path().join(key).display().to_string());
    // OpenSSL signs by Ed25519 what is in a file.
    let lines = format!(
        "case $1 in\npublic) exec openssl pkey -in {public} -pubout;;\nsign) cat > {key}.in && exec openssl pkeyutl -sign -rawin -inkey {key} -in {key}.in;;\nesac"
    );
    write_program(&desk.path().join("program"), &lines);
}

fn git(folder: &Path, args: &[&str]) {
    let mut git = Command::new("git");
    // No settings of whoever runs the test.
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    foreign::ok(git.current_dir(folder).args(args));
}

fn now() -> tuf_repository::UnixTime {
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock");
    tuf_repository::UnixTime(since.as_secs() as i64)
}

#[test]
fn five_people_with_five_kinds_of_signers_sign_an_event() {
    let Some(team) = Team::new("five_people_with_five_kinds_of_signers_sign_an_event") else { return };
    for name in ["ann", "ben", "cem"] {
        team.signs(name);
        team.push(&team.people[name], name);
    }
    for name in ["ann", "ben", "cem"] {
        team.merge(name);
    }
    for name in ["dana", "eli"] {
        team.signs(name);
        team.copy_from(name);
    }
    let publish = ["publish", "--event=team", "--events=team/events"];
    // Those who sign today sign too: for clients that have the root metadata of today.
    team.publisher.refused(&publish, "[event-incomplete]");
    team.publisher.ok(&["event", "sign", "team", "--events=team/events", "--yes"]);
    let status = team.publisher.ok(&["event", "status", "team", "--events=team/events"]);
    assert!(status.contains("\t5/3\t"), "{status}");
    team.publisher.ok(&publish);
    let file = team.publisher.repository().join("metadata/2.targets.json");
    let targets: serde_json::Value =
        serde_json::from_slice(&fs::read(file).expect("targets metadata")).expect("JSON");
    assert_eq!(targets["signatures"].as_array().map(Vec::len), Some(6), "{targets}");
    Client::default().update(&team.publisher.repository(), now()).expect("an update");
}

#[test]
fn refuses_to_sign_an_event_and_leaves_it_as_it_was() {
    let Some(team) = Team::new("refuses_to_sign_an_event_and_leaves_it_as_it_was") else { return };
    let ann = &team.people["ann"];
    ann.write_private("pin", "000000");
    team.refuses("ann", "wrong-pin");
    ann.write_private("pin", holders::PIN);
    let (tokens, away) = (ann.path().join("tokens"), ann.path().join("away"));
    fs::rename(&tokens, &away).expect("moved");
    fs::create_dir(&tokens).expect("a folder");
    team.refuses("ann", "no-token");
    fs::remove_dir(&tokens).expect("removed");
    fs::rename(&away, &tokens).expect("moved");
    team.signs("ann");

    team.agent.forget();
    team.refuses("ben", "no-such-key");
    team.agent.add(&team.people["ben"].path().join("ben"), &[]);
    team.signs("ben");

    team.people["cem"].write_private("passphrase", "wrong");
    team.refuses("cem", "key");
    let attach = ["event", "attach", "team", "--events=team/events", "targets", "cem", "signature"];
    let signature = team.people["cem"].write("signature", &"00".repeat(64));
    let before = world::files(&Team::events(&team.people["cem"]));
    team.people["cem"].refused(&attach, "[event-bad-signature]");
    assert!(world::files(&Team::events(&team.people["cem"])) == before);
    fs::remove_file(signature).expect("removed");
    team.people["cem"].write_private("passphrase", "passphrase of cem");
    team.signs("cem");

    // The program has another key by now.
    sign_with(&team.people["eli"], "other.pem");
    team.refuses("eli", "another-key");
    sign_with(&team.people["eli"], "eli.pem");
    team.signs("eli");
    // Whoever has signed has nothing left to sign.
    team.refuses("eli", "event-already-signed");
}
