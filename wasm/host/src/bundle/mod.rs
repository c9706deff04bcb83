//! Bundles: metadata and targets of a repository in one file, for machines without a network.
//!
//! A bundle is a tar archive of a published folder: `metadata/NAME` and `targets/PATH`. `tar -cf FILE metadata targets`
//! makes one of a whole repository, a [`Recorder`] one of what a client asked for. A bundle is trusted with nothing: all
//! that comes from it is verified as if it was fetched.

mod error;
mod name;
mod recorder;
mod source;
mod spool;
mod writer;

pub use error::BundleError;
pub use recorder::{Recorder, Recording};
pub use source::BundleSource;
pub use writer::BundleWriter;
