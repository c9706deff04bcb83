//! What is published, read from the folder.

use std::fs;
use std::io;
use std::path::Path;

use crate::error::Error;
use crate::metadata::{
    DelegatedRoles, Metadata, ROOT, Root, SNAPSHOT, Signed, Snapshot, TARGETS, TIMESTAMP, Targets, Timestamp,
    sha256_hex,
};
use crate::repository::layout::{Layout, check_role_name, file_name};

/// Largest `bit_length` of succinct bins: a publish writes every bin.
pub(crate) const MOST_BIN_BITS: u32 = 16;

/// What is published. Versions come from the timestamp, never from a listing of the folder.
#[derive(Clone, Debug)]
pub(crate) struct State {
    layout: Layout,
    /// The last root metadata of the unbroken chain from version 1.
    pub(crate) root: Option<Signed<Root>>,
    pub(crate) timestamp: Option<Signed<Timestamp>>,
    pub(crate) snapshot: Option<Signed<Snapshot>>,
    /// SHA-256 of the published timestamp.
    pub(crate) base: Option<String>,
}

impl State {
    pub(crate) fn load(layout: &Layout) -> Result<Self, Error> {
        let mut state =
            Self { layout: layout.clone(), root: None, timestamp: None, snapshot: None, base: None };
        let mut version = 1;
        while let Some(root) = state.read::<Root>(&file_name(ROOT, version))? {
            if root.signed.version != version {
                let path = layout.metadata(&file_name(ROOT, version));
                return Err(Error::unreadable(&path, format!("its version is {}", root.signed.version)));
            }
            state.root = Some(root);
            version += 1;
        }
        state.base = timestamp_digest(layout)?;
        state.timestamp = state.read(&file_name(TIMESTAMP, 0))?;
        if let Some(version) = state.snapshot_version() {
            state.snapshot = Some(state.read_listed(&file_name(SNAPSHOT, version))?);
        }
        Ok(state)
    }

    /// Version of the published root metadata, 0 where there is none.
    pub(crate) fn root_version(&self) -> u64 {
        self.root.as_ref().map_or(0, |root| root.signed.version)
    }

    /// Version of a targets role as the snapshot lists it, 0 where it does not.
    pub(crate) fn version(&self, role: &str) -> u64 {
        let meta = self.snapshot.as_ref().map(|snapshot| &snapshot.signed.meta);
        meta.and_then(|meta| meta.get(&format!("{role}.json"))).map_or(0, |file| file.version)
    }

    /// Published metadata of a targets role, or none where the snapshot lists none.
    pub(crate) fn targets(&self, role: &str) -> Result<Option<Signed<Targets>>, Error> {
        if role != TARGETS {
            check_role_name(role)?;
        }
        let name = match self.version(role) {
            0 => return Ok(None),
            version => file_name(role, version),
        };
        let published: Signed<Targets> = self.read_listed(&name)?;
        match published.signed.delegations.as_ref().map(|delegations| &delegations.roles) {
            Some(DelegatedRoles::SuccinctRoles(bins)) if bins.bit_length > MOST_BIN_BITS => {
                let reason =
                    format!("2 to the power of {} bins are more than are handled here", bins.bit_length);
                Err(Error::unreadable(&self.layout.metadata(&name), reason))
            }
            _ => Ok(Some(published)),
        }
    }

    fn snapshot_version(&self) -> Option<u64> {
        Some(self.timestamp.as_ref()?.signed.meta.get("snapshot.json")?.version)
    }

    fn read<M: Metadata>(&self, name: &str) -> Result<Option<Signed<M>>, Error> {
        let path = self.layout.metadata(name);
        match read_optional(&path)? {
            None => Ok(None),
            Some(bytes) => {
                serde_json::from_slice(&bytes).map(Some).map_err(|error| Error::unreadable(&path, error))
            }
        }
    }

    fn read_listed<M: Metadata>(&self, name: &str) -> Result<Signed<M>, Error> {
        self.read(name)?.ok_or_else(|| {
            Error::unreadable(
                &self.layout.metadata(name),
                "published metadata lists this file, and it is gone",
            )
        })
    }
}

/// SHA-256 of the published timestamp, or none where there is no timestamp.
pub(crate) fn timestamp_digest(layout: &Layout) -> Result<Option<String>, Error> {
    let bytes = read_optional(&layout.metadata(&file_name(TIMESTAMP, 0)))?;
    Ok(bytes.map(|bytes| sha256_hex(&bytes)))
}

/// Reads a file, or none where it is not there.
pub(crate) fn read_optional(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::io("read", path, cause)),
    }
}
