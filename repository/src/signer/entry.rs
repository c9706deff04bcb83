//! `NAME.signer`: where the private key of `NAME.json` is.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tuf_files::read_regular;

use crate::error::{Error, KeyError};
use crate::key::Signer;
use crate::metadata::Key;
use crate::signer::checked::{Checked, Holder};
use crate::signer::exec::Program;
#[cfg(feature = "pkcs11")]
use crate::signer::pkcs11::TokenKey;
#[cfg(unix)]
use crate::signer::ssh_agent::AgentKey;
use crate::signer::{SecretSource, Secrets, SignerError, SignerProblem, SignerUri, pkcs8_file};
use crate::store::check_own;

/// Where a private key is, and what is needed to sign with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the private key is.
    pub uri: SignerUri,
    /// Where its passphrase or PIN comes from. Without one: as for every key.
    pub secret: Option<SecretSource>,
    /// How long a program or an agent may take.
    pub timeout: Duration,
    /// Arguments of a program, before the ones of each call.
    pub arguments: Vec<String>,
    /// Variables of the environment that a program gets besides PATH and HOME, by their names.
    pub environment: Vec<String>,
    /// How a program writes a signature.
    pub output: OutputForm,
    /// How a program writes an ECDSA signature.
    pub ecdsa: EcdsaForm,
}

/// How a program writes the bytes of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputForm {
    /// As they are.
    #[default]
    Raw,
    /// In hexadecimal.
    Hex,
    /// In base64, of either alphabet, padded or not.
    Base64,
}

/// How a program writes the numbers of an ECDSA signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EcdsaForm {
    /// In DER, as metadata has them.
    #[default]
    Der,
    /// `r` and `s`, each as long as the order of the curve.
    RS,
}

/// The file.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    signer: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    arguments: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    environment: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    output: OutputForm,
    #[serde(default, skip_serializing_if = "is_default")]
    ecdsa: EcdsaForm,
}

/// Bytes of the longest file.
const MOST_BYTES: u64 = 64 * 1024;

/// How long a program or an agent may take if nothing is said: somebody may have to touch a key.
const PATIENCE: Duration = Duration::from_secs(60);

/// More than anybody waits for. A longer limit is none.
const MOST_SECONDS: u64 = 3600;

impl Entry {
    /// A key at a place, with nothing else said.
    #[must_use]
    pub fn new(uri: SignerUri) -> Self {
        Self {
            uri,
            secret: None,
            timeout: PATIENCE,
            arguments: Vec::new(),
            environment: Vec::new(),
            output: OutputForm::default(),
            ecdsa: EcdsaForm::default(),
        }
    }

    /// Reads a file: TOML, at most 64 KiB. Relative paths in it are below its folder. None where there is no file.
    ///
    /// # Errors
    /// [`Error::OthersCanWrite`] if somebody else can change the file: it says which program is started, and which library is
    /// loaded into this process. [`Error::Signer`] for an entry that is not one; [`Error::Io`].
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        check_own(path)?;
        let bytes = match read_regular(path, MOST_BYTES) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(|cause| Error::io("read", path, cause))?,
        };
        let refused = |problem: SignerProblem| Error::Signer(problem.of(path.display()));
        let malformed = |reason: String| refused(SignerProblem::BadEntry(reason));
        let text = String::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8".to_owned()))?;
        // The message of the parser repeats the line, which may have a secret in a wrong place.
        let file: File = toml::from_str(&text).map_err(|error| malformed(error.message().to_owned()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::of(file, folder).map(Some).map_err(refused)
    }

    /// Writes a new file that its owner alone can change.
    ///
    /// # Errors
    /// [`Error::Io`], also where the file exists; [`Error::Signer`] for what cannot be written.
    pub fn create_new(&self, path: &Path) -> Result<(), Error> {
        let refused = |reason: String| Error::Signer(SignerProblem::BadEntry(reason).of(&self.uri));
        let text = toml::to_string(&self.file()).map_err(|error| refused(error.to_string()))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|cause| Error::io("create", path, cause))
    }

    /// The signer of a public key. A file, a token or an agent is opened here, and says then what is wrong with it; a program
    /// when it signs.
    ///
    /// # Errors
    /// [`Error::Signer`]; [`Error::Key`] for a key file.
    pub fn open(&self, public: &Key, secrets: &dyn Secrets) -> Result<Arc<dyn Signer>, Error> {
        let holder: Box<dyn Holder> = match &self.uri {
            SignerUri::Pkcs8(path) => return pkcs8_file::open(path, public, self.secret.as_ref(), secrets),
            SignerUri::Exec(path) => Box::new(Program::new(path, self, public)?),
            #[cfg(feature = "pkcs11")]
            SignerUri::Pkcs11(uri) => {
                let key = TokenKey::open(uri, self.secret.as_ref(), secrets);
                let signer = key.and_then(|key| key.signer(public));
                Box::new(signer.map_err(|problem| problem.of(&self.uri))?)
            }
            #[cfg(not(feature = "pkcs11"))]
            uri @ SignerUri::Pkcs11(_) => return Err(not_here(uri).into()),
            #[cfg(unix)]
            SignerUri::SshAgent(wanted) => {
                let signer = AgentKey::new(wanted, self.timeout).signer(public, public.keyid()?);
                Box::new(signer.map_err(|problem| problem.of(&self.uri))?)
            }
            #[cfg(not(unix))]
            uri @ SignerUri::SshAgent(_) => return Err(not_here(uri).into()),
        };
        Ok(Arc::new(Checked::new(self.uri.clone(), public.clone(), holder)?))
    }

    /// Asks whoever has the private key for the public one, with a scheme for a key that may have several.
    ///
    /// # Errors
    /// As for [`Entry::open`].
    pub fn public(&self, scheme: Option<&str>, secrets: &dyn Secrets) -> Result<Key, Error> {
        let refused = |problem: SignerProblem| problem.of(&self.uri);
        match &self.uri {
            SignerUri::Pkcs8(path) => {
                let key = pkcs8_file::read(path, self.secret.as_ref(), secrets)?;
                match scheme {
                    Some(scheme) => Ok(key.with_scheme(scheme)?.public().clone()),
                    None => Ok(key.public().clone()),
                }
            }
            SignerUri::Exec(path) => {
                let answer = Program::public(path, self).map_err(refused)?;
                Ok(answer.key(scheme)?)
            }
            #[cfg(feature = "pkcs11")]
            SignerUri::Pkcs11(uri) => {
                let key = TokenKey::open(uri, self.secret.as_ref(), secrets);
                Ok(key.and_then(|key| key.public(scheme)).map_err(refused)?)
            }
            #[cfg(not(feature = "pkcs11"))]
            uri @ SignerUri::Pkcs11(_) => Err(not_here(uri).into()),
            #[cfg(unix)]
            SignerUri::SshAgent(wanted) => {
                Ok(AgentKey::new(wanted, self.timeout).public(scheme).map_err(refused)?)
            }
            #[cfg(not(unix))]
            uri @ SignerUri::SshAgent(_) => Err(not_here(uri).into()),
        }
    }

    /// Refuses what no entry may say: a variable that may have a secret of this program in it, or that is no variable; for
    /// anything but a program, what only a program has.
    ///
    /// # Errors
    /// [`SignerProblem::BadEntry`].
    pub fn check(&self) -> Result<(), SignerProblem> {
        let refused = |reason: String| Err(SignerProblem::BadEntry(reason));
        for name in &self.environment {
            if name.starts_with("TUFREPO_") || name.is_empty() || name.contains(['=', '\0']) {
                return refused(format!("no program is given the variable {name:?}"));
            }
        }
        let plain = self.arguments.is_empty()
            && self.environment.is_empty()
            && (self.output, self.ecdsa) == (OutputForm::default(), EcdsaForm::default());
        match &self.uri {
            SignerUri::Exec(_) | SignerUri::SshAgent(_) if self.secret.is_some() => {
                refused("programs and agents get their secrets elsewhere, not from `secret`".to_owned())
            }
            SignerUri::Exec(_) => Ok(()),
            _ if plain => Ok(()),
            _ => refused("arguments, environment, output and ecdsa are for `exec:` alone".to_owned()),
        }
    }

    fn of(file: File, folder: &Path) -> Result<Self, SignerProblem> {
        let uri = match file.signer.parse()? {
            SignerUri::Pkcs8(path) => SignerUri::Pkcs8(folder.join(path)),
            other => other,
        };
        let secret: Option<SecretSource> =
            file.secret.map(|text| text.parse()).transpose().map_err(SignerProblem::BadEntry)?;
        let seconds = file.timeout_seconds.unwrap_or(PATIENCE.as_secs());
        if !(1..=MOST_SECONDS).contains(&seconds) {
            return Err(SignerProblem::BadEntry(format!("timeout-seconds is not from 1 to {MOST_SECONDS}")));
        }
        let entry = Self {
            uri,
            secret: secret.map(|source| source.below(folder)),
            timeout: Duration::from_secs(seconds),
            arguments: file.arguments,
            environment: file.environment,
            output: file.output,
            ecdsa: file.ecdsa,
        };
        entry.check().map(|()| entry)
    }

    fn file(&self) -> File {
        File {
            signer: self.uri.to_string(),
            secret: self.secret.as_ref().map(ToString::to_string),
            timeout_seconds: (self.timeout != PATIENCE).then_some(self.timeout.as_secs()),
            arguments: self.arguments.clone(),
            environment: self.environment.clone(),
            output: self.output,
            ecdsa: self.ecdsa,
        }
    }
}

/// The file that says where the private key of a public key file is.
#[must_use]
pub fn entry_beside(public: &Path) -> PathBuf {
    public.with_extension("signer")
}

#[cfg(not(all(unix, feature = "pkcs11")))]
fn not_here(uri: &SignerUri) -> SignerError {
    SignerProblem::NotHere("this build has no such signers").of(uri)
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<SignerError> for KeyError {
    fn from(error: SignerError) -> Self {
        Self::Signer(Box::new(error))
    }
}

impl From<SignerError> for Error {
    fn from(error: SignerError) -> Self {
        Self::Signer(error)
    }
}
