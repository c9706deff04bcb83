//! The messages that keys sign.

#[cfg(feature = "pem")]
use {super::Algorithm, alloc::vec::Vec, core::cell::OnceCell};

/// Signed bytes, with the digests that schemes need, each computed once.
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
    #[cfg(feature = "pem")]
    digests: Digests,
}

/// The digests that were needed so far.
#[cfg(feature = "pem")]
#[derive(Default)]
struct Digests {
    sha256: OnceCell<Vec<u8>>,
    sha384: OnceCell<Vec<u8>>,
    sha512: OnceCell<Vec<u8>>,
}

impl<'a> Message<'a> {
    /// Bytes that may have been signed.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            #[cfg(feature = "pem")]
            digests: Digests::default(),
        }
    }

    /// The bytes themselves.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The digest of the bytes.
    #[cfg(feature = "pem")]
    pub(super) fn digest(&self, algorithm: Algorithm) -> &[u8] {
        let digest = match algorithm {
            Algorithm::Sha256 => &self.digests.sha256,
            Algorithm::Sha384 => &self.digests.sha384,
            Algorithm::Sha512 => &self.digests.sha512,
        };
        digest.get_or_init(|| algorithm.digest(self.bytes))
    }
}
