//! Snapshot metadata (4.4).

use alloc::vec::Vec;

use super::header::HeaderReader;
use super::{Envelope, Header, MetaFile, Role, SNAPSHOT, field};
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
        let text = self.envelope.text();
        let found = self.listed.binary_search_by(|at| {
            let name = Cursor::new(text, *at).string().unwrap_or(Text::EMPTY);
            name.cmp_joined(role, ".json")
        });
        match found.ok().and_then(|index| self.listed.get(index)) {
            Some(at) => entry(text, *at).map(|(_, listing)| Some(listing)),
            None => Ok(None),
        }
    }

    /// All that is listed, by file name, in the order of the names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Text<'_>, MetaFile<'_>)> {
        let text = self.envelope.text();
        self.listed.iter().filter_map(move |at| entry(text, *at).ok())
    }
}

impl Role for Snapshot {
    fn read(envelope: Envelope) -> Result<Self, Defect> {
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

/// The name and the listing at a place.
fn entry(text: &str, at: usize) -> Result<(Text<'_>, MetaFile<'_>), Defect> {
    let mut cursor = Cursor::new(text, at);
    let name = cursor.name().ok_or(Defect::MissingField("meta"))?;
    Ok((name, MetaFile::read(&mut cursor)?))
}
