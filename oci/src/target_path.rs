//! The TUF target paths of images.
//!
//! ```text
//! oci/<host[:port]>/<repository...>/_tags/<tag>
//! oci/<host[:port]>/<repository...>/_digests/<algorithm>/<hex>
//! ```
//!
//! No component of a repository's name begins with `_`, so the last one of these two words separates name from version.

use crate::digest::Digest;
use crate::reference::{Host, Reference, ReferenceError};

/// The target path that says which manifest a tag is; none for a reference without a tag.
#[must_use]
pub fn tag_path(reference: &Reference) -> Option<String> {
    let tag = reference.tag()?;
    Some(format!("oci/{}/{}/_tags/{tag}", reference.host(), reference.repository()))
}

/// The target path whose existence allows a manifest in a reference's repository by this digest.
///
/// The digest is an argument, so that what a tag resolved to can be looked up too.
#[must_use]
pub fn digest_path(reference: &Reference, digest: &Digest) -> String {
    let (host, repository) = (reference.host(), reference.repository());
    format!("oci/{host}/{repository}/_digests/{}/{}", digest.algorithm(), digest.hex())
}

/// A target path becomes the image that it stands for: the inverse of [`tag_path`] and [`digest_path`].
///
/// The reference has a tag where the path says what a tag is now, and a digest where it says that a manifest may be pulled
/// by it; never both.
///
/// # Errors
/// The path is none of this scheme, or one that no reference maps to.
pub fn image_of(path: &str) -> Result<Reference, TargetPathError> {
    let rest = path.strip_prefix("oci/").ok_or(TargetPathError::Scheme)?;
    let (written, rest) = rest.split_once('/').ok_or(TargetPathError::Scheme)?;
    let host: Host = written.parse()?;
    if host.as_str() != written {
        return Err(TargetPathError::NotCanonical);
    }
    match rest.split_once("/_tags/") {
        Some((repository, tag)) => Ok(Reference::new(host, repository.parse()?, Some(tag.parse()?), None)?),
        None => {
            let (repository, digest) = rest.split_once("/_digests/").ok_or(TargetPathError::Scheme)?;
            let (algorithm, hex) = digest.split_once('/').ok_or(TargetPathError::Scheme)?;
            let digest = format!("{algorithm}:{hex}").parse().map_err(ReferenceError::Digest)?;
            Ok(Reference::new(host, repository.parse()?, None, Some(digest))?)
        }
    }
}

/// Why a target path stands for no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetPathError {
    /// Not of the form `oci/…/_tags/…` or `oci/…/_digests/…/…`.
    #[error("this is no target path of an image")]
    Scheme,
    /// A host that is written in another way in paths.
    #[error("the host is not written as in target paths")]
    NotCanonical,
    /// A part that no reference has.
    #[error(transparent)]
    Part(#[from] ReferenceError),
}
