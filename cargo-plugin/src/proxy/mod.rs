//! An HTTP proxy on the loopback interface, from which cargo gets verified bytes and nothing else.
//!
//! Cargo is pointed at a registry on [`HOST`], a name that does not resolve, and at this proxy by its own
//! `http.proxy`. Without the proxy cargo finds nothing; with it, cargo finds what [`VerifiedFiles`] hands out.
//! Every other host and every tunnel (CONNECT) is answered with 403. A failed verification is a 403 with the reason,
//! never a 5xx: cargo repeats a 5xx, and shows the body of a 403.

mod credential;
mod request;
mod response;
mod routes;
mod server;

use std::sync::Arc;

use crate::failure::Failure;
use crate::index::IndexFile;
use crate::package::{PackageId, PackageName};

pub use credential::Credential;
pub use server::Proxy;

/// The host that the proxy speaks for. The top-level domain `invalid` never resolves (RFC 2606).
pub const HOST: &str = "tuf.invalid";

/// The registry's index as cargo's configuration names it.
pub const INDEX: &str = "sparse+http://tuf.invalid/index/";

/// Where verified bytes come from.
pub trait VerifiedFiles: Send + Sync {
    /// The verified index file of a package.
    ///
    /// # Errors
    /// Why there is none.
    fn index(&self, name: &PackageName) -> Result<Arc<IndexFile>, Failure>;

    /// The verified bytes of a `.crate` file.
    ///
    /// # Errors
    /// Why there are none.
    fn crate_file(&self, package: &PackageId) -> Result<Vec<u8>, Failure>;
}
