//! Why a signer does not sign.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use tuf_files::Exposed;

use crate::error::KeyError;

/// Why a signer that is named by a URI does not sign.
#[derive(Debug, Error)]
#[error("signer {signer}: {problem}")]
pub struct SignerError {
    /// Its URI, which has no secret in it.
    pub signer: String,
    /// What is wrong.
    #[source]
    pub problem: SignerProblem,
}

/// What is wrong with a signer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignerProblem {
    /// The URI, or an entry of the signer's file, is none.
    #[error("{0}")]
    BadEntry(String),
    /// Another user can change the program, the module or the file of the passphrase.
    #[error("{0}")]
    OthersCanWrite(Exposed),
    /// Others can read the file with the passphrase or PIN.
    #[error("other users can read {} (mode {mode:o}), which has its passphrase or PIN", path.display())]
    SecretExposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The passphrase or PIN could not be had.
    #[error("no passphrase or PIN: {0}")]
    NoSecret(String),
    /// The token refuses the PIN. It is not tried again: tokens lock themselves after a few wrong ones.
    #[error("the token refuses the PIN{}", if *last_try { "; it has one try left before it locks itself" } else { "" })]
    WrongPin {
        /// Whether the token says that the next wrong PIN locks it.
        last_try: bool,
    },
    /// The token has locked itself.
    #[error("the token has locked its PIN after too many wrong ones")]
    PinLocked,
    /// No token fits the URI.
    #[error("no token fits{}", if found.is_empty() { "; there is none".to_owned() } else { format!("; there are {}", found.join(", ")) })]
    NoToken {
        /// The labels of the tokens that are there.
        found: Vec<String>,
    },
    /// Several tokens, or several keys, fit the URI.
    #[error("{number} {what} fit")]
    Several {
        /// How many.
        number: usize,
        /// Of what, in the plural.
        what: &'static str,
    },
    /// The token or the agent has no such key.
    #[error("there is no such key{}", if found.is_empty() { String::new() } else { format!("; there are {}", found.join(", ")) })]
    NoSuchKey {
        /// The names of the keys that are there.
        found: Vec<String>,
    },
    /// The key is of a kind that cannot sign metadata, or not by the scheme of the public key.
    #[error("{0}")]
    WrongKind(String),
    /// The signature is not by the key that is trusted.
    #[error("the signer signed with another key than {keyid}")]
    AnotherKey {
        /// The keyid of the public key.
        keyid: String,
    },
    /// The token's module failed.
    #[error("the PKCS #11 module failed: {0}")]
    Module(String),
    /// No agent answers.
    #[error("no ssh-agent: {0}")]
    NoAgent(String),
    /// The agent does not sign.
    #[error("the ssh-agent refuses to sign: its key needs a confirmation, or the agent is locked")]
    AgentRefused,
    /// The program could not be started.
    #[error("could not start the program: {0}")]
    NotStarted(#[source] io::Error),
    /// The program failed.
    #[error("the program failed ({status}){}", if said.is_empty() { String::new() } else { format!(": {said}") })]
    Failed {
        /// How it ended.
        status: String,
        /// The last line that it wrote to standard error.
        said: String,
    },
    /// What the program wrote is no signature, or no public key.
    #[error("the program's output is {0}")]
    BadOutput(String),
    /// The signer took too long.
    #[error("no answer within {} seconds", _0.as_secs_f64())]
    TimedOut(Duration),
    /// A key in memory does not sign.
    #[error(transparent)]
    Key(Box<KeyError>),
    /// The entry came from a folder that other people's changes come into.
    #[error(
        "its entry is in {}, which is part of the repository or of a work tree: whoever can push there would run code as this user",
        folder.display()
    )]
    FromSharedFolder {
        /// The folder of keys.
        folder: PathBuf,
    },
    /// This build, or this system, has no such signers.
    #[error("{0}")]
    NotHere(&'static str),
}

impl SignerProblem {
    /// A word for programs, the same in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadEntry(_) => "bad-signer",
            Self::OthersCanWrite(_) => "others-can-write",
            Self::SecretExposed { .. } => "secret-exposed",
            Self::NoSecret(_) => "no-secret",
            Self::WrongPin { .. } => "wrong-pin",
            Self::PinLocked => "pin-locked",
            Self::NoToken { .. } => "no-token",
            Self::Several { .. } => "ambiguous-signer",
            Self::NoSuchKey { .. } => "no-such-key",
            Self::WrongKind(_) => "wrong-kind",
            Self::AnotherKey { .. } => "another-key",
            Self::Module(_) => "token-failed",
            Self::NoAgent(_) => "no-agent",
            Self::AgentRefused => "agent-refused",
            Self::NotStarted(_) => "program-not-started",
            Self::Failed { .. } => "program-failed",
            Self::BadOutput(_) => "program-output",
            Self::TimedOut(_) => "signer-timeout",
            Self::Key(_) => "key",
            Self::FromSharedFolder { .. } => "signer-from-shared-folder",
            Self::NotHere(_) => "signer-not-supported",
        }
    }

    /// Whether the key is not here at the moment: no token, no agent, or neither has it.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::NoToken { .. } | Self::NoAgent(_) | Self::NoSuchKey { .. })
    }

    pub(super) fn of(self, signer: impl ToString) -> SignerError {
        SignerError { signer: signer.to_string(), problem: self }
    }
}

impl From<Exposed> for SignerProblem {
    fn from(exposed: Exposed) -> Self {
        Self::OthersCanWrite(exposed)
    }
}
