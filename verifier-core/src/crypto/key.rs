//! Public keys of every supported type, and the messages that they sign.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::ecdsa::{P256Key, P384Key};
use super::ed25519::Ed25519Key;
use super::rsa_pss::RsaKey;
use super::{Algorithm, decode};
use crate::role::{Form, KeyDescription, Profile};

/// A public key with its signature scheme.
pub(crate) enum PublicKey {
    Ed25519(Ed25519Key),
    P256(P256Key),
    P384(P384Key),
    RsaPss(Box<RsaKey>),
}

/// What a key is made of, without its name or its scheme: the same key is the same material (TAP 12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Material(Vec<u8>);

/// Signed bytes, with the digests that schemes need, each computed once.
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
    sha256: OnceCell<Vec<u8>>,
    sha384: OnceCell<Vec<u8>>,
}

impl PublicKey {
    /// A description becomes a key. `None` where the type or the scheme is unknown or the key is none of its type:
    /// such a key is passed over and breaks nothing.
    ///
    /// # Specification
    /// 4.2.2, Key objects.
    pub(crate) fn parse(description: &KeyDescription, profile: Profile) -> Option<(Self, Form)> {
        // What the legacy profile adds is read by the scheme's own file.
        let _ = profile;
        let public = &*description.public;
        let key = match (&*description.keytype, &*description.scheme) {
            ("ed25519", "ed25519") => Ed25519Key::parse(public).map(Self::Ed25519),
            ("ecdsa", "ecdsa-sha2-nistp256") => P256Key::parse(public).map(Self::P256),
            ("ecdsa", "ecdsa-sha2-nistp384") => P384Key::parse(public).map(Self::P384),
            ("rsa", "rsassa-pss-sha256") => RsaKey::parse(public).map(Box::new).map(Self::RsaPss),
            _ => None,
        };
        key.map(|key| (key, Form::Specified))
    }

    /// Whether a hexadecimal signature of the message is this key's.
    pub(crate) fn verifies(&self, message: &Message<'_>, signature: &str) -> bool {
        let Some(signature) = decode(signature) else {
            return false;
        };
        match self {
            Self::Ed25519(key) => key.verifies(message.bytes, &signature),
            Self::P256(key) => key.verifies(message.sha256(), &signature),
            Self::P384(key) => key.verifies(message.sha384(), &signature),
            Self::RsaPss(key) => key.verifies(message.sha256(), &signature),
        }
    }

    /// What the key is made of.
    pub(crate) fn material(&self) -> Material {
        Material(match self {
            Self::Ed25519(key) => key.material(),
            Self::P256(key) => key.material(),
            Self::P384(key) => key.material(),
            Self::RsaPss(key) => key.material(),
        })
    }
}

impl<'a> Message<'a> {
    /// Bytes that may have been signed.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, sha256: OnceCell::new(), sha384: OnceCell::new() }
    }

    fn sha256(&self) -> &[u8] {
        self.sha256.get_or_init(|| Algorithm::Sha256.digest(self.bytes))
    }

    fn sha384(&self) -> &[u8] {
        self.sha384.get_or_init(|| Algorithm::Sha384.digest(self.bytes))
    }
}
