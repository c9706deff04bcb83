//! Digests of content, as `algorithm:hex`.

#[cfg(feature = "registry")]
mod compute;

use std::fmt;
use std::str::FromStr;

/// A hash algorithm that the image specification registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The name, as in digests and in TUF metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Hexadecimal digits of a digest.
    #[must_use]
    pub fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512].into_iter().find(|algorithm| algorithm.name() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A digest of content. Prints as `algorithm:hex`, the one text that is parsed to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    hex: String,
}

impl Digest {
    /// An algorithm and lower-case hexadecimal digits become a digest.
    ///
    /// # Errors
    /// Too few or too many digits, or something that is none.
    pub fn new(algorithm: Algorithm, hex: &str) -> Result<Self, DigestError> {
        if hex.len() != algorithm.digits() {
            return Err(DigestError::Length { algorithm, expected: algorithm.digits(), length: hex.len() });
        }
        if !hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(DigestError::Digit);
        }
        Ok(Self { algorithm, hex: hex.to_owned() })
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The digest in lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (name, hex) = text.split_once(':').ok_or(DigestError::Form)?;
        Self::new(Algorithm::named(name).ok_or(DigestError::Algorithm)?, hex)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.hex)
    }
}

/// Why a text is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// There is no colon.
    #[error("a digest is written algorithm:hex")]
    Form,
    /// Another algorithm, or none.
    #[error("the algorithm of a digest is sha256, sha384 or sha512")]
    Algorithm,
    /// Too few or too many digits.
    #[error("a {algorithm} digest has {expected} digits, not {length}")]
    Length {
        /// The algorithm.
        algorithm: Algorithm,
        /// Digits of its digests.
        expected: usize,
        /// Bytes that are there.
        length: usize,
    },
    /// Something that is no lower-case hexadecimal digit.
    #[error("a digest has the digits 0 to 9 and a to f")]
    Digit,
}
