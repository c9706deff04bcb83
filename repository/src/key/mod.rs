//! Signing keys: made, kept, found again by keyid.

mod algorithm;
pub(crate) mod disclosure;
mod file;
mod material;
mod ml_dsa;
mod other_form;
mod public;
mod ring;
mod rsa;
mod secret;
mod signing;

pub use algorithm::{KeyType, RsaScheme};
pub use file::{KeyFile, Passphrase, Pbkdf2Iterations};
pub use other_form::OtherForm;
pub use ring::{KeyRing, Signer, Signers};
pub use signing::SigningKey;
