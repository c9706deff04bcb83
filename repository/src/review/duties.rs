//! Who may sign for which role, from all documents together.

use std::collections::{BTreeMap, BTreeSet};

use super::Documents;
use crate::metadata::{DelegatedRoles, Key, RotatedKeys, SNAPSHOT, TIMESTAMP};

/// Keys and threshold of a role, as one document states them.
#[derive(Clone, Copy)]
pub(crate) struct Duty<'d> {
    pub(crate) keyids: &'d [String],
    pub(crate) threshold: u64,
    pub(crate) keys: &'d BTreeMap<String, Key>,
}

/// The role that delegates, if any, and the role that signs. Bins are one role, `PREFIX-*`.
pub(crate) type Place<'d> = (Option<&'d str>, String);

impl<'d> Duty<'d> {
    /// The public key of each keyid that has one here.
    pub(crate) fn material(self) -> impl Iterator<Item = (&'d String, &'d str)> {
        self.keyids.iter().filter_map(move |keyid| Some((keyid, material(self.keys.get(keyid)?))))
    }

    /// The public key of a keyid.
    pub(crate) fn public(self, keyid: &str) -> Option<&'d str> {
        self.keys.get(keyid).map(material)
    }

    /// Different public keys that may sign.
    pub(crate) fn distinct(self) -> usize {
        self.keyids
            .iter()
            .filter_map(|keyid| self.keys.get(keyid))
            .map(Key::material)
            .collect::<BTreeSet<_>>()
            .len()
    }
}

/// What makes two keys the same one, whatever their keyids: the public portion.
fn material(key: &Key) -> &str {
    key.keyval.public.trim()
}

/// Every role with keys of its own: top-level ones of root metadata, and delegated ones for each delegator. The keys are those
/// of its last rotate file, if it has one (TAP 8); a role that revoked itself has none, and is not among them (TAP 20).
pub(crate) fn duties(documents: &Documents) -> BTreeMap<Place<'_>, Duty<'_>> {
    let mut found = BTreeMap::new();
    if let Some(root) = &documents.root {
        for (name, role) in &root.roles {
            let duty = Duty { keyids: &role.keyids, threshold: role.threshold, keys: &root.keys };
            found.extend(current(documents, name, duty).map(|duty| ((None, name.clone()), duty)));
        }
    }
    for (delegator, targets) in &documents.targets {
        let Some(delegations) = &targets.delegations else { continue };
        let (delegator, keys) = (Some(delegator.as_str()), &delegations.keys);
        match &delegations.roles {
            DelegatedRoles::Roles(roles) => found.extend(roles.iter().filter_map(|role| {
                let duty = Duty { keyids: &role.keyids, threshold: role.threshold, keys };
                Some(((delegator, role.name.clone()), current(documents, &role.name, duty)?))
            })),
            DelegatedRoles::SuccinctRoles(bins) => {
                let duty = Duty { keyids: &bins.keyids, threshold: bins.threshold, keys };
                found.insert((delegator, format!("{}-*", bins.name_prefix)), duty);
            }
        }
    }
    found
}

/// The keys of a role after its rotate files; none if it has revoked itself.
fn current<'d>(documents: &'d Documents, role: &str, listed: Duty<'d>) -> Option<Duty<'d>> {
    match documents.rotated.get(role) {
        None => Some(listed),
        Some(rotated) if rotated.is_revoked => None,
        Some(RotatedKeys { keyids, keys, threshold, .. }) => {
            Some(Duty { keyids, threshold: *threshold, keys })
        }
    }
}

/// The roles that each public key signs for.
pub(crate) fn roles_of_keys<'d>(
    duties: &BTreeMap<Place<'d>, Duty<'d>>,
) -> BTreeMap<&'d str, BTreeSet<String>> {
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for ((_, role), duty) in duties {
        for (_, material) in duty.material() {
            found.entry(material).or_default().insert(role.clone());
        }
    }
    found
}

/// Whether a role is signed so often that its keys are where the server is: a publisher signs for it in every publish.
pub(crate) fn is_online(role: &str) -> bool {
    [TIMESTAMP, SNAPSHOT].contains(&role)
}
