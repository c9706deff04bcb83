//! The bytes of one target against its metadata (5.7).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::crypto::{Algorithm, Hasher, decode};
use crate::failure::{Failure, MAX_NAMED, Mismatch, Misuse, Refusal, Unsupported, excerpt};
use crate::role::{TargetEntry, percent_encode};
use crate::workflow::{Hash, Target};

/// Verifies the bytes of one target.
///
/// Either all bytes go through [`write`](Self::write) and then [`finish`](Self::finish), or the host computes the
/// digests and calls [`check_digests`](Self::check_digests). One verdict ends the check.
#[derive(Clone, Debug)]
pub struct TargetCheck {
    path: Box<str>,
    length: u64,
    /// Bytes written.
    written: u64,
    /// The listed hashes of supported algorithms: at least one.
    expected: Vec<Expected>,
    finished: bool,
}

#[derive(Clone, Debug)]
struct Expected {
    name: Box<str>,
    digest: Vec<u8>,
    hasher: Hasher,
}

impl TargetCheck {
    /// Begins to verify a target.
    ///
    /// # Errors
    /// Unsupported, where none of its hashes is of a supported algorithm: nothing could be checked.
    pub(crate) fn new(target: &Target) -> Result<Self, Failure> {
        let expected: Vec<_> = target.hashes.iter().filter_map(expected).collect();
        // A search fails before it finds such a target. That nothing is accepted unchecked does not hang on it.
        if expected.is_empty() {
            return Err(no_supported_hash(&target.path, &target.hashes));
        }
        Ok(Self { path: target.path.clone(), length: target.length, written: 0, expected, finished: false })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// Endless data, as soon as there are more bytes than listed; the check is finished then.
    ///
    /// # Specification
    /// 5.7.3.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.unfinished()?;
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.written = self.written.saturating_add(length);
        if self.written > self.length {
            self.finished = true;
            return self.compare_length(self.written);
        }
        for expected in &mut self.expected {
            expected.hasher.update(chunk);
        }
        Ok(())
    }

    /// Compares the length and every listed hash of a supported algorithm, of all bytes written.
    ///
    /// # Errors
    /// Wrong software. The check is finished in any case.
    ///
    /// # Specification
    /// 5.7.1, 5.7.3.
    pub fn finish(&mut self) -> Result<(), Failure> {
        self.unfinished()?;
        self.finished = true;
        self.compare_length(self.written)?;
        for expected in &self.expected {
            self.compare_digest(expected, &expected.hasher.clone().finish())?;
        }
        Ok(())
    }

    /// Compares a length in bytes and digests that the host computed of bytes that it has.
    ///
    /// # Errors
    /// Endless data or wrong software; [`Misuse::DigestNotGiven`] where the digest of a listed hash of a supported algorithm is not
    /// given. The check is finished in any case.
    ///
    /// # Specification
    /// 5.7.1, 5.7.3.
    pub fn check_digests(&mut self, length: u64, hashes: &[Hash]) -> Result<(), Failure> {
        self.unfinished()?;
        self.finished = true;
        self.compare_length(length)?;
        for expected in &self.expected {
            let given = hashes.iter().find(|hash| hash.algorithm == expected.name);
            let given = given.ok_or_else(|| Misuse::DigestNotGiven(expected.name.clone()))?;
            self.compare_digest(expected, &decode(&given.digest).unwrap_or_default())?;
        }
        Ok(())
    }

    fn unfinished(&self) -> Result<(), Failure> {
        if self.finished { Err(Misuse::CheckFinished.into()) } else { Ok(()) }
    }

    fn compare_length(&self, offered: u64) -> Result<(), Failure> {
        match offered.cmp(&self.length) {
            Ordering::Less => Err(self.wrong(Mismatch::Length { listed: self.length, offered })),
            Ordering::Equal => Ok(()),
            Ordering::Greater => {
                let (name, limit) = (self.path.clone(), self.length);
                Err(Refusal::EndlessData { name, limit, listed: None, setting: None }.into())
            }
        }
    }

    fn compare_digest(&self, expected: &Expected, offered: &[u8]) -> Result<(), Failure> {
        match expected.digest == offered {
            true => Ok(()),
            false => Err(self.wrong(Mismatch::Digest { algorithm: expected.name.clone() })),
        }
    }

    fn wrong(&self, mismatch: Mismatch) -> Failure {
        Refusal::WrongSoftware { path: self.path.clone(), mismatch }.into()
    }
}

/// A metadata entry becomes a target, with the place of its file.
///
/// The listed hash that consistent snapshots put before the file's name is the first of a supported algorithm, which is
/// sha256 where it is listed.
pub(crate) fn describe(
    path: &str,
    role: &str,
    entry: &TargetEntry<'_>,
    consistent_snapshot: bool,
) -> Result<Target, Failure> {
    let hashes = entry.hashes.to_vec();
    let supported = hashes.iter().find(|hash| Algorithm::named(&hash.algorithm).is_some());
    let supported = supported.ok_or_else(|| no_supported_hash(path, &hashes))?;
    let prefix = consistent_snapshot.then_some(&*supported.digest);
    Ok(Target {
        fetch_path: fetch_path(path, prefix),
        path: path.into(),
        length: entry.length,
        custom: entry.custom.map(Into::into),
        role: role.into(),
        hashes,
        waived: Vec::new(),
    })
}

/// What is to be compared for a listed hash. `None` where its algorithm is not supported. One that is no digest of its
/// algorithm matches no bytes.
fn expected(hash: &Hash) -> Option<Expected> {
    let algorithm = Algorithm::named(&hash.algorithm)?;
    let digest = decode(&hash.digest).unwrap_or_default();
    Some(Expected { name: hash.algorithm.clone(), digest, hasher: Hasher::new(algorithm) })
}

/// The place of a target file below the targets base URL: `DIR/FILE`, or `DIR/HASH.FILE` (5.7.3).
fn fetch_path(path: &str, hash: Option<&str>) -> String {
    let encoded = percent_encode(path, |byte| byte == b'/');
    let Some(hash) = hash else {
        return encoded;
    };
    let (folder, file) = match encoded.rsplit_once('/') {
        Some((folder, file)) => (folder, file),
        None => ("", &*encoded),
    };
    let separator = if folder.is_empty() { "" } else { "/" };
    [folder, separator, &percent_encode(hash, |_| false), ".", file].concat()
}

fn no_supported_hash(path: &str, hashes: &[Hash]) -> Failure {
    let listed = hashes.iter().take(MAX_NAMED).map(|hash| excerpt(&hash.algorithm)).collect();
    Unsupported::Hashes { name: path.into(), listed }.into()
}
