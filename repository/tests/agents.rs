//! Keys of an ssh-agent: OpenSSH's own, and answers that it does not give.
#![cfg(unix)]

use crate::foreign;
use crate::world;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::command::Desk;
use crate::holders::Agent;
use crate::world::skip;

/// A repository, and an agent without keys.
struct Scene {
    desk: Desk,
    agent: Agent,
}

impl Scene {
    fn new(test: &str) -> Option<Self> {
        let mut desk = Desk::with_repository();
        let agent = Agent::start_for(test, &mut desk)?;
        Some(Self { desk, agent })
    }

    /// With a key of the agent trusted for targets, and a change to sign.
    fn trusted(test: &str) -> Option<Self> {
        let scene = Self::new(test)?;
        scene.agent.add(&scene.make_key("first", &["-t", "ed25519"], "release key"), &[]);
        scene.desk.ok(&["key", "import", "ssh-agent:release key", "--name=agent"]);
        scene.desk.ok(&["rotate", "targets", "--new-key=agent", "--abrupt"]);
        scene.desk.ok(&["publish"]);
        let file = scene.desk.write("a", "a");
        scene.desk.ok(&["target", "add", "a", file.to_str().expect("UTF-8")]);
        Some(scene)
    }

    fn make_key(&self, name: &str, kind: &[&str], comment: &str) -> PathBuf {
        self.agent.make_key(self.desk.path(), name, kind, comment)
    }

    fn refuses(&self, code: &str, words: &str) {
        let before = world::files(&self.desk.repository());
        self.desk.refused(&["publish"], words);
        self.desk.refused(&["publish"], &format!("[{code}]"));
        assert_eq!(world::files(&self.desk.repository()), before);
    }

    fn change_entry(&self, from: &str, to: &str) {
        let path = self.desk.path().join("repo-keys/agent.signer");
        let entry = fs::read_to_string(&path).expect("the entry");
        assert!(entry.contains(from), "{entry}");
        fs::write(&path, entry.replace(from, to)).expect("written");
    }
}

#[test]
fn each_kind_of_key_signs_what_clients_verify() {
    let Some(scene) = Scene::new("agents::each_kind_of_key_signs_what_clients_verify") else { return };
    let kinds: [(&[&str], &str, &[&str]); 6] = [
        (&["-t", "ed25519"], "ed25519", &[]),
        (&["-t", "ecdsa", "-b", "256"], "ecdsa-sha2-nistp256", &[]),
        (&["-t", "ecdsa", "-b", "384"], "ecdsa-sha2-nistp384", &[]),
        (&["-t", "ecdsa", "-b", "521"], "ecdsa-sha2-nistp521", &[]),
        (&["-t", "rsa", "-b", "2048"], "rsa-pkcs1v15-sha256", &[]),
        (&["-t", "rsa", "-b", "2048"], "rsa-pkcs1v15-sha512", &["--scheme=rsa-pkcs1v15-sha512"]),
    ];
    for (number, (kind, scheme, options)) in kinds.into_iter().enumerate() {
        let name = format!("key-{number}");
        let key = scene.make_key(&name, kind, &name);
        scene.agent.add(&key, &[]);
        let (uri, named) = (format!("ssh-agent:{name}"), format!("--name={name}"));
        scene.desk.ok(&[&["key", "import", &uri, &named][..], options].concat());
        // Numbers of ECDSA are shorter now and then.
        for _ in 0..4 {
            let said = scene.desk.ok(&["key", "test", &name]);
            assert!(said.ends_with("\tsigns\tnone needed\n"), "{said}");
        }
        let listed = scene.desk.ok(&["key", "list"]);
        assert!(listed.contains(&format!("\t{scheme}\tssh-agent:{name}\n")), "{listed}");
        // OpenSSH writes the same public key.
        if !kind.contains(&"ed25519") {
            let mut export = Command::new("ssh-keygen");
            let pem = foreign::ok(export.args(["-e", "-m", "PKCS8", "-f"]).arg(key.with_extension("pub")));
            assert_eq!(scene.desk.ok(&["key", "export", &name]), pem);
        }
    }
    scene.desk.refused(
        &["key", "import", "ssh-agent:key-4", "--name=pss", "--scheme=rsassa-pss-sha256"],
        "agents sign with RSA keys by rsa-pkcs1v15-sha256 and rsa-pkcs1v15-sha512 alone",
    );
}

#[test]
fn an_agent_signs_a_publish_by_comment_fingerprint_and_keyid() {
    let test = "agents::an_agent_signs_a_publish_by_comment_fingerprint_and_keyid";
    let Some(scene) = Scene::trusted(test) else { return };
    scene.desk.ok(&["publish"]);
    let key = scene.desk.path().join("first.pub");
    let printed = foreign::ok(Command::new("ssh-keygen").arg("-l").arg("-f").arg(key));
    let fingerprint = printed.split(' ').nth(1).expect("a fingerprint");
    let listed = scene.desk.ok(&["key", "list"]);
    let keyid = listed.lines().find(|line| line.starts_with("agent\t")).expect("the key").split('\t').nth(1);
    scene.change_entry("release key", fingerprint);
    scene.desk.ok(&["key", "test", "agent"]);
    scene.change_entry(fingerprint, keyid.expect("a keyid"));
    scene.desk.ok(&["key", "test", "agent"]);
}

#[test]
fn rejects_an_agent_without_the_key_and_a_missing_agent() {
    let test = "agents::rejects_an_agent_without_the_key_and_a_missing_agent";
    let Some(mut scene) = Scene::trusted(test) else { return };
    let second = scene.make_key("second", &["-t", "ed25519"], "second key");
    scene.agent.forget();
    scene.agent.add(&second, &[]);
    scene.refuses("no-such-key", "there is no such key; there are \"second key\"");
    scene.change_entry("release key", "second key");
    scene.refuses("another-key", "the signer signed with another key than ");
    scene.change_entry("second key", "release key");
    scene.desk.set("SSH_AUTH_SOCK", "");
    scene.refuses("no-agent", "no ssh-agent: SSH_AUTH_SOCK is not set");
    scene.desk.set("SSH_AUTH_SOCK", "agent");
    scene.refuses("no-agent", "SSH_AUTH_SOCK is no absolute path");
    let socket = scene.agent.socket.clone();
    scene.desk.set("SSH_AUTH_SOCK", scene.desk.path().join("none").to_str().expect("UTF-8"));
    scene.refuses("no-agent", "nobody answers at ");
    scene.desk.set("SSH_AUTH_SOCK", socket.to_str().expect("UTF-8"));
    scene.agent.add(&scene.desk.path().join("first"), &[]);
    scene.desk.ok(&["publish"]);
}

/// Two keys of one comment are told apart by the public key.
#[test]
fn accepts_the_key_of_the_public_key_among_those_of_one_comment() {
    let test = "agents::accepts_the_key_of_the_public_key_among_those_of_one_comment";
    let Some(scene) = Scene::trusted(test) else { return };
    scene.agent.forget();
    for kind in ["ed25519", "rsa"] {
        scene.agent.add(&scene.make_key(kind, &["-t", kind], "release key"), &[]);
    }
    scene.refuses("another-key", "the signer signed with another key than ");
    scene.agent.add(&scene.desk.path().join("first"), &[]);
    scene.desk.ok(&["publish"]);
    scene.desk.refused(&["key", "import", "ssh-agent:release key", "--name=one"], "3 keys of the agent fit");
}

#[test]
fn rejects_a_signature_that_is_not_confirmed() {
    let Some(scene) = Scene::trusted("agents::rejects_a_signature_that_is_not_confirmed") else { return };
    scene.agent.forget();
    let key = scene.desk.path().join("first");
    scene.agent.add(&key, &["-c"]);
    scene.refuses("agent-refused", "the ssh-agent refuses to sign");
    scene.agent.forget();
    scene.agent.add(&key, &[]);
    scene.desk.ok(&["publish"]);
}

/// Another user's agent would learn what is signed, and when.
#[test]
fn rejects_the_agent_of_another_user() {
    let test = "agents::rejects_the_agent_of_another_user";
    let Some(mut scene) = Scene::trusted(test) else { return };
    if !nix::unistd::Uid::effective().is_root() {
        return skip(test, "a second user is needed, whose processes root alone can start");
    }
    let folder = scene.desk.path().join("shared");
    fs::create_dir(&folder).expect("a folder");
    for folder in [scene.desk.path(), &folder] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    std::os::unix::fs::chown(&folder, Some(65_534), None).expect("an owner");
    let other = Agent::start(folder.join("agent"), Some(65_534));
    other.add(&scene.desk.path().join("first"), &[]);
    scene.desk.set("SSH_AUTH_SOCK", other.socket.to_str().expect("UTF-8"));
    scene.refuses("no-agent", "is user 65534");
}

/// Agents of hardware and of other makers answer what OpenSSH's does not.
#[test]
fn rejects_answers_that_are_no_signature() {
    let test = "agents::rejects_answers_that_are_no_signature";
    let Some(mut scene) = Scene::trusted(test) else { return };
    scene.change_entry("signer = ", "timeout-seconds = 1\nsigner = ");
    let string =
        |bytes: &[u8]| [&u32::try_from(bytes.len()).expect("a length").to_be_bytes()[..], bytes].concat();
    let one = |blob: &[u8]| [&[12, 0, 0, 0, 1][..], &string(blob), &string(b"release key")].concat();
    let fido = string(b"sk-ssh-ed25519@openssh.com");
    let certificate = string(b"ssh-ed25519-cert-v01@openssh.com");
    let public = fs::read_to_string(scene.desk.path().join("first.pub")).expect("a public key");
    let blob = public.split(' ').nth(1).expect("base64");
    let mut decode = Command::new("openssl");
    let decode = decode.args(["base64", "-d", "-A"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut decode = decode.expect("openssl");
    decode.stdin.take().expect("its input").write_all(blob.as_bytes()).expect("written");
    let blob = decode.wait_with_output().expect("openssl").stdout;
    let signed = |format: &str, bytes: &[u8]| {
        [&[14][..], &string(&[string(format.as_bytes()), string(bytes)].concat())].concat()
    };
    let answers: [(&str, &str, Vec<Vec<u8>>); 8] = [
        ("wrong-kind", "a FIDO key (sk-ssh-ed25519@openssh.com) cannot sign metadata", vec![one(&fido)]),
        ("wrong-kind", "ssh-ed25519-cert-v01@openssh.com is a certificate", vec![one(&certificate)]),
        ("no-agent", "its answer is malformed", vec![vec![12, 0, 0, 0, 9]]),
        ("no-agent", "its answer is malformed", vec![vec![5]]),
        (
            "wrong-kind",
            "the agent signed by \"ssh-rsa\", not by ssh-ed25519",
            vec![one(&blob), signed("ssh-rsa", b"x")],
        ),
        (
            "another-key",
            "the signer signed with another key",
            vec![one(&blob), signed("ssh-ed25519", &[0; 64])],
        ),
        ("agent-refused", "the ssh-agent refuses to sign", vec![one(&blob), vec![5]]),
        ("signer-timeout", "no answer within 1 seconds", vec![one(&blob)]),
    ];
    for (number, (code, words, answers)) in answers.into_iter().enumerate() {
        let socket = scene.desk.path().join(format!("stand-in-{number}"));
        let listener = UnixListener::bind(&socket).expect("a socket");
        scene.desk.set("SSH_AUTH_SOCK", socket.to_str().expect("UTF-8"));
        thread::spawn(move || {
            listener.incoming().for_each(|stream| answer(stream.expect("a connection"), &answers))
        });
        scene.refuses(code, words);
    }
}

/// The limit is one for everything that is asked: no byte that comes in time makes it longer.
#[test]
fn rejects_an_agent_that_answers_byte_by_byte_for_ever() {
    let test = "agents::rejects_an_agent_that_answers_byte_by_byte_for_ever";
    let Some(mut scene) = Scene::trusted(test) else { return };
    scene.change_entry("signer = ", "timeout-seconds = 1\nsigner = ");
    let socket = scene.desk.path().join("slow");
    let listener = UnixListener::bind(&socket).expect("a socket");
    scene.desk.set("SSH_AUTH_SOCK", socket.to_str().expect("UTF-8"));
    thread::spawn(move || listener.incoming().for_each(|stream| drip(stream.expect("a connection"))));
    scene.refuses("signer-timeout", "no answer within 1 seconds");
}

/// Announces a long answer, and gives a byte of it whenever the other side has said nothing for a while, until it leaves.
fn drip(mut stream: UnixStream) {
    stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a limit");
    let mut said = [0; 64];
    let mut bytes = 200_000_u32.to_be_bytes().into_iter().chain(std::iter::repeat(0));
    while !matches!(stream.read(&mut said), Ok(0)) {
        if stream.write_all(&[bytes.next().expect("no end")]).is_err() {
            return;
        }
    }
}

/// Answers the questions of one connection, and leaves later ones open until it is closed.
fn answer(mut stream: UnixStream, answers: &[Vec<u8>]) {
    for answer in answers {
        let mut length = [0; 4];
        if stream.read_exact(&mut length).is_err() {
            return;
        }
        let mut question = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("a length")];
        stream.read_exact(&mut question).expect("a question");
        let length = u32::try_from(answer.len()).expect("a length").to_be_bytes();
        stream.write_all(&[&length[..], answer].concat()).expect("an answer");
    }
    let _closed = stream.read_to_end(&mut Vec::new());
}
