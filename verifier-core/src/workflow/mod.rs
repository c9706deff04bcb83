//! The order of an update: requests, stages and the driver over them (specification, chapter 5).

mod cycle;
mod lines;
mod received;
mod request;
mod root_walk;
mod searches;
mod settings;
pub mod stage;
mod waiver;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use crate::failure::Failure;

pub use cycle::UpdateCycle;
pub use lines::{SeedFile, line_files, seed_line};
pub use request::{Hash, NotFound, Notice, Report, Request, RoleState, Target};
pub use settings::{Access, Settings};
pub use waiver::{Basis, Waived, Waiver};

pub(crate) use cycle::{Need, REFRESHED};
pub(crate) use received::{Answer, Kept, Received};
pub(crate) use searches::{NeedNumber, SearchNumber, Verdict, Wanted};

/// Where a cycle gets its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// The store, and what answers fetches.
    Full,
    /// The store alone, for a reason. Nothing is written.
    Store(Basis),
}

/// A change of the trusted store. Changes are made in their order.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Write what was received to this file.
    Keep { name: String, kept: Kept },
    /// Write these bytes, which nobody brought, to this file.
    Write { name: String, bytes: Vec<u8> },
    /// Delete this file.
    Forget { name: String },
}

impl From<Change> for Request {
    fn from(change: Change) -> Self {
        match change {
            // Who drives a cycle without a client holds nothing: the bytes are there.
            Change::Keep { name, kept } => {
                Self::Persist { name, bytes: kept.into_bytes().unwrap_or_default() }
            }
            Change::Write { name, bytes } => Self::Persist { name, bytes },
            Change::Forget { name } => Self::Forget { name },
        }
    }
}

/// What a cycle has still to tell its host.
#[derive(Clone, Debug)]
struct Outbox {
    course: Course,
    /// Changes of the store, in their order.
    changes: VecDeque<Change>,
    notices: Vec<Notice>,
}

impl Outbox {
    fn of(course: Course) -> Self {
        Self { course, changes: VecDeque::new(), notices: Vec::new() }
    }

    fn persist(&mut self, name: impl Into<String>, kept: Kept) {
        self.change([Change::Keep { name: name.into(), kept }]);
    }

    fn forget(&mut self, name: &str) {
        self.change([Change::Forget { name: name.into() }]);
    }

    /// Queues changes of the store, unless the store is the only source.
    fn change(&mut self, changes: impl IntoIterator<Item = Change>) {
        match self.course {
            Course::Full => self.changes.extend(changes),
            Course::Store(_) => {}
        }
    }

    /// Reports a file of the store that was not used. One that was merely replaced in the repository is not worth it.
    fn notice(&mut self, name: &str, why: Failure) {
        use crate::failure::Refusal::{Freeze, MixAndMatch};
        if !matches!(why, Failure::Refused(MixAndMatch { .. } | Freeze { .. })) {
            self.notices.push(Notice { name: name.into(), why });
        }
    }
}
