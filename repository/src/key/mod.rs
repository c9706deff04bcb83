//! Signing keys: made, kept, found again by keyid.

mod algorithm;
pub(crate) mod disclosure;
mod file;
mod ring;
mod signing;

pub use algorithm::KeyType;
pub use file::{KeyFile, Passphrase, Pbkdf2Iterations};
pub use ring::{KeyRing, Signer, Signers};
pub use signing::SigningKey;
