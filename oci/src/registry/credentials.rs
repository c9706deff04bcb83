//! The user name and password for a registry.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use ureq::http::HeaderValue;

use super::error::RegistryError;

/// Most bytes of a file with credentials.
const MOST_BYTES: u64 = 1024 * 1024;

/// A user name and password for one registry. They are in no debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: String,
    password: String,
}

impl Credentials {
    /// Takes a user name, which has no colon, and a password.
    ///
    /// # Errors
    /// [`RegistryError::Unusable`].
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Result<Self, RegistryError> {
        let (user, password) = (user.into(), password.into());
        if user.is_empty() || user.contains(':') {
            let reason = "a user name is not empty and has no colon".to_owned();
            return Err(RegistryError::Unusable { what: "the credentials".to_owned(), reason });
        }
        Ok(Self { user, password })
    }

    /// Reads those of one registry from a file like docker's `config.json`: an object `auths` with the registry's
    /// `host` or `host:port` as a name, and `auth` (Base64 of `user:password`) or `username` and `password` in it. None
    /// where the file has no entry for this registry.
    ///
    /// # Errors
    /// [`RegistryError::Unusable`]: the file cannot be read or is no such file, or leaves the registry to a helper
    /// program, or has an identity token for it. Its content is not in the text.
    pub fn from_auth_file(path: &Path, host: &str) -> Result<Option<Self>, RegistryError> {
        let unusable = |reason: String| RegistryError::Unusable { what: path.display().to_string(), reason };
        let bytes = read(path).map_err(unusable)?;
        // The parser's own words could show a part of the file.
        let file: AuthFile = serde_json::from_slice(&bytes)
            .map_err(|_| unusable("it is no file with credentials".to_owned()))?;
        let entry = names(host).find_map(|name| file.auths.get(name));
        let credentials = entry.map(Entry::credentials).transpose();
        if let Some(found) = credentials.map_err(|reason| unusable(format!("{host}: {reason}")))?.flatten() {
            return Ok(Some(found));
        }
        match file.creds_store.is_some() || file.cred_helpers.contains_key(host) {
            true => Err(unusable(format!("{host}: helper programs with credentials are not run"))),
            false => Ok(None),
        }
    }

    /// The value of the header `Authorization` (RFC 7617).
    pub(super) fn basic(&self) -> Option<HeaderValue> {
        let pair = BASE64_STANDARD.encode(format!("{}:{}", self.user, self.password));
        sensitive(&format!("Basic {pair}"))
    }
}

/// A header that no debug output shows.
pub(super) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// What is read of docker's `config.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthFile {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
    creds_store: Option<String>,
    #[serde(default)]
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl Entry {
    fn credentials(&self) -> Result<Option<Credentials>, String> {
        if self.identitytoken.as_ref().is_some_and(|token| !token.is_empty()) {
            return Err("identity tokens are not supported".to_owned());
        }
        let (user, password) = match (&self.auth, &self.username, &self.password) {
            (Some(auth), _, _) if !auth.is_empty() => {
                let decoded =
                    BASE64_STANDARD.decode(auth).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
                let (user, password) = pair.ok_or("`auth` is not Base64 of `user:password`")?;
                (user.to_owned(), password.to_owned())
            }
            (_, Some(user), Some(password)) => (user.clone(), password.clone()),
            _ => return Ok(None),
        };
        Credentials::new(user, password).map(Some).map_err(|error| error.to_string())
    }
}

/// The names under which a file may have a registry. Docker's own is the URL of its first protocol.
fn names(host: &str) -> impl Iterator<Item = &str> {
    let hub = (host == "docker.io").then_some("https://index.docker.io/v1/");
    [Some(host), hub].into_iter().flatten()
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match u64::try_from(bytes.len()).is_ok_and(|length| length <= MOST_BYTES) {
        true => Ok(bytes),
        false => Err(format!("it is longer than {MOST_BYTES} bytes")),
    }
}
