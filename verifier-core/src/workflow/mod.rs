//! The order of an update: requests, stages and the driver over them (specification, chapter 5).

mod cycle;
mod lines;
mod request;
mod root_walk;
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

/// Where a cycle gets its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// The store, and what answers fetches.
    Full,
    /// The store alone, for a reason. Nothing is written.
    Store(Basis),
}

/// What a cycle has still to tell its host.
#[derive(Clone, Debug)]
struct Outbox {
    course: Course,
    /// Changes of the store, in their order.
    requests: VecDeque<Request>,
    notices: Vec<Notice>,
}

impl Outbox {
    fn of(course: Course) -> Self {
        Self { course, requests: VecDeque::new(), notices: Vec::new() }
    }

    fn persist(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        self.change([Request::Persist { name: name.into(), bytes }]);
    }

    fn forget(&mut self, name: &str) {
        self.change([Request::Forget { name: name.into() }]);
    }

    /// Has the store changed, where it is not used alone.
    fn change(&mut self, requests: impl IntoIterator<Item = Request>) {
        match self.course {
            Course::Full => self.requests.extend(requests),
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
