//! Where the metadata of a repository is read: a folder, or beneath a URL.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use tuf_oci::registry::http::header::{CONTENT_ENCODING, LOCATION};
use tuf_oci::registry::http::{Request, Response};
use tuf_oci::registry::{Body, DirectTransport, Payload, Transport};
use tuf_transport::Location;

use crate::error::Error;
use crate::store::Folder;

/// Where metadata files are read.
pub trait MetadataSource {
    /// Reads a file by its name, at most one byte more than `most`; none where there is no such file.
    ///
    /// # Errors
    /// Where nobody says whether there is one.
    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Error>;
}

/// A folder with metadata files.
#[derive(Clone)]
pub struct FolderSource(Folder);

impl FolderSource {
    /// The folder, or its sub-folder `metadata` if it has one.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let metadata = folder.join("metadata");
        Self(Folder::new(if metadata.is_dir() { &metadata } else { folder }))
    }
}

impl std::fmt::Debug for FolderSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FolderSource").field(&self.0.path()).finish()
    }
}

impl MetadataSource for FolderSource {
    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let path = self.0.path().join(plain(name, &self.0.path().display())?);
        self.0.read(&path, most)
    }
}

/// Metadata files beneath a URL. Nothing is decompressed, no credentials are sent, and no redirect is followed: name the URL
/// that clients end at.
#[derive(Debug)]
pub struct HttpSource {
    base: Location,
    transport: DirectTransport,
}

/// For the body of one answer.
const DEADLINE: Duration = Duration::from_secs(60);

/// Requests for one file, where an answer does not come or the server is out of order.
const TRIES: usize = 3;

impl HttpSource {
    /// The files beneath an absolute URL of http or https. `ca_file` is a PEM file with the authorities that are trusted
    /// instead of the system's.
    ///
    /// # Errors
    /// [`Error::Unreachable`] for a URL that is none; [`Error::Registry`] for a file without authorities.
    pub fn new(url: &str, ca_file: Option<&Path>) -> Result<Self, Error> {
        let with_slash = format!("{}/", url.trim_end_matches('/'));
        let base = Location::parse(&with_slash).map_err(|error| unreachable(url, error))?;
        let transport = DirectTransport::new(ca_file, concat!("tufrepo/", env!("CARGO_PKG_VERSION")))?;
        Ok(Self { base, transport })
    }

    fn ask(&self, location: &Location) -> Result<Response<Body>, Error> {
        let mut tried = 0;
        loop {
            tried += 1;
            let request = Request::get(location.uri().clone()).body(());
            let request = request.map_err(|error| unreachable(location, error))?;
            match self.transport.send(request, Payload::Nothing, Some(DEADLINE)) {
                Ok(answer) if tried == TRIES || !answer.status().is_server_error() => return Ok(answer),
                Err(error) if tried == TRIES => return Err(unreachable(location, error)),
                _ => {}
            }
        }
    }
}

impl MetadataSource for HttpSource {
    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let name = plain(name, &self.base)?;
        let location = self.base.resolve(name).map_err(|error| unreachable(name, error))?;
        let mut answer = self.ask(&location)?;
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        match answer.status().as_u16() {
            200 => {}
            403 | 404 | 410 => return Ok(None),
            status @ 300..400 => {
                let to = header(LOCATION).unwrap_or("nowhere");
                return Err(unreachable(&location, format!("status {status}, which leads to {to}")));
            }
            status => return Err(unreachable(&location, format!("status {status}"))),
        }
        if let Some(encoding) = header(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
            return Err(unreachable(&location, format!("the answer is encoded as {encoding}")));
        }
        let mut bytes = Vec::new();
        let body = answer.body_mut().as_reader().take(most.saturating_add(1)).read_to_end(&mut bytes);
        body.map_err(|error| unreachable(&location, error))?;
        Ok(Some(bytes))
    }
}

/// A name that is one segment of a path and of a URL, whatever a role is called.
fn plain<'n>(name: &'n str, place: &dyn std::fmt::Display) -> Result<&'n str, Error> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.~%".contains(character);
    match name.chars().all(is_plain) && !name.starts_with('.') {
        true => Ok(name),
        false => Err(unreachable(place, format!("{name:?} is no file name that is asked for here"))),
    }
}

fn unreachable(place: impl ToString, reason: impl ToString) -> Error {
    Error::Unreachable { place: place.to_string(), reason: reason.to_string() }
}
