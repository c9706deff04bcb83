//! The three clients, and a world in the form that the peers read.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use tuf_tests::Mirror;

use super::{Stored, Verdict, World, ours};
use crate::Peer;

/// The two peers as long-lived processes; this project reads by itself.
#[derive(Debug)]
pub struct Readers {
    python: Peer,
    node: Peer,
}

/// What the three clients answered, a verdict a step.
#[derive(Clone, Debug)]
pub struct Verdicts {
    pub(super) ours: Vec<Verdict>,
    pub(super) python: Vec<Verdict>,
    pub(super) node: Vec<Verdict>,
}

impl Verdicts {
    /// What the three had stored before a step; at first each has the root metadata that it was shipped with.
    pub(super) fn stored_before(&self, world: &World, number: usize) -> [Stored; 3] {
        [&self.ours, &self.python, &self.node].map(|verdicts| {
            let before = number.checked_sub(1).and_then(|before| verdicts.get(before));
            before.map(|verdict| verdict.stored.clone()).unwrap_or_else(|| {
                let first = world.steps.first().map(|step| step.mirror.file("1.root.json"));
                Stored { root: first.map(tuf_tests::sha256), ..Stored::default() }
            })
        })
    }

    /// Our answer to a step.
    #[must_use]
    pub fn ours(&self, number: usize) -> &Verdict {
        &self.ours[number]
    }

    /// The same, had we answered this to a step.
    #[must_use]
    pub fn had_we_answered(&self, number: usize, verdict: Verdict) -> Self {
        let mut verdicts = self.clone();
        verdicts.ours[number] = verdict;
        verdicts
    }

    /// The answers of all three to each step of a world, in words.
    #[must_use]
    pub fn told(&self, world: &World) -> String {
        let mut told = format!("seed {}\n", world.seed);
        for (number, step) in world.steps.iter().enumerate() {
            let _ = writeln!(told, "  step {number}: {step}");
            let answers = [("ours", &self.ours), ("python-tuf", &self.python), ("tuf-js", &self.node)];
            for (reader, verdicts) in answers {
                let Some(verdict) = verdicts.get(number) else { continue };
                let _ = writeln!(told, "    {reader:<10} {}", verdict.refresh);
                for (path, outcome) in &verdict.targets {
                    let _ = writeln!(told, "               {path:?}: {outcome}");
                }
            }
        }
        told
    }
}

impl Readers {
    /// Starts both peers.
    ///
    /// # Errors
    /// Why one is not there: it was not set up, or it cannot be started.
    pub fn start() -> Result<Self> {
        Ok(Self { python: Peer::python().context("python-tuf")?, node: Peer::node().context("tuf-js")? })
    }

    /// Lets all three follow a world.
    ///
    /// # Errors
    /// Where a peer ended or answered something else.
    pub fn follow(&self, world: &World) -> Result<Verdicts> {
        let request = json!({ "follow": request(world) });
        self.python.send(&request)?;
        self.node.send(&request)?;
        let ours = ours::follow(world);
        let python = verdicts(world, self.python.receive()?).context("python-tuf")?;
        let node = verdicts(world, self.node.receive()?).context("tuf-js")?;
        Ok(Verdicts { ours, python, node })
    }
}

fn verdicts(world: &World, answer: Value) -> Result<Vec<Verdict>> {
    #[derive(Deserialize)]
    struct Steps {
        steps: Vec<Verdict>,
    }
    let Steps { steps } = serde_json::from_value(answer).context("the peer answered something else")?;
    ensure!(steps.len() == world.steps.len(), "{} steps were answered", steps.len());
    Ok(steps)
}

/// `{"blobs": [base64], "root": blob, "steps": [{"now", "metadata": {name: blob}, "targets": {path: blob}, "look_up"}]}`
fn request(world: &World) -> Value {
    let mut blobs = Blobs::default();
    let root = world.steps.first().map(|step| blobs.add(step.mirror.file("1.root.json")));
    let steps: Vec<Value> = world
        .steps
        .iter()
        .map(|step| {
            let Mirror { metadata, targets, .. } = &step.mirror;
            json!({
                "now": step.now,
                "metadata": blobs.files(metadata),
                "targets": blobs.files(targets),
                "look_up": step.targets,
            })
        })
        .collect();
    json!({ "blobs": blobs.texts, "root": root, "steps": steps })
}

/// Each content once: steps share most of their files.
#[derive(Default)]
struct Blobs<'w> {
    numbers: BTreeMap<&'w [u8], usize>,
    texts: Vec<String>,
}

impl<'w> Blobs<'w> {
    fn add(&mut self, bytes: &'w [u8]) -> usize {
        let Self { numbers, texts } = self;
        *numbers.entry(bytes).or_insert_with(|| {
            texts.push(STANDARD.encode(bytes));
            texts.len() - 1
        })
    }

    /// By the names that a URL's path means, decoded.
    fn files(&mut self, files: &'w BTreeMap<String, Vec<u8>>) -> BTreeMap<String, usize> {
        files.iter().map(|(name, bytes)| (decoded(name), self.add(bytes))).collect()
    }
}

/// A percent-encoded name as it was before.
fn decoded(name: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
