//! The envelope: a document with its signatures.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::key::Signer;

/// The signed portion of a metadata file.
pub trait Metadata: Serialize + DeserializeOwned {
    /// The `_type` of the document.
    const TYPE: &'static str;

    /// Version of the document.
    fn version(&self) -> u64;

    /// When the document expires.
    fn expires(&self) -> UnixTime;
}

/// A document with its signatures, as it was read. Reading it verifies nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed<M> {
    /// The signatures.
    pub signatures: Vec<Signature>,
    /// The document.
    pub signed: M,
    /// Fields that are not known here. No signature covers them, so the next version does not take them over.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

impl<M> Signed<M> {
    /// A document with these signatures.
    #[must_use]
    pub fn new(signatures: Vec<Signature>, signed: M) -> Self {
        Self { signatures, signed, unrecognized: Map::new() }
    }
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Which key made it.
    pub keyid: String,
    /// Lower-case hexadecimal bytes of the signature.
    pub sig: String,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

impl Signature {
    /// The signature of a key, with nothing else said.
    #[must_use]
    pub fn new(keyid: &str, sig: String) -> Self {
        Self { keyid: keyid.to_owned(), sig, unrecognized: Map::new() }
    }
}

/// A document becomes the bytes of a metadata file, signed by every given key over the canonical form
/// (specification 4.2).
///
/// # Errors
/// [`Error::NotCanonical`] where the document has no canonical form, such as one with fractions;
/// [`Error::Signing`] where a key does not sign.
pub fn seal<'k, M: Serialize, S: Signer + ?Sized + 'k>(
    signed: &M,
    signers: impl IntoIterator<Item = &'k S>,
) -> Result<Vec<u8>, Error> {
    let canonical = canonical(signed)?;
    let signatures = signers
        .into_iter()
        .map(|key| {
            let sig = base16ct::lower::encode_string(&key.sign(&canonical)?);
            Ok(Signature::new(key.keyid(), sig))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    serde_json::to_vec(&Signed::new(signatures, SignedRef(signed))).map_err(Error::NotJson)
}

/// The canonical form of a document, which signatures are over (specification 4.2).
///
/// # Errors
/// [`Error::NotCanonical`] where it has none.
pub(crate) fn canonical<M: Serialize>(signed: &M) -> Result<Vec<u8>, Error> {
    let text = serde_json::to_vec(signed).map_err(Error::NotJson)?;
    let canonical = tuf_verifier_core::canonicalize(&text);
    canonical.map(String::into_bytes).map_err(|malformed| Error::NotCanonical(malformed.into()))
}

/// Writes a borrowed document where [`Signed`] holds an owned one.
#[derive(Serialize)]
#[serde(transparent)]
struct SignedRef<'m, M: Serialize>(&'m M);
