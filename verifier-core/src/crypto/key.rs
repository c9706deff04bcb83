//! Public keys of every supported type.

use alloc::sync::Arc;
use alloc::vec::Vec;

#[cfg(feature = "ecdsa")]
use super::ecdsa;
#[cfg(feature = "ml-dsa")]
use super::ml_dsa;
#[cfg(feature = "rsa")]
use super::rsa;
use super::scheme::{Material, Scheme};
use super::{Message, Tables, decode, ed25519};
use crate::failure::KeyProblem;
use crate::role::{Form, KeyDescription, Profile};

/// Bytes of the longest `public` that is read. The longest key of all schemes, ML-DSA-87 in PEM, has some 3,600.
const MAX_PUBLIC: usize = 8192;

/// Whether a signature of a message is by the key that `keytype`, `scheme` and `public` describe, as metadata describes keys
/// (4.2.2), in the forms that [`Profile::Compatible`] reads. `signature` is bytes, not hexadecimal.
///
/// For signers, which check what they have signed before they give it out. A client has [`UpdateCycle`](crate::UpdateCycle),
/// which counts signatures for thresholds.
///
/// # Errors
/// Why the description is not usable as a key.
pub fn verify_signature(
    keytype: &str,
    scheme: &str,
    public: &str,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, KeyProblem> {
    let description =
        KeyDescription { keytype: keytype.into(), scheme: scheme.into(), public: public.into() };
    let (key, _) = PublicKey::parse(&description, Profile::Compatible)?;
    Ok(key.0.verifies(&Message::new(message), signature))
}

/// What the key that `keytype`, `scheme` and `public` describe is made of, as metadata describes keys (4.2.2), in the forms that
/// [`Profile::Compatible`] reads. A threshold counts these bytes: they are the same for every keyid, scheme and spelling of one
/// key, and others for any other key. They have no form beyond that.
///
/// For publishers, which tell one holder from two. A client has [`UpdateCycle`](crate::UpdateCycle).
///
/// # Errors
/// Why the description is not usable as a key. Such a key counts for no threshold.
///
/// # Specification
/// TAP 12: signatures of one key count once, whatever its keyids.
pub fn key_material(keytype: &str, scheme: &str, public: &str) -> Result<Vec<u8>, KeyProblem> {
    let description =
        KeyDescription { keytype: keytype.into(), scheme: scheme.into(), public: public.into() };
    let (key, _) = PublicKey::parse(&description, Profile::Compatible)?;
    Ok(key.material().into_bytes())
}

/// A public key with its signature scheme. A clone shares it.
#[derive(Clone)]
pub(crate) struct PublicKey(Arc<dyn Scheme>);

impl PublicKey {
    /// A description becomes a key, with the form that it is written in.
    ///
    /// # Errors
    /// Why the key is not usable. Such a key is passed over: it breaks nothing if the others meet the threshold.
    ///
    /// # Specification
    /// 4.2.2, Key objects.
    pub(crate) fn parse(description: &KeyDescription, profile: Profile) -> Result<(Self, Form), KeyProblem> {
        let KeyDescription { keytype, scheme, public } = description;
        if public.len() > MAX_PUBLIC {
            return Err(problem(keytype, scheme));
        }
        if let Some(key) = specified(keytype, scheme, public) {
            return Ok((Self(key), Form::Specified));
        }
        match (compatible(keytype, scheme, public), profile) {
            (Some(key), Profile::Compatible) => Ok((Self(key), Form::Compatible)),
            (Some(_), Profile::Strict) => Err(KeyProblem::OtherForm),
            (None, _) => Err(problem(keytype, scheme)),
        }
    }

    /// What a described key is made of. One that is not supported is told from others by its description.
    pub(crate) fn material_of(description: &KeyDescription, profile: Profile) -> Material {
        match Self::parse(description, profile) {
            Ok((key, _)) => key.material(),
            Err(_) => {
                let KeyDescription { keytype, scheme, public } = description;
                Material::new("unsupported", [&**keytype, scheme, public].join("\n").into_bytes())
            }
        }
    }

    /// The same key, made to verify many signatures.
    pub(super) fn prepared(&self, tables: &mut Tables) -> Self {
        Self(self.0.prepared(tables).unwrap_or_else(|| Arc::clone(&self.0)))
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
fn specified(keytype: &str, scheme: &str, public: &str) -> Option<Arc<dyn Scheme>> {
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
fn compatible(keytype: &str, scheme: &str, public: &str) -> Option<Arc<dyn Scheme>> {
    let named = keytype == "ecdsa" || keytype == scheme;
    if named { ecdsa::parse(scheme, public).or_else(|| ecdsa::parse_hex(scheme, public)) } else { None }
}

/// Why a description is no key: what is known of its type and its scheme.
fn problem(keytype: &str, scheme: &str) -> KeyProblem {
    let known = match keytype {
        "ed25519" => scheme == "ed25519",
        #[cfg(feature = "ecdsa")]
        "ecdsa" => ecdsa::knows(scheme),
        #[cfg(feature = "ecdsa")]
        _ if keytype == scheme && ecdsa::knows(scheme) => true,
        #[cfg(feature = "rsa")]
        "rsa" => rsa::knows(scheme),
        #[cfg(feature = "ml-dsa")]
        "ml-dsa" => ml_dsa::knows(scheme),
        _ => return KeyProblem::UnknownType,
    };
    if known { KeyProblem::Unreadable } else { KeyProblem::UnknownScheme }
}

#[cfg(not(feature = "ecdsa"))]
fn compatible(_: &str, _: &str, _: &str) -> Option<Arc<dyn Scheme>> {
    None
}
