//! The folder of one event: read with limits, written whole, and through no link.
//!
//! ```text
//! base.json              what the event starts from; written last, so that an event with it is whole
//! before/N.ROLE.json     what was published, byte for byte: root metadata from version 1 on, the roles that the event
//!                        changes, and those that delegate to them
//! payload/ROLE.json      a document as it is to be published, to be read
//! payload/ROLE.bytes     its canonical form: the bytes to sign
//! sigs/ROLE.KEYID        one signature
//! keys/                  what invited people brought
//! ```
//!
//! Many people write to it, by way of git or of a disk that is handed around. Nothing in it is believed.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::event::EventError;
use crate::repository::check_file_role;
use crate::store::{Disk, Folder};

/// The folder of one event.
#[derive(Clone)]
pub(crate) struct EventFolder {
    id: String,
    path: PathBuf,
    folder: Folder,
    disk: Disk,
}

impl fmt::Debug for EventFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventFolder").field(&self.path).finish()
    }
}

/// Where events go that are published.
const DONE: &str = "done";

/// Unfinished files. Git does not see the empty folder.
const UNFINISHED: &str = "unfinished";

/// Bytes of the longest file that describes an event.
pub(crate) const MOST_BASE: u64 = 1 << 20;

/// Bytes of the longest signature file: the signatures of ML-DSA-87 have 4,627 bytes, in hexadecimal twice as many.
pub(crate) const MOST_SIGNATURE: u64 = 16 << 10;

/// Files in one folder of an event: more are not looked at.
const MOST_FILES: usize = 1024;

impl EventFolder {
    /// The event with this id in a folder of events.
    ///
    /// # Errors
    /// [`EventError::BadId`].
    pub(crate) fn new(events: &Path, id: &str) -> Result<Self, Error> {
        check_id(id)?;
        let path = events.join(id);
        let folder = Folder::new(events);
        let disk = Disk::new(folder.clone(), path.join(UNFINISHED));
        Ok(Self { id: id.to_owned(), path, folder, disk })
    }

    /// Shows every change to the observer of another disk first.
    #[must_use]
    pub(crate) fn observed(mut self, other: &Disk) -> Self {
        self.disk.observe_like(other);
        self
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of events that it is in.
    pub(crate) fn events(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn base(&self) -> PathBuf {
        self.path.join("base.json")
    }

    /// A published file by its name in `metadata/`.
    pub(crate) fn before(&self, name: &str) -> PathBuf {
        self.path.join("before").join(name)
    }

    pub(crate) fn payload(&self, role: &str) -> PathBuf {
        self.path.join("payload").join(format!("{role}.json"))
    }

    pub(crate) fn bytes(&self, role: &str) -> PathBuf {
        self.path.join("payload").join(format!("{role}.bytes"))
    }

    pub(crate) fn signature(&self, role: &str, keyid: &str) -> PathBuf {
        self.path.join("sigs").join(format!("{role}.{keyid}"))
    }

    /// A file of the people who are invited.
    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.path.join("keys").join(name)
    }

    /// Whether there is such an event, whole or not.
    pub(crate) fn exists(&self) -> Result<bool, Error> {
        Ok(self.folder.folder(&self.path)?.is_some())
    }

    /// Whether an event of this id was published.
    pub(crate) fn is_done(&self) -> Result<bool, Error> {
        Ok(self.folder.folder(&self.done(1))?.is_some())
    }

    /// Reads a file of at most this many bytes; none where there is no such file.
    ///
    /// # Errors
    /// [`EventError::TooLong`]; [`Error::SymbolicLink`]; [`Error::Unreadable`] for anything but a regular file.
    pub(crate) fn read(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
        match self.folder.read(path, most)? {
            Some(bytes) if bytes.len() as u64 > most => {
                Err(EventError::TooLong { path: path.to_owned(), most }.into())
            }
            bytes => Ok(bytes),
        }
    }

    /// As [`EventFolder::read`], for a file that must be there.
    ///
    /// # Errors
    /// [`EventError::Damaged`] where it is gone.
    pub(crate) fn expect(&self, path: &Path, most: u64) -> Result<Vec<u8>, Error> {
        self.read(path, most)?.ok_or_else(|| damaged(path, "it is gone"))
    }

    /// Names in one of its folders, sorted.
    pub(crate) fn names(&self, of: &str) -> Result<Vec<String>, Error> {
        let path = self.path.join(of);
        let mut names = self.folder.names(&path)?;
        if names.len() > MOST_FILES {
            return Err(damaged(&path, format!("it has more than {MOST_FILES} files")));
        }
        names.sort();
        Ok(names)
    }

    /// Writes a file in the place of one that may be there. Equal bytes are left alone.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        match self.folder.read(path, bytes.len() as u64)? {
            Some(there) if there == bytes => Ok(()),
            _ => self.disk.replace(path, bytes),
        }
    }

    pub(crate) fn remove(&self, path: &Path) -> Result<(), Error> {
        self.disk.remove(path)
    }

    /// Removes the folder of unfinished files, which nobody needs to see.
    pub(crate) fn tidy(&self) -> Result<(), Error> {
        self.folder.remove_folder(&self.path.join(UNFINISHED))
    }

    /// Removes the event.
    pub(crate) fn discard(&self) -> Result<(), Error> {
        self.folder.remove_folder(&self.path)
    }

    /// Puts the event where published ones are. May be repeated: one that is there already stays.
    pub(crate) fn put_away(&self) -> Result<(), Error> {
        if !self.exists()? {
            return Ok(());
        }
        for number in 1..=u32::MAX {
            let to = self.done(number);
            if self.folder.folder(&to)?.is_none() {
                return self.disk.rename_folder(&self.path, &to);
            }
        }
        Ok(())
    }

    fn done(&self, number: u32) -> PathBuf {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        self.events().join(DONE).join(format!("{}{suffix}", self.id))
    }
}

/// Ids of the events in a folder, sorted. What has another name is no event. Whatever has the name of an event and cannot be
/// read is among them: [`Event::open`](crate::event::Event::open) says what is wrong with it, and it hides no other one.
///
/// # Errors
/// Where the folder itself cannot be read: [`Error::SymbolicLink`]; [`Error::Io`].
pub fn ids(events: &Path) -> Result<Vec<String>, Error> {
    let folder = Folder::new(events);
    let mut ids = Vec::new();
    for id in folder.names(events)? {
        let is_there =
            || folder.read(&events.join(&id).join("base.json"), 0).map_or(true, |base| base.is_some());
        if check_id(&id).is_ok() && is_there() {
            ids.push(id);
        }
    }
    ids.sort();
    Ok(ids)
}

/// A role's name and a keyid from the name of a signature file; none if it is no such name.
pub(crate) fn role_and_keyid(name: &str) -> Option<(&str, &str)> {
    let (role, keyid) = name.rsplit_once('.')?;
    (check_file_role(role).is_ok() && is_file_keyid(keyid)).then_some((role, keyid))
}

/// Whether a keyid, which is opaque (TAP 12), can be part of a file name everywhere.
pub(crate) fn is_file_keyid(keyid: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=128).contains(&keyid.len()) && keyid.bytes().all(plain)
}

/// Lower case alone: two events that differ in case would be one folder on some computers.
fn check_id(id: &str) -> Result<(), Error> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let is_id =
        (1..=64).contains(&id.len()) && id.bytes().all(plain) && !id.starts_with(['-', '_']) && id != DONE;
    if is_id { Ok(()) } else { Err(EventError::BadId(id.to_owned()).into()) }
}

pub(crate) fn damaged(path: &Path, reason: impl ToString) -> Error {
    EventError::Damaged { path: path.to_owned(), reason: reason.to_string() }.into()
}
