//! Runs the verifier component in a sandbox and brings it what it asks for.
//!
//! A [`Client`] has pinned root metadata, a [`Source`] and a [`Store`]; [`Client::refresh`] makes a [`Session`] of
//! it; the session finds targets and verifies their bytes. Every trust decision is the component's. This crate
//! fetches, stores, hashes and limits.
//!
//! ```no_run
//! use tuf_verifier_host::{Client, Error, FolderStore, HttpSource, Lookup};
//!
//! /// The verified bytes of `bin/app`, or none where the repository has no such target.
//! fn update(trusted_root: Vec<u8>) -> Result<Option<Vec<u8>>, Error> {
//!     let source = HttpSource::builder("https://example.com/metadata", "https://example.com/targets").build()?;
//!     let store = FolderStore::open("trusted")?;
//!     let session = Client::new(trusted_root, source, store).refresh()?;
//!     match session.find("bin/app")? {
//!         Lookup::Found(target) => session.read(&target).map(Some),
//!         Lookup::NotFound(_) => Ok(None),
//!     }
//! }
//! ```
//!
//! Only [`Error::Failure`] is a verdict against the repository. Network, store and sandbox errors say that there is
//! none, and nothing is accepted without one.

pub mod bundle;
mod causes;
mod client;
mod error;
pub mod map;
pub mod records;
mod sandbox;
pub mod source;
pub mod store;
mod target;
mod time;

pub use causes::with_causes;
pub use client::{Client, Downloaded, Lookup, Progress, Session};
pub use error::Error;
pub use records::{Access, Failure, NotFound, Profile, Report, Settings, Target, Waiver};
pub use sandbox::{SandboxError, SandboxLimits, component_digest, long_version, verifier_digest};
#[cfg(feature = "oci")]
pub use source::OciSource;
pub use source::{FolderSource, HttpSource, Source, SourceError};
pub use store::{FolderStore, MemoryStore, Store, StoreError};
pub use time::UnixTime;
