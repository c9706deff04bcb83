//! Timestamp metadata (4.6).

use super::header::HeaderReader;
use super::{Envelope, Header, MetaFile, Misread, Role, TIMESTAMP, field};
use crate::failure::Defect;
use crate::json::Cursor;

/// Timestamp metadata: which snapshot is current.
#[derive(Clone, Debug)]
pub(crate) struct Timestamp {
    envelope: Envelope,
    header: Header,
    /// Where the entry of `snapshot.json` stands.
    snapshot: usize,
    /// The snapshot version listed.
    pub(crate) snapshot_version: u64,
}

impl Timestamp {
    /// What is listed of the snapshot metadata file.
    pub(crate) fn snapshot(&self) -> Result<MetaFile<'_>, Defect> {
        MetaFile::read(&mut Cursor::new(self.envelope.text(), self.snapshot))
    }
}

impl Role for Timestamp {
    fn read(envelope: Envelope) -> Result<Self, Misread> {
        let mut cursor = envelope.cursor();
        cursor.object().ok_or(field("signed", "an object"))?;
        let mut header = HeaderReader::of(TIMESTAMP, envelope.profile());
        let mut snapshot = None;
        while let Some(name) = cursor.name() {
            if name.is("meta") {
                snapshot = read_meta(&mut cursor)?;
            } else {
                header.read(name, &mut cursor)?;
            }
        }
        let header = header.finish()?;
        let (snapshot, snapshot_version) = snapshot.ok_or(Defect::MissingField("snapshot.json"))?;
        Ok(Self { header, snapshot, snapshot_version, envelope })
    }

    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn header(&self) -> Header {
        self.header
    }
}

/// Where `snapshot.json` is listed, and its version. Nothing else may be (4.6).
fn read_meta(cursor: &mut Cursor<'_>) -> Result<Option<(usize, u64)>, Defect> {
    cursor.object().ok_or(field("meta", "an object"))?;
    let mut snapshot = None;
    while let Some(name) = cursor.name() {
        let at = cursor.at();
        if name.is("snapshot.json") {
            snapshot = Some((at, MetaFile::read(cursor)?.version));
        } else {
            return Err(field("meta", "an object of snapshot.json alone"));
        }
    }
    Ok(snapshot)
}
