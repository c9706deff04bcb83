//! What is published in an object store: Amazon S3 and what speaks its API, Google Cloud Storage, Azure Blob Storage.
//!
//! An object store has no locks. Publishers are kept from overwriting each other by two conditions that the store checks
//! by itself with each write: "only if there is no such object", and "only if the object is still the one that I read".
//! [`examine`] finds out whether a store does what it says.

#[cfg(feature = "object-store")]
mod connection;
#[cfg(feature = "object-store")]
mod doctor;
mod error;
#[cfg(feature = "object-store")]
mod objects;
#[cfg(feature = "object-store")]
mod tree;

#[cfg(feature = "object-store")]
pub use doctor::{Examination, examine};
pub use error::{Property, StoreError};
#[cfg(feature = "object-store")]
pub use objects::Bucket;
#[cfg(feature = "object-store")]
pub(crate) use tree::BucketTree;
