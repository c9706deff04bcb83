//! Rotate files: the keys that a role goes on with (TAP 8), or none (TAP 20).

use alloc::boxed::Box;

use super::authority::{Keys, validate_key};
use super::header::positive;
use super::{Authority, Envelope, Misread, Profile, at_most, field};
use crate::failure::{Defect, Failure};
use crate::json::Cursor;
use crate::workflow::Settings;

/// A rotate file. It has neither an expiry nor a version of the specification: it is signed once.
#[derive(Clone, Debug)]
pub(crate) struct Rotate {
    envelope: Envelope,
    /// The role whose keys are rotated.
    pub(crate) role: Box<str>,
    /// How many rotations of the role there are with this one.
    pub(crate) version: u64,
    threshold: u64,
    /// Where the `keys` object stands.
    keys: usize,
    /// The rotation is one to the null key.
    pub(crate) is_revocation: bool,
}

impl Rotate {
    /// Received bytes become a rotate file. `name` is the file's, for the report.
    pub(crate) fn parse(name: &str, received: &[u8], profile: Profile) -> Result<Self, Failure> {
        Envelope::read(received.to_vec(), profile)
            .and_then(|envelope| Self::read(envelope).map_err(Misread::from))
            .map_err(|misread| misread.of(name))
    }

    pub(crate) fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Who may sign for the role from here on: all listed keys. `name` is that of the rotate file, as the snapshot lists
    /// it.
    pub(crate) fn authority(&self, name: &str) -> Authority {
        let keys = Cursor::new(self.envelope.text(), self.keys);
        Keys::index(name, self.version, keys).all(self.threshold)
    }

    fn read(envelope: Envelope) -> Result<Self, Defect> {
        let mut cursor = envelope.cursor();
        cursor.object().ok_or(field("signed", "an object"))?;
        let (mut typed, mut role, mut version, mut threshold, mut keys) = (None, None, None, None, None);
        while let Some(name) = cursor.name() {
            if name.is("_type") {
                let found = cursor.string().ok_or(field("_type", "a string"))?;
                typed = Some(found.is("rotate"));
            } else if name.is("role") {
                role = Some(cursor.string().ok_or(field("role", "a string"))?.plain().into());
            } else if name.is("version") {
                version = Some(positive(&mut cursor, "version")?);
            } else if name.is("threshold") {
                threshold = Some(positive(&mut cursor, "threshold")?);
            } else if name.is("keys") {
                keys = Some((cursor.at(), read_keys(&mut cursor)?));
            } else {
                cursor.skip();
            }
        }
        if !typed.ok_or(Defect::MissingField("_type"))? {
            return Err(Defect::WrongType { expected: "rotate" });
        }
        let (keys, is_revocation) = keys.ok_or(Defect::MissingField("keys"))?;
        Ok(Self {
            role: role.ok_or(Defect::MissingField("role"))?,
            version: version.ok_or(Defect::MissingField("version"))?,
            threshold: threshold.ok_or(Defect::MissingField("threshold"))?,
            keys,
            is_revocation,
            envelope,
        })
    }
}

/// Reads `keys`. Whether they are the null key: no key at all, or one of the type `null` among them.
fn read_keys(cursor: &mut Cursor<'_>) -> Result<bool, Defect> {
    cursor.object().ok_or(field("keys", "an object"))?;
    let (mut count, mut has_null) = (0_usize, false);
    while cursor.name().is_some() {
        at_most(Settings::MAX_KEYIDS, "keys of one rotate file", count)?;
        count = count.saturating_add(1);
        match is_null(*cursor) {
            true => {
                has_null = true;
                cursor.skip();
            }
            false => validate_key(cursor)?,
        }
    }
    Ok(count == 0 || has_null)
}

fn is_null(mut key: Cursor<'_>) -> bool {
    if key.object().is_none() {
        return false;
    }
    while let Some(name) = key.name() {
        let mut value = key;
        key.skip();
        if name.is("keytype") {
            return value.string().is_some_and(|keytype| keytype.is("null"));
        }
    }
    false
}
