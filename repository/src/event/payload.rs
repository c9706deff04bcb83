//! The documents of an event as they are to be published, and the bytes to sign.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tuf_verifier_core::{Failure, Settings, UnixTime};

use crate::error::Error;
use crate::event::EventError;
use crate::event::folder::{EventFolder, damaged};
use crate::metadata::{ROOT, Root, Signature, Signed, Targets, format_expiry};
use crate::repository::MOST_BIN_BITS;

/// A document that an event can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Document {
    Root(Root),
    Targets(Targets),
}

/// A document as it is to be published, and the bytes to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) document: Document,
    /// Its canonical form.
    pub(crate) bytes: Vec<u8>,
}

/// How a payload is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// To be signed or published at this time: nothing about it is let pass.
    Strict(UnixTime),
    /// To be written anew: the readable document counts, whatever the bytes and the expiry are.
    Renewed,
}

/// Seconds of the longest validity that a publisher can be told to sign for.
const CENTURY: i64 = 36_525 * 86_400;

impl Document {
    pub(crate) fn version(&self) -> u64 {
        match self {
            Self::Root(root) => root.version,
            Self::Targets(targets) => targets.version,
        }
    }

    pub(crate) fn expires(&self) -> UnixTime {
        match self {
            Self::Root(root) => root.expires,
            Self::Targets(targets) => targets.expires,
        }
    }

    /// The same document with another version and expiry.
    pub(crate) fn with(mut self, version: u64, expires: UnixTime) -> Self {
        let (to, until) = match &mut self {
            Self::Root(root) => (&mut root.version, &mut root.expires),
            Self::Targets(targets) => (&mut targets.version, &mut targets.expires),
        };
        (*to, *until) = (version, expires);
        self
    }

    fn parse(role: &str, text: &[u8]) -> serde_json::Result<Self> {
        match role {
            ROOT => serde_json::from_slice(text).map(Self::Root),
            _ => serde_json::from_slice(text).map(Self::Targets),
        }
    }
}

impl Payload {
    /// A document with its canonical form.
    ///
    /// # Errors
    /// [`Error::NotCanonical`], [`Error::NotJson`].
    pub(crate) fn new(document: Document) -> Result<Self, Error> {
        let text = serde_json::to_vec(&document).map_err(Error::NotJson)?;
        let canonical = tuf_verifier_core::canonicalize(&text);
        let canonical = canonical.map_err(|malformed| Error::NotCanonical(malformed.into()))?;
        Ok(Self { document, bytes: canonical.into_bytes() })
    }

    /// Reads the payload of a role that has this published version.
    ///
    /// # Errors
    /// [`EventError::PayloadEdited`] where the readable document is not the bytes to sign; [`EventError::BadPayload`] for a
    /// document that no publisher would make, and for more bins than are handled here, however it is read; [`EventError::Damaged`], [`EventError::TooLong`].
    pub(crate) fn read(folder: &EventFolder, role: &str, base: u64, reading: Reading) -> Result<Self, Error> {
        let most = match role {
            ROOT => Settings::default().root_max_length,
            _ => Settings::default().listed_max_length,
        };
        // Indented, it is longer than what is signed.
        let path = folder.payload(role);
        let text = folder.expect(&path, most.saturating_mul(2))?;
        let document = Document::parse(role, &text).map_err(|error| damaged(&path, error))?;
        let payload = Self::new(document)?;
        // A member that is not read, such as a second one of the same name, would be signed without being shown.
        let edited = || EventError::PayloadEdited { shown: path.clone(), signed: folder.bytes(role) };
        let whole =
            tuf_verifier_core::canonicalize(&text).map_err(|error| damaged(&path, Failure::from(error)))?;
        if whole.as_bytes() != payload.bytes {
            return Err(damaged(&path, "it has members that are not understood here"));
        }
        payload.check_bins().map_err(|reason| EventError::BadPayload { path: path.clone(), reason })?;
        let Reading::Strict(now) = reading else { return Ok(payload) };
        if folder.expect(&folder.bytes(role), most)? != payload.bytes {
            return Err(edited().into());
        }
        payload.check(base, now).map_err(|reason| EventError::BadPayload { path, reason })?;
        Ok(payload)
    }

    /// Bits of the hash that choose a bin, if the document delegates to bins.
    pub(crate) fn bin_bits(&self) -> Option<u32> {
        match &self.document {
            Document::Targets(targets) => targets.delegations.as_ref()?.bins().map(|bins| bins.bit_length),
            Document::Root(_) => None,
        }
    }

    /// Whoever writes to the folder asks for as many bins as they like: a publish and a rebase name every one of them, and a
    /// rebase does so before anybody has signed the document.
    fn check_bins(&self) -> Result<(), String> {
        match self.bin_bits() {
            Some(bits) if !(1..=MOST_BIN_BITS).contains(&bits) => Err(format!(
                "its bins are chosen by {bits} bits of the hash, and 1 to {MOST_BIN_BITS} are allowed"
            )),
            _ => Ok(()),
        }
    }

    fn check(&self, base: u64, now: UnixTime) -> Result<(), String> {
        let (version, expires) = (self.document.version(), self.document.expires());
        // With a step of two, an old document that was signed once would hide what was published since.
        if version.checked_sub(base) != Some(1) {
            return Err(format!("its version is {version}, and the one after {base} is expected"));
        }
        if expires <= now {
            return Err(format!("it has expired at {}", format_expiry(expires)));
        }
        if expires.0.saturating_sub(now.0) > CENTURY {
            return Err(format!(
                "it would be valid for more than a century, until {}",
                format_expiry(expires)
            ));
        }
        Ok(())
    }

    /// Writes the readable document and the bytes to sign.
    pub(crate) fn write(&self, folder: &EventFolder, role: &str) -> Result<(), Error> {
        let mut text = serde_json::to_vec_pretty(&self.document).map_err(Error::NotJson)?;
        text.push(b'\n');
        folder.write(&folder.payload(role), &text)?;
        folder.write(&folder.bytes(role), &self.bytes)
    }

    /// The metadata file: the document with these signatures, hexadecimal by keyid.
    pub(crate) fn sealed<'s>(
        &self,
        signatures: impl IntoIterator<Item = (&'s String, &'s String)>,
    ) -> Result<Vec<u8>, Error> {
        let signature = |(keyid, sig): (&String, &String)| Signature::new(keyid, sig.clone());
        let signatures = signatures.into_iter().map(signature).collect();
        serde_json::to_vec(&Signed::new(signatures, &self.document)).map_err(Error::NotJson)
    }
}

/// The signed part of a published file, and its signatures over the canonical form.
pub(crate) struct Original<M> {
    pub(crate) signed: M,
    pub(crate) canonical: Vec<u8>,
    pub(crate) signatures: Vec<Signature>,
}

/// Reads a published file for what it says and for what its signatures cover.
pub(crate) fn original<M: DeserializeOwned>(bytes: &[u8]) -> Result<Original<M>, String> {
    let canonical = |text: &[u8]| {
        tuf_verifier_core::canonicalize(text).map_err(|malformed| Failure::from(malformed).to_string())
    };
    // Names that are there twice are refused before one of them is chosen. The canonical form itself is not read: it has the
    // line ends of a PEM as they are, which JSON forbids.
    canonical(bytes)?;
    let whole: Signed<serde_json::Value> =
        serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let canonical = canonical(whole.signed.to_string().as_bytes())?.into_bytes();
    let signed = serde_json::from_value(whole.signed).map_err(|error| error.to_string())?;
    Ok(Original { signed, canonical, signatures: whole.signatures })
}
