//! The client workflow of The Update Framework (TUF), specification 1.0, as a state machine.
//!
//! Bytes and time come in, requests and verdicts go out: no I/O, no clock, no `unsafe`, no panics, no `std`.
//!
//! A host brings root metadata that it trusts and the time, and then does what [`UpdateCycle::next`] asks:
//!
//! ```
//! use std::collections::BTreeMap;
//! use tuf_verifier_core::{Failure, Request, Settings, UnixTime, UpdateCycle};
//!
//! /// The smallest host: a store in memory, and a function that fetches metadata. Returns the answer:
//! /// `Ready` after a refresh; `Found`, `NotFound` or `SearchFailed` after a search.
//! fn drive(
//!     cycle: &mut UpdateCycle,
//!     store: &mut BTreeMap<String, Vec<u8>>,
//!     fetch: impl Fn(&str, u64) -> Option<Vec<u8>>,
//! ) -> Result<Request, Failure> {
//!     loop {
//!         match cycle.next() {
//!             Request::Load { name } => cycle.offer(store.get(&name).cloned())?,
//!             Request::Fetch { name, max_length } => cycle.offer(fetch(&name, max_length))?,
//!             Request::Persist { name, bytes } => _ = store.insert(name, bytes),
//!             Request::Forget { name } => _ = store.remove(&name),
//!             answer => return Ok(answer),
//!         }
//!     }
//! }
//!
//! let refused = UpdateCycle::start(b"{}", UnixTime(0), Settings::default());
//! assert_eq!(refused.unwrap_err().code(), "malformed-metadata");
//! ```
//!
//! Then [`UpdateCycle::find`] searches a target, and [`UpdateCycle::check`] verifies its bytes. [`stage`] has the same
//! workflow as types, without the driver.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod check;
pub mod client;
mod crypto;
mod failure;
mod json;
mod map;
mod role;
mod target;
mod workflow;

pub use check::path::{covers as path_pattern_covers, is_safe as is_safe_path};
pub use crypto::{key_material, verify_signature};
pub use failure::{
    Defect, Failure, KeyProblem, Malformed, Mismatch, Missing, Misuse, Place, Refusal, Unsupported,
    UnusableKeys,
};
pub use json::canonicalize;
pub use map::{Listing, MapNotFound, MapRequest, MapSearch, MappedRepository, RepositoryMap};
pub use role::{Profile, UnixTime};
pub use target::TargetCheck;
pub use workflow::stage;
pub use workflow::{
    Access, Basis, Hash, NotFound, Notice, Report, Request, RoleState, SeedFile, Settings, Target,
    UpdateCycle, Waived, Waiver, line_files, seed_line,
};
