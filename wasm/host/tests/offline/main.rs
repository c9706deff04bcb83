//! Bundles, the trusted store alone, and metadata that is still fresh: updates that ask nobody.

mod archive;
mod bundle;
mod extended;
mod fresh;
mod recorder;
#[cfg(target_os = "linux")]
mod sockets;
mod store;
mod world;
