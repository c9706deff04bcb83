//! What a client has stored, and what of it differs from what is offered: the reasons why two clients that refused the
//! same steps may answer a later one differently.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use tuf_tests::{date_time, sha256};

use super::{Difference, Place, Rule, Step, rules};
use crate::Outcome;

/// Lower-case hexadecimal SHA-256 digests of the stored files; none for a file that is not stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Stored {
    /// The newest trusted root metadata.
    pub root: Option<String>,
    /// The timestamp metadata.
    pub timestamp: Option<String>,
    /// The snapshot metadata.
    pub snapshot: Option<String>,
}

/// One of the two peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Python,
    Node,
}

/// What a peer brought to the step of a difference.
#[derive(Debug)]
pub(super) struct Brought<'d> {
    difference: &'d Difference<'d>,
    step: &'d Step,
    ours: &'d Stored,
    its: &'d Stored,
    timestamp: Option<Value>,
    snapshot: Option<(&'d [u8], Value)>,
}

impl<'d> Brought<'d> {
    /// What this peer had stored before the step.
    pub(super) fn new(difference: &'d Difference<'d>, peer: Peer) -> Self {
        let [ours, python, node] = &difference.before;
        let its = if peer == Peer::Python { python } else { node };
        let file = |digest: &Option<String>| offered(difference, digest.as_deref()?);
        Self {
            difference,
            step: difference.step(),
            ours,
            its,
            timestamp: file(&its.timestamp).and_then(signed),
            snapshot: file(&its.snapshot).and_then(|bytes| Some((bytes, signed(bytes)?))),
        }
    }

    /// Whether we forgot what it has stored, since the keys of the timestamp or the snapshot were rotated: at this step, or
    /// at an earlier one, from which on our stores differ.
    pub(super) fn outlives_its_keys(&self) -> bool {
        let stored = |stored: &Stored| (stored.timestamp.clone(), stored.snapshot.clone());
        let differ = stored(self.ours) != stored(self.its);
        self.rotated_now() || (differ && self.difference.rotated())
    }

    /// Whether the offered successors of our root give other keys to the timestamp or the snapshot.
    fn rotated_now(&self) -> bool {
        let ours = self.ours.root.as_deref().and_then(|digest| offered(self.difference, digest));
        let Some(trusted) = ours.and_then(signed) else { return false };
        let later = |signed: &Value| number(&signed["version"]) > number(&trusted["version"]);
        roots(self.step).filter(later).any(|signed| online_keys(&signed) != online_keys(&trusted))
    }

    /// Whether it has a timestamp or a snapshot, below whose versions it takes nothing.
    pub(super) fn has_a_floor(&self) -> bool {
        self.its.timestamp.is_some() || self.its.snapshot.is_some()
    }

    /// Whether it stays with its timestamp: the offered one has the same version, and is another file.
    pub(super) fn keeps_another_timestamp(&self) -> bool {
        let offered = self.step.mirror.metadata.get("timestamp.json");
        offered.is_some_and(|offered| self.its.timestamp.as_deref() != Some(&sha256(offered)))
            && self.timestamp.is_some()
            && version(self.timestamp.as_ref()) == version(offered_timestamp(self.step).as_ref())
    }

    /// Whether its timestamp has expired.
    pub(super) fn timestamp_has_expired(&self) -> bool {
        let expires = self.timestamp.as_ref().and_then(|signed| signed["expires"].as_str());
        expires.is_some_and(|expires| expires <= date_time(self.step.now).as_str())
    }

    /// Whether it stays with its snapshot, since that has the version that is listed.
    pub(super) fn keeps_its_snapshot(&self) -> bool {
        let version = |signed: &Value| number(&signed["version"]);
        let stored = self.snapshot.as_ref().and_then(|(_, signed)| version(signed));
        stored.is_some() && stored == self.listed().as_ref().and_then(version)
    }

    /// Whether it stays with its snapshot, and that is not the file that is offered.
    pub(super) fn keeps_another_snapshot(&self) -> bool {
        let (Some((bytes, _)), Some(listed)) = (&self.snapshot, self.listed()) else { return false };
        let names = [format!("{}.snapshot.json", listed["version"]), "snapshot.json".to_owned()];
        let mut offered = names.iter().filter_map(|name| self.step.mirror.metadata.get(name));
        self.keeps_its_snapshot() && offered.any(|offered| offered.as_slice() != *bytes)
    }

    /// Whether its snapshot has another length or another hash than is listed of its version.
    pub(super) fn snapshot_is_not_the_listed_one(&self) -> bool {
        let (Some((bytes, _)), Some(listed)) = (&self.snapshot, self.listed()) else { return false };
        let length = listed["length"].as_u64();
        let hash = listed["hashes"]["sha256"].as_str();
        length.is_some_and(|length| length != bytes.len() as u64)
            || hash.is_some_and(|hash| !hash.eq_ignore_ascii_case(&sha256(bytes)))
    }

    /// Whether its snapshot does not list the targets role, and we have not stored it.
    pub(super) fn snapshot_lists_no_targets(&self) -> bool {
        let lists = |signed: &Value| signed["meta"]["targets.json"].is_object();
        self.its.snapshot != self.ours.snapshot
            && self.snapshot.as_ref().is_some_and(|(_, signed)| !lists(signed))
    }

    /// Whether its snapshot lists root metadata.
    pub(super) fn snapshot_lists_root(&self) -> bool {
        self.snapshot.as_ref().is_some_and(|(_, signed)| signed["meta"]["root.json"].is_object())
    }

    /// What the timestamp that it goes by says of the snapshot.
    fn listed(&self) -> Option<Value> {
        let timestamp = match self.keeps_another_timestamp() {
            true => self.timestamp.clone(),
            false => offered_timestamp(self.step),
        };
        timestamp.map(|mut signed| signed["meta"]["snapshot.json"].take())
    }
}

impl Difference<'_> {
    /// Whether two of the root metadata files that were offered so far give other keys to the timestamp or the snapshot.
    fn rotated(&self) -> bool {
        let mut keys = self.until_now().flat_map(roots).map(|signed| online_keys(&signed));
        let first = keys.next();
        keys.any(|other| Some(other) != first)
    }

    /// Whether we trust what is offered at the step, and nothing that was stored before: the versions, and the target.
    #[must_use]
    pub fn we_take_what_is_offered(&self) -> bool {
        let trusted = self.versions[0]
            .as_ref()
            .map(|[_, timestamp, snapshot, targets]| [timestamp.clone(), snapshot.clone(), targets.clone()]);
        trusted.is_some_and(|trusted| {
            let [_, _, targets] = &trusted;
            self.offered_versions().contains(&trusted) && self.our_target_is_offered(targets)
        })
    }

    /// The versions of the offered timestamp, of the snapshot that it lists and of the targets role which that lists; of both
    /// snapshots, where there is another one of the listed version under the name of the other kind of repository.
    fn offered_versions(&self) -> Vec<[Value; 3]> {
        let Some(timestamp) = offered_timestamp(self.step()) else { return Vec::new() };
        let listed = &timestamp["meta"]["snapshot.json"]["version"];
        let snapshots = offered_of_version(self.step(), "snapshot", listed);
        let versions = snapshots.map(|snapshot| {
            [
                timestamp["version"].clone(),
                listed.clone(),
                snapshot["meta"]["targets.json"]["version"].clone(),
            ]
        });
        versions.collect()
    }

    /// Whether what we found of a target is in the offered files: its bytes, and a role that lists it. What we did not find,
    /// the targets role of this version does not list.
    fn our_target_is_offered(&self, version: &Value) -> bool {
        let Place::Target(path) = &self.place else { return true };
        let step = self.step();
        let lists = |signed: &Value| signed["targets"].get(path).is_some();
        match &self.answers.ours {
            Outcome::Verified { sha256: digest } => {
                let mut roles = step.mirror.metadata.values().filter_map(|bytes| signed(bytes));
                step.mirror.targets.values().any(|bytes| sha256(bytes) == *digest)
                    && roles.any(|role| lists(&role))
            }
            Outcome::Absent => {
                let mut offered = offered_of_version(step, "targets", version).peekable();
                offered.peek().is_none() || offered.any(|targets| !lists(&targets))
            }
            _ => true,
        }
    }

    /// Whether the clients came to the step with different root metadata, after an earlier step offered one with a mutation
    /// that a rule knows.
    #[must_use]
    pub fn roots_differ_by_a_known_mutation(&self) -> bool {
        let known = |step: &Step| {
            step.applied.iter().any(|applied| {
                applied.role == "root"
                    && rules().flat_map(Rule::mutations).any(|mutation| mutation == applied.mutation)
            })
        };
        let [ours, python, node] = &self.before;
        (ours.root != python.root || ours.root != node.root)
            && self.world.steps.iter().take(self.number).any(known)
    }
}

/// The file of this digest, as it was offered until now. tuf-js stores text, so that bytes that are none become U+FFFD.
fn offered<'w>(difference: &Difference<'w>, digest: &str) -> Option<&'w [u8]> {
    let mut files = difference.until_now().flat_map(|step| step.mirror.metadata.values());
    let text = |bytes: &[u8]| sha256(String::from_utf8_lossy(bytes).as_bytes());
    files.find(|bytes| sha256(bytes) == digest || text(bytes) == digest).map(Vec::as_slice)
}

/// The signed parts of the root metadata that a step offers.
fn roots(step: &Step) -> impl Iterator<Item = Value> {
    let files = step.mirror.metadata.iter().filter(|(name, _)| name.ends_with(".root.json"));
    files.filter_map(|(_, bytes)| signed(bytes))
}

/// What root metadata says of the keys of timestamp and snapshot.
fn online_keys(signed: &Value) -> [Value; 2] {
    ["timestamp", "snapshot"].map(|role| signed["roles"][role].clone())
}

fn offered_timestamp(step: &Step) -> Option<Value> {
    signed(step.mirror.metadata.get("timestamp.json")?)
}

/// The signed parts of this version of a top-level role, as a step offers it under the names of both kinds of repositories.
fn offered_of_version<'a>(
    step: &'a Step,
    role: &str,
    version: &'a Value,
) -> impl Iterator<Item = Value> + 'a {
    let names = [format!("{version}.{role}.json"), format!("{role}.json")];
    let files = names.into_iter().filter_map(|name| step.mirror.metadata.get(&name));
    files.filter_map(|bytes| signed(bytes)).filter(|signed| number(&signed["version"]) == number(version))
}

/// The signed part of a metadata file.
fn signed(bytes: &[u8]) -> Option<Value> {
    let mut file: BTreeMap<String, Value> = serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()?;
    file.remove("signed")
}

fn version(signed: Option<&Value>) -> Option<f64> {
    number(&signed?["version"])
}

/// A number of any form: a peer may take what is no integer, or has more than 64 bits.
fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}
