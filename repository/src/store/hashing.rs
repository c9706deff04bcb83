//! Bytes hashed on their way.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256, Sha512};

/// What was copied.
pub(crate) struct Copied {
    /// Number of bytes.
    pub(crate) length: u64,
    /// Lower-case hexadecimal SHA-256.
    pub(crate) sha256: String,
    /// Lower-case hexadecimal SHA-512.
    pub(crate) sha512: String,
}

/// Copies everything.
pub(crate) fn copy(from: impl Read, to: &mut impl Write) -> io::Result<Copied> {
    let mut from = HashingReader { inner: from, sha256: Sha256::new(), sha512: Sha512::new() };
    let length = io::copy(&mut from, to)?;
    let sha256 = base16ct::lower::encode_string(&from.sha256.finalize());
    let sha512 = base16ct::lower::encode_string(&from.sha512.finalize());
    Ok(Copied { length, sha256, sha512 })
}

/// Hashes what is read through it.
struct HashingReader<R> {
    inner: R,
    sha256: Sha256,
    sha512: Sha512,
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        self.sha256.update(bytes);
        self.sha512.update(bytes);
        Ok(count)
    }
}
