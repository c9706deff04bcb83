//! Metadata of each role, parsed (specification, chapter 4).
//!
//! Parsing judges the format only. Whether metadata is trusted is for [`check`](crate::check) to say.

mod authority;
mod delegations;
mod envelope;
mod file_name;
mod hashes;
mod header;
mod meta_file;
mod profile;
mod root;
mod rotate;
mod snapshot;
mod targets;
mod time;
mod timestamp;

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::failure::{Defect, Failure, Malformed, Unsupported, excerpt};
use crate::json::JsonError;

pub(crate) use authority::{Authority, KeyDescription};
pub(crate) use delegations::{Delegated, Delegation, Delegations, Delegator};
pub(crate) use envelope::Envelope;
pub(crate) use file_name::{percent_encode, role_file, rotate_file};
pub(crate) use hashes::Hashes;
pub(crate) use header::Header;
pub(crate) use meta_file::MetaFile;
pub(crate) use profile::Form;
pub use profile::Profile;
pub(crate) use root::Root;
pub(crate) use rotate::Rotate;
pub(crate) use snapshot::Snapshot;
pub(crate) use targets::{TargetEntry, Targets};
pub use time::UnixTime;
pub(crate) use timestamp::Timestamp;

/// Names of the top-level roles.
pub(crate) const ROOT: &str = "root";
pub(crate) const TIMESTAMP: &str = "timestamp";
pub(crate) const SNAPSHOT: &str = "snapshot";
pub(crate) const TARGETS: &str = "targets";
pub(crate) const MIRRORS: &str = "mirrors";

/// Metadata of one role in its envelope.
pub(crate) trait Role: Sized {
    /// Reads the signed part of the envelope.
    fn read(envelope: Envelope) -> Result<Self, Misread>;

    /// The envelope, with the signatures.
    fn envelope(&self) -> &Envelope;

    /// What the metadata of all roles has.
    fn header(&self) -> Header;

    /// Received bytes become metadata of this role, in their memory. `name` is the file's, for the report.
    fn parse(name: &str, received: impl Into<Vec<u8>>, profile: Profile) -> Result<Self, Failure> {
        Envelope::read(received.into(), profile).and_then(Self::read).map_err(|misread| misread.of(name))
    }
}

/// Why received bytes were not read as metadata.
pub(crate) enum Misread {
    /// They are none.
    Malformed { defect: Defect, offset: Option<usize> },
    /// The expiry is a date in another form.
    Date(Box<str>),
    /// The specification's version is another.
    SpecVersion(Box<str>),
}

impl Misread {
    /// The expiry, as it is written.
    fn date(text: &str) -> Self {
        Self::Date(excerpt(text))
    }

    /// The specification's version, as it is written.
    fn spec_version(text: &str) -> Self {
        Self::SpecVersion(excerpt(text))
    }

    /// The failure of the file of this name.
    fn of(self, name: &str) -> Failure {
        let name = name.into();
        match self {
            Self::Malformed { defect, offset } => Malformed { name, defect, offset }.into(),
            Self::Date(found) => Unsupported::Date { name, found }.into(),
            Self::SpecVersion(found) => Unsupported::SpecVersion { name, found }.into(),
        }
    }
}

impl From<Defect> for Misread {
    fn from(defect: Defect) -> Self {
        Self::Malformed { defect, offset: None }
    }
}

impl From<JsonError> for Misread {
    fn from(error: JsonError) -> Self {
        Self::Malformed { defect: Defect::Json(error.words), offset: Some(error.offset) }
    }
}

/// Sees that a list that already has `count` items may have one more.
pub(crate) fn at_most(limit: usize, what: &'static str, count: usize) -> Result<(), Defect> {
    match count < limit {
        true => Ok(()),
        false => Err(Defect::TooMany { what, limit }),
    }
}

/// The defect of a field that holds something else than its format allows.
pub(crate) fn field(field: &'static str, expected: &'static str) -> Defect {
    Defect::Field { field, expected }
}
