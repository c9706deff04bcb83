//! Root metadata (4.3).

use super::authority::{Keys, Signers, SignersReader, validate_keys};
use super::header::HeaderReader;
use super::{Authority, Envelope, Header, Misread, ROOT, Role, SNAPSHOT, TARGETS, TIMESTAMP, field};
use crate::failure::Defect;
use crate::json::Cursor;

/// Root metadata: who may sign for the top-level roles.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    envelope: Envelope,
    header: Header,
    pub(crate) consistent_snapshot: bool,
    pub(crate) root: Authority,
    pub(crate) timestamp: Authority,
    pub(crate) snapshot: Authority,
    pub(crate) targets: Authority,
}

#[derive(Default)]
struct Roles<'a> {
    root: Option<Signers<'a>>,
    timestamp: Option<Signers<'a>>,
    snapshot: Option<Signers<'a>>,
    targets: Option<Signers<'a>>,
}

impl Role for Root {
    fn read(envelope: Envelope) -> Result<Self, Misread> {
        let mut cursor = envelope.cursor();
        cursor.object().ok_or(field("signed", "an object"))?;
        let mut header = HeaderReader::of(ROOT, envelope.profile());
        let (mut keys, mut roles, mut consistent_snapshot) = (None, None, false);
        while let Some(name) = cursor.name() {
            if name.is("keys") {
                keys = Some(cursor);
                validate_keys(&mut cursor)?;
            } else if name.is("roles") {
                roles = Some(Roles::read(&mut cursor)?);
            } else if name.is("consistent_snapshot") {
                let found = cursor.boolean();
                consistent_snapshot = found.ok_or(field("consistent_snapshot", "a boolean"))?;
            } else {
                header.read(name, &mut cursor)?;
            }
        }
        let header = header.finish()?;
        let keys = Keys::index(ROOT, header.version, keys.ok_or(Defect::MissingField("keys"))?);
        let roles = roles.ok_or(Defect::MissingField("roles"))?;
        let authority = |signers: Option<Signers<'_>>, name: &'static str| {
            let signers = signers.ok_or(Defect::MissingField(name))?;
            Ok::<_, Defect>(keys.authority(signers))
        };
        let root = authority(roles.root, ROOT)?;
        let timestamp = authority(roles.timestamp, TIMESTAMP)?;
        let snapshot = authority(roles.snapshot, SNAPSHOT)?;
        let targets = authority(roles.targets, TARGETS)?;
        Ok(Self { consistent_snapshot, header, root, timestamp, snapshot, targets, envelope })
    }

    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn header(&self) -> Header {
        self.header
    }
}

impl<'a> Roles<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("roles", "an object"))?;
        let mut roles = Self::default();
        while let Some(name) = cursor.name() {
            let signers = signers(cursor)?;
            match &*name.plain() {
                ROOT => roles.root = Some(signers),
                TIMESTAMP => roles.timestamp = Some(signers),
                SNAPSHOT => roles.snapshot = Some(signers),
                TARGETS => roles.targets = Some(signers),
                _ => {}
            }
        }
        Ok(roles)
    }
}

fn signers<'a>(cursor: &mut Cursor<'a>) -> Result<Signers<'a>, Defect> {
    cursor.object().ok_or(field("roles", "an object of objects"))?;
    let mut reader = SignersReader::default();
    while let Some(name) = cursor.name() {
        reader.read(name, cursor)?;
    }
    reader.finish()
}
