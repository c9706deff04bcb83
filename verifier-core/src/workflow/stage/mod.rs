//! The stages of an update, each consumed by the one that follows (5.3 to 5.6).
//!
//! [`RootUpdate`] becomes [`TimestampUpdate`] becomes [`SnapshotUpdate`] becomes [`RotationUpdate`] becomes
//! [`TargetsUpdate`] becomes [`Trusted`]. A step that is refused hands its stage back, unchanged, in [`Refused`]. There is no other way to
//! make a stage, so the order of the workflow cannot be mistaken.
//!
//! [`UpdateCycle`](crate::UpdateCycle) drives the stages, with the store and the fetches between them.

mod chain;
mod delegated;
mod multi_role;
mod root;
mod rotation;
mod search;
mod snapshot;
mod targets;
mod timestamp;
mod trusted;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::check::Current;
use crate::check::length::Limit;
use crate::failure::{Defect, Failure, Malformed, Refusal};
use crate::role::{Root, UnixTime};
use crate::workflow::Settings;

pub use root::RootUpdate;
pub use rotation::RotationUpdate;
pub use search::{Progress, Search, Step};
pub use snapshot::SnapshotUpdate;
pub use targets::TargetsUpdate;
pub use timestamp::{Timeliness, TimestampUpdate};
pub use trusted::Trusted;

/// A stage after a refused step, unchanged, and why the step was refused.
#[derive(Clone, Debug)]
pub struct Refused<Stage> {
    /// The stage, boxed because it holds metadata. The step may be tried again with other bytes.
    pub stage: Box<Stage>,
    /// Why.
    pub failure: Failure,
}

/// A metadata file of the repository, before it is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataFile {
    /// File name relative to the metadata base URL, percent-encoded.
    pub name: String,
    /// Bytes allowed.
    pub max_length: u64,
    /// Name of the setting that they come from; none where the file is listed with this length.
    pub setting: Option<&'static str>,
}

impl MetadataFile {
    fn new(name: String, limit: Limit) -> Self {
        Self { name, max_length: limit.bytes, setting: limit.setting }
    }

    /// Sees that received bytes are not longer than allowed.
    fn allows(&self, received: &[u8]) -> Result<(), Refusal> {
        Limit { bytes: self.max_length, setting: self.setting }.allows(&self.name, received)
    }
}

/// What every stage after the root has.
#[derive(Clone, Debug)]
struct Base {
    root: Current<Root>,
    /// Distinct keyids of the keys that signed the chain of roots and are written in another form than the
    /// specification's.
    root_key_forms: Vec<Box<str>>,
    /// The fixed update start time (5.1).
    now: UnixTime,
    settings: Settings,
}

fn refused<Stage>(stage: Stage, failure: Failure) -> Refused<Stage> {
    Refused { stage: Box::new(stage), failure }
}

/// The failure of metadata that was found malformed after it had been parsed.
fn malformed(name: &str, defect: Defect) -> Failure {
    Malformed { name: name.into(), defect, offset: None }.into()
}
