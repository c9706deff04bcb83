//! A peer: a process that answers one JSON line with one JSON line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Journey, Plan, Visit};

/// A folder in memory, where the system has one.
const IN_MEMORY: &str = "/dev/shm";

/// A running peer. It ends when it is dropped.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    pipes: Mutex<Option<Pipes>>,
}

#[derive(Debug)]
struct Pipes {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// python-tuf.
    ///
    /// # Errors
    /// Why it is not there: it was not set up, or it cannot be started.
    pub fn python() -> Result<Self> {
        ready("python")?;
        let mut python = Command::new(workspace().join("target/peers/python/bin/python"));
        python.args(["-B", "-W", "ignore"]).arg(folder().join("python/peer.py"));
        Self::start(python)
    }

    /// tuf-js.
    ///
    /// # Errors
    /// Why it is not there: it was not set up, or it cannot be started.
    pub fn node() -> Result<Self> {
        ready("node")?;
        if !folder().join("node/node_modules").is_dir() {
            bail!("it is not set up: run `cargo xtask setup`");
        }
        let mut node = Command::new("node");
        node.arg(folder().join("node/peer.js"));
        Self::start(node)
    }

    /// Writes the repository of a plan.
    ///
    /// # Errors
    /// Where the peer ended or answered something else.
    pub fn write(&self, plan: &Plan) -> Result<()> {
        let answer = self.ask(&json!({ "write": plan }))?;
        if answer.get("written") != Some(&json!(plan.releases.len())) {
            bail!("the peer wrote something else: {answer}");
        }
        Ok(())
    }

    /// Follows a journey.
    ///
    /// # Errors
    /// Where the peer ended or answered something else.
    pub fn read(&self, journey: &Journey) -> Result<Vec<Visit>> {
        #[derive(Deserialize)]
        struct Stops {
            stops: Vec<Visit>,
        }
        let answer = self.ask(&json!({ "read": journey }))?;
        let stops: Stops = serde_json::from_value(answer).context("the peer answered something else")?;
        Ok(stops.stops)
    }

    fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Peers write many small files that nobody keeps.
        if Path::new(IN_MEMORY).is_dir() {
            command.env("TMPDIR", IN_MEMORY);
        }
        let mut child =
            command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let requests = child.stdin.take().context("standard input is piped")?;
        let answers = BufReader::new(child.stdout.take().context("standard output is piped")?);
        Ok(Self { child, pipes: Mutex::new(Some(Pipes { requests, answers })) })
    }

    fn ask(&self, request: &Value) -> Result<Value> {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        let pipes = pipes.as_mut().context("the peer has ended")?;
        pipes.send(request)?;
        pipes.receive().with_context(|| format!("asked {request}"))
    }

    /// Sends a request, whose answer is to be received before the next one is sent.
    pub(crate) fn send(&self, request: &Value) -> Result<()> {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        pipes.as_mut().context("the peer has ended")?.send(request)
    }

    /// Receives the answer to the last request.
    pub(crate) fn receive(&self) -> Result<Value> {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        pipes.as_mut().context("the peer has ended")?.receive()
    }
}

impl Pipes {
    fn send(&mut self, request: &Value) -> Result<()> {
        writeln!(self.requests, "{request}")?;
        Ok(self.requests.flush()?)
    }

    fn receive(&mut self) -> Result<Value> {
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            bail!("the peer ended");
        }
        serde_json::from_str(&answer).with_context(|| format!("no JSON: {answer}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // At the end of its input a peer ends by itself.
        *self.pipes.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let _ = self.child.wait();
    }
}

/// The set-up leaves the reason where it could not prepare a peer.
fn ready(peer: &str) -> Result<()> {
    let record = workspace().join(format!("target/peers/{peer}.missing"));
    match std::fs::read_to_string(record) {
        Ok(reason) => bail!("it could not be set up: {reason}"),
        Err(_) if peer == "python" && !workspace().join("target/peers/python").is_dir() => {
            bail!("it is not set up: run `cargo xtask setup`")
        }
        Err(_) => Ok(()),
    }
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn workspace() -> PathBuf {
    folder().join("../..")
}
