//! Keys that a repository has given up. A key that is stolen, or was stolen once, must not come back as the new one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tuf_verifier_core::Settings;

use crate::error::{Difference, Error};
use crate::metadata::{Key, ROOT, sha256_hex};
use crate::repository::layout::{Layout, file_name};
use crate::repository::plan::PlannedFile;
use crate::repository::state::State;

/// Public keys that may not become new ones, by what they are made of: a key has many keyids and spellings.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    /// What this recovery takes away.
    taken_away: BTreeSet<Vec<u8>>,
    /// What no role has any more, with the last version of root metadata that listed it.
    earlier: BTreeMap<Vec<u8>, u64>,
}

impl GivenUp {
    /// Reads every published root metadata file; from the copies, if those are what the recovery starts from. Delegations leave
    /// no such trace: their earlier metadata is published no more.
    ///
    /// # Errors
    /// [`Error::Changed`] for root metadata that is not what was verified; [`Error::Unreadable`]; [`Error::Io`].
    pub(super) fn load(layout: &Layout, kept: &[PlannedFile], state: &State) -> Result<Self, Error> {
        let mut earlier = BTreeMap::new();
        for version in 1..state.root_version() {
            let bytes = root_metadata(layout, kept, state, version)?;
            let root = serde_json::from_slice(&bytes)
                .map_err(|error| Error::unreadable(&layout.metadata(&file_name(ROOT, version)), error))?;
            earlier.extend(listed(&root).into_iter().map(|key| (key.material(), version)));
        }
        let root = state.root.iter().flat_map(|root| root.signed.keys.values());
        let delegations = state.all_targets().flat_map(|(_, targets)| &targets.signed.delegations);
        for key in root.chain(delegations.flat_map(|delegations| delegations.keys.values())) {
            earlier.remove(&key.material());
        }
        Ok(Self { taken_away: BTreeSet::new(), earlier })
    }

    /// This recovery takes a key away.
    pub(super) fn take_away(&mut self, key: &Key) {
        self.taken_away.insert(key.material());
    }

    /// Refuses a key that is to be the new one. `taken_back` has the keyids of those that come back on purpose.
    ///
    /// # Errors
    /// [`Error::KeyGivenUp`].
    pub(super) fn check(&self, key: &Key, taken_back: &BTreeSet<String>) -> Result<(), Error> {
        let (keyid, material) = (key.keyid()?, key.material());
        if self.taken_away.contains(&material) {
            return Err(Error::KeyGivenUp { keyid, last_root: None });
        }
        match self.earlier.get(&material) {
            Some(last) if !taken_back.contains(&keyid) => {
                Err(Error::KeyGivenUp { keyid, last_root: Some(*last) })
            }
            _ => Ok(()),
        }
    }
}

fn root_metadata(
    layout: &Layout,
    kept: &[PlannedFile],
    state: &State,
    version: u64,
) -> Result<Vec<u8>, Error> {
    let name = file_name(ROOT, version);
    let copy = kept.iter().find(|file| file.role == ROOT && file.version == version);
    let bytes = match copy {
        Some(copy) => Some(copy.bytes.clone()),
        None => layout.read_metadata(&name, Settings::default().root_max_length)?,
    };
    let changed = |difference| Error::changed(&layout.metadata(&name), difference);
    let bytes = bytes.ok_or_else(|| changed(Difference::Gone))?;
    match state.digest(ROOT, version) == Some(sha256_hex(&bytes).as_str()) {
        true => Ok(bytes),
        false => Err(changed(Difference::Bytes)),
    }
}

/// The public keys that some role of root metadata lists. Earlier root metadata may have forms of keys that are not written here.
fn listed(root: &Value) -> Vec<Key> {
    let signed = &root["signed"];
    let roles = signed["roles"].as_object().into_iter().flat_map(|roles| roles.values());
    let keyids = roles.flat_map(|role| role["keyids"].as_array()).flatten().filter_map(Value::as_str);
    let keys = keyids.map(|keyid| &signed["keys"][keyid]);
    let key = |key: &Value| {
        let keytype = key["keytype"].as_str().unwrap_or_default();
        let scheme = key["scheme"].as_str().unwrap_or(keytype);
        Some(Key::new(keytype, scheme, key["keyval"]["public"].as_str()?.to_owned()))
    };
    keys.filter_map(key).collect()
}
