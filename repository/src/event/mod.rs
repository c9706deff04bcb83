//! Events: changes that several people sign, before they are published together.
//!
//! An event is a folder that travels, in git or on a disk. It has everything that a signer needs to see what changes and
//! to sign it: copies of what was published, the documents as they are to be published, the bytes to sign, and the
//! signatures so far. What is in it is verified from one thing that is known elsewhere: which root metadata is the right
//! one.

mod base;
mod before;
mod duty;
mod error;
mod folder;
mod invitation;
mod listed_keys;
mod payload;
mod search_cost;
mod signatures;
mod target_change;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::key::Signers;
use crate::metadata::{Key, ROOT, Role, TARGETS, TargetFile, Targets};
use crate::repository::rebase::Conflict;
use crate::repository::{JOURNAL_HEAD, MOST_BIN_BITS, delegates};
use crate::review::{self, Documents, KeyNames};
use crate::signer::SignerError;

pub(crate) use base::{Base, Change, FORMAT, Published, edited, is_name};
use before::Before;
pub(crate) use duty::signs;
pub use duty::{By, Duty};
pub use error::EventError;
pub use folder::ids;
pub(crate) use folder::{EventFolder, is_file_keyid};
pub use invitation::{Invited, NamedInvitation};
pub(crate) use payload::{Document, Payload, Reading, original};
use signatures::Signatures;
pub use signatures::{SignatureFile, Verdict};
pub(crate) use target_change::target_change;

/// Bins of all roles of an event together. Each payload costs its author some bytes, and whoever rebases it the names of its
/// bins.
const MOST_BINS: u64 = 16 << MOST_BIN_BITS;

/// An event, read and verified as far as its folder says: everything follows from its root metadata.
#[derive(Debug)]
pub struct Event {
    pub(crate) folder: EventFolder,
    pub(crate) base: Base,
    pub(crate) before: Before,
    pub(crate) payloads: BTreeMap<String, Payload>,
    duties: BTreeMap<String, Vec<Duty>>,
    signatures: Signatures,
}

/// An event whose root metadata is known to be the right one: it may be signed.
#[derive(Debug)]
pub struct ConfirmedEvent(Event);

/// What became of the signing of an event.
#[derive(Debug)]
pub struct Signing {
    /// Role and keyid of each signature that was made.
    pub made: Vec<(String, String)>,
    /// Why keys that are known here did not sign, by keyid: their token is not plugged in, their agent does not run, or
    /// neither has them.
    pub absent: BTreeMap<String, SignerError>,
}

/// How it is known which root metadata is the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootTrust {
    /// SHA-256 of every root metadata file that a publisher remembers, from version 1 on.
    Remembered(Vec<String>),
    /// SHA-256 of root metadata, of any version that leads to the event's, that somebody has compared with what clients start
    /// from.
    Compared(Vec<String>),
}

/// How far a role of an event is.
#[derive(Debug)]
pub struct Progress<'e> {
    /// The role.
    pub role: &'e str,
    /// Version that is published, 0 where there is none.
    pub before: u64,
    /// Version that is to be published.
    pub version: u64,
    /// When that expires.
    pub expires: UnixTime,
    /// Who must sign.
    pub duties: Vec<DutyProgress<'e>>,
}

/// How far the signatures of a duty are.
#[derive(Debug)]
pub struct DutyProgress<'e> {
    /// The duty.
    pub duty: &'e Duty,
    /// Keyids with a valid signature.
    pub signed: Vec<&'e str>,
    /// The other keyids that may sign.
    pub missing: Vec<&'e str>,
    /// Valid signatures by distinct keys.
    pub count: u64,
}

impl DutyProgress<'_> {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.count >= self.duty.threshold
    }
}

impl Event {
    /// Reads an event, and verifies it from its own root metadata. Whether that is the right one is for
    /// [`Event::confirm`].
    ///
    /// # Errors
    /// [`EventError`] where somebody has edited it, where it was never whole, or where it has expired.
    pub fn open(events: &Path, id: &str, now: UnixTime) -> Result<Self, Error> {
        Self::read(EventFolder::new(events, id)?, Reading::Strict(now))
    }

    pub(crate) fn read(folder: EventFolder, reading: Reading) -> Result<Self, Error> {
        let base = Base::read(&folder)?;
        Self::read_from(folder, base, reading)
    }

    /// As [`Event::read`], with what it starts from as somebody else remembers it.
    pub(crate) fn read_from(folder: EventFolder, base: Base, reading: Reading) -> Result<Self, Error> {
        let before = Before::read(&folder, &base)?;
        let (mut payloads, mut bins) = (BTreeMap::new(), 0_u64);
        for (role, change) in &base.roles {
            let payload = Payload::read(&folder, role, change.version(), reading)?;
            bins += payload.bin_bits().map_or(0, |bits| 1 << bits);
            if bins > MOST_BINS {
                let reason = format!("with it, the event has more than {MOST_BINS} bins");
                return Err(EventError::BadPayload { path: folder.payload(role), reason }.into());
            }
            listed_keys::check(role, &payload.document, &before)?;
            check_search(&folder, role, &payload, before.targets.get(role))?;
            payloads.insert(role.clone(), payload);
        }
        let mut event = Self {
            folder,
            base,
            before,
            payloads,
            duties: BTreeMap::new(),
            signatures: Signatures::default(),
        };
        event.duties = event.payloads.keys().map(|role| (role.clone(), event.duties_of(role))).collect();
        event.signatures = Signatures::read(&event.folder, &event.payloads, &event.duties)?;
        Ok(event)
    }

    /// The event's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.folder.id()
    }

    /// The event's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What its maker calls it.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.base.title.as_deref()
    }

    /// When it was made, as its maker says.
    #[must_use]
    pub fn created(&self) -> &str {
        &self.base.created
    }

    /// What its maker calls a key: 1 to 64 of the characters A-Z a-z 0-9 - _. Nobody has to believe it; other names are passed
    /// over.
    #[must_use]
    pub fn name_of(&self, keyid: &str) -> Option<&str> {
        self.base.names.get(keyid).map(String::as_str).filter(|name| is_name(name))
    }

    /// Version and SHA-256 of the root metadata that it was made from.
    #[must_use]
    pub fn root(&self) -> (u64, &str) {
        (self.base.root.version, &self.base.root.sha256)
    }

    /// Roles whose old keys sign nothing any more, although clients with the old root metadata know no others.
    #[must_use]
    pub fn abrupt(&self) -> BTreeSet<&str> {
        let root = self.base.roles.get(ROOT);
        root.into_iter().flat_map(|root| &root.abrupt).map(String::as_str).collect()
    }

    /// Every signature file, and what is to be said of it.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureFile] {
        &self.signatures.files
    }

    /// Files among the signatures that are none.
    #[must_use]
    pub fn strays(&self) -> &[String] {
        &self.signatures.strays
    }

    /// What the event changes, the most dangerous changes first. Its texts are those of the event, and may be hostile.
    #[must_use]
    pub fn changes(&self, names: &KeyNames) -> Vec<review::Change> {
        let before = Documents {
            root: Some(self.before.root.clone()),
            targets: self.before.targets.clone(),
            ..Documents::default()
        };
        let mut after = before.clone();
        for (role, payload) in &self.payloads {
            match &payload.document {
                Document::Root(root) => after.root = Some(root.clone()),
                Document::Targets(targets) => drop(after.targets.insert(role.clone(), targets.clone())),
            }
        }
        review::changes(&before, &after, names)
    }

    /// Target paths that a role lists although it delegates them, by role: clients never ask the other role for them. Those
    /// that the event adds or changes, and those that it delegates.
    #[must_use]
    pub fn shadowing(&self) -> BTreeMap<&str, Vec<&str>> {
        // The documents say it, and not the maker of the event in `base.json`, who need not tell.
        let mut found = BTreeMap::new();
        for (role, payload) in &self.payloads {
            let Document::Targets(after) = &payload.document else { continue };
            let paths = newly_shadowed(self.before.targets.get(role), after);
            if !paths.is_empty() {
                found.insert(role.as_str(), paths);
            }
        }
        found
    }

    /// Target paths whose bytes are not with the publisher, as the event's folder says, by role. Nobody has to believe it.
    #[must_use]
    pub fn elsewhere(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut found = BTreeMap::new();
        for (role, change) in &self.base.roles {
            // The publisher makes the head of its journal itself.
            let is_head = |path: &&str| role == TARGETS && *path == JOURNAL_HEAD;
            let paths = change.elsewhere.iter().map(String::as_str).filter(|path| !is_head(path));
            let paths: Vec<_> = paths.collect();
            if !paths.is_empty() {
                found.insert(role.as_str(), paths);
            }
        }
        found
    }

    /// Keys that the event lists and that the same role has not published under the same keyid, by keyid.
    #[must_use]
    pub fn new_keys(&self) -> BTreeMap<&str, &Key> {
        let listed = self.payloads.iter().flat_map(|(role, payload)| {
            payload.document.keys().map(move |(keyid, key)| (role.as_str(), keyid.as_str(), key))
        });
        let is_new = |(role, keyid, key): &(&str, &str, &Key)| self.before.key(role, keyid) != Some(*key);
        listed.filter(is_new).map(|(_, keyid, key)| (keyid, key)).collect()
    }

    /// How far each role is, root metadata first.
    #[must_use]
    pub fn progress(&self) -> Vec<Progress<'_>> {
        let mut roles: Vec<_> = self.payloads.iter().collect();
        roles.sort_by_key(|(role, _)| (*role != ROOT, *role != TARGETS));
        roles.into_iter().map(|(role, payload)| self.progress_of(role, payload)).collect()
    }

    /// Whether every duty is met.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.progress().iter().all(|role| role.duties.iter().all(DutyProgress::is_met))
    }

    /// Sees that the root metadata that it was made from is the right one, and the last one.
    ///
    /// # Errors
    /// [`EventError::NotConfirmed`] where nobody has compared it, nor one before it; [`EventError::OtherRoot`]; [`EventError::BaseMoved`] where
    /// newer root metadata is remembered.
    pub fn confirm(self, trust: &RootTrust) -> Result<ConfirmedEvent, Error> {
        let roots = &self.before.roots;
        match trust {
            // Each root metadata was signed by the keys of the one before, so any of them leads to the last one, as it does for
            // clients that start from it.
            RootTrust::Compared(compared) => {
                let is_known = |sha256: &String| roots.iter().any(|root| root.eq_ignore_ascii_case(sha256));
                match compared.iter().any(is_known) {
                    true => Ok(ConfirmedEvent(self)),
                    false => Err(EventError::NotConfirmed {
                        event: self.id().to_owned(),
                        version: self.base.root.version,
                        sha256: self.base.root.sha256.clone(),
                        was_compared: !compared.is_empty(),
                    }
                    .into()),
                }
            }
            // What comes after the last one that is remembered was signed by the keys before it.
            RootTrust::Remembered(known) if roots.starts_with(known) => Ok(ConfirmedEvent(self)),
            RootTrust::Remembered(known) if known.starts_with(roots) => Err(EventError::BaseMoved {
                event: self.id().to_owned(),
                role: ROOT.to_owned(),
                base: self.base.root.version,
                published: known.len() as u64,
            }
            .into()),
            RootTrust::Remembered(_) => {
                Err(EventError::OtherRoot { event: self.id().to_owned(), version: self.base.root.version }
                    .into())
            }
        }
    }

    /// Adds a signature that was made elsewhere: raw, hexadecimal or Base64. `from` says where it comes from.
    ///
    /// # Errors
    /// [`EventError::NoSuchRole`], [`EventError::NotAsked`], [`EventError::AlreadySigned`],
    /// [`EventError::BadSignature`]; [`Error::Io`]. The event is as it was.
    pub fn attach(&self, role: &str, keyid: &str, bytes: &[u8], from: &str) -> Result<(), Error> {
        let payload = self.payload(role)?;
        let asked = self.duties.get(role).map_or(&[][..], Vec::as_slice);
        let named = || (role.to_owned(), keyid.to_owned());
        if !is_file_keyid(keyid) || !asked.iter().any(|duty| duty.keys.contains_key(keyid)) {
            let (role, keyid) = named();
            return Err(EventError::NotAsked { role, keyid }.into());
        }
        if self.has_signed(role, keyid) {
            let (role, keyid) = named();
            return Err(EventError::AlreadySigned { role, keyid }.into());
        }
        let sig = signatures::detached(role, keyid, asked, payload, bytes, from)?;
        signatures::write(&self.folder, role, keyid, &sig, payload)?;
        self.folder.tidy()
    }

    /// Keyids that are asked to sign for a role, each once.
    pub fn asked(&self, role: &str) -> BTreeSet<&str> {
        let duties = self.duties.get(role).into_iter().flatten();
        duties.flat_map(|duty| duty.keys.keys()).map(String::as_str).collect()
    }

    /// The signatures of a role that count, hexadecimal by keyid.
    pub(crate) fn valid(&self, role: &str) -> BTreeMap<String, String> {
        self.signatures.valid.get(role).cloned().unwrap_or_default()
    }

    pub(crate) fn payload(&self, role: &str) -> Result<&Payload, Error> {
        let missing = || EventError::NoSuchRole { event: self.id().to_owned(), role: role.to_owned() };
        self.payloads.get(role).ok_or_else(|| missing().into())
    }

    /// The metadata file of a role, with the signatures that `duties` demand.
    ///
    /// # Errors
    /// [`EventError::Incomplete`].
    pub(crate) fn sealed(&self, role: &str, duties: &[Role]) -> Result<Vec<u8>, Error> {
        let payload = self.payload(role)?;
        let valid = self.valid(role);
        for duty in duties {
            let asked = self.duties.get(role).into_iter().flatten();
            let keys =
                asked.clone().flat_map(|duty| &duty.keys).map(|(keyid, key)| (keyid.clone(), key.clone()));
            let by = asked.clone().find(|asked| asked.keys.keys().eq(BTreeSet::from_iter(&duty.keyids)));
            let by = by.map_or(By::Published, |asked| asked.by.clone());
            let demanded = Duty::new(by, duty, &keys.collect());
            let signed = demanded.count(valid.keys());
            if signed < demanded.threshold {
                let is_missing = |keyid: &&String| !valid.contains_key(*keyid);
                let missing = duty.keyids.iter().filter(is_missing).map(|keyid| self.named(keyid)).collect();
                let (event, role, by) = (self.id().to_owned(), role.to_owned(), demanded.by.to_string());
                let needed = demanded.threshold;
                return Err(EventError::Incomplete { event, role, by, needed, signed, missing }.into());
            }
        }
        let is_demanded = |keyid: &String| duties.iter().any(|duty| duty.keyids.contains(keyid));
        payload.sealed(valid.iter().filter(|(keyid, _)| is_demanded(keyid)))
    }

    /// A key's name with the beginning of its keyid, or the keyid.
    fn named(&self, keyid: &str) -> String {
        let begins = keyid.get(..8).unwrap_or(keyid);
        self.name_of(keyid).map_or_else(|| keyid.to_owned(), |name| format!("{name}:{begins}"))
    }

    /// A conflict of this event.
    pub(crate) fn conflict(&self, role: &str, published: u64, conflict: Conflict) -> Error {
        let (event, role) = (self.id().to_owned(), role.to_owned());
        EventError::Conflict { event, role, published, conflict }.into()
    }

    fn has_signed(&self, role: &str, keyid: &str) -> bool {
        self.signatures.valid.get(role).is_some_and(|valid| valid.contains_key(keyid))
    }

    fn progress_of<'e>(&'e self, role: &'e str, payload: &'e Payload) -> Progress<'e> {
        let of = |duty: &'e Duty| {
            let (signed, missing): (Vec<&String>, Vec<&String>) =
                duty.keys.keys().partition(|keyid| self.has_signed(role, keyid));
            let count = duty.count(signed.iter().copied());
            let names = |keyids: Vec<&'e String>| keyids.into_iter().map(String::as_str).collect();
            DutyProgress { duty, signed: names(signed), missing: names(missing), count }
        };
        Progress {
            role,
            before: self.base.roles.get(role).map_or(0, Change::version),
            version: payload.document.version(),
            expires: payload.document.expires(),
            duties: self.duties.get(role).into_iter().flatten().map(of).collect(),
        }
    }

    /// Who must sign a role: for root metadata the old and the new one, for `targets` whoever root metadata lists before
    /// and after, for a delegated role whoever the roles list that delegate to it.
    fn duties_of(&self, role: &str) -> Vec<Duty> {
        let mut duties = Vec::new();
        let next = match self.payloads.get(ROOT).map(|payload| &payload.document) {
            Some(Document::Root(root)) => Some(root),
            _ => None,
        };
        if role == ROOT || role == TARGETS {
            let before = &self.before.root;
            // Root metadata is signed by its old keys whatever happens (specification 6.1).
            let by_old = role == ROOT || !self.abrupt().contains(role);
            if let Some(signers) = before.roles.get(role).filter(|_| by_old) {
                duty::add(&mut duties, Duty::new(By::PublishedRoot(before.version), signers, &before.keys));
            }
            if let Some((root, signers)) = next.and_then(|root| Some((root, root.roles.get(role)?))) {
                duty::add(&mut duties, Duty::new(By::NextRoot(root.version), signers, &root.keys));
            }
            return duties;
        }
        let after = self.payloads.iter().filter_map(|(name, payload)| match &payload.document {
            Document::Targets(targets) => Some((name, targets)),
            Document::Root(_) => None,
        });
        let unchanged = self.before.targets.iter().filter(|(name, _)| !self.payloads.contains_key(*name));
        for (name, document) in after.chain(unchanged) {
            if let Some(delegations) = &document.delegations {
                for signers in delegations.signers_of(role) {
                    duty::add(
                        &mut duties,
                        Duty::new(By::Delegator(name.clone()), &signers, &delegations.keys),
                    );
                }
            }
        }
        duties
    }
}

impl ConfirmedEvent {
    /// The event.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.0
    }

    /// Signs with every private key at hand that is asked and has not signed; with those of `only` alone, if there are
    /// any. A token or an agent that is not there hinders no other key, unless it is one of `only`. All signatures are made
    /// and verified before the first one is written.
    ///
    /// # Errors
    /// [`EventError::NothingToSign`], or why a signer is not there if no other key can sign;
    /// [`EventError::BadSignature`] where a signer signs something else; whatever else the signers say, such as a wrong PIN.
    /// The event is as it was.
    pub fn sign(&self, signers: &dyn Signers, only: &[String]) -> Result<Signing, Error> {
        let event = &self.0;
        let (mut made, mut asked, mut absent) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
        for (role, payload) in &event.payloads {
            for keyid in event.asked(role).into_iter().filter(|keyid| !event.has_signed(role, keyid)) {
                asked.insert(keyid.to_owned());
                let is_wanted = only.is_empty() || only.iter().any(|name| name == keyid);
                if !is_wanted || !is_file_keyid(keyid) || absent.contains_key(keyid) {
                    continue;
                }
                let signer = match signers.signer(keyid) {
                    Err(Error::Signer(error)) if only.is_empty() && error.problem.is_absence() => {
                        absent.insert(keyid.to_owned(), error);
                        continue;
                    }
                    signer => signer?,
                };
                let Some(signer) = signer else { continue };
                let asks = event.duties.get(role).map_or(&[][..], Vec::as_slice);
                let bytes = signer.sign(&payload.bytes)?;
                let sig =
                    signatures::detached(role, keyid, asks, payload, &bytes, "what the signer returned")?;
                made.push((role.clone(), keyid.to_owned(), sig, payload));
            }
        }
        if made.is_empty() {
            if let Some((_, error)) = absent.pop_first() {
                return Err(error.into());
            }
            let (event, asked) = (event.id().to_owned(), asked.into_iter().collect());
            return Err(EventError::NothingToSign { event, asked }.into());
        }
        for (role, keyid, sig, payload) in &made {
            signatures::write(&event.folder, role, keyid, sig, payload)?;
        }
        event.folder.tidy()?;
        Ok(Signing { made: made.into_iter().map(|(role, keyid, ..)| (role, keyid)).collect(), absent })
    }
}

/// Sees that [`Event::shadowing`] ends.
fn check_search(
    folder: &EventFolder,
    role: &str,
    payload: &Payload,
    before: Option<&Targets>,
) -> Result<(), Error> {
    let Document::Targets(after) = &payload.document else { return Ok(()) };
    let delegations = [Some(after), before].map(|document| document.and_then(|of| of.delegations.as_ref()));
    let refusal = delegations.into_iter().find_map(|delegations| search_cost::refusal(after, delegations));
    let path = || folder.payload(role);
    refusal.map_or(Ok(()), |reason| Err(EventError::BadPayload { path: path(), reason }.into()))
}

/// The paths that a document lists and delegates, without those of which the same was published.
pub(crate) fn newly_shadowed<'t>(before: Option<&Targets>, after: &'t Targets) -> Vec<&'t str> {
    let was_shadowed = |path: &String, target: &TargetFile| {
        before.is_some_and(|before| {
            let published = before.targets.get(path);
            // Every publish lists another head of the journal.
            (published == Some(target) || published.is_some() && path == JOURNAL_HEAD)
                && (before.delegations == after.delegations || delegates(before, path))
        })
    };
    let listed = after.targets.iter().filter(|(path, target)| !was_shadowed(path, target));
    listed.map(|(path, _)| path.as_str()).filter(|path| delegates(after, path)).collect()
}
