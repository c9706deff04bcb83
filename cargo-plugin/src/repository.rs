//! A refreshed repository, from which any number of threads read verified files.

use std::fmt::Display;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tuf_verifier_host::source::Timeouts;
use tuf_verifier_host::store::StoreLines;
use tuf_verifier_host::{
    Client, Error as VerifierError, FolderSource, FolderStore, HttpSource, Lookup, Progress, Report, Session,
    Settings, Source, Target,
};

use crate::cache::Cache;
use crate::cargo_config::CargoConfig;
use crate::config::{Config, Location};
use crate::failure::Failure;
use crate::state::State;

/// Longest target file that is read into memory, in bytes.
const MAX_FILE: u64 = 512 * 1024 * 1024;

/// Longest trusted root file, in bytes.
const MAX_ROOT: u64 = 512_000;

/// Whether the network may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Files that are missing are fetched.
    Online,
    /// Metadata comes from the trusted store, target files from the cache.
    Offline,
}

/// A refreshed repository.
pub struct Repository {
    session: Session,
    cache: Cache,
    network: Network,
    root_digest: String,
}

impl Repository {
    /// Opens the trusted store of a repository, of the trusted root's line, and brings its metadata up to date.
    ///
    /// # Errors
    /// A trusted root file, store or source that cannot be used, and every verdict of the verifier.
    pub fn refresh(
        config: &Config,
        cargo: &CargoConfig,
        network: Network,
        progress: impl Fn(Progress<'_>) + Send + 'static,
    ) -> Result<Self, Failure> {
        let trusted_root = read_trusted_root(&config.trusted_root)?;
        let state = State::open(cargo.home())?;
        let stores = StoreLines::new(state.repositories(), config.state_name());
        let sources = match network {
            Network::Offline => Vec::new(),
            Network::Online => {
                let places = std::iter::once(&config.repository).chain(&config.mirrors);
                places.map(|location| open_source(location, cargo)).collect::<Result<_, _>>()?
            }
        };
        let settings = Settings {
            fresh_for: config.fresh_for.as_secs(),
            target_file_max_length: MAX_FILE,
            ..Settings::default()
        };
        let progress = Arc::new(Mutex::new(progress));
        let session = stores.refresh(&trusted_root, settings, |store| {
            let progress = Arc::clone(&progress);
            client(trusted_root.clone(), &sources, store)
                .settings(settings)
                .progress(move |event| progress.lock().unwrap_or_else(PoisonError::into_inner)(event))
        })?;
        let root_digest = base16ct::lower::encode_string(&Sha256::digest(&trusted_root));
        let cache = Cache::new(state.cache());
        Ok(Self { session, cache, network, root_digest })
    }

    /// Lower-case hexadecimal SHA-256 of the trusted root file, which the user gave.
    #[must_use]
    pub fn root_digest(&self) -> &str {
        &self.root_digest
    }

    /// What the refresh established.
    #[must_use]
    pub fn report(&self) -> Report {
        self.session.report().clone()
    }

    /// The target at this path. `what` is what a person would call it.
    ///
    /// # Errors
    /// The repository does not have it, or its metadata is not accepted.
    pub fn find(&self, path: &str, what: &impl Display) -> Result<Target, Failure> {
        match self.session.find(path)? {
            Lookup::Found(target) => Ok(target),
            Lookup::NotFound(reason) => {
                let (what, path) = (what.to_string(), path.to_owned());
                Err(Failure::NotInRepository { what, path, reason: reason.into() })
            }
        }
    }

    /// The verified bytes of a target: from the cache, verified again, or fetched.
    ///
    /// # Errors
    /// The bytes are not the target's, or could not be fetched or kept.
    pub fn read(&self, target: &Target) -> Result<Vec<u8>, Failure> {
        if let Some(bytes) = self.cache.load(target)? {
            match self.session.check_bytes(target, &bytes) {
                Ok(()) => return Ok(bytes),
                // A damaged file of the cache is no verdict on the repository: it is fetched again.
                Err(VerifierError::Failure(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if self.network == Network::Offline {
            return Err(Failure::Offline { what: target.path.clone() });
        }
        let bytes = self.session.read(target)?;
        self.cache.keep(target, &bytes)?;
        Ok(bytes)
    }
}

/// A client of these sources. Without any, it is offline.
fn client(trusted_root: Vec<u8>, sources: &[Arc<dyn Source>], store: FolderStore) -> Client {
    sources.iter().map(Arc::clone).fold(Client::offline(trusted_root, store), Client::mirror)
}

fn read_trusted_root(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MAX_ROOT + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(source) => Err(Failure::TrustedRoot { path: path.to_path_buf(), source }),
    }
}

fn open_source(location: &Location, cargo: &CargoConfig) -> Result<Arc<dyn Source>, Failure> {
    let (metadata, targets) = match location {
        Location::Http { metadata, targets } => (metadata, targets),
        Location::Folders { metadata, targets } => {
            return Ok(Arc::new(FolderSource::new(metadata, targets)));
        }
    };
    let mut builder = HttpSource::builder(metadata, targets).user_agent(USER_AGENT);
    if let Some(proxy) = cargo.proxy() {
        // As curl reads it: without a scheme it is an HTTP proxy.
        builder = builder.proxy(&if proxy.contains("://") { proxy } else { format!("http://{proxy}") });
    }
    if let Some(file) = cargo.ca_file() {
        builder = builder.ca_file(file);
    }
    if let Some(retries) = cargo.retries() {
        builder = builder.retries(retries);
    }
    if let Some(timeout) = cargo.timeout() {
        builder = builder.timeouts(Timeouts {
            connect: timeout,
            response: timeout,
            idle: timeout,
            ..Timeouts::default()
        });
    }
    Ok(Arc::new(builder.build().map_err(VerifierError::Source)?))
}

const USER_AGENT: &str = concat!("cargo-tuf/", env!("CARGO_PKG_VERSION"));
