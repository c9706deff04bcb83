//! Who may sign for a role: the keys and the threshold that its delegator lists.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::{at_most, field, header::positive};
use crate::failure::Defect;
use crate::json::{Cursor, Text, canonical};
use crate::workflow::Settings;

/// The keys and the threshold of one role, as trusted metadata lists them. A copy shares the keys.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    /// Role whose metadata lists the keys.
    pub(crate) delegator: Arc<str>,
    /// Version of that metadata.
    pub(crate) delegator_version: u64,
    /// Signatures of distinct keys that are needed, at least 1.
    pub(crate) threshold: u64,
    /// The listed keys by keyid, in the order of the keyids; at most [`Settings::MAX_KEYIDS`]. A keyid without a key is
    /// not among them.
    pub(crate) keys: Arc<[(Box<str>, Arc<KeyDescription>)]>,
}

/// A key as metadata describes it (4.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyDescription {
    pub(crate) keytype: Box<str>,
    pub(crate) scheme: Box<str>,
    /// The `public` of `keyval`; empty where there is none, as an unknown key type may have it.
    pub(crate) public: Box<str>,
}

impl KeyDescription {
    /// The JSON of a key object becomes a description; none if it is no key object.
    pub(crate) fn read(key_object: &[u8]) -> Option<Self> {
        let text = canonical(key_object).ok()?;
        key(&mut Cursor::new(&text, 0)).ok()
    }
}

/// Keyids and threshold of one role, as they stand in metadata.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signers<'a> {
    keyids: Cursor<'a>,
    threshold: u64,
}

/// The `keys` object of delegating metadata, indexed once for all roles that it delegates to.
///
/// Who writes metadata chooses how many roles list how many of how many keys. Each keyid is looked up by bisection, and
/// each key is read once and shared by all who list it, so that time and memory grow with the length of the metadata and
/// not with the product of the numbers.
pub(super) struct Keys<'a> {
    delegator: Arc<str>,
    delegator_version: u64,
    /// In the order of the keyids, as canonical text has them.
    listed: Vec<ListedKey<'a>>,
}

struct ListedKey<'a> {
    keyid: Text<'a>,
    place: Cursor<'a>,
    key: OnceCell<Option<Arc<KeyDescription>>>,
}

impl<'a> Keys<'a> {
    /// Indexes the `keys` object at a place.
    pub(super) fn index(delegator: &str, delegator_version: u64, mut keys: Cursor<'a>) -> Self {
        let mut listed = Vec::new();
        let _ = keys.object();
        while let Some(keyid) = keys.name() {
            listed.push(ListedKey { keyid, place: keys, key: OnceCell::new() });
            keys.skip();
        }
        Self { delegator: delegator.into(), delegator_version, listed }
    }

    /// The authority over a role: its signers among these keys.
    pub(super) fn authority(&self, signers: Signers<'_>) -> Authority {
        let mut keyids = signers.keyids;
        let mut wanted = Vec::new();
        let _ = keyids.array();
        while keyids.item() {
            wanted.extend(keyids.string());
        }
        wanted.sort_unstable_by(Text::cmp);
        let found = wanted.iter().filter_map(|keyid| Some((owned(*keyid), self.key(*keyid)?))).collect();
        self.with(signers.threshold, found)
    }

    /// The authority of all keys.
    pub(super) fn all(&self, threshold: u64) -> Authority {
        let found = self.listed.iter().filter_map(|listed| Some((owned(listed.keyid), listed.read()?)));
        self.with(threshold, found.collect())
    }

    fn with(&self, threshold: u64, keys: Vec<(Box<str>, Arc<KeyDescription>)>) -> Authority {
        let (delegator, delegator_version) = (Arc::clone(&self.delegator), self.delegator_version);
        Authority { delegator, delegator_version, threshold, keys: keys.into() }
    }

    fn key(&self, keyid: Text<'_>) -> Option<Arc<KeyDescription>> {
        let found = self.listed.binary_search_by(|listed| listed.keyid.cmp(&keyid)).ok()?;
        self.listed.get(found)?.read()
    }
}

impl ListedKey<'_> {
    /// The key, which is read when it is first needed.
    fn read(&self) -> Option<Arc<KeyDescription>> {
        self.key.get_or_init(|| key(&mut { self.place }).ok().map(Arc::new)).clone()
    }
}

impl Authority {
    /// The listed keyid and key that a signature names.
    pub(crate) fn find(&self, keyid: Text<'_>) -> Option<&(Box<str>, Arc<KeyDescription>)> {
        let found = self.keys.binary_search_by(|(listed, _)| keyid.cmp_plain(listed).reverse()).ok()?;
        self.keys.get(found)
    }

    /// Whether the same keys with the same threshold are listed, under the same keyids.
    pub(crate) fn same_keyids(&self, other: &Self) -> bool {
        self.threshold == other.threshold && self.keys == other.keys
    }
}

/// Reads `keyids` and `threshold` while another reader walks over the role's object.
#[derive(Default)]
pub(super) struct SignersReader<'a> {
    keyids: Option<Cursor<'a>>,
    threshold: Option<u64>,
}

impl<'a> SignersReader<'a> {
    /// Reads one member where it is one of the two, else passes over it.
    pub(super) fn read(&mut self, name: Text<'_>, cursor: &mut Cursor<'a>) -> Result<(), Defect> {
        if name.is("keyids") {
            self.keyids = Some(*cursor);
            distinct_strings(cursor)?;
        } else if name.is("threshold") {
            self.threshold = Some(positive(cursor, "threshold")?);
        } else {
            cursor.skip();
        }
        Ok(())
    }

    /// The signers, where all of it was there.
    pub(super) fn finish(self) -> Result<Signers<'a>, Defect> {
        Ok(Signers {
            keyids: self.keyids.ok_or(Defect::MissingField("keyids"))?,
            threshold: self.threshold.ok_or(Defect::MissingField("threshold"))?,
        })
    }
}

fn distinct_strings(cursor: &mut Cursor<'_>) -> Result<(), Defect> {
    let expected = field("keyids", "an array of distinct strings");
    cursor.array().ok_or(expected.clone())?;
    let mut keyids = Vec::new();
    while cursor.item() {
        at_most(Settings::MAX_KEYIDS, "keyids of one role", keyids.len())?;
        keyids.push(cursor.string().ok_or(expected.clone())?);
    }
    match Text::any_twice(keyids) {
        true => Err(expected),
        false => Ok(()),
    }
}

/// Sees that the value is an object of keys.
pub(super) fn validate_keys(cursor: &mut Cursor<'_>) -> Result<(), Defect> {
    cursor.object().ok_or(field("keys", "an object"))?;
    while cursor.name().is_some() {
        validate_key(cursor)?;
    }
    Ok(())
}

/// Sees that the value is a key.
pub(super) fn validate_key(cursor: &mut Cursor<'_>) -> Result<(), Defect> {
    key(cursor).map(drop)
}

fn key(cursor: &mut Cursor<'_>) -> Result<KeyDescription, Defect> {
    cursor.object().ok_or(field("keys", "an object of objects"))?;
    let (mut keytype, mut scheme, mut public) = (None, None, None);
    while let Some(name) = cursor.name() {
        if name.is("keytype") {
            keytype = Some(cursor.string().ok_or(field("keytype", "a string"))?);
        } else if name.is("scheme") {
            scheme = Some(cursor.string().ok_or(field("scheme", "a string"))?);
        } else if name.is("keyval") {
            public = Some(keyval(cursor)?);
        } else {
            cursor.skip();
        }
    }
    Ok(KeyDescription {
        keytype: owned(keytype.ok_or(Defect::MissingField("keytype"))?),
        scheme: owned(scheme.ok_or(Defect::MissingField("scheme"))?),
        public: public.ok_or(Defect::MissingField("keyval"))?,
    })
}

fn keyval(cursor: &mut Cursor<'_>) -> Result<Box<str>, Defect> {
    cursor.object().ok_or(field("keyval", "an object"))?;
    let mut public = Box::default();
    while let Some(name) = cursor.name() {
        let place = *cursor;
        cursor.skip();
        if name.is("public") {
            public = { place }.string().map(owned).unwrap_or_default();
        }
    }
    Ok(public)
}

fn owned(text: Text<'_>) -> Box<str> {
    match text.plain() {
        Cow::Borrowed(plain) => plain.into(),
        Cow::Owned(plain) => plain.into_boxed_str(),
    }
}
