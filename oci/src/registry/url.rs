//! URLs of a registry, of its token server, and of where it redirects to.

use tuf_transport::LocationError;
pub(super) use tuf_transport::{Location as Url, Origin};

/// The URL that a `Location` header leads to: an absolute URL, or an absolute path at this origin. Registries send no
/// other.
///
/// # Errors
/// What is wrong with it.
pub(super) fn redirected(from: &Url, reference: &str) -> Result<Url, LocationError> {
    match reference.starts_with('/') && !reference.starts_with("//") {
        true => from.resolve(reference),
        false => Url::parse(reference),
    }
}

/// What is wrong with a URL that a registry names, in words.
pub(super) fn reason(error: LocationError) -> &'static str {
    match error {
        LocationError::Scheme => "it is no http or https URL",
        LocationError::Credentials => "it has a user name",
        other => other.reason(),
    }
}
