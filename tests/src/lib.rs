//! A world to verify in: a repository, its mirrors, an adversary, and a device that updates from them.
//!
//! A test is a story. A [`Repository`] publishes to a [`Mirror`], somebody spoils the mirror or the repository,
//! a [`Device`] with a store drives the verifier against it, and the transcript says what was asked for, what was
//! written and what was refused. Keys, times and bytes are fixed, so every run is the same.
//!
//! Nothing here shares code with the verifier or with the publisher: metadata is text made by [`Json`], canonical
//! form and signatures are made again, and whatever a repository should never write can be written.

mod adversary;
pub mod client_faults;
mod date;
mod device;
mod digest;
mod drive;
pub mod expected;
mod json;
mod key;
mod mirror;
mod multi_role;
pub mod network;
pub mod recorded;
mod repository;
mod role;
mod rotation;
mod scheme;
mod skip;
pub mod verdicts;

pub use adversary::STRANGER;
pub use date::{DAY, NOW, date_time};
pub use device::Device;
pub use digest::{hex, sha256, sha384, sha512};
pub use drive::{Answer, Drive, Event};
pub use json::Json;
pub use key::Key;
pub use mirror::Mirror;
pub use multi_role::MultiRole;
pub use repository::{Listing, Repository};
pub use role::{Authority, Delegation, Header, Succinct, TargetFile, TargetsRole};
pub use rotation::Rotation;
pub use scheme::Scheme;
pub use skip::skip;
