//! Signature schemes by their names.

/// A signature scheme, as the `scheme` field of a key names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `ed25519`
    Ed25519,
    /// `ecdsa-sha2-nistp256`
    EcdsaP256,
    /// `ecdsa-sha2-nistp384`
    EcdsaP384,
    /// `ecdsa-sha2-nistp521`
    EcdsaP521,
    /// `rsassa-pss-sha256`
    RsaPssSha256,
    /// `rsassa-pss-sha384`
    RsaPssSha384,
    /// `rsassa-pss-sha512`
    RsaPssSha512,
    /// `rsa-pkcs1v15-sha256`
    RsaPkcs1v15Sha256,
    /// `ml-dsa-44/1`
    MlDsa44,
    /// `ml-dsa-65/1`
    MlDsa65,
    /// `ml-dsa-87/1`
    MlDsa87,
    /// `rsassa-pss-sha256` with a modulus of 1024 bits, which is too short.
    ShortRsa,
    /// A key type of the future, which no verifier of today knows.
    Future,
}

impl Scheme {
    /// The schemes of the specification's own key types, by which most tests go: each has key material of its own.
    pub const SUPPORTED: [Self; 4] = [Self::Ed25519, Self::EcdsaP256, Self::EcdsaP384, Self::RsaPssSha256];

    /// Key type and scheme.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Ed25519 => ("ed25519", "ed25519"),
            Self::EcdsaP256 => ("ecdsa", "ecdsa-sha2-nistp256"),
            Self::EcdsaP384 => ("ecdsa", "ecdsa-sha2-nistp384"),
            Self::EcdsaP521 => ("ecdsa", "ecdsa-sha2-nistp521"),
            Self::RsaPssSha256 | Self::ShortRsa => ("rsa", "rsassa-pss-sha256"),
            Self::RsaPssSha384 => ("rsa", "rsassa-pss-sha384"),
            Self::RsaPssSha512 => ("rsa", "rsassa-pss-sha512"),
            Self::RsaPkcs1v15Sha256 => ("rsa", "rsa-pkcs1v15-sha256"),
            Self::MlDsa44 => ("ml-dsa", "ml-dsa-44/1"),
            Self::MlDsa65 => ("ml-dsa", "ml-dsa-65/1"),
            Self::MlDsa87 => ("ml-dsa", "ml-dsa-87/1"),
            Self::Future => ("lattice", "lattice-9000"),
        }
    }
}
