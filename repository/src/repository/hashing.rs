//! Bytes hashed on their way.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

/// Copies everything. Gives the number of bytes and their lower-case hexadecimal SHA-256.
pub(crate) fn copy(from: impl Read, to: &mut impl Write) -> io::Result<(u64, String)> {
    let mut from = HashingReader { inner: from, hash: Sha256::new() };
    let length = io::copy(&mut from, to)?;
    Ok((length, base16ct::lower::encode_string(&from.hash.finalize())))
}

/// Hashes what is read through it.
struct HashingReader<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}
