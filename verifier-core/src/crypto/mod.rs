//! Digests and signatures.

mod digest;
mod ecdsa;
mod ed25519;
mod hex;
mod key;
mod path_hash;
mod rsa_pss;

pub(crate) use digest::{Algorithm, Hasher};
pub(crate) use hex::decode;
pub(crate) use key::{Message, PublicKey};
pub(crate) use path_hash::PathHash;
