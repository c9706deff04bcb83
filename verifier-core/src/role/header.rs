//! What the metadata of all roles has: type, specification version, version and expiry (4.3).

use super::{Form, Misread, Profile, UnixTime, field};
use crate::failure::Defect;
use crate::json::{Cursor, Text};

/// Version and expiry of metadata, whose type and specification version are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) version: u64,
    pub(crate) expires: UnixTime,
    /// How the expiry is written.
    pub(crate) date_form: Form,
}

/// Reads a [`Header`] while another reader walks over the signed part.
pub(super) struct HeaderReader {
    expected: &'static str,
    profile: Profile,
    typed: bool,
    spec_version: bool,
    version: Option<u64>,
    expires: Option<(UnixTime, Form)>,
}

impl HeaderReader {
    /// A reader of metadata whose `_type` is `expected`.
    pub(super) fn of(expected: &'static str, profile: Profile) -> Self {
        Self { expected, profile, typed: false, spec_version: false, version: None, expires: None }
    }

    /// Reads one member where it is the header's, else passes over it.
    pub(super) fn read(&mut self, name: Text<'_>, cursor: &mut Cursor<'_>) -> Result<(), Misread> {
        if name.is("_type") {
            let found = cursor.string().ok_or(field("_type", "a string"))?;
            if !found.is(self.expected) {
                return Err(Defect::WrongType { expected: self.expected }.into());
            }
            self.typed = true;
        } else if name.is("spec_version") {
            let found = cursor.string().ok_or(field("spec_version", "a string"))?;
            if !supported(&found.plain()) {
                return Err(Misread::spec_version(&found.plain()));
            }
            self.spec_version = true;
        } else if name.is("version") {
            self.version = Some(positive(cursor, "version")?);
        } else if name.is("expires") {
            let no_date = field("expires", "a date-time YYYY-MM-DDTHH:MM:SSZ");
            let text = cursor.string().ok_or(no_date.clone())?.plain();
            self.expires = match date(&text, self.profile) {
                None if UnixTime::is_other_form(&text) => return Err(Misread::date(&text)),
                found => Some(found.ok_or(no_date)?),
            };
        } else {
            cursor.skip();
        }
        Ok(())
    }

    /// The header, where all of it was there.
    pub(super) fn finish(self) -> Result<Header, Defect> {
        if !self.typed {
            return Err(Defect::MissingField("_type"));
        }
        if !self.spec_version {
            return Err(Defect::MissingField("spec_version"));
        }
        let version = self.version.ok_or(Defect::MissingField("version"))?;
        let (expires, date_form) = self.expires.ok_or(Defect::MissingField("expires"))?;
        Ok(Header { version, expires, date_form })
    }
}

/// Reads an integer from 1 to 2⁶⁴ − 1.
pub(super) fn positive(cursor: &mut Cursor<'_>, name: &'static str) -> Result<u64, Defect> {
    let number = cursor.unsigned().filter(|number| *number > 0);
    number.ok_or(field(name, "an integer from 1 to 18446744073709551615"))
}

/// Reads a date-time, and says in which form it is written.
fn date(text: &str, profile: Profile) -> Option<(UnixTime, Form)> {
    match (UnixTime::parse(text), profile) {
        (Some(time), _) => Some((time, Form::Specified)),
        (None, Profile::Compatible) => UnixTime::parse_lenient(text).map(|time| (time, Form::Compatible)),
        (None, Profile::Strict) => None,
    }
}

/// Whether a specification version is 1.x or 1.x.y.
fn supported(spec_version: &str) -> bool {
    let mut parts = spec_version.split('.');
    let major = parts.next();
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let rest = parts.by_ref().take(3).filter(|part| number(part)).count();
    let dots = spec_version.bytes().filter(|byte| *byte == b'.').count();
    major == Some("1") && rest == dots && (1..=2).contains(&rest)
}
