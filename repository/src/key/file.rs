//! Private keys at rest: PKCS#8 in PEM, encrypted unless the caller insists.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};
use tuf_files::open_regular;
use zeroize::Zeroizing;

use crate::error::{Error, KeyError};
use crate::key::{OtherForm, SigningKey};

/// A passphrase, zeroed when it is dropped.
pub type Passphrase = Zeroizing<String>;

/// Rounds of PBKDF2-HMAC-SHA256 between a passphrase and the key that encrypts a key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pbkdf2Iterations(
    /// The number of rounds. Below [`Pbkdf2Iterations::FLOOR`] only in tests.
    pub u32,
);

impl Pbkdf2Iterations {
    /// The least number for a key that guards anything.
    pub const FLOOR: Self = Self(600_000);
}

impl Default for Pbkdf2Iterations {
    fn default() -> Self {
        Self::FLOOR
    }
}

/// A private key as it stands in a file: PEM of a PKCS#8 document, encrypted or not.
pub struct KeyFile {
    path: PathBuf,
    label: Label,
    document: SecretDocument,
    /// Permissions of the file, where other users may read it.
    exposed: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Encrypted,
    Plain,
}

/// Bytes of the longest key file that is read: an RSA key of 4096 bits needs 3.3 kB.
const MAX_LENGTH: usize = 64 * 1024;

impl KeyFile {
    /// Reads a key file without opening its encryption.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Key`] where it is no PEM of a PKCS#8 document, or is not encrypted and other users can
    /// read it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let (bytes, exposed) =
            read_bytes(path).map_err(|cause| Error::io("read the key file", path, cause))?;
        let no_key = || {
            let form = OtherForm::of(&bytes);
            Error::key(path, form.map_or(KeyError::NotPkcs8Pem, KeyError::OtherForm))
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| no_key())?;
        let (label, document) = SecretDocument::from_pem(text).map_err(|_| no_key())?;
        let label = match label {
            label if label == EncryptedPrivateKeyInfoRef::PEM_LABEL => Label::Encrypted,
            label if label == PrivateKeyInfoRef::PEM_LABEL => Label::Plain,
            _ => return Err(no_key()),
        };
        if let (Label::Plain, Some(mode)) = (label, exposed) {
            return Err(Error::key(path, KeyError::Exposed { mode }));
        }
        Ok(Self { path: path.to_owned(), label, document, exposed })
    }

    /// Writes a key to a new file that only its owner can read, and waits until it is on the disk.
    ///
    /// With a passphrase the document is encrypted by PBES2: PBKDF2-HMAC-SHA256 with a salt of 16 bytes, and
    /// AES-256-CBC, which OpenSSL and pyca read. Without one it is not encrypted.
    ///
    /// # Errors
    /// [`Error::Io`] where the file exists already or cannot be written; [`Error::Key`] for an empty passphrase.
    pub fn create_new(
        path: &Path,
        key: &SigningKey,
        passphrase: Option<&Passphrase>,
        iterations: Pbkdf2Iterations,
    ) -> Result<(), Error> {
        let text = encode(key, passphrase, iterations).map_err(|cause| Error::key(path, cause))?;
        write_private(path, text.as_bytes()).map_err(|cause| Error::io("create the key file", path, cause))
    }

    /// Writes the file again elsewhere, as it is: encrypted with the same passphrase, or not.
    ///
    /// # Errors
    /// [`Error::Io`] where the file exists already or cannot be written.
    pub fn copy_new(&self, path: &Path) -> Result<(), Error> {
        let label = match self.label {
            Label::Encrypted => EncryptedPrivateKeyInfoRef::PEM_LABEL,
            Label::Plain => PrivateKeyInfoRef::PEM_LABEL,
        };
        let text = self.document.to_pem(label, LineEnding::LF).map_err(encoding);
        let text = text.map_err(|cause| Error::key(path, cause))?;
        write_private(path, text.as_bytes()).map_err(|cause| Error::io("create the key file", path, cause))
    }

    /// Whether a passphrase is needed.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.label == Label::Encrypted
    }

    /// The permissions of the file, where other users can read it and have only to guess the passphrase.
    #[must_use]
    pub fn exposed(&self) -> Option<u32> {
        self.exposed
    }

    /// Opens the encryption, where there is one, and reads the key.
    ///
    /// # Errors
    /// [`Error::Key`] where the passphrase is wrong or missing, or where the key is malformed.
    pub fn open(&self, passphrase: Option<&Passphrase>) -> Result<SigningKey, Error> {
        self.open_document(passphrase).map_err(|cause| Error::key(&self.path, cause))
    }

    fn open_document(&self, passphrase: Option<&Passphrase>) -> Result<SigningKey, KeyError> {
        if self.label == Label::Plain {
            return SigningKey::from_pkcs8(&self.document);
        }
        let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded)?;
        let info: EncryptedPrivateKeyInfoRef<'_> =
            self.document.decode_msg().map_err(|_| KeyError::NotPkcs8Pem)?;
        let document = info.decrypt(passphrase.as_bytes()).map_err(|_| KeyError::WrongPassphrase)?;
        SigningKey::from_pkcs8(&document)
    }
}

/// The bytes of a key file, and its permissions where other users can read it.
fn read_bytes(path: &Path) -> std::io::Result<(Zeroizing<Vec<u8>>, Option<u32>)> {
    // Room for everything from the start: a text that grows leaves copies of itself behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_LENGTH));
    let file = open_regular(path)?;
    let exposed = exposed(&file.metadata()?);
    file.take(MAX_LENGTH as u64).read_to_end(&mut bytes)?;
    Ok((bytes, exposed))
}

#[cfg(unix)]
fn exposed(file: &std::fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::MetadataExt::mode(file) & 0o7777;
    (mode & 0o044 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn exposed(_: &std::fs::Metadata) -> Option<u32> {
    None
}

fn encode(
    key: &SigningKey,
    passphrase: Option<&Passphrase>,
    iterations: Pbkdf2Iterations,
) -> Result<Zeroizing<String>, KeyError> {
    let plain = key.to_pkcs8()?;
    let Some(passphrase) = passphrase else {
        return plain.to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).map_err(encoding);
    };
    if passphrase.is_empty() {
        return Err(KeyError::EmptyPassphrase);
    }
    let mut salt = [0; 16];
    let mut iv = [0; 16];
    getrandom::fill(&mut salt).map_err(KeyError::NoRandomNumbers)?;
    getrandom::fill(&mut iv).map_err(KeyError::NoRandomNumbers)?;
    let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(iterations.0, &salt, iv)
        .map_err(pkcs8::Error::from)?;
    let info: PrivateKeyInfoRef<'_> = plain.decode_msg().map_err(encoding)?;
    let encrypted = info.encrypt_with_params(parameters, passphrase.as_bytes())?;
    encrypted.to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF).map_err(encoding)
}

fn encoding(error: pkcs8::der::Error) -> KeyError {
    KeyError::Encoding(error.into())
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
