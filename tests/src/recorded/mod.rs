//! The core's types under their own names, which write down every call where the environment variable `TUF_WORLDS`
//! names a folder.
//!
//! What a client or a map was asked and what it answered is a *world*; what an update cycle was asked becomes the world of a
//! client. Other hosts of the verifier repeat the
//! calls, and must get the same answers: `docs/shared-worlds.md` has the form of the files. Where nothing is recorded, these
//! types hand every call on.

mod client;
mod course;
mod cycle;
mod exchange;
mod failure;
mod map;
mod record;
mod recording;
mod sink;

pub use client::Client;
pub use cycle::{TargetCheck, UpdateCycle};
pub use map::{MapSearch, RepositoryMap};
pub use recording::{aside, within};
