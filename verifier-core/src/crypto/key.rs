//! Public keys of every supported type.

use alloc::boxed::Box;

#[cfg(feature = "ecdsa")]
use super::ecdsa;
#[cfg(feature = "ml-dsa")]
use super::ml_dsa;
#[cfg(feature = "rsa")]
use super::rsa;
use super::scheme::{Material, Scheme};
use super::{Message, decode, ed25519};
use crate::role::{Form, KeyDescription, Profile};

/// Bytes of the longest `public` that is read. The longest key of all schemes, ML-DSA-87 in PEM, has some 3,600.
const MAX_PUBLIC: usize = 8192;

/// A public key with its signature scheme.
pub(crate) struct PublicKey(Box<dyn Scheme>);

impl PublicKey {
    /// A description becomes a key, with the form that it is written in. `None` where the type or the scheme is
    /// unknown or the key is none of its type: such a key is passed over and breaks nothing.
    ///
    /// # Specification
    /// 4.2.2, Key objects.
    pub(crate) fn parse(description: &KeyDescription, profile: Profile) -> Option<(Self, Form)> {
        let KeyDescription { keytype, scheme, public } = description;
        if public.len() > MAX_PUBLIC {
            return None;
        }
        if let Some(key) = specified(keytype, scheme, public) {
            return Some((Self(key), Form::Specified));
        }
        match profile {
            Profile::Specification => None,
            Profile::Legacy => Some((Self(legacy(keytype, scheme, public)?), Form::Legacy)),
        }
    }

    /// What a described key is made of. One that is not supported is told from others by its description.
    pub(crate) fn material_of(description: &KeyDescription, profile: Profile) -> Material {
        match Self::parse(description, profile) {
            Some((key, _)) => key.material(),
            None => {
                let KeyDescription { keytype, scheme, public } = description;
                Material::new("unsupported", [&**keytype, scheme, public].join("\n").into_bytes())
            }
        }
    }

    /// Whether a hexadecimal signature of the message is this key's.
    pub(crate) fn verifies(&self, message: &Message<'_>, signature: &str) -> bool {
        decode(signature).is_some_and(|signature| self.0.verifies(message, &signature))
    }

    /// What the key is made of.
    pub(crate) fn material(&self) -> Material {
        self.0.material()
    }
}

/// A key as the specification describes it, under the names that the reference implementation uses.
fn specified(keytype: &str, scheme: &str, public: &str) -> Option<Box<dyn Scheme>> {
    match keytype {
        "ed25519" => ed25519::parse(scheme, public),
        #[cfg(feature = "ecdsa")]
        "ecdsa" => ecdsa::parse(scheme, public),
        #[cfg(feature = "rsa")]
        "rsa" => rsa::parse(scheme, public),
        #[cfg(feature = "ml-dsa")]
        "ml-dsa" => ml_dsa::parse(scheme, public),
        _ => None,
    }
}

/// A key as repositories described it before the specification had its present form: the key type of a curve repeats
/// the scheme, and the point may be in hexadecimal.
#[cfg(feature = "ecdsa")]
fn legacy(keytype: &str, scheme: &str, public: &str) -> Option<Box<dyn Scheme>> {
    let named = keytype == "ecdsa" || keytype == scheme;
    if named { ecdsa::parse(scheme, public).or_else(|| ecdsa::parse_hex(scheme, public)) } else { None }
}

#[cfg(not(feature = "ecdsa"))]
fn legacy(_: &str, _: &str, _: &str) -> Option<Box<dyn Scheme>> {
    None
}
