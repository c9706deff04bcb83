//! The objects of a store below a prefix, one blocking call an operation.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::future::Future;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path as Key;
use object_store::{
    Attribute, Attributes, Error as Cause, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, RetryConfig, UpdateVersion,
};
use tokio::runtime::{Builder, Handle, Runtime};

use super::connection::{Connector, MostBytes, NOT_ENCRYPTED};
use super::error::StoreError;

/// A place in an object store: everything is below its prefix.
///
/// Credentials, region and endpoint come from the environment or from the machine that it runs on, never from the URL:
/// from variables that begin with `AWS_`, `GOOGLE_` or `AZURE_`. Calls block the thread.
#[derive(Clone)]
pub struct Bucket {
    url: String,
    prefix: String,
    store: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
    /// Where the client asks for credentials if the environment has none, as URLs without a path.
    metadata_services: Vec<String>,
    /// Names of the variables that hold credentials.
    variables: &'static str,
}

/// An object that was read.
pub(crate) struct Object {
    pub(crate) bytes: Vec<u8>,
    pub(super) version: UpdateVersion,
}

/// When an object is written.
#[derive(Clone, Debug)]
pub(super) enum When {
    /// There is no such object (`If-None-Match: *`).
    Absent,
    /// The object is still this one (`If-Match`).
    Still(UpdateVersion),
}

/// How caches treat an object, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Headers {
    pub(super) cache_control: &'static str,
    pub(super) content_type: &'static str,
}

/// Requests are repeated this often at most if there is no connection, or the store says that it is busy.
const RETRIES: usize = 4;
/// Nothing is repeated after this.
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of one part of a large object.
const PART: u64 = 16 * 1024 * 1024;
/// Parts that one object may have: S3 takes 10,000.
const MOST_PARTS: u64 = 9_000;
/// Characters of an answer that are shown.
const MOST_REASON: usize = 300;

impl Bucket {
    /// The place that a URL names: `s3://BUCKET[/PREFIX]`, `gs://BUCKET[/PREFIX]` or `az://CONTAINER[/PREFIX]`, with the
    /// settings of the environment. Opens no connection.
    ///
    /// # Errors
    /// [`StoreError::BadUrl`]; [`StoreError::Unusable`] where the environment does not say enough, such as the name of
    /// the account.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let text =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self::open_with(url, std::env::vars_os().filter_map(text))
    }

    /// As [`Bucket::open`], with these settings in place of those of the environment, by the same names. Others than those
    /// of the service are left aside.
    ///
    /// # Errors
    /// As for [`Bucket::open`].
    pub fn open_with(
        url: &str,
        settings: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, StoreError> {
        let bad = |reason: String| StoreError::BadUrl { url: without_credentials(url), reason };
        let place = Place::parse(url).map_err(bad)?;
        let url = place.url();
        let unusable = |reason: String| StoreError::Unusable { location: url.clone(), reason };
        let settings: Vec<_> = settings.into_iter().collect();
        let metadata_services = place.metadata_services(&settings);
        let variables = place.variables();
        let store = place.connect(settings).map_err(|error| unusable(reason(&error)))?;
        let runtime = runtime().map_err(|cause| unusable(cause.to_string()))?;
        Ok(Self { url, prefix: place.prefix, store, runtime, metadata_services, variables })
    }

    /// The same place, for another thread: neither waits for the other.
    pub(super) fn for_another_thread(&self) -> Result<Self, StoreError> {
        let unusable =
            |cause: io::Error| StoreError::Unusable { location: self.url.clone(), reason: cause.to_string() };
        Ok(Self { runtime: runtime().map_err(unusable)?, ..self.clone() })
    }

    /// The URL, in the form that errors show.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where an object is, for errors.
    pub(super) fn location(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    /// Reads an object, at most one byte more than `most`; none where there is no such object.
    pub(crate) fn get(&self, name: &str, most: u64) -> Result<Option<Object>, StoreError> {
        let key = self.key(name)?;
        let read = async {
            let answer = self.store.get_opts(&key, at_most(most)).await?;
            let version = version(&answer.meta);
            let mut stream = answer.into_stream();
            let mut bytes = Vec::new();
            let wanted = usize::try_from(most.saturating_add(1)).unwrap_or(usize::MAX);
            while bytes.len() < wanted {
                let Some(piece) = stream.try_next().await? else { break };
                bytes.extend_from_slice(&piece);
            }
            bytes.truncate(wanted);
            Ok(Object { bytes, version })
        };
        self.found(self.run(read), "read", name)
    }

    /// Copies an object to a writer, at most one byte more than `most`. Gives whether there is such an object.
    pub(super) fn copy_to(&self, name: &str, most: u64, to: &mut File) -> Result<bool, StoreError> {
        let key = self.key(name)?;
        let mut left = most.saturating_add(1);
        let read = async {
            let mut stream = self.store.get_opts(&key, at_most(most)).await?.into_stream();
            while left > 0 {
                let Some(piece) = stream.try_next().await? else { break };
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
                to.write_all(piece.get(..count).unwrap_or_default()).map_err(local)?;
                left -= count as u64;
            }
            to.flush().map_err(local)
        };
        Ok(self.found(self.run(read), "read", name)?.is_some())
    }

    /// Length and version of an object.
    pub(super) fn head(&self, name: &str) -> Result<Option<(u64, UpdateVersion)>, StoreError> {
        let key = self.key(name)?;
        let found = self.found(self.run(self.store.head(&key)), "look at", name)?;
        Ok(found.map(|meta| (meta.size, version(&meta))))
    }

    /// Writes an object under a condition, which the store checks in the same step. None if the condition does not hold.
    pub(super) fn put(
        &self,
        name: &str,
        bytes: &[u8],
        when: When,
        headers: Headers,
    ) -> Result<Option<UpdateVersion>, StoreError> {
        let key = self.key(name)?;
        let mode = match when {
            When::Absent => PutMode::Create,
            When::Still(version) => PutMode::Update(version),
        };
        let options = PutOptions { mode, attributes: headers.attributes(), ..PutOptions::default() };
        let payload = PutPayload::from_bytes(Bytes::copy_from_slice(bytes));
        match self.run(self.store.put_opts(&key, payload, options)) {
            Ok(result) => Ok(Some(result.into())),
            Err(Cause::AlreadyExists { .. } | Cause::Precondition { .. } | Cause::NotModified { .. }) => {
                Ok(None)
            }
            Err(cause) => Err(self.failed("write", name, &cause)),
        }
    }

    /// Writes a large object in parts, whatever has its name. Nothing is there before the last part is.
    pub(super) fn put_parts(&self, name: &str, file: &mut File, headers: Headers) -> Result<(), StoreError> {
        let key = self.key(name)?;
        let options =
            PutMultipartOptions { attributes: headers.attributes(), ..PutMultipartOptions::default() };
        let write = async {
            let length = file.seek(SeekFrom::End(0)).map_err(local)?;
            file.seek(SeekFrom::Start(0)).map_err(local)?;
            let size = PART.max(length.div_ceil(MOST_PARTS));
            let mut upload = self.store.put_multipart_opts(&key, options).await?;
            loop {
                let mut part = Vec::new();
                let read = file.take(size).read_to_end(&mut part).map_err(local);
                let sent = match read {
                    Ok(0) => break,
                    Ok(_) => upload.put_part(PutPayload::from(part)).await,
                    Err(cause) => Err(cause),
                };
                if let Err(cause) = sent {
                    // What was sent costs money until it is given up.
                    let _aborted = upload.abort().await;
                    return Err(cause);
                }
            }
            upload.complete().await.map(drop)
        };
        self.run(write).map_err(|cause| self.failed("write", name, &cause))
    }

    /// Copies an object within the store.
    pub(super) fn copy(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let (source, target) = (self.key(from)?, self.key(to)?);
        self.run(self.store.copy(&source, &target)).map_err(|cause| self.failed("copy", from, &cause))
    }

    /// Removes an object, if it is there.
    pub(super) fn delete(&self, name: &str) -> Result<(), StoreError> {
        let key = self.key(name)?;
        self.found(self.run(self.store.delete(&key)), "remove", name).map(drop)
    }

    /// Every object below a folder, by its name without the folder's: name, length and time of the last write in seconds.
    pub(crate) fn list(&self, folder: &str) -> Result<Vec<(String, u64, i64)>, StoreError> {
        let key = self.key(folder)?;
        let found: Vec<ObjectMeta> = self
            .run(self.store.list(Some(&key)).try_collect())
            .map_err(|cause| self.failed("list", folder, &cause))?;
        let below = format!("{key}/");
        let name = |meta: &ObjectMeta| meta.location.as_ref().strip_prefix(&below).map(str::to_owned);
        let row = |meta: &ObjectMeta| Some((name(meta)?, meta.size, meta.last_modified.timestamp()));
        Ok(found.iter().filter_map(row).collect())
    }

    fn key(&self, name: &str) -> Result<Key, StoreError> {
        let text = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        Key::parse(text)
            .map_err(|error| StoreError::BadUrl { url: self.location(name), reason: error.to_string() })
    }

    /// Drives a future to its end. Within a program's own asynchronous runtime that must happen on another thread.
    fn run<T: Send>(&self, future: impl Future<Output = Result<T, Cause>> + Send) -> Result<T, Cause> {
        if Handle::try_current().is_err() {
            return self.runtime.block_on(future);
        }
        let finished = std::thread::scope(|scope| scope.spawn(|| self.runtime.block_on(future)).join());
        finished.unwrap_or_else(|_| Err(generic("the client of the store broke off")))
    }

    /// A missing object is an answer. A missing bucket is none: everything would seem to be gone.
    fn found<T>(
        &self,
        answer: Result<T, Cause>,
        action: &'static str,
        name: &str,
    ) -> Result<Option<T>, StoreError> {
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(cause @ Cause::NotFound { .. }) if is_about_bucket(&cause) => {
                Err(self.failed(action, name, &cause))
            }
            Err(Cause::NotFound { .. }) => Ok(None),
            Err(cause) => Err(self.failed(action, name, &cause)),
        }
    }

    fn failed(&self, action: &'static str, name: &str, cause: &Cause) -> StoreError {
        let (location, reason) = (self.location(name), reason(cause));
        // The client's library has no kinds of its own for these.
        let text = cause.to_string();
        if self.metadata_services.iter().any(|service| text.contains(&format!(" {service}/"))) {
            return StoreError::NoCredentials { location: self.url.clone(), variables: self.variables };
        }
        if text.contains(NOT_ENCRYPTED) {
            return StoreError::NotEncrypted { location: self.url.clone() };
        }
        match cause {
            Cause::PermissionDenied { .. } | Cause::Unauthenticated { .. } => {
                StoreError::Denied { location, action, reason }
            }
            _ => StoreError::Failed { action, location, reason },
        }
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Headers {
    fn attributes(self) -> Attributes {
        [(Attribute::CacheControl, self.cache_control), (Attribute::ContentType, self.content_type)]
            .into_iter()
            .collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    S3,
    Google,
    Azure,
}

/// What a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    scheme: Scheme,
    bucket: String,
    prefix: String,
}

impl Place {
    fn parse(url: &str) -> Result<Self, String> {
        const KNOWN: &str = "expected s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX";
        let (scheme, rest) = url.split_once("://").ok_or(KNOWN)?;
        let scheme = match scheme {
            "s3" => Scheme::S3,
            "gs" => Scheme::Google,
            "az" => Scheme::Azure,
            _ => return Err(KNOWN.to_owned()),
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        if bucket.is_empty() || !bucket.chars().all(plain) {
            return Err("after `://` comes the name of a bucket, without user, password or port".to_owned());
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let plain = |segment: &str| !matches!(segment, "" | "." | "..") && segment.chars().all(plain);
        if !prefix.is_empty() && !prefix.split('/').all(plain) {
            return Err(format!("the prefix {prefix:?} has other characters than A-Z a-z 0-9 - _ . and /"));
        }
        Ok(Self { scheme, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    /// Where the service's client asks a cloud's machine for credentials.
    fn metadata_services(&self, settings: &[(String, String)]) -> Vec<String> {
        const COMMON: &str = "http://169.254.169.254";
        let named = |wanted: &str| {
            let named = settings.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            named.map(|(_, value)| value.trim_end_matches('/').to_owned())
        };
        match self.scheme {
            Scheme::S3 => vec![named("AWS_METADATA_ENDPOINT").unwrap_or_else(|| COMMON.to_owned())],
            Scheme::Google => vec![COMMON.to_owned(), "http://metadata.google.internal".to_owned()],
            Scheme::Azure => vec![COMMON.to_owned()],
        }
    }

    fn variables(&self) -> &'static str {
        match self.scheme {
            Scheme::S3 => "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            Scheme::Google => "GOOGLE_SERVICE_ACCOUNT",
            Scheme::Azure => "AZURE_STORAGE_ACCOUNT_KEY",
        }
    }

    /// A client of the service. Settings have the names of the variables that the services' own programs read.
    fn connect(
        &self,
        settings: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Arc<dyn ObjectStore>, Cause> {
        let of_service = |name: &str| match self.scheme {
            Scheme::S3 => name.starts_with("AWS_"),
            Scheme::Google => name.starts_with("GOOGLE_") || name == "SERVICE_ACCOUNT",
            Scheme::Azure => name.starts_with("AZURE_"),
        };
        let settings = settings
            .into_iter()
            .filter(|(name, _)| of_service(name))
            .map(|(name, value)| (name.to_ascii_lowercase(), value));
        let retry =
            RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        Ok(match self.scheme {
            Scheme::S3 => {
                let builder = AmazonS3Builder::new().with_retry(retry).with_http_connector(Connector);
                // One object at a time is removed here, and not every store that speaks S3 knows the other request.
                let builder = builder.with_disable_bulk_delete(true);
                let builder = configured(builder, settings, AmazonS3Builder::with_config);
                Arc::new(builder.with_bucket_name(&self.bucket).build()?)
            }
            Scheme::Google => {
                let builder =
                    GoogleCloudStorageBuilder::new().with_retry(retry).with_http_connector(Connector);
                let builder = configured(builder, settings, GoogleCloudStorageBuilder::with_config);
                Arc::new(builder.with_bucket_name(&self.bucket).build()?)
            }
            Scheme::Azure => {
                let builder = MicrosoftAzureBuilder::new().with_retry(retry).with_http_connector(Connector);
                let builder = configured(builder, settings, MicrosoftAzureBuilder::with_config);
                Arc::new(builder.with_container_name(&self.bucket).build()?)
            }
        })
    }

    fn url(&self) -> String {
        let scheme = match self.scheme {
            Scheme::S3 => "s3",
            Scheme::Google => "gs",
            Scheme::Azure => "az",
        };
        let separator = if self.prefix.is_empty() { "" } else { "/" };
        format!("{scheme}://{}{separator}{}", self.bucket, self.prefix)
    }
}

/// What stands before an `@` may be a password.
fn without_credentials(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        (None, Some((_, rest))) => format!("…@{rest}"),
        (_, None) => url.to_owned(),
    }
}

/// Settings that the client does not know are those of other programs.
fn configured<B, K: FromStr>(
    builder: B,
    settings: impl Iterator<Item = (String, String)>,
    with: impl Fn(B, K, String) -> B,
) -> B {
    settings.fold(builder, |builder, (name, value)| match name.parse() {
        Ok(key) => with(builder, key, value),
        Err(_) => builder,
    })
}

/// For the pauses between repeated requests: connections are blocking ones.
fn runtime() -> io::Result<Arc<Runtime>> {
    Builder::new_current_thread().enable_time().build().map(Arc::new)
}

fn version(meta: &ObjectMeta) -> UpdateVersion {
    UpdateVersion { e_tag: meta.e_tag.clone(), version: meta.version.clone() }
}

/// Whether a "not found" is about the bucket or container, by the codes of the three services.
fn is_about_bucket(cause: &Cause) -> bool {
    let text = cause.to_string();
    text.contains("NoSuchBucket") || text.contains("ContainerNotFound")
}

/// The file that is read or written beside the store.
fn local(cause: io::Error) -> Cause {
    Cause::Generic { store: "the local copy", source: Box::new(cause) }
}

fn generic(reason: &'static str) -> Cause {
    Cause::Generic { store: "object store", source: reason.into() }
}

/// An error in words, cut to a length: a part of it is what the server says.
fn reason(cause: &Cause) -> String {
    cause.to_string().chars().take(MOST_REASON).collect()
}

fn at_most(bytes: u64) -> GetOptions {
    let mut options = GetOptions::default();
    options.extensions.insert(MostBytes(bytes));
    options
}
