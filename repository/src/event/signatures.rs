//! The signatures of an event: one file each, so that branches that add some merge without conflicts.
//!
//! ```text
//! 3d4017c3…              the signature, hexadecimal
//! over sha256:92a009…    digest of the bytes that were signed: says whether a signature is of an earlier payload
//! ```

use std::collections::BTreeMap;

use crate::error::Error;
use crate::event::EventError;
use crate::event::duty::{Duty, signs};
use crate::event::folder::{EventFolder, MOST_SIGNATURE, role_and_keyid};
use crate::event::payload::Payload;
use crate::metadata::{Key, sha256_hex};

/// A signature file of an event.
#[derive(Debug)]
pub struct SignatureFile {
    /// The role.
    pub role: String,
    /// The keyid.
    pub keyid: String,
    /// What is to be said of it.
    pub verdict: Verdict,
}

/// What is to be said of a signature file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// It counts.
    Valid,
    /// It is of an earlier payload: the key has to sign anew.
    Stale,
    /// It is no signature of this payload by this key.
    Bad,
    /// Nobody asks this key to sign.
    NotAsked,
    /// The same key has signed under this other keyid too. Both count as one.
    Duplicate(String),
    /// The file, or the key, cannot be used.
    Unusable(Error),
}

impl Verdict {
    /// A word for programs, the same in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Stale => "event-stale-signature",
            Self::Bad => "event-bad-signature",
            Self::NotAsked => "event-not-asked",
            Self::Duplicate(_) => "event-duplicate-signature",
            Self::Unusable(error) => error.code(),
        }
    }
}

/// The signatures of an event that are there.
#[derive(Debug, Default)]
pub(crate) struct Signatures {
    pub(crate) files: Vec<SignatureFile>,
    /// Those that count, hexadecimal, by role and keyid.
    pub(crate) valid: BTreeMap<String, BTreeMap<String, String>>,
    /// Names in the folder that are no names of signature files.
    pub(crate) strays: Vec<String>,
}

impl Signatures {
    /// Reads and judges every signature. A file that is not usable hinders no other one.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub(crate) fn read(
        folder: &EventFolder,
        payloads: &BTreeMap<String, Payload>,
        duties: &BTreeMap<String, Vec<Duty>>,
    ) -> Result<Self, Error> {
        let mut found = Self::default();
        for name in folder.names("sigs")? {
            let Some((role, keyid)) = role_and_keyid(&name) else {
                found.strays.push(name);
                continue;
            };
            let asked = duties.get(role).map_or(&[][..], Vec::as_slice);
            let verdict = match payloads.get(role) {
                None => Verdict::NotAsked,
                Some(payload) => match judge(folder, role, keyid, payload, asked) {
                    Ok((verdict, sig)) => found.count(role, keyid, verdict, sig, asked),
                    Err(error) => Verdict::Unusable(error),
                },
            };
            found.files.push(SignatureFile { role: role.to_owned(), keyid: keyid.to_owned(), verdict });
        }
        Ok(found)
    }

    fn count(&mut self, role: &str, keyid: &str, verdict: Verdict, sig: String, asked: &[Duty]) -> Verdict {
        if !matches!(verdict, Verdict::Valid) {
            return verdict;
        }
        let material = |keyid: &str| {
            let key = asked.iter().find_map(|duty| duty.keys.get(keyid));
            key.map(Key::material)
        };
        let counted = self.valid.entry(role.to_owned()).or_default();
        let same = counted.keys().find(|other| material(other) == material(keyid)).cloned();
        counted.insert(keyid.to_owned(), sig);
        same.map_or(verdict, Verdict::Duplicate)
    }
}

/// What is to be said of one file, and its signature.
fn judge(
    folder: &EventFolder,
    role: &str,
    keyid: &str,
    payload: &Payload,
    asked: &[Duty],
) -> Result<(Verdict, String), Error> {
    let keys: Vec<_> = asked.iter().filter_map(|duty| duty.keys.get(keyid)).collect();
    if keys.is_empty() {
        return Ok((Verdict::NotAsked, String::new()));
    }
    let path = folder.signature(role, keyid);
    let text = folder.expect(&path, MOST_SIGNATURE)?;
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    let sig = lines.next().unwrap_or_default().trim().to_ascii_lowercase();
    let over = lines.next().and_then(|line| line.trim().strip_prefix("over sha256:"));
    for key in keys {
        if signs(keyid, key, &payload.bytes, &sig)? {
            return Ok((Verdict::Valid, sig));
        }
    }
    let is_stale = over.is_some_and(|over| over != sha256_hex(&payload.bytes));
    Ok((if is_stale { Verdict::Stale } else { Verdict::Bad }, sig))
}

/// Writes a signature that has been verified.
pub(crate) fn write(
    folder: &EventFolder,
    role: &str,
    keyid: &str,
    sig: &str,
    payload: &Payload,
) -> Result<(), Error> {
    let text = format!("{sig}\nover sha256:{}\n", sha256_hex(&payload.bytes));
    folder.write(&folder.signature(role, keyid), text.as_bytes())
}

/// A signature that was made elsewhere becomes hexadecimal: the first reading of the bytes that verifies. They may be
/// the signature itself, hexadecimal or Base64, and an ECDSA signature may be two numbers one after the other.
///
/// # Errors
/// [`EventError::BadSignature`]; [`EventError::UnusableKey`].
pub(crate) fn detached(
    role: &str,
    keyid: &str,
    asked: &[Duty],
    payload: &Payload,
    bytes: &[u8],
    from: &str,
) -> Result<String, Error> {
    for key in asked.iter().filter_map(|duty| duty.keys.get(keyid)) {
        for reading in readings(bytes) {
            let sig = base16ct::lower::encode_string(&reading);
            if signs(keyid, key, &payload.bytes, &sig)? {
                return Ok(sig);
            }
        }
    }
    let (role, keyid, signature) = (role.to_owned(), keyid.to_owned(), from.to_owned());
    Err(EventError::BadSignature { role, keyid, signature }.into())
}

/// What bytes may mean. No two readings verify: a signature that is also hexadecimal text is another signature.
fn readings(bytes: &[u8]) -> Vec<Vec<u8>> {
    use base64ct::{Base64, Encoding as _};
    let mut readings = vec![bytes.to_vec()];
    if let Ok(text) = std::str::from_utf8(bytes) {
        let text: String = text.split_whitespace().collect();
        readings.extend(base16ct::mixed::decode_vec(text.as_bytes()).ok());
        readings.extend(Base64::decode_vec(&text).ok());
    }
    let numbers: Vec<_> = readings.iter().filter_map(|reading| ecdsa_to_der(reading)).collect();
    readings.extend(numbers);
    readings
}

/// `r` and `s` of an ECDSA signature, of the same length, become the DER form of metadata.
fn ecdsa_to_der(numbers: &[u8]) -> Option<Vec<u8>> {
    use pkcs8::der::Encode as _;
    use pkcs8::der::asn1::UintRef;
    if ![64, 96, 132].contains(&numbers.len()) {
        return None;
    }
    let (r, s) = numbers.split_at(numbers.len() / 2);
    vec![UintRef::new(r).ok()?, UintRef::new(s).ok()?].to_der().ok()
}
