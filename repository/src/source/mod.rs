//! Where the repository of somebody is: a folder, a bundle in a file, an object store, or a web server.

#[cfg(feature = "object-store")]
mod bucket;
mod bundle;
mod cache;
mod folder;
mod web;

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

pub(crate) use cache::Cache;

use bundle::Bundle;
use folder::MetadataFolder;
use web::Web;

use crate::bucket::StoreError;

/// Metadata of a repository, wherever it is. Nothing that it gives is trusted.
pub trait Source {
    /// Where it is, for people.
    fn location(&self) -> String;

    /// Reads a metadata file by its name as clients ask for it, at most one byte more than `most`; none if there is no such
    /// file.
    ///
    /// # Errors
    /// [`SourceError`]: whether there is such a file is not known then.
    fn metadata(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, SourceError>;

    /// The oldest version of root metadata that is there, as the name of its file; none if there is no root metadata.
    ///
    /// # Errors
    /// [`SourceError`].
    fn oldest_root(&self) -> Result<Option<String>, SourceError>;
}

/// What kept a repository from being read. Never a verdict about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no root metadata, and none was given.
    #[error("{location} has no root metadata: neither N.root.json nor root.json")]
    NoRoot {
        /// Where it was looked for.
        location: String,
    },
    /// The file system said no.
    #[error("could not read {location}: {cause}")]
    Read {
        /// What was to be read.
        location: String,
        /// The system's answer.
        #[source]
        cause: std::io::Error,
    },
    /// The file is no bundle.
    #[error("{location} is no bundle: {reason}")]
    Bundle {
        /// The file.
        location: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The URL cannot be used.
    #[error("{location}: {reason}")]
    Url {
        /// The URL without what may be secret in it.
        location: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The server gave no answer.
    #[error("cannot reach {location}: {cause}")]
    Unreachable {
        /// The URL.
        location: String,
        /// The error of the connection.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server gave another answer than a file, or that there is none.
    #[error("the server answered {status} for {location}")]
    Status {
        /// The URL.
        location: String,
        /// HTTP status code.
        status: u16,
    },
    /// A redirect that is not followed.
    #[error("{location} redirects to {to}, which is not followed: {reason}")]
    Redirect {
        /// The URL.
        location: String,
        /// Where it leads.
        to: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// The server did not give everything in the time that it has.
    #[error("{location} has not given all of its metadata within {} seconds", limit.as_secs())]
    TimedOut {
        /// Where the repository is.
        location: String,
        /// The time that all files have together.
        limit: Duration,
    },
    /// The repository has more metadata than is read.
    #[error("{location} has more than {most} bytes of metadata")]
    TooMuch {
        /// Where the repository is.
        location: String,
        /// Bytes that are read at most.
        most: u64,
    },
    /// The object store was not read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SourceError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRoot { .. } => "no-root",
            Self::Read { .. } => "source-unreadable",
            Self::Bundle { .. } => "bundle-malformed",
            Self::Url { .. } => "bad-url",
            Self::Unreachable { .. } => "source-unreachable",
            Self::Status { .. } => "source-status",
            Self::Redirect { .. } => "source-redirect",
            Self::TimedOut { .. } => "source-timeout",
            Self::TooMuch { .. } => "too-much-metadata",
            Self::Store(error) => error.code(),
        }
    }

    /// One English sentence for a person: what to do next.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NoRoot { .. } => {
                "name a repository's folder or its folder of metadata, a bundle, or a URL of either folder; `--root FILE` gives root \
                 metadata that is not there"
            }
            Self::Read { .. } => "check the path and its permissions",
            Self::Bundle { .. } => "a bundle is a tar archive of `metadata` and `targets`, not compressed",
            Self::Url { .. } => "write an https URL without a user name; http is for this machine itself",
            Self::Unreachable { .. } | Self::Status { .. } => {
                "check the address, the network and the proxy, then try again"
            }
            Self::Redirect { .. } => "name the address that it leads to, if you trust it",
            Self::TimedOut { .. } => "try again later, or give it more time with `--time-limit SECONDS`",
            Self::TooMuch { .. } => "no more is read of a repository that somebody else wrote",
            Self::Store(error) => error.advice(),
        }
    }
}

/// How a web server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// PEM file with the authorities that the server's certificate may come from, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// What is trusted with what comes without TLS.
    pub plain_http: PlainHttp,
    /// How long all files of the repository together may take. The author of a repository decides how many there are, and a
    /// server how slowly they come.
    pub time_limit: Duration,
}

impl Access {
    /// Seconds that a repository may take if nobody says otherwise.
    pub const TIME_LIMIT_SECONDS: u64 = 600;
}

impl Default for Access {
    fn default() -> Self {
        let time_limit = Duration::from_secs(Self::TIME_LIMIT_SECONDS);
        Self { ca_file: None, plain_http: PlainHttp::default(), time_limit }
    }
}

/// Whether a URL may be one of http. Whoever is between can change what http brings: signatures protect what is verified from
/// confirmed root metadata, but not what is said of a repository whose root nobody confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// To this machine itself.
    #[default]
    Loopback,
    /// To any server.
    Anywhere,
}

/// Opens what a person named: a URL of a web server or of an object store (`s3://`, `gs://`, `az://`), a folder, or a
/// bundle. An object store is reached with the settings of the environment.
///
/// # Errors
/// [`SourceError`].
pub fn open(what: &str, access: &Access) -> Result<Box<dyn Source>, SourceError> {
    if ["s3://", "gs://", "az://"].iter().any(|scheme| what.starts_with(scheme)) {
        return open_store(what);
    }
    if what.contains("://") {
        return Ok(Box::new(Web::open(what, access)?));
    }
    let path = Path::new(what);
    let read = |cause| SourceError::Read { location: what.to_owned(), cause };
    match std::fs::metadata(path).map_err(read)?.is_dir() {
        true => Ok(Box::new(MetadataFolder::open(path))),
        false => Ok(Box::new(Bundle::open(path)?)),
    }
}

#[cfg(feature = "object-store")]
fn open_store(url: &str) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(bucket::Stored::open(url)?))
}

#[cfg(not(feature = "object-store"))]
fn open_store(url: &str) -> Result<Box<dyn Source>, SourceError> {
    // A URL that is refused may have a password in it.
    let location = url.split_once("://").map_or_else(String::new, |(scheme, _)| format!("{scheme}://…"));
    Err(SourceError::Url { location, reason: "this program was built without object stores" })
}

/// The names that a file may have where names of files were decoded once, as a web server does it: roles may have any
/// character in their names. Only plain names, which lead nowhere else.
fn file_names(name: &str) -> impl Iterator<Item = String> {
    let decoded = percent_decoded(name).filter(|decoded| decoded != name);
    decoded.into_iter().chain([name.to_owned()]).filter(|name| is_plain(name))
}

fn is_plain(name: &str) -> bool {
    name.split('/').all(|segment| !matches!(segment, "" | "." | "..")) && !name.contains(['\0', '\\', ':'])
}

fn percent_decoded(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The oldest of the versions that names like `3.root.json` have; `root.json` if there is no other.
fn oldest_root(names: impl IntoIterator<Item = impl AsRef<str>>) -> Option<String> {
    let mut plain = None;
    let mut oldest: Option<u64> = None;
    for name in names {
        match name.as_ref().strip_suffix("root.json") {
            Some("") => plain = Some("root.json".to_owned()),
            Some(version) => {
                let version = version.strip_suffix('.').and_then(|version| version.parse().ok());
                oldest = oldest.into_iter().chain(version).min();
            }
            None => {}
        }
    }
    oldest.map(|version| format!("{version}.root.json")).or(plain)
}
