//! What a thief of some keys can do, before they are stolen.
//!
//! The thief is one who also decides what clients fetch: on the server, on a mirror, or on the way. Whoever has keys and
//! decides nothing of what is fetched can do nothing; whoever decides what is fetched and has no key can keep clients from
//! updating until the timestamp expires. `tests/simulation.rs` does each of these things to the core's client.

mod consequence;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use tuf_verifier_core::UnixTime;

pub use consequence::{Consequence, ConsequenceKind};

use crate::metadata::{
    DelegatedRoles, Delegations, ROOT, SNAPSHOT, Scope, TARGETS, TIMESTAMP, format_expiry,
};
use crate::review::duties::{Duty, Place, duties};
use crate::review::{Documents, KeyNames};

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
}

/// Lets these keys be stolen. A keyid stands for its public key, whatever other keyids that has.
#[must_use]
pub fn simulate(documents: &Documents, keyids: &BTreeSet<String>, names: &KeyNames) -> Simulation {
    let duties = duties(documents);
    let stolen: BTreeSet<&str> =
        keyids.iter().flat_map(|keyid| duties.values().filter_map(|duty| duty.public(keyid))).collect();
    let roles: Vec<HeldRole> =
        duties.iter().filter_map(|(place, duty)| held(place, *duty, &stolen)).collect();
    let consequences = Holder { documents, roles: &roles }.consequences();
    Simulation { keys: keyids.iter().map(|keyid| names.short(keyid)).collect(), roles, consequences }
}

/// One simulation for each public key of the repository, by the first of its keyids.
#[must_use]
pub fn simulate_each(documents: &Documents, names: &KeyNames) -> Vec<Simulation> {
    let mut first: BTreeMap<&str, &String> = BTreeMap::new();
    let duties = duties(documents);
    for (keyid, public) in duties.values().flat_map(|duty| duty.material()) {
        first.entry(public).or_insert(keyid);
    }
    let keyids: BTreeSet<&String> = first.into_values().collect();
    keyids.into_iter().map(|keyid| simulate(documents, &BTreeSet::from([keyid.clone()]), names)).collect()
}

/// The keyids that sign for any role, with the beginning or the name that a person wrote.
#[must_use]
pub fn matching_keyids(documents: &Documents, names: &KeyNames, written: &str) -> BTreeSet<String> {
    let duties = duties(documents);
    let all = duties.values().flat_map(|duty| duty.keyids);
    let is_meant = |keyid: &&String| names.name(keyid) == Some(written) || keyid.starts_with(written);
    all.filter(is_meant).cloned().collect()
}

fn held(place: &Place<'_>, duty: Duty<'_>, stolen: &BTreeSet<&str>) -> Option<HeldRole> {
    // As the core counts: a public key with two keyids counts once.
    let signing: BTreeSet<&str> =
        duty.material().map(|(_, public)| public).filter(|public| stolen.contains(public)).collect();
    (!signing.is_empty()).then(|| HeldRole {
        role: place.1.clone(),
        delegator: place.0.map(str::to_owned),
        held: signing.len(),
        threshold: duty.threshold,
    })
}

/// The thief.
struct Holder<'h> {
    documents: &'h Documents,
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
        for (role, scope) in self.lists_of_targets() {
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
        let snapshot = self.documents.snapshot.as_ref().map(|snapshot| snapshot.expires);
        let targets = self.documents.targets.get(TARGETS).map(|targets| targets.expires);
        let root = self.documents.root.as_ref().map(|root| root.expires);
        let fixed = [
            snapshot.filter(|_| !has_snapshot),
            targets.filter(|_| !(has_snapshot && self.has(TARGETS))),
            root.filter(|_| !self.has(ROOT)),
        ];
        fixed.into_iter().flatten().min_by_key(|expires| expires.0)
    }

    /// The roles that the thief can sign and that list targets, with what they are trusted with.
    fn lists_of_targets(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.has(TARGETS) {
            found.push((TARGETS.to_owned(), "every path".to_owned()));
        }
        for held in self.roles.iter().filter(|held| held.is_met()) {
            if let Some(delegator) = &held.delegator
                && let Some(scope) = self.scope(delegator, &held.role)
            {
                found.push((held.role.clone(), scope));
            }
        }
        found
    }

    /// What a role is trusted with, and within what its delegators are, up to the top-level role; none if no client comes
    /// to it.
    fn scope(&self, delegator: &str, role: &str) -> Option<String> {
        let (mut delegator, mut scopes) = (delegator.to_owned(), vec![self.own_scope(delegator, role)?]);
        let mut seen = BTreeSet::from([role.to_owned()]);
        while delegator != TARGETS {
            // A role that leads only to itself is reached by nobody.
            if !seen.insert(delegator.clone()) {
                return None;
            }
            let above = self.documents.targets.keys().find_map(|above| {
                let scope = self.own_scope(above, &delegator)?;
                (!seen.contains(above)).then(|| (above.clone(), scope))
            });
            let (above, scope) = above?;
            scopes.push(scope);
            delegator = above;
        }
        Some(scopes.join(", within "))
    }

    fn own_scope(&self, delegator: &str, role: &str) -> Option<String> {
        let delegations: &Delegations = self.documents.targets.get(delegator)?.delegations.as_ref()?;
        match &delegations.roles {
            DelegatedRoles::Roles(roles) => {
                let found = roles.iter().find(|one| one.name == role)?;
                Some(match &found.scope {
                    Scope::Paths(patterns) => patterns.join(" or "),
                    Scope::PathHashPrefixes(prefixes) => {
                        format!("every path whose hash begins with {}", prefixes.join(" or "))
                    }
                })
            }
            DelegatedRoles::SuccinctRoles(bins) => {
                let is_bin =
                    role.strip_prefix(bins.name_prefix.as_str()).is_some_and(|rest| rest.starts_with('-'));
                is_bin.then(|| "every path".to_owned())
            }
        }
    }
}

fn optional_time<S: Serializer>(time: &Option<UnixTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(format_expiry).serialize(serializer)
}
