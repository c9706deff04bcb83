//! Digests and signatures.

mod digest;
#[cfg(feature = "ecdsa")]
mod ecdsa;
mod ed25519;
mod hex;
mod key;
mod keyring;
mod message;
#[cfg(feature = "ml-dsa")]
mod ml_dsa;
#[cfg(feature = "ecdsa")]
mod multiples;
mod path_hash;
#[cfg(feature = "pem")]
mod pem;
#[cfg(feature = "rsa")]
mod rsa;
mod scheme;
mod tables;

pub(crate) use digest::{Algorithm, Hasher};
pub(crate) use hex::{decode, encode};
pub(crate) use key::PublicKey;
pub use key::{key_material, verify_signature};
pub(crate) use keyring::Keyring;
pub(crate) use message::Message;
pub(crate) use path_hash::PathHash;
pub(crate) use scheme::Material;
use tables::Tables;
