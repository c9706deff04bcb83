//! The object that all signed metadata is: a signed part and its signatures (4.2.1).

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::{Misread, Profile, at_most, field};
use crate::failure::Defect;
use crate::json::{Canonical, Cursor, Text, canonical};
use crate::workflow::Settings;

/// Metadata as canonical text.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    text: String,
    signed: Range<usize>,
    /// Where the array of signatures begins.
    signatures: usize,
    profile: Profile,
}

/// One signature of an envelope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature<'a> {
    /// The keyid, which is opaque.
    pub(crate) keyid: Text<'a>,
    /// The signature as text: hexadecimal digits, where it is one.
    pub(crate) sig: Text<'a>,
}

impl Envelope {
    /// Received bytes become an envelope, whose content is to be read by a profile.
    pub(crate) fn read(received: Vec<u8>, profile: Profile) -> Result<Self, Misread> {
        let Canonical { text, members } = canonical(received)?;
        Cursor::new(&text, 0).object().ok_or(field("metadata", "an object"))?;
        let (mut signed, mut signatures) = (None, None);
        for member in members {
            let mut cursor = Cursor::new(&text, member.start);
            let Some(name) = cursor.name() else { continue };
            if name.is("signatures") {
                signatures = Some((cursor.at(), validate(&mut cursor)?));
            } else if name.is("signed") {
                signed = Some(cursor.at()..member.end);
            }
        }
        let signed = signed.ok_or(Defect::MissingField("signed"))?;
        let (signatures, count) = signatures.ok_or(Defect::MissingField("signatures"))?;
        // Each signature is verified over all of it: length times count is what a file costs.
        let most = Settings::MAX_SIGNED_BYTES.checked_div(signed.len()).unwrap_or(usize::MAX).max(1);
        at_most(most, "signatures of so long a file", count.saturating_sub(1))?;
        Ok(Self { text, signed, signatures, profile })
    }

    /// The whole canonical text. Offsets of roles count from its beginning.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The canonical form of the signed part: what signatures cover.
    pub(crate) fn signed(&self) -> &str {
        self.text.get(self.signed.clone()).unwrap_or_default()
    }

    /// How strictly the content is to be read.
    pub(crate) fn profile(&self) -> Profile {
        self.profile
    }

    /// The place of the signed part.
    pub(crate) fn cursor(&self) -> Cursor<'_> {
        Cursor::new(&self.text, self.signed.start)
    }

    /// The signatures, in their order. Their keyids are distinct.
    pub(crate) fn signatures(&self) -> impl Iterator<Item = Signature<'_>> {
        Cursor::new(&self.text, self.signatures).items(signature)
    }
}

/// Reads all signatures and sees that no keyid is there twice. Returns how many there are.
fn validate(cursor: &mut Cursor<'_>) -> Result<usize, Defect> {
    cursor.array().ok_or(field("signatures", "an array"))?;
    let mut keyids = Vec::new();
    while cursor.item() {
        at_most(Settings::MAX_SIGNATURES, "signatures of one file", keyids.len())?;
        keyids.push(signature(cursor)?.keyid);
    }
    let count = keyids.len();
    match Text::any_twice(keyids) {
        true => Err(field("signatures", "at most one signature a keyid")),
        false => Ok(count),
    }
}

fn signature<'a>(cursor: &mut Cursor<'a>) -> Result<Signature<'a>, Defect> {
    cursor.object().ok_or(field("signatures", "an array of objects"))?;
    let (mut keyid, mut sig) = (None, None);
    while let Some(name) = cursor.name() {
        if name.is("keyid") {
            keyid = Some(cursor.string().ok_or(field("keyid", "a string"))?);
        } else if name.is("sig") {
            sig = Some(cursor.string().ok_or(field("sig", "a string"))?);
        } else {
            cursor.skip();
        }
    }
    Ok(Signature {
        keyid: keyid.ok_or(Defect::MissingField("keyid"))?,
        sig: sig.ok_or(Defect::MissingField("sig"))?,
    })
}
