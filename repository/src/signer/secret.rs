//! Where the passphrase of a key file, or the PIN of a token, comes from.

use std::env;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use tuf_files::{Exposure, Owners, open_regular};
use zeroize::Zeroizing;

use crate::key::Passphrase;
use crate::signer::SignerProblem;

/// Where one passphrase or PIN comes from: `file:PATH`, `env:NAME` or `prompt`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum SecretSource {
    /// The first line of a file that nobody else can read.
    File(PathBuf),
    /// A variable of the environment. Its name begins with `TUFREPO_`: those are in no started program's environment.
    Environment(String),
    /// The terminal.
    Prompt,
}

/// What secrets of variables begin with.
const PREFIX: &str = "TUFREPO_";

/// Bytes of the longest secret that is read.
const MOST_BYTES: usize = 4096;

/// Gives passphrases and PINs to signers.
pub trait Secrets {
    /// The passphrase or PIN of a signer. `of` says what it opens, for a prompt. `source` is the signer's own; without one,
    /// whatever is usual.
    ///
    /// # Errors
    /// [`SignerProblem::NoSecret`], [`SignerProblem::SecretExposed`], [`SignerProblem::OthersCanWrite`].
    fn secret(&self, of: &str, source: Option<&SecretSource>) -> Result<Passphrase, SignerProblem>;
}

/// Secrets of files and variables alone, where nobody is there to be asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unattended;

impl Secrets for Unattended {
    fn secret(&self, of: &str, source: Option<&SecretSource>) -> Result<Passphrase, SignerProblem> {
        let nobody = || SignerProblem::NoSecret(format!("nobody can be asked for that of {of}"));
        source.and_then(SecretSource::read).unwrap_or_else(|| Err(nobody()))
    }
}

impl SecretSource {
    /// The secret of a file or a variable; none for a prompt.
    #[must_use]
    pub fn read(&self) -> Option<Result<Passphrase, SignerProblem>> {
        match self {
            Self::File(path) => Some(of_file(path)),
            Self::Environment(name) => Some(of_variable(name)),
            Self::Prompt => None,
        }
    }

    /// With the file of a relative path below a folder.
    #[must_use]
    pub fn below(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(folder.join(path)),
            other => other,
        }
    }
}

impl FromStr for SecretSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(PathBuf::from(path))),
            Some(("env", name)) if name.starts_with(PREFIX) && !name.contains(['=', '\0']) => {
                Ok(Self::Environment(name.to_owned()))
            }
            Some(("env", name)) => Err(format!(
                "{name:?} does not begin with {PREFIX}: other variables are handed to the programs that are started"
            )),
            None if text == "prompt" => Ok(Self::Prompt),
            // What is written there may be the secret itself, so it is not repeated.
            _ => Err("a secret comes from `file:PATH`, `env:TUFREPO_NAME` or `prompt`".to_owned()),
        }
    }
}

impl TryFrom<String> for SecretSource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Environment(name) => write!(f, "env:{name}"),
            Self::Prompt => f.write_str("prompt"),
        }
    }
}

fn of_file(path: &Path) -> Result<Passphrase, SignerProblem> {
    let unreadable = |cause| SignerProblem::NoSecret(format!("could not read {}: {cause}", path.display()));
    Owners::user().check(path).map_err(|exposed| match exposed.exposure {
        Exposure::Unknown(cause) => unreadable(cause),
        _ => exposed.into(),
    })?;
    let file = open_regular(path).map_err(unreadable)?;
    if let Some(mode) = readable_by_others(&file.metadata().map_err(unreadable)?) {
        return Err(SignerProblem::SecretExposed { path: path.to_owned(), mode });
    }
    // Room for everything from the start: a text that grows leaves copies of itself behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_BYTES + 1));
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MOST_BYTES {
        return Err(SignerProblem::NoSecret(format!("{} is too long", path.display())));
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| SignerProblem::NoSecret(format!("{} is not UTF-8", path.display())))?;
    not_empty(text.lines().next().unwrap_or_default(), || {
        format!("the first line of {} is empty", path.display())
    })
}

fn of_variable(name: &str) -> Result<Passphrase, SignerProblem> {
    match env::var(name) {
        Ok(value) => not_empty(&Zeroizing::new(value), || format!("the variable {name} is empty")),
        Err(env::VarError::NotPresent) => {
            Err(SignerProblem::NoSecret(format!("the variable {name} is not set")))
        }
        Err(env::VarError::NotUnicode(_)) => Err(SignerProblem::NoSecret(format!("{name} is not UTF-8"))),
    }
}

fn not_empty(secret: &str, empty: impl Fn() -> String) -> Result<Passphrase, SignerProblem> {
    match secret.is_empty() {
        true => Err(SignerProblem::NoSecret(empty())),
        false => Ok(Passphrase::new(secret.to_owned())),
    }
}

#[cfg(unix)]
fn readable_by_others(file: &std::fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::MetadataExt::mode(file) & 0o7777;
    (mode & 0o044 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn readable_by_others(_: &std::fs::Metadata) -> Option<u32> {
    None
}
