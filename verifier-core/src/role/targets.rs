//! Targets metadata, top-level and delegated (4.5).

use alloc::vec::Vec;

use super::delegations::DelegationsReader;
use super::header::HeaderReader;
use super::meta_file::unsigned_length;
use super::{Delegations, Envelope, Hashes, Header, Misread, Role, TARGETS, field};
use crate::failure::Defect;
use crate::json::{Cursor, Text};

/// Targets metadata: what target files there are, and which roles may name more.
#[derive(Clone, Debug)]
pub(crate) struct Targets {
    envelope: Envelope,
    header: Header,
    /// Where each target path stands, in the order of the paths.
    listed: Vec<usize>,
    delegations: Option<Delegations>,
}

/// What is listed of one target file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TargetEntry<'a> {
    /// Bytes of the file.
    pub(crate) length: u64,
    pub(crate) hashes: Hashes<'a>,
    /// The `custom` object as canonical text.
    pub(crate) custom: Option<&'a str>,
}

impl Targets {
    /// What is listed of a target file. `Ok(None)` where nothing is.
    pub(crate) fn find(&self, path: &str) -> Result<Option<TargetEntry<'_>>, Defect> {
        let text = self.envelope.text();
        let found = self.listed.binary_search_by(|at| {
            let listed = Cursor::new(text, *at).string().unwrap_or(Text::EMPTY);
            listed.cmp_plain(path)
        });
        let Some(at) = found.ok().and_then(|index| self.listed.get(index)) else {
            return Ok(None);
        };
        let mut cursor = Cursor::new(text, *at);
        match cursor.name() {
            Some(_) => TargetEntry::read(&mut cursor).map(Some),
            None => Ok(None),
        }
    }

    /// The roles that this one delegates to, if any.
    pub(crate) fn delegations(&self) -> Option<&Delegations> {
        self.delegations.as_ref()
    }
}

impl Role for Targets {
    fn read(envelope: Envelope) -> Result<Self, Misread> {
        let mut cursor = envelope.cursor();
        cursor.object().ok_or(field("signed", "an object"))?;
        let mut header = HeaderReader::of(TARGETS, envelope.profile());
        let (mut listed, mut delegations) = (None, DelegationsReader::default());
        while let Some(name) = cursor.name() {
            if name.is("targets") {
                listed = Some(read_targets(&mut cursor)?);
            } else if name.is("delegations") {
                delegations.read(&mut cursor)?;
            } else if name.is("keys_for_delegations") {
                delegations.read_keys(&mut cursor)?;
            } else {
                header.read(name, &mut cursor)?;
            }
        }
        let header = header.finish()?;
        let listed = listed.ok_or(Defect::MissingField("targets"))?;
        let delegations = delegations.finish()?;
        Ok(Self { header, listed, delegations, envelope })
    }

    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn header(&self) -> Header {
        self.header
    }
}

impl<'a> TargetEntry<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("targets", "an object of objects"))?;
        let (mut length, mut hashes, mut custom) = (None, None, None);
        while let Some(name) = cursor.name() {
            if name.is("length") {
                length = Some(unsigned_length(cursor)?);
            } else if name.is("hashes") {
                hashes = Some(Hashes::read(cursor)?);
            } else if name.is("custom") {
                let text = cursor.skip();
                custom = Some(text).filter(|text| text.starts_with('{'));
                custom.ok_or(field("custom", "an object"))?;
            } else {
                cursor.skip();
            }
        }
        Ok(Self {
            length: length.ok_or(Defect::MissingField("length"))?,
            hashes: hashes.ok_or(Defect::MissingField("hashes"))?,
            custom,
        })
    }
}

fn read_targets(cursor: &mut Cursor<'_>) -> Result<Vec<usize>, Defect> {
    cursor.object().ok_or(field("targets", "an object"))?;
    let mut listed = Vec::new();
    while let Some(at) = cursor.name_at() {
        listed.push(at);
        TargetEntry::read(cursor)?;
    }
    Ok(listed)
}
