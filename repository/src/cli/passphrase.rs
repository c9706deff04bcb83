//! Where passphrases come from: a file, the environment, or the terminal.

use std::cell::RefCell;
use std::env;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use tuf_repository::signer::{SecretSource, Secrets, SignerError, SignerProblem};
use tuf_repository::{Error, KeyError, KeyFile, Passphrase, SigningKey};

use crate::cli::failure::Failure;
use crate::cli::printable::printable;

/// The environment variable.
const VARIABLE: &str = "TUFREPO_PASSPHRASE";

/// The option, as what is refused in its file is called.
pub(crate) const PASSPHRASE_FILE: &str = "--passphrase-file";

/// Where passphrases come from. One that has opened a key is tried on the next one.
#[derive(Debug)]
pub(crate) struct Passphrases {
    file: Option<PathBuf>,
    known: RefCell<Vec<Passphrase>>,
}

impl Passphrases {
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self { file, known: RefCell::default() }
    }

    /// The passphrase for a new key. On a terminal it is asked for twice.
    pub(crate) fn for_new_key(
        &self,
        path: &Path,
        source: Option<&SecretSource>,
    ) -> Result<Passphrase, Failure> {
        let found = match source {
            Some(source) => {
                let signer = format!("pkcs8:{}", path.display());
                source.read().transpose().map_err(|problem| refused_for_new_key(signer, problem))?
            }
            None => self
                .given()
                .map_err(|SignerError { signer, problem }| refused_for_new_key(signer, problem))?,
        };
        if let Some(passphrase) = found {
            return Ok(passphrase);
        }
        if !io::stdin().is_terminal() {
            return Err(Failure::new(format!("no passphrase for the new key {}", path.display())).next(format!(
                "give it with `--secret file:PATH`, which is remembered, with `--passphrase-file FILE` or in {VARIABLE}; run from a terminal; or say `--unencrypted`"
            )));
        }
        let first = prompt(&format!("Passphrase for the new key {}: ", path.display()))?;
        let second = prompt("Once more: ")?;
        if first == second { Ok(first) } else { Err(Failure::new("the passphrases differ")) }
    }

    /// Opens a private key, with a passphrase where it needs one.
    pub(crate) fn open(&self, path: &Path) -> Result<SigningKey, OpenError> {
        let file = KeyFile::read(path)?;
        if !file.is_encrypted() {
            return Ok(file.open(None)?);
        }
        for passphrase in self.known.borrow().iter() {
            if let Ok(key) = file.open(Some(passphrase)) {
                return Ok(key);
            }
        }
        let given = self.given().map_err(Error::from)?;
        let (key, passphrase) = match given {
            Some(passphrase) => (file.open(Some(&passphrase))?, passphrase),
            None if io::stdin().is_terminal() => ask(&file, path)?,
            None => return Ok(file.open(None)?),
        };
        self.known.borrow_mut().push(passphrase);
        Ok(key)
    }

    /// Where a key's secret would come from, for a report: its own source, or what is usual.
    pub(crate) fn source_of(&self, own: Option<&SecretSource>) -> String {
        match (own, &self.file) {
            (Some(source), _) => source.to_string(),
            (None, Some(file)) => format!("file:{}", file.display()),
            (None, None) if env::var_os(VARIABLE).is_some() => format!("env:{VARIABLE}"),
            (None, None) => "prompt".to_owned(),
        }
    }

    /// The passphrase of the file or of the environment.
    fn given(&self) -> Result<Option<Passphrase>, SignerError> {
        if let Some(path) = &self.file {
            let found = passphrase_of(path).map(Some);
            return found.map_err(|problem| SignerError { signer: PASSPHRASE_FILE.to_owned(), problem });
        }
        match env::var(VARIABLE) {
            Ok(passphrase) => Ok(Some(Passphrase::new(passphrase))),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => {
                let problem = SignerProblem::NoSecret("it is not UTF-8".to_owned());
                Err(SignerError { signer: VARIABLE.to_owned(), problem })
            }
        }
    }
}

/// A signer with a source of its own gets its secret there and nowhere else: no other key's passphrase is tried on it.
impl Secrets for Passphrases {
    fn secret(&self, of: &str, source: Option<&SecretSource>) -> Result<Passphrase, SignerProblem> {
        let no_secret = |failure: Failure| SignerProblem::NoSecret(failure.message);
        let found = match source {
            Some(source) => source.read(),
            None => self.given().map_err(|error| error.problem)?.map(Ok),
        };
        if let Some(secret) = found {
            return secret;
        }
        match io::stdin().is_terminal() {
            true => prompt(&format!("Passphrase or PIN of {of}: ")).map_err(no_secret),
            false => Err(SignerProblem::NoSecret("there is no terminal to ask for it".to_owned())),
        }
    }
}

/// Why a key was not opened: the key's own fault, or no passphrase could be had.
#[derive(Debug)]
pub(crate) enum OpenError {
    Key(Error),
    Passphrase(Failure),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Key(error)
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        Self::Passphrase(failure)
    }
}

impl OpenError {
    /// As an error of the library, about the key at `path`.
    pub(crate) fn into_error(self, path: &Path) -> Error {
        match self {
            Self::Key(error) => error,
            Self::Passphrase(failure) => {
                Error::Key { path: path.to_owned(), cause: KeyError::NoPassphrase(failure.message) }
            }
        }
    }
}

/// The first line of the file that is named for all keys. It may be a pipe, as a shell makes them of another program's output;
/// a file must be its owner's alone.
fn passphrase_of(path: &Path) -> Result<Passphrase, SignerProblem> {
    let unread =
        |cause: io::Error| SignerProblem::NoSecret(format!("could not read {}: {cause}", path.display()));
    if fs::metadata(path).map_err(unread)?.is_file() {
        let secret = SecretSource::File(path.to_owned()).read().transpose()?;
        let empty = || SignerProblem::NoSecret(format!("{} has no passphrase", path.display()));
        return secret.ok_or_else(empty);
    }
    let text = Passphrase::new(fs::read_to_string(path).map_err(unread)?);
    Ok(Passphrase::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// Asks for the passphrase of a key file, and again if it is another one.
fn ask(file: &KeyFile, path: &Path) -> Result<(SigningKey, Passphrase), OpenError> {
    for again in ["", "That does not open it. ", "That does not open it. A last time: "] {
        let passphrase = prompt(&format!("{again}Passphrase of the key {}: ", path.display()))?;
        match file.open(Some(&passphrase)) {
            Err(Error::Key { cause: KeyError::WrongPassphrase, .. }) => {}
            opened => return Ok((opened?, passphrase)),
        }
    }
    Err(Error::Key { path: path.to_owned(), cause: KeyError::WronglyTyped }.into())
}

fn refused(signer: String, problem: SignerProblem) -> Failure {
    Error::from(SignerError { signer, problem }).into()
}

/// A key that does not exist yet has no roles that could be rotated.
fn refused_for_new_key(signer: String, problem: SignerProblem) -> Failure {
    let is_exposed = matches!(problem, SignerProblem::SecretExposed { .. });
    let failure = refused(signer, problem);
    match is_exposed {
        true => failure
            .next("`chmod 600` it; if somebody else may have read it, write another passphrase into it"),
        false => failure,
    }
}

fn prompt(words: &str) -> Result<Passphrase, Failure> {
    rpassword::prompt_password(printable(words))
        .map(Passphrase::new)
        .map_err(|cause| Failure::new(format!("could not read a passphrase: {cause}")))
}
