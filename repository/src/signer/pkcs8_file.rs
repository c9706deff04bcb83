//! `pkcs8:` signers: a key file, opened into memory.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, KeyError};
use crate::key::{KeyFile, Signer, SigningKey};
use crate::metadata::Key;
use crate::signer::checked::{Checked, Holder};
use crate::signer::{SecretSource, Secrets, SignerProblem, SignerUri};

/// What a key signs to show that it is the one of a public key.
const PROBE: &[u8] = b"{\"_type\":\"probe\"}";

/// Opens a key file for a public key.
///
/// # Errors
/// As for [`read`] and [`signer_of`].
pub(super) fn open(
    path: &Path,
    public: &Key,
    source: Option<&SecretSource>,
    secrets: &dyn Secrets,
) -> Result<Arc<dyn Signer>, Error> {
    signer_of(read(path, source, secrets)?, path, public)
}

/// The signer of a public key, by the private key that was read from a file.
///
/// # Errors
/// [`Error::Unreadable`] if the private key is another key's.
pub fn signer_of(key: SigningKey, path: &Path, public: &Key) -> Result<Arc<dyn Signer>, Error> {
    let keyid = public.keyid()?;
    let found = key.keyid().to_owned();
    let another = || Error::unreadable(path, format!("its private key is {found}, its public key {keyid}"));
    let key = key.with_scheme(&public.scheme).map_err(|_| another())?;
    // A public key in an older form has another keyid, and is the same key.
    if key.keyid() != keyid && !public.verify(PROBE, &key.sign(PROBE)?)? {
        return Err(another());
    }
    Ok(Arc::new(Checked::new(SignerUri::Pkcs8(path.to_owned()), public.clone(), Box::new(key))?))
}

/// Opens a key file, with a passphrase if it needs one.
///
/// # Errors
/// [`Error::Key`]; [`Error::Signer`] where the passphrase cannot be had.
pub(super) fn read(
    path: &Path,
    source: Option<&SecretSource>,
    secrets: &dyn Secrets,
) -> Result<SigningKey, Error> {
    let file = KeyFile::read(path)?;
    if !file.is_encrypted() {
        return file.open(None);
    }
    let secret = secrets.secret(&format!("the key {}", path.display()), source);
    let secret = secret.map_err(|problem| problem.of(SignerUri::Pkcs8(path.to_owned())))?;
    file.open(Some(&secret))
}

impl Holder for SigningKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerProblem> {
        self.sign(message).map_err(|error: KeyError| SignerProblem::Key(Box::new(error)))
    }
}
