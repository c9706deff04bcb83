//! Other clients: python-tuf and tuf-js, as the oracles run them.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tuf_test_server::Server;

use crate::world::NOW;

/// A running client: one request a line, one answer a line. It ends with its input.
pub(crate) struct Peer {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// The client of a name; the reason if it was not set up.
    pub(crate) fn start(name: &str) -> Result<Self, String> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let oracle = workspace.join("tests/oracle");
        let (program, needed, script): (PathBuf, PathBuf, PathBuf) = match name {
            "python-tuf" => {
                let python = workspace.join("target/peers/python/bin/python");
                (python.clone(), python, oracle.join("python/peer.py"))
            }
            _ => ("node".into(), oracle.join("node/node_modules/tuf-js"), oracle.join("node/peer.js")),
        };
        if !needed.exists() {
            return Err(format!("{name} is not set up: run `cargo xtask setup`"));
        }
        let mut command = Command::new(program);
        if name == "python-tuf" {
            command.args(["-B", "-W", "ignore"]);
        }
        let started = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| format!("{name} does not start: {error}"))?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("standard output is piped"));
        Ok(Self { child, requests, answers })
    }

    /// Updates a new client from the first root metadata of a folder. What it refuses, or nothing.
    pub(crate) fn refusal(&mut self, folder: &Path) -> Option<String> {
        let store = TempDir::new().expect("a folder");
        let server = Server::folder(folder).expect("a server");
        let url = |part: &str| format!("{}/{part}/", server.url());
        let request = json!({ "read": {
            "root": folder.join("metadata/1.root.json"),
            "store": store.path().join("store"),
            "reference_time": NOW.0,
            "targets": [],
            "stops": [{ "metadata_url": url("metadata"), "targets_url": url("targets") }],
        }});
        let requests = self.requests.as_mut().expect("it runs");
        writeln!(requests, "{request}").and_then(|()| requests.flush()).expect("a request");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("an answer");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let refresh = &answer["stops"][0]["refresh"];
        match refresh["outcome"].as_str() {
            Some("accepted") => None,
            Some("refused") => Some(refresh["reason"].to_string()),
            _ => panic!("{answer}"),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.requests.take());
        // At the end of its input it ends by itself.
        let _ended = self.child.wait();
    }
}
