//! Container images as targets (docs/oci-target-paths.md).
//!
//! An image is collected from a registry, an OCI layout or a list of digests; [`stage`] writes the targets that say which
//! manifest a tag is now, and which manifests may be pulled by digest.

mod collect;
mod error;
mod layout;
mod list;
mod registry;
mod stage;

pub use collect::{Image, ListedManifest};
pub use error::ImageError;
pub use stage::{StagedImage, delegation, stage, unstage};
