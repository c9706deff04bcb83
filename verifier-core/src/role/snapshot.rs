//! Snapshot metadata (4.4).

use alloc::format;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::header::HeaderReader;
use super::{Envelope, Header, MetaFile, Misread, Role, SNAPSHOT, field};
use crate::failure::Defect;
use crate::json::{Cursor, Text};

/// Snapshot metadata: which version of each targets metadata file is current.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    envelope: Envelope,
    header: Header,
    /// Where each listed name stands, in the order of the names.
    listed: Vec<usize>,
}

impl Snapshot {
    /// What is listed of the metadata file of a targets role. `Ok(None)` where nothing is.
    pub(crate) fn listing(&self, role: &str) -> Result<Option<MetaFile<'_>>, Defect> {
        self.find(|name| name.cmp_joined(role, ".json"))
    }

    /// What is listed of a rotate file, by its name. `Ok(None)` where nothing is.
    pub(crate) fn rotate_listing(&self, name: &str) -> Result<Option<MetaFile<'_>>, Defect> {
        self.find(|listed| listed.cmp_plain(name))
    }

    /// How many rotate files of a role are listed: names that begin with `rotate/ROLE.rotate.` and end in a number (TAP 8).
    pub(crate) fn count_rotations(&self, role: &str) -> u64 {
        let text = self.envelope.text();
        let prefix = format!("rotate/{role}.rotate.");
        let first = self.listed.partition_point(|at| name_at(text, *at).cmp_plain(&prefix).is_lt());
        let names = self.listed.iter().skip(first).map(|at| name_at(text, *at).plain());
        let numbers = names.map_while(|name| name.strip_prefix(&*prefix).map(is_number));
        numbers.fold(0, |count: u64, is_number| count.saturating_add(u64::from(is_number)))
    }

    /// All that is listed, by file name, in the order of the names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Text<'_>, MetaFile<'_>)> {
        let text = self.envelope.text();
        self.listed.iter().filter_map(move |at| entry(text, *at).ok())
    }

    fn find(&self, compare: impl Fn(Text<'_>) -> Ordering) -> Result<Option<MetaFile<'_>>, Defect> {
        let text = self.envelope.text();
        let found = self.listed.binary_search_by(|at| compare(name_at(text, *at)));
        match found.ok().and_then(|index| self.listed.get(index)) {
            Some(at) => entry(text, *at).map(|(_, listing)| Some(listing)),
            None => Ok(None),
        }
    }
}

impl Role for Snapshot {
    fn read(envelope: Envelope) -> Result<Self, Misread> {
        let mut cursor = envelope.cursor();
        cursor.object().ok_or(field("signed", "an object"))?;
        let mut header = HeaderReader::of(SNAPSHOT, envelope.profile());
        let mut listed = None;
        while let Some(name) = cursor.name() {
            if name.is("meta") {
                listed = Some(read_meta(&mut cursor)?);
            } else {
                header.read(name, &mut cursor)?;
            }
        }
        let header = header.finish()?;
        let listed = listed.ok_or(Defect::MissingField("meta"))?;
        Ok(Self { header, listed, envelope })
    }

    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn header(&self) -> Header {
        self.header
    }
}

fn read_meta(cursor: &mut Cursor<'_>) -> Result<Vec<usize>, Defect> {
    cursor.object().ok_or(field("meta", "an object"))?;
    let mut listed = Vec::new();
    while let Some(at) = cursor.name_at() {
        listed.push(at);
        MetaFile::read(cursor)?;
    }
    Ok(listed)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name at a place.
fn name_at(text: &str, at: usize) -> Text<'_> {
    Cursor::new(text, at).string().unwrap_or(Text::EMPTY)
}

/// The name and the listing at a place.
fn entry(text: &str, at: usize) -> Result<(Text<'_>, MetaFile<'_>), Defect> {
    let mut cursor = Cursor::new(text, at);
    let name = cursor.name().ok_or(Defect::MissingField("meta"))?;
    Ok((name, MetaFile::read(&mut cursor)?))
}
