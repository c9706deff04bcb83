//! Keys that a repository has given up. A key that is stolen, or was stolen once, must not come back as the new one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tuf_verifier_core::Settings;

use crate::error::{Difference, Error, GivenUpBy};
use crate::metadata::{Key, ROOT, sha256_hex};
use crate::repository::draft::Drafts;
use crate::repository::layout::{Layout, file_name};
use crate::repository::plan::PlannedFile;
use crate::repository::state::State;
use crate::store::Disk;

/// Public keys that may not become new ones, by what they are made of: a key has many keyids and spellings.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    /// What this recovery takes away.
    taken_away: BTreeSet<Vec<u8>>,
    /// What earlier recoveries took away.
    recorded: Record,
    /// What no role has any more, with the last version of root metadata that listed it.
    earlier: BTreeMap<Vec<u8>, u64>,
}

/// What recoveries of this publisher have taken away. Root metadata shows which keys it gave up, and delegations leave no such
/// trace: their earlier metadata is published no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// Lower-case hexadecimal SHA-256 of what each key is made of.
    keys: BTreeSet<String>,
}

impl GivenUp {
    /// Reads every published root metadata file; from the copies, if those are what the recovery starts from.
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
        let mut recorded = Record::load(layout)?;
        for key in keys_of(state) {
            let material = key.material();
            earlier.remove(&material);
            recorded.keys.remove(&sha256_hex(&material));
        }
        Ok(Self { taken_away: BTreeSet::new(), recorded, earlier })
    }

    /// This recovery takes a key away.
    pub(super) fn take_away(&mut self, key: &Key) {
        self.taken_away.insert(key.material());
    }

    /// Whether this recovery takes one of these keys away.
    pub(super) fn takes_one_of<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> bool {
        keys.into_iter().any(|key| self.taken_away.contains(&key.material()))
    }

    /// Refuses a key that is to be the new one. `taken_back` has the keyids of those that come back on purpose.
    ///
    /// # Errors
    /// [`Error::KeyGivenUp`].
    pub(super) fn check(&mut self, key: &Key, taken_back: &BTreeSet<String>) -> Result<(), Error> {
        let (keyid, material) = (key.keyid()?, key.material());
        if self.taken_away.contains(&material) {
            return Err(Error::KeyGivenUp { keyid, by: GivenUpBy::ThisRecovery });
        }
        if taken_back.contains(&keyid) {
            self.recorded.keys.remove(&sha256_hex(&material));
            return Ok(());
        }
        let root = self.earlier.get(&material).map(|last| GivenUpBy::Root(*last));
        let recorded = self.recorded.has(&material).then_some(GivenUpBy::EarlierRecovery);
        root.or(recorded).map_or(Ok(()), |by| Err(Error::KeyGivenUp { keyid, by }))
    }

    /// Remembers what this recovery takes away, before anything of it is published.
    pub(super) fn remember(&self, layout: &Layout, state: &Disk) -> Result<(), Error> {
        let mut record = self.recorded.clone();
        record.keys.extend(self.taken_away.iter().map(|material| sha256_hex(material)));
        let text = serde_json::to_vec_pretty(&record).map_err(Error::NotJson)?;
        state.replace(&layout.given_up(), &text)
    }
}

impl Record {
    fn load(layout: &Layout) -> Result<Self, Error> {
        let path = layout.given_up();
        let Some(text) = layout.read_state(&path)? else { return Ok(Self::default()) };
        serde_json::from_slice(&text).map_err(|error| Error::unreadable(&path, error))
    }

    fn has(&self, material: &[u8]) -> bool {
        self.keys.contains(&sha256_hex(material))
    }
}

/// Refuses changes that bring back a key which a recovery took away: in any role, top-level or delegated.
///
/// # Errors
/// [`Error::KeyGivenUp`]; where what is remembered cannot be read.
pub(super) fn check_changes(layout: &Layout, state: &State, drafts: &Drafts) -> Result<(), Error> {
    let record = Record::load(layout)?;
    if record.keys.is_empty() {
        return Ok(());
    }
    let there: BTreeSet<Vec<u8>> = keys_of(state).map(Key::material).collect();
    for (_, key) in drafts.listed_keys() {
        let material = key.material();
        if record.has(&material) && !there.contains(&material) {
            return Err(Error::KeyGivenUp { keyid: key.keyid()?, by: GivenUpBy::EarlierRecovery });
        }
    }
    Ok(())
}

/// Every key that is published in some role.
fn keys_of(state: &State) -> impl Iterator<Item = &Key> {
    let root = state.root.iter().flat_map(|root| root.signed.keys.values());
    let delegations = state.all_targets().flat_map(|(_, targets)| &targets.signed.delegations);
    root.chain(delegations.flat_map(|delegations| delegations.keys.values()))
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
