//! Lines of the journal that this publisher does not remember: another publisher has written them, or somebody who is none.
//!
//! Their chain needs no key: whoever can write to the file can add a line that follows from the one before. So each of them
//! must say what is published. Of what is gone since, such as old snapshots, only the versions can be compared; the time and
//! the events of a line are the word of whoever wrote it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use tuf_verifier_core::Settings;

use crate::error::Error;
use crate::metadata::{Key, ROOT, SNAPSHOT, Signature, TARGETS, TIMESTAMP, sha256_hex};
use crate::repository::journal::{JournalEntry, JournalError, JournalFile};
use crate::repository::layout::{Layout, check_file_role, file_name};
use crate::repository::state::State;

/// Sees that the lines after the first `known` ones say what is published, each publish once.
///
/// # Errors
/// [`JournalError::NotPublished`]; [`Error::Io`].
pub(super) fn check(
    entries: &[JournalEntry],
    known: usize,
    layout: &Layout,
    state: &State,
) -> Result<(), Error> {
    if known >= entries.len() {
        return Ok(());
    }
    let mut lines = Lines { layout, state, files: BTreeSet::new(), versions: BTreeMap::new() };
    for (at, entry) in entries.iter().enumerate() {
        if at >= known
            && let Some(reason) = lines.contradiction(entry)?
        {
            let line = u64::try_from(at).unwrap_or(u64::MAX).saturating_add(1);
            return Err(JournalError::NotPublished { line, reason }.into());
        }
        lines.add(entry);
    }
    Ok(())
}

/// What earlier lines say, and what is published.
struct Lines<'e> {
    layout: &'e Layout,
    state: &'e State,
    files: BTreeSet<(&'e str, u64, &'e str)>,
    /// The highest version of each role.
    versions: BTreeMap<&'e str, u64>,
}

impl<'e> Lines<'e> {
    fn add(&mut self, entry: &'e JournalEntry) {
        for JournalFile { role, version, sha256, .. } in &entry.published {
            self.files.insert((role, *version, sha256));
            let highest = self.versions.entry(role).or_default();
            *highest = (*highest).max(*version);
        }
    }

    /// Why a line is not that of a publish.
    fn contradiction(&self, entry: &JournalEntry) -> Result<Option<String>, Error> {
        let names = |role: &str| entry.published.iter().any(|file| file.role == role);
        if entry.is_routine() {
            return Ok(Some("a publish of snapshot and timestamp alone has no line".to_owned()));
        }
        // Root metadata may be published alone; clients come to every other role through these two.
        let is_root_alone = entry.published.iter().all(|file| file.role == ROOT);
        let leads_to_it = names(SNAPSHOT) && names(TIMESTAMP);
        if !is_root_alone && !leads_to_it {
            return Ok(Some("no publish changes a role without snapshot and timestamp".to_owned()));
        }
        for file in &entry.published {
            if let Some(reason) = self.contradiction_of(file)? {
                return Ok(Some(format!("role {} version {}: {reason}", file.role, file.version)));
            }
        }
        Ok(None)
    }

    fn contradiction_of(&self, file: &JournalFile) -> Result<Option<String>, Error> {
        let JournalFile { role, version, sha256, .. } = file;
        if self.files.contains(&(role, *version, sha256)) {
            return Ok(Some("an earlier line has it already".to_owned()));
        }
        let published = self.published(role);
        match version.cmp(&published) {
            Ordering::Greater => Ok(Some(format!("it is not published, the last one is {published}"))),
            Ordering::Equal if self.state.digest(role, *version) != Some(sha256) => {
                Ok(Some("it has another digest".to_owned()))
            }
            Ordering::Equal => self.signed_by_others(file),
            Ordering::Less if self.versions.get(role.as_str()).is_some_and(|highest| highest >= version) => {
                Ok(Some("an earlier line has a later version".to_owned()))
            }
            Ordering::Less => match role.as_str() {
                // The next refresh takes its place, and no copy is kept.
                TIMESTAMP => Ok(None),
                SNAPSHOT if self.read(file)?.is_none() => Ok(None),
                _ => self.signed_by_others(file),
            },
        }
    }

    fn published(&self, role: &str) -> u64 {
        match role {
            ROOT => self.state.root_version(),
            TIMESTAMP => self.state.base().1,
            SNAPSHOT => self.state.snapshot.as_ref().map_or(0, |snapshot| snapshot.signed.version),
            _ => self.state.version(role),
        }
    }

    /// Compares the file, and who has signed it. That of the published version is verified, by its digest; whoever can write
    /// to the journal can also write a file of an earlier one, so its signatures are.
    fn signed_by_others(&self, file: &JournalFile) -> Result<Option<String>, Error> {
        let Some(bytes) = self.read(file)? else { return Ok(Some("its file is gone".to_owned())) };
        if sha256_hex(&bytes) != file.sha256 {
            return Ok(Some("its file has another digest".to_owned()));
        }
        let Ok(original) = crate::event::original::<serde_json::Value>(&bytes) else {
            return Ok(Some("its file is no metadata".to_owned()));
        };
        let signed = original.signatures.iter().map(|signature| &signature.keyid);
        if !signed.eq(&file.keyids) {
            return Ok(Some("others have signed it".to_owned()));
        }
        let is_verified = file.version == self.published(&file.role)
            // Every root metadata is: each by the keys of the one before.
            || file.role == ROOT && self.state.digest(ROOT, file.version) == Some(&file.sha256);
        let signs = |signature: &Signature| self.signs(signature, &original.canonical);
        match is_verified || (!original.signatures.is_empty() && original.signatures.iter().all(signs)) {
            true => Ok(None),
            false => Ok(Some("it has a signature that no key of the repository has made".to_owned())),
        }
    }

    fn signs(&self, signature: &Signature, canonical: &[u8]) -> bool {
        let root = self.state.root.iter().map(|root| &root.signed.keys);
        let delegations = self.state.all_targets().filter_map(|(_, role)| role.signed.delegations.as_ref());
        let tables = root.chain(delegations.map(|delegations| &delegations.keys));
        let keys = tables.filter_map(|keys: &BTreeMap<String, Key>| keys.get(&signature.keyid));
        let mut made = keys.map(|key| {
            crate::event::signs(&signature.keyid, key, canonical, &signature.sig).unwrap_or(false)
        });
        made.any(|made| made)
    }

    fn read(&self, file: &JournalFile) -> Result<Option<Vec<u8>>, Error> {
        // Others write the names.
        let is_top_level = [ROOT, TARGETS, SNAPSHOT, TIMESTAMP].contains(&file.role.as_str());
        if !is_top_level && check_file_role(&file.role).is_err() {
            return Ok(None);
        }
        let most = Settings::default().listed_max_length;
        self.layout.read_metadata(&file_name(&file.role, file.version), most)
    }
}
