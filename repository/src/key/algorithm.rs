//! The kinds of keys, by the names that metadata gives them.

use std::fmt;
use std::str::FromStr;

/// A kind of signing key with its signature scheme (specification 4.2, "Key objects").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyType {
    /// `ed25519`.
    Ed25519,
    /// `ecdsa-sha2-nistp256`.
    EcdsaP256,
    /// `ecdsa-sha2-nistp384`.
    EcdsaP384,
    /// `rsassa-pss-sha256` with a modulus of this many bits, and a salt of 32 bytes.
    RsaPss {
        /// Bits of the modulus, at least [`KeyType::RSA_MIN_BITS`].
        bits: u16,
    },
}

impl KeyType {
    /// Bits of the smallest RSA modulus that the specification allows.
    pub const RSA_MIN_BITS: u16 = 2048;
    /// Bits of the largest RSA modulus that common verifiers take.
    pub const RSA_MAX_BITS: u16 = 4096;
    /// Bits of an RSA modulus where none are given.
    pub const RSA_DEFAULT_BITS: u16 = 3072;

    /// The `keytype` of metadata.
    #[must_use]
    pub fn keytype(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 | Self::EcdsaP384 => "ecdsa",
            Self::RsaPss { .. } => "rsa",
        }
    }

    /// The `scheme` of metadata.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::RsaPss { .. } => "rsassa-pss-sha256",
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519 => f.write_str("ed25519"),
            Self::EcdsaP256 => f.write_str("ecdsa-p256"),
            Self::EcdsaP384 => f.write_str("ecdsa-p384"),
            Self::RsaPss { bits } => write!(f, "rsa-{bits}"),
        }
    }
}

impl FromStr for KeyType {
    type Err = String;

    /// Reads `ed25519`, `ecdsa-p256`, `ecdsa-p384`, `rsa` and `rsa-BITS`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ed25519" => Ok(Self::Ed25519),
            "ecdsa-p256" => Ok(Self::EcdsaP256),
            "ecdsa-p384" => Ok(Self::EcdsaP384),
            "rsa" => Ok(Self::RsaPss { bits: Self::RSA_DEFAULT_BITS }),
            _ => rsa_bits(text).map(|bits| Self::RsaPss { bits }).ok_or_else(|| {
                format!(
                    "{text:?} is no key type: expected ed25519, ecdsa-p256, ecdsa-p384, rsa or rsa-BITS \
                     with {} to {} bits",
                    Self::RSA_MIN_BITS,
                    Self::RSA_MAX_BITS
                )
            }),
        }
    }
}

fn rsa_bits(text: &str) -> Option<u16> {
    let bits = text.strip_prefix("rsa-")?.parse().ok()?;
    let whole_words = bits % 64 == 0;
    (whole_words && (KeyType::RSA_MIN_BITS..=KeyType::RSA_MAX_BITS).contains(&bits)).then_some(bits)
}
