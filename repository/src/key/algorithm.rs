//! The kinds of keys, by the names that metadata gives them.

use std::fmt;
use std::str::FromStr;

/// A kind of signing key, and the signature scheme that it has if no other is named (specification 4.2, "Key objects").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyType {
    /// `ed25519`.
    Ed25519,
    /// `ecdsa-sha2-nistp256`.
    EcdsaP256,
    /// `ecdsa-sha2-nistp384`.
    EcdsaP384,
    /// `ecdsa-sha2-nistp521`.
    EcdsaP521,
    /// `rsassa-pss-sha256` with a modulus of this many bits. An RSA key may have each [`RsaScheme`].
    RsaPss {
        /// Bits of the modulus, at least [`KeyType::RSA_MIN_BITS`].
        bits: u16,
    },
    /// `ml-dsa-44/1`.
    MlDsa44,
    /// `ml-dsa-65/1`.
    MlDsa65,
    /// `ml-dsa-87/1`.
    MlDsa87,
}

/// A signature scheme of RSA keys. PKCS #1 v1.5 is for keys in hardware and services that have nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RsaScheme {
    /// `rsassa-pss-sha256`, with a salt of 32 bytes.
    PssSha256,
    /// `rsassa-pss-sha384`, with a salt of 48 bytes.
    PssSha384,
    /// `rsassa-pss-sha512`, with a salt of 64 bytes.
    PssSha512,
    /// `rsa-pkcs1v15-sha256`.
    Pkcs1v15Sha256,
    /// `rsa-pkcs1v15-sha384`.
    Pkcs1v15Sha384,
    /// `rsa-pkcs1v15-sha512`.
    Pkcs1v15Sha512,
}

impl KeyType {
    /// Bits of the smallest RSA modulus that the specification allows.
    pub const RSA_MIN_BITS: u16 = 2048;
    /// Bits of the largest RSA modulus that common verifiers take.
    pub const RSA_MAX_BITS: u16 = 4096;
    /// Bits of an RSA modulus where none are given.
    pub const RSA_DEFAULT_BITS: u16 = 3072;

    /// The kinds with one name each. RSA is not among them.
    const NAMED: [(Self, &'static str); 7] = [
        (Self::Ed25519, "ed25519"),
        (Self::EcdsaP256, "ecdsa-p256"),
        (Self::EcdsaP384, "ecdsa-p384"),
        (Self::EcdsaP521, "ecdsa-p521"),
        (Self::MlDsa44, "ml-dsa-44"),
        (Self::MlDsa65, "ml-dsa-65"),
        (Self::MlDsa87, "ml-dsa-87"),
    ];

    /// The `keytype` of metadata.
    #[must_use]
    pub fn keytype(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521 => "ecdsa",
            Self::RsaPss { .. } => "rsa",
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => "ml-dsa",
        }
    }

    /// The `scheme` of metadata.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::EcdsaP521 => "ecdsa-sha2-nistp521",
            Self::RsaPss { .. } => RsaScheme::PssSha256.name(),
            Self::MlDsa44 => "ml-dsa-44/1",
            Self::MlDsa65 => "ml-dsa-65/1",
            Self::MlDsa87 => "ml-dsa-87/1",
        }
    }
}

impl RsaScheme {
    /// Every scheme.
    pub const ALL: [Self; 6] = [
        Self::PssSha256,
        Self::PssSha384,
        Self::PssSha512,
        Self::Pkcs1v15Sha256,
        Self::Pkcs1v15Sha384,
        Self::Pkcs1v15Sha512,
    ];

    /// The `scheme` of metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PssSha256 => "rsassa-pss-sha256",
            Self::PssSha384 => "rsassa-pss-sha384",
            Self::PssSha512 => "rsassa-pss-sha512",
            Self::Pkcs1v15Sha256 => "rsa-pkcs1v15-sha256",
            Self::Pkcs1v15Sha384 => "rsa-pkcs1v15-sha384",
            Self::Pkcs1v15Sha512 => "rsa-pkcs1v15-sha512",
        }
    }

    /// The scheme with this name in metadata.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPss { bits } => write!(f, "rsa-{bits}"),
            named => {
                let found = Self::NAMED.iter().find(|(kind, _)| kind == named);
                f.write_str(found.map_or("", |(_, name)| name))
            }
        }
    }
}

impl FromStr for KeyType {
    type Err = String;

    /// Reads `ed25519`, `ecdsa-p256`, `ecdsa-p384`, `ecdsa-p521`, `ml-dsa-44`, `ml-dsa-65`, `ml-dsa-87`, `rsa` and
    /// `rsa-BITS`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((kind, _)) = Self::NAMED.iter().find(|(_, name)| *name == text) {
            return Ok(*kind);
        }
        let bits = if text == "rsa" { Some(Self::RSA_DEFAULT_BITS) } else { rsa_bits(text) };
        bits.map(|bits| Self::RsaPss { bits }).ok_or_else(|| {
            let names: Vec<_> = Self::NAMED.iter().map(|(_, name)| *name).collect();
            format!(
                "{text:?} is no key type: expected {}, rsa or rsa-BITS with {} to {} bits",
                names.join(", "),
                Self::RSA_MIN_BITS,
                Self::RSA_MAX_BITS
            )
        })
    }
}

fn rsa_bits(text: &str) -> Option<u16> {
    let bits = text.strip_prefix("rsa-")?.parse().ok()?;
    let whole_words = bits % 64 == 0;
    (whole_words && (KeyType::RSA_MIN_BITS..=KeyType::RSA_MAX_BITS).contains(&bits)).then_some(bits)
}
