//! Who may sign for which role, from all documents together.

use std::collections::{BTreeMap, BTreeSet};

use super::Documents;
use crate::metadata::{Key, ListedDelegation, RotatedKeys, SNAPSHOT, TIMESTAMP, Targets};

/// What each key of a state is made of ([`Key::material`]), by keyid, which is a name within one document: computed once, because
/// a hostile repository may have thousands of keys in as many roles.
pub(crate) struct Materials<'d> {
    of_root: Table<'d>,
    of_delegators: BTreeMap<&'d str, Table<'d>>,
    /// By the role that has rotated its keys.
    of_rotations: BTreeMap<&'d str, Table<'d>>,
}

/// What the keys of one document are made of.
type Table<'d> = BTreeMap<&'d str, Vec<u8>>;

/// Keys and threshold of a role, as one document states them.
#[derive(Clone, Copy)]
pub(crate) struct Duty<'d> {
    pub(crate) keyids: &'d [String],
    pub(crate) threshold: u64,
    pub(crate) keys: &'d BTreeMap<String, Key>,
    materials: &'d Table<'d>,
}

/// The role that delegates, if any, and the role that signs. Bins are one role, `PREFIX-*`.
pub(crate) type Place<'d> = (Option<&'d str>, String);

impl<'d> Materials<'d> {
    pub(crate) fn of(documents: &'d Documents) -> Self {
        let table = |keys: &'d BTreeMap<String, Key>| -> Table<'d> {
            keys.iter().map(|(keyid, key)| (keyid.as_str(), key.material())).collect()
        };
        let of_delegator = |(delegator, targets): (&'d String, &'d Targets)| {
            Some((delegator.as_str(), table(&targets.delegations.as_ref()?.keys)))
        };
        Self {
            of_root: documents.root.as_ref().map(|root| table(&root.keys)).unwrap_or_default(),
            of_delegators: documents.targets.iter().filter_map(of_delegator).collect(),
            of_rotations: documents
                .rotated
                .iter()
                .map(|(role, rotated)| (role.as_str(), table(&rotated.keys)))
                .collect(),
        }
    }
}

impl<'d> Duty<'d> {
    /// What each key that is there is made of, by its keyid.
    pub(crate) fn materials(self) -> impl Iterator<Item = (&'d String, &'d [u8])> {
        self.keyids.iter().filter_map(move |keyid| Some((keyid, self.material(keyid)?)))
    }

    /// What the key of a keyid is made of.
    pub(crate) fn material(self, keyid: &str) -> Option<&'d [u8]> {
        self.materials.get(keyid).map(Vec::as_slice)
    }

    /// Different keys that may sign.
    pub(crate) fn distinct(self) -> usize {
        self.materials().map(|(_, material)| material).collect::<BTreeSet<_>>().len()
    }
}

/// Every role with keys of its own: top-level ones of root metadata, and delegated ones for each delegator. The keys are those
/// of its last rotate file, if it has one (TAP 8); a role that revoked itself has none, and is not among them (TAP 20).
pub(crate) fn duties<'d>(
    documents: &'d Documents,
    materials: &'d Materials<'d>,
) -> BTreeMap<Place<'d>, Duty<'d>> {
    let mut found = BTreeMap::new();
    if let Some(root) = &documents.root {
        for (name, role) in &root.roles {
            let (keys, table) = (&root.keys, &materials.of_root);
            let duty = Duty { keyids: &role.keyids, threshold: role.threshold, keys, materials: table };
            found.extend(current(documents, materials, name, duty).map(|duty| ((None, name.clone()), duty)));
        }
    }
    for (delegator, targets) in &documents.targets {
        let Some(delegations) = &targets.delegations else { continue };
        let Some(table) = materials.of_delegators.get(delegator.as_str()) else { continue };
        let (delegator, keys) = (Some(delegator.as_str()), &delegations.keys);
        for role in delegations.listed().flat_map(ListedDelegation::roles) {
            let duty = Duty { keyids: role.keyids, threshold: role.threshold, keys, materials: table };
            let duty = current(documents, materials, role.name, duty);
            found.extend(duty.map(|duty| ((delegator, role.name.to_owned()), duty)));
        }
        if let Some(bins) = delegations.bins() {
            let duty = Duty { keyids: &bins.keyids, threshold: bins.threshold, keys, materials: table };
            found.insert((delegator, format!("{}-*", bins.name_prefix)), duty);
        }
    }
    found
}

/// The keys of a role after its rotate files; none if it has revoked itself.
fn current<'d>(
    documents: &'d Documents,
    materials: &'d Materials<'d>,
    role: &str,
    listed: Duty<'d>,
) -> Option<Duty<'d>> {
    match documents.rotated.get(role) {
        None => Some(listed),
        Some(rotated) if rotated.is_revoked => None,
        Some(RotatedKeys { keyids, keys, threshold, .. }) => {
            let materials = materials.of_rotations.get(role)?;
            Some(Duty { keyids, threshold: *threshold, keys, materials })
        }
    }
}

/// The roles that each key signs for, by what it is made of.
pub(crate) fn roles_of_keys<'d>(
    duties: &BTreeMap<Place<'d>, Duty<'d>>,
) -> BTreeMap<&'d [u8], BTreeSet<String>> {
    let mut found: BTreeMap<&[u8], BTreeSet<String>> = BTreeMap::new();
    for ((_, role), duty) in duties {
        for (_, material) in duty.materials() {
            found.entry(material).or_default().insert(role.clone());
        }
    }
    found
}

/// Whether a role is signed so often that its keys are where the server is: a publisher signs for it in every publish.
pub(crate) fn is_online(role: &str) -> bool {
    [TIMESTAMP, SNAPSHOT].contains(&role)
}
