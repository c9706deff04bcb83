//! Names of container images, strictly, and the TUF target paths that stand for them.
//!
//! A [`Reference`] is what a runtime is asked to pull; a [`Descriptor`] is what a registry offers for it; the
//! target at its [`tag_path`] or [`digest_path`] says which descriptor it may be. `docs/oci-target-paths.md` is the written contract.
//!
//! Nothing here decides about trust, and nothing here knows of keys or metadata.

mod custom;
mod descriptor;
mod digest;
mod reference;
#[cfg(feature = "registry")]
pub mod registry;
mod target_path;

pub use custom::{CUSTOM_VERSION, CustomError, media_type_of, to_custom};
pub use descriptor::{Descriptor, DescriptorError, MAX_DESCRIPTOR, MediaType};
pub use digest::{Algorithm, Digest, DigestError};
pub use reference::{Host, MAX_REFERENCE, Reference, ReferenceError, Repository, Tag};
pub use target_path::{TargetPathError, digest_path, image_of, tag_path};
