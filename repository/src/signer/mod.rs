//! Signers that are named by a URI: a file, a token, an agent or a program has the private key, and `NAME.json` the public
//! one.
//!
//! `NAME.signer` beside `NAME.json` is an [`Entry`]: it says where the private key is, and where its passphrase or PIN comes
//! from. Whoever holds the key, what it signs is verified with the public key before it is given out.

mod checked;
mod ecdsa;
mod entry;
mod error;
mod exec;
#[cfg(feature = "pkcs11")]
mod pkcs11;
#[cfg(feature = "pkcs11")]
mod pkcs11_mechanism;
#[cfg(feature = "pkcs11")]
mod pkcs11_public;
mod pkcs8_file;
mod secret;
#[cfg(unix)]
mod ssh_agent;
#[cfg(unix)]
mod ssh_key;
mod uri;

pub use entry::{EcdsaForm, Entry, OutputForm, entry_beside};
pub use error::{SignerError, SignerProblem};
pub use pkcs8_file::signer_of;
pub use secret::{SecretSource, Secrets, Unattended};
pub use uri::{Pkcs11Uri, SignerUri};
