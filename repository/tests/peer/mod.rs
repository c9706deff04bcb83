//! Clients that are not ours: python-tuf and tuf-js, each one long-lived process of the oracle tests, which takes a world a line.

pub(crate) mod core;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tuf_repository::UnixTime;

/// Everything that is served at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    /// Metadata files by name.
    pub(crate) metadata: BTreeMap<String, Vec<u8>>,
    /// Target files by fetch path.
    pub(crate) targets: BTreeMap<String, Vec<u8>>,
    pub(crate) now: UnixTime,
}

/// What a client made of what was served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Versions of root, timestamp, snapshot and targets, and the SHA-256 of each target that was looked for and found.
    Accepted { versions: [u64; 4], found: BTreeMap<String, Option<String>> },
    /// The reason is the client's own.
    Refused(String),
}

/// A folder in memory, where the system has one.
const IN_MEMORY: &str = "/dev/shm";

/// A running peer. It ends when it is dropped.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// python-tuf, or why it is not there.
    pub(crate) fn python() -> Result<Self, String> {
        let python = workspace().join("target/peers/python/bin/python");
        if !python.exists() {
            return Err("python-tuf is not set up: run `cargo xtask setup`".to_owned());
        }
        let mut command = Command::new(python);
        command.args(["-B", "-W", "ignore"]).arg(workspace().join("tests/oracle/python/peer.py"));
        Self::start("python-tuf", command)
    }

    /// tuf-js, or why it is not there.
    pub(crate) fn node() -> Result<Self, String> {
        if !workspace().join("tests/oracle/node/node_modules").is_dir() {
            return Err("tuf-js is not set up: run `cargo xtask setup`".to_owned());
        }
        let mut command = Command::new("node");
        command.arg(workspace().join("tests/oracle/node/peer.js"));
        Self::start("tuf-js", command)
    }

    /// Lets a client with the first root metadata visit what is served at each step, with one store. [`Peer::visits`] says what
    /// became of it.
    pub(crate) fn begin(&mut self, root: &[u8], steps: &[&Served], look_up: &[&str]) {
        let mut blobs = vec![STANDARD.encode(root)];
        let mut numbers = BTreeMap::new();
        let mut number = |files: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, usize> {
            let number = |(name, bytes): (&String, &Vec<u8>)| {
                let at = *numbers.entry(bytes.clone()).or_insert_with(|| {
                    blobs.push(STANDARD.encode(bytes));
                    blobs.len() - 1
                });
                (name.clone(), at)
            };
            files.iter().map(number).collect()
        };
        let steps: Vec<Value> = steps
            .iter()
            .map(|step| {
                let (metadata, targets) = (number(&step.metadata), number(&step.targets));
                json!({ "now": step.now.0, "metadata": metadata, "targets": targets, "look_up": look_up })
            })
            .collect();
        let request = json!({ "follow": { "blobs": blobs, "root": 0, "steps": steps } });
        let requests = self.requests.as_mut().expect("the peer runs");
        writeln!(requests, "{request}").and_then(|()| requests.flush()).expect("the peer listens");
    }

    /// What the client made of each step.
    pub(crate) fn visits(&mut self) -> Vec<Visit> {
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("an answer");
        let answer: Value =
            serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{}: {error}: {answer}", self.name));
        answer["steps"].as_array().expect("steps").iter().map(visit).collect()
    }

    fn start(name: &'static str, mut command: Command) -> Result<Self, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Peers write many small files that nobody keeps.
        if Path::new(IN_MEMORY).is_dir() {
            command.env("TMPDIR", IN_MEMORY);
        }
        let mut child = command.spawn().map_err(|error| format!("{name} cannot be started: {error}"))?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Ok(Self { name, child, requests, answers })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // At the end of its input a peer ends by itself.
        self.requests = None;
        let _ = self.child.wait();
    }
}

fn visit(step: &Value) -> Visit {
    let refresh = &step["refresh"];
    if refresh["outcome"] != "accepted" {
        return Visit::Refused(refresh["reason"].as_str().unwrap_or_default().to_owned());
    }
    let version = |at: usize| step["versions"][at].as_u64().expect("a version");
    let found = step["targets"].as_object().expect("targets").iter().map(|(path, outcome)| {
        let digest = match outcome["outcome"].as_str() {
            Some("verified") => outcome["sha256"].as_str().map(str::to_owned),
            Some("absent") => None,
            _ => Some(outcome.to_string()),
        };
        (path.clone(), digest)
    });
    Visit::Accepted { versions: [0, 1, 2, 3].map(version), found: found.collect() }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
