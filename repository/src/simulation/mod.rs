//! What a thief of some keys can do, before they are stolen.
//!
//! The thief is one who also decides what clients fetch: on the server, on a mirror, or on the way. Whoever has keys and
//! decides nothing of what is fetched can do nothing; whoever decides what is fetched and has no key can keep clients from
//! updating until the timestamp expires. `tests/simulation.rs` does each of these things to the core's client.

mod consequence;
mod reach;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use tuf_verifier_core::UnixTime;

pub use consequence::{Consequence, ConsequenceKind};

use crate::metadata::{ROOT, SNAPSHOT, TARGETS, TIMESTAMP, format_expiry};
use crate::review::duties::{Duty, Materials, Place, duties};
use crate::review::{Documents, KeyNames};
use reach::{Reach, Voice};

/// What the holder of some keys can do.
///
/// Its texts are the repository's own and may be hostile: whoever shows them escapes them first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Simulation {
    /// The keys, by name and keyid.
    pub keys: Vec<String>,
    /// The roles that the keys sign for.
    pub roles: Vec<HeldRole>,
    /// What their holder can do, the worst first.
    pub consequences: Vec<Consequence>,
}

/// A role that stolen keys sign for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldRole {
    /// The role; bins are `PREFIX-*`.
    pub role: String,
    /// The role that delegates to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegator: Option<String>,
    /// Signatures that the keys make.
    pub held: usize,
    /// Signatures that are needed.
    pub threshold: u64,
}

impl HeldRole {
    /// Whether the keys are enough to sign for the role.
    #[must_use]
    pub fn is_met(&self) -> bool {
        u64::try_from(self.held).is_ok_and(|held| held >= self.threshold)
    }

    fn new(place: &Place<'_>, duty: Duty<'_>, held: usize) -> Self {
        let (role, delegator) = (place.1.clone(), place.0.map(str::to_owned));
        Self { role, delegator, held, threshold: duty.threshold }
    }

    fn is_at(&self, place: &Place<'_>) -> bool {
        self.role == place.1 && self.delegator.as_deref() == place.0
    }
}

/// Lets these keys be stolen. A keyid stands for its public key, whatever other keyids that has.
#[must_use]
pub fn simulate(documents: &Documents, keyids: &BTreeSet<String>, names: &KeyNames) -> Simulation {
    let materials = Materials::of(documents);
    let duties = duties(documents, &materials);
    let stolen: BTreeSet<&[u8]> =
        keyids.iter().flat_map(|keyid| duties.values().filter_map(|duty| duty.material(keyid))).collect();
    let roles = duties.iter().filter_map(|(place, duty)| held(place, *duty, &stolen)).collect();
    theft(&Reach::of(documents), keyids, roles, names)
}

/// One simulation for each public key of the repository, by the first of its keyids.
#[must_use]
pub fn simulate_each(documents: &Documents, names: &KeyNames) -> Vec<Simulation> {
    let materials = Materials::of(documents);
    let (duties, reach) = (duties(documents, &materials), Reach::of(documents));
    // The first keyid of each public key, and the roles that it signs for: a hostile repository may have thousands of both.
    let mut first: BTreeMap<&[u8], (&String, Vec<HeldRole>)> = BTreeMap::new();
    for (place, duty) in &duties {
        for (keyid, material) in duty.materials() {
            let (_, roles) = first.entry(material).or_insert((keyid, Vec::new()));
            // A role may list one key under two keyids.
            if !roles.last().is_some_and(|last| last.is_at(place)) {
                roles.push(HeldRole::new(place, *duty, 1));
            }
        }
    }
    let mut thefts: Vec<_> = first.into_values().collect();
    thefts.sort_by_key(|(keyid, _)| *keyid);
    let theft = |(keyid, roles): (&String, _)| theft(&reach, &BTreeSet::from([keyid.clone()]), roles, names);
    thefts.into_iter().map(theft).collect()
}

fn theft(reach: &Reach<'_>, keyids: &BTreeSet<String>, roles: Vec<HeldRole>, names: &KeyNames) -> Simulation {
    let consequences = Holder { reach, roles: &roles }.consequences();
    Simulation { keys: keyids.iter().map(|keyid| names.short(keyid)).collect(), roles, consequences }
}

/// The keyids that sign for any role, with the beginning or the name that a person wrote.
#[must_use]
pub fn matching_keyids(documents: &Documents, names: &KeyNames, written: &str) -> BTreeSet<String> {
    let materials = Materials::of(documents);
    let duties = duties(documents, &materials);
    let all = duties.values().flat_map(|duty| duty.keyids);
    let is_meant = |keyid: &&String| names.name(keyid) == Some(written) || keyid.starts_with(written);
    all.filter(is_meant).cloned().collect()
}

fn held(place: &Place<'_>, duty: Duty<'_>, stolen: &BTreeSet<&[u8]>) -> Option<HeldRole> {
    // As the core counts: a public key with two keyids counts once.
    let signing: BTreeSet<&[u8]> =
        duty.materials().map(|(_, material)| material).filter(|material| stolen.contains(material)).collect();
    (!signing.is_empty()).then(|| HeldRole::new(place, duty, signing.len()))
}

/// The thief.
struct Holder<'h> {
    reach: &'h Reach<'h>,
    roles: &'h [HeldRole],
}

impl Holder<'_> {
    fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held.delegator.is_none() && held.role == role && held.is_met())
    }

    fn consequences(&self) -> Vec<Consequence> {
        let (timestamp, snapshot) = (self.has(TIMESTAMP), self.has(SNAPSHOT));
        let mut found = Vec::new();
        if self.has(ROOT) {
            found.push(Consequence::new(ConsequenceKind::TakeOver));
        }
        let missing: Vec<String> = [(TIMESTAMP, timestamp), (SNAPSHOT, snapshot)]
            .into_iter()
            .filter(|(_, held)| !held)
            .map(|(role, _)| role.to_owned())
            .collect();
        let voices = self.voices();
        for (role, scope, own) in self.lists_of_targets() {
            if let Some(Lacking { missing, others }) = self.lacking(&own, &voices) {
                let kind = ConsequenceKind::PartOfAgreement { missing };
                found.push(Consequence::new(kind).of(&role).scope(scope).needs(others));
                continue;
            }
            let kind =
                if missing.is_empty() { ConsequenceKind::AnyTarget } else { ConsequenceKind::PreparedTarget };
            found.push(Consequence::new(kind).of(&role).scope(scope).needs(missing.clone()));
        }
        if timestamp {
            found.push(Consequence::new(ConsequenceKind::FastForward));
            found.push(Consequence::new(ConsequenceKind::OldStateForNewClients));
            found.push(Consequence::new(ConsequenceKind::Freeze).until(self.frozen_until(snapshot)));
        } else if snapshot {
            let kind = ConsequenceKind::PreparedSnapshot;
            found.push(Consequence::new(kind).needs(vec![TIMESTAMP.to_owned()]));
        }
        for held in self.roles.iter().filter(|held| !held.is_met()) {
            let missing = held.threshold.saturating_sub(u64::try_from(held.held).unwrap_or(u64::MAX));
            found.push(Consequence::new(ConsequenceKind::PartOfThreshold { missing }).of(&held.role));
        }
        found
    }

    /// What ends a freeze, if the thief signs the timestamp anew for ever: the first expiry that they cannot move.
    fn frozen_until(&self, has_snapshot: bool) -> Option<UnixTime> {
        let snapshot = self.reach.documents.snapshot.as_ref().map(|snapshot| snapshot.expires);
        let targets = self.reach.documents.targets.get(TARGETS).map(|targets| targets.expires);
        let root = self.reach.documents.root.as_ref().map(|root| root.expires);
        let fixed = [
            snapshot.filter(|_| !has_snapshot),
            targets.filter(|_| !(has_snapshot && self.has(TARGETS))),
            root.filter(|_| !self.has(ROOT)),
        ];
        fixed.into_iter().flatten().min_by_key(|expires| expires.0)
    }

    /// The roles that the thief can sign and that list targets, with what they are trusted with, and with the delegations in
    /// which they must agree with others.
    fn lists_of_targets(&self) -> Vec<(String, String, Vec<Voice<'_>>)> {
        let mut found = Vec::new();
        if self.has(TARGETS) {
            found.push((TARGETS.to_owned(), "every path".to_owned(), Vec::new()));
        }
        for held in self.roles.iter().filter(|held| held.is_met()) {
            if let Some(delegator) = &held.delegator
                && let Some(scope) = self.reach.scope(delegator, &held.role)
            {
                found.push((held.role.clone(), scope, self.reach.voices(delegator, &held.role)));
            }
        }
        found
    }

    /// All roles that the thief speaks for where roles must agree: those that they sign, and those that these are delegated by.
    fn voices(&self) -> BTreeSet<Voice<'_>> {
        let held = self.roles.iter().filter(|held| held.is_met());
        let voices = held.filter_map(|held| Some(self.reach.voices(held.delegator.as_deref()?, &held.role)));
        voices.flatten().collect()
    }

    /// What is missing to the first agreement, on the way to a role, that the thief does not make alone.
    fn lacking(&self, own: &[Voice<'_>], all: &BTreeSet<Voice<'_>>) -> Option<Lacking> {
        own.iter().find_map(|voice| {
            let agreement = self.reach.agreement(voice)?;
            let same = |other: &&Voice<'_>| {
                (other.delegator, other.delegation) == (voice.delegator, voice.delegation)
            };
            let heard: BTreeSet<&str> = all.iter().filter(same).map(|voice| voice.role.as_str()).collect();
            let count = u64::try_from(heard.len()).unwrap_or(u64::MAX);
            let missing =
                agreement.min_roles_in_agreement().checked_sub(count).filter(|missing| *missing > 0)?;
            let others = agreement.roles().map(|role| role.name).filter(|role| !heard.contains(role));
            Some(Lacking { missing, others: others.map(str::to_owned).collect() })
        })
    }
}

/// Roles that must agree with what a thief signs.
struct Lacking {
    /// How many more.
    missing: u64,
    /// Those that the thief does not speak for.
    others: Vec<String>,
}

fn optional_time<S: Serializer>(time: &Option<UnixTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(format_expiry).serialize(serializer)
}
