//! Crates of cargo's registry as targets: `index/<prefix>/<name>` and `crates/<name>/<name>-<version>.crate`.
//!
//! Cargo itself fetches them, into a home folder of their own that nothing else has written to. Every `.crate` must
//! have the checksum of its index line and of the lock file. An index file carries only the versions whose crates
//! are targets too.

mod cargo;
mod collect;
mod configuration;
mod index;
mod lock;
mod report;
mod run_folder;
mod stage;
mod stand_in;

pub use cargo::Cargo;
pub use collect::{Collected, Collection, Uncovered, Wanted, collect};
pub use stage::{CRATES_ROLE, INDEX_ROLE, StagedCrates, delegations, stage};
