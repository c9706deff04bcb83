//! Bundles, the trusted store alone, and metadata that is still fresh: updates that ask nobody.

mod archive;
mod bundle;
mod recorder;
mod world;
