//! What is published, in an object store.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tuf_verifier_core::UnixTime;

use super::doctor::check_conditions;
use super::error::StoreError;
use super::objects::{Bucket, Headers, When};
use crate::error::{Difference, Error};
use crate::metadata::{TIMESTAMP, sha256_hex};
use crate::store::{
    Created, Listed, Listing, MOST_SWAPPED_BYTES, Part, Swap, Tree, Unfinished, Write, WriteObserver,
    hashing, random_name,
};

/// What is published, below the prefix of a bucket: `metadata/` and `targets/`, as in a folder.
pub(crate) struct BucketTree {
    bucket: Bucket,
    /// Versioned metadata that this command has read, by its name. Every request costs time and money, and a command reads
    /// each file several times. What was verified is also what is read again.
    seen: Mutex<BTreeMap<String, Vec<u8>>>,
    observer: OnceLock<Arc<dyn WriteObserver>>,
}

/// A target of more bytes is written in parts, for which stores have no common condition.
const MOST_AT_ONCE: u64 = 32 * 1024 * 1024;

/// A file that another publisher creates at the same time may be announced before it can be read.
const ATTEMPTS: usize = 5;

impl BucketTree {
    pub(crate) fn new(bucket: Bucket) -> Self {
        Self { bucket, seen: Mutex::default(), observer: OnceLock::new() }
    }

    /// The name of an object by its location.
    fn name<'p>(&self, path: &'p Path) -> Result<&'p str, Error> {
        let name = path.to_str().and_then(|text| text.strip_prefix(self.bucket.url())?.strip_prefix('/'));
        name.ok_or_else(|| Error::unreadable(path, "it is not in the object store"))
    }

    fn announce(&self, write: Write<'_>) -> Result<(), Error> {
        let (Write::Create(path) | Write::Replace(path) | Write::Remove(path)) = write;
        let answer = self.observer.get().map_or(Ok(()), |observer| observer.before(write));
        answer.map_err(|cause| Error::io("write", path, cause))
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an object has these bytes; none where there is no such object.
    fn has(&self, name: &str, bytes: &[u8]) -> Result<Option<bool>, Error> {
        let there = self.bucket.get(name, bytes.len() as u64)?;
        Ok(there.map(|there| there.bytes == bytes))
    }

    /// Puts bytes where an object is, or is not, and where neither may change in between.
    fn replace(&self, path: &Path, bytes: &[u8], when: When) -> Result<bool, Error> {
        self.announce(Write::Replace(path))?;
        let name = self.name(path)?;
        self.seen().remove(name);
        match self.bucket.put(name, bytes, when, headers(name))? {
            Some(_) => Ok(true),
            // A request that was sent again finds what the first one wrote.
            None => Ok(self.has(name, bytes)? == Some(true)),
        }
    }
}

impl Tree for BucketTree {
    fn location(&self) -> PathBuf {
        self.bucket.url().into()
    }

    fn metadata(&self, name: &str) -> PathBuf {
        self.bucket.location(&format!("metadata/{name}")).into()
    }

    fn target(&self, fetch_path: &str) -> PathBuf {
        self.bucket.location(&format!("targets/{fetch_path}")).into()
    }

    fn read(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let name = self.name(path)?;
        if let Some(bytes) = self.seen().get(name).filter(|bytes| bytes.len() as u64 <= most) {
            return Ok(Some(bytes.clone()));
        }
        let Some(object) = self.bucket.get(name, most)? else { return Ok(None) };
        if is_versioned(name) && object.bytes.len() as u64 <= most {
            self.seen().insert(name.to_owned(), object.bytes.clone());
        }
        Ok(Some(object.bytes))
    }

    /// A copy in a file without a name, so that what is compared is what is used.
    fn open(&self, path: &Path, most: u64) -> Result<Option<File>, Error> {
        let failed = |cause| Error::io("copy", path, cause);
        let mut copy = tempfile::tempfile().map_err(failed)?;
        if !self.bucket.copy_to(self.name(path)?, most, &mut copy)? {
            return Ok(None);
        }
        copy.seek(SeekFrom::Start(0)).map_err(failed)?;
        Ok(Some(copy))
    }

    fn create(&self, path: &Path, bytes: &[u8]) -> Result<Created, Error> {
        let name = self.name(path)?;
        self.announce(Write::Create(path))?;
        for _ in 0..ATTEMPTS {
            if self.bucket.put(name, bytes, When::Absent, headers(name))?.is_some() {
                return Ok(Created::New);
            }
            match self.has(name, bytes)? {
                Some(true) => return Ok(Created::Same),
                Some(false) => return Err(Error::Conflict(path.to_owned())),
                None => {}
            }
        }
        let reason = "the store says that it is there, and that it is not".to_owned();
        Err(StoreError::Failed { action: "create", location: self.bucket.location(name), reason }.into())
    }

    /// A large target is not created under a condition. Its name has its digest, so publishers that go by the rules write
    /// the same bytes under it, whoever is last; other bytes that were there before are refused, as they are in a folder.
    fn keep(&self, mut file: Unfinished, path: &Path) -> Result<Created, Error> {
        let failed = |cause| Error::io("read", path, cause);
        let copy = file.file_mut();
        let length = copy.seek(SeekFrom::End(0)).map_err(failed)?;
        copy.seek(SeekFrom::Start(0)).map_err(failed)?;
        if length <= MOST_AT_ONCE {
            let mut bytes = Vec::new();
            copy.read_to_end(&mut bytes).map_err(failed)?;
            return self.create(path, &bytes);
        }
        let name = self.name(path)?;
        if let Some(there) = self.open(path, length)? {
            let digest = |file: &mut dyn io::Read| hashing::copy(file, &mut io::sink()).map_err(failed);
            let (ours, theirs) = (digest(&mut &*copy)?, digest(&mut &there)?);
            return match (ours.length, ours.sha256) == (theirs.length, theirs.sha256) {
                true => Ok(Created::Same),
                false => Err(Error::Conflict(path.to_owned())),
            };
        }
        self.announce(Write::Create(path))?;
        self.bucket.put_parts(name, copy, headers(name))?;
        match self.bucket.head(name)? {
            Some((there, _)) if there == length => Ok(Created::New),
            Some(_) => Err(Error::changed(path, Difference::Bytes)),
            None => Err(Error::changed(path, Difference::Gone)),
        }
    }

    fn swap(&self, path: &Path, expected: Option<&str>, bytes: &[u8]) -> Result<Swap, Error> {
        let when = match self.bucket.get(self.name(path)?, MOST_SWAPPED_BYTES)? {
            Some(there) if there.bytes == bytes => return Ok(Swap::Done),
            Some(there) if Some(sha256_hex(&there.bytes).as_str()) == expected => When::Still(there.version),
            None if expected.is_none() => When::Absent,
            _ => return Ok(Swap::Moved),
        };
        Ok(if self.replace(path, bytes, when)? { Swap::Done } else { Swap::Moved })
    }

    fn put_back(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let when = match self.bucket.head(self.name(path)?)? {
            Some((_, version)) => When::Still(version),
            None => When::Absent,
        };
        match self.replace(path, bytes, when)? {
            true => Ok(()),
            false => Err(Error::Conflict(path.to_owned())),
        }
    }

    fn put_aside(&self, path: &Path) -> Result<(), Error> {
        let name = self.name(path)?;
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let aside = format!("{folder}/aside-{}", random_name()?.to_string_lossy());
        self.announce(Write::Remove(path))?;
        self.seen().remove(name);
        self.bucket.copy(name, &aside)?;
        Ok(self.bucket.delete(name)?)
    }

    fn list(&self, part: Part) -> Result<Listing, Error> {
        let folder = match part {
            Part::Metadata => "metadata",
            Part::Targets => "targets",
        };
        let found = self.bucket.list(folder)?.into_iter();
        let files =
            found.map(|(name, length, modified)| Listed { name, length, modified: UnixTime(modified) });
        Ok(Listing { files: files.collect(), passed_over: Vec::new() })
    }

    fn remove(&self, path: &Path) -> Result<(), Error> {
        self.announce(Write::Remove(path))?;
        self.seen().remove(self.name(path)?);
        Ok(self.bucket.delete(self.name(path)?)?)
    }

    fn begin(&self) {
        self.seen().clear();
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), Error> {
        check_conditions(&self.bucket)
    }

    fn observe(&self, observer: Arc<dyn WriteObserver>) {
        let _first_stays = self.observer.set(observer);
    }
}

/// Whether it is metadata with a version in its name.
fn is_versioned(name: &str) -> bool {
    name.strip_prefix("metadata/").is_some_and(|name| name.starts_with(|first: char| first.is_ascii_digit()))
}

/// What caches and browsers are told. Every name but one is that of bytes that never change. The timestamp is what clients
/// see an update by, so a cache may keep it for a minute at most.
fn headers(name: &str) -> Headers {
    let is_metadata = name.starts_with("metadata/");
    let is_timestamp = name.strip_prefix("metadata/") == Some(&format!("{TIMESTAMP}.json"));
    Headers {
        cache_control: if is_timestamp {
            "public, max-age=60"
        } else {
            "public, max-age=31536000, immutable"
        },
        content_type: if is_metadata { "application/json" } else { "application/octet-stream" },
    }
}
