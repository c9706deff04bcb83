//! Who may sign for a role: the keys and the threshold that its delegator lists.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{field, header::positive};
use crate::failure::Defect;
use crate::json::{Cursor, Text};

/// The keys and the threshold of one role, as trusted metadata lists them.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    /// Role whose metadata lists the keys.
    pub(crate) delegator: Box<str>,
    /// Version of that metadata.
    pub(crate) delegator_version: u64,
    /// Signatures of distinct keys that are needed, at least 1.
    pub(crate) threshold: u64,
    /// The listed keys by keyid, in the order of the keyids. A keyid without a key is not among them.
    pub(crate) keys: Vec<(Box<str>, KeyDescription)>,
}

/// A key as metadata describes it (4.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyDescription {
    pub(crate) keytype: Box<str>,
    pub(crate) scheme: Box<str>,
    /// The `public` of `keyval`; empty where there is none, as an unknown key type may have it.
    pub(crate) public: Box<str>,
}

/// Keyids and threshold of one role, as they stand in metadata.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signers<'a> {
    keyids: Cursor<'a>,
    threshold: u64,
}

impl Authority {
    /// The authority over a role: its signers among the keys of the delegating metadata.
    pub(super) fn new(delegator: &str, version: u64, signers: Signers<'_>, keys: Cursor<'_>) -> Self {
        let mut keyids = signers.keyids;
        let mut wanted = Vec::new();
        let _ = keyids.array();
        while keyids.item() {
            wanted.extend(keyids.string());
        }
        let mut found = Vec::new();
        let mut keys = keys;
        let _ = keys.object();
        while let Some(keyid) = keys.name() {
            match wanted.iter().any(|listed| listed.cmp(&keyid).is_eq()) {
                true => found.extend(key(&mut keys).ok().map(|key| (owned(keyid), key))),
                false => _ = keys.skip(),
            }
        }
        Self {
            delegator: delegator.into(),
            delegator_version: version,
            threshold: signers.threshold,
            keys: found,
        }
    }

    /// The authority of all keys of an object.
    pub(super) fn of_all(delegator: &str, version: u64, threshold: u64, mut keys: Cursor<'_>) -> Self {
        let mut found = Vec::new();
        let _ = keys.object();
        while let Some(keyid) = keys.name() {
            found.extend(key(&mut keys).ok().map(|key| (owned(keyid), key)));
        }
        Self { delegator: delegator.into(), delegator_version: version, threshold, keys: found }
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
