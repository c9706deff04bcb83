//! The mirrors of one repository, in the order in which they are asked.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::{MirrorIndex, Retry};

/// A source of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// What kind of source it is.
    pub kind: MirrorKind,
    /// When a request that it did not answer is made again.
    pub retry: Retry,
}

/// What kind of source a mirror is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MirrorKind {
    /// It can be asked for newer metadata than the client has.
    Repository,
    /// What a repository served at some time.
    Bundle,
}

/// The mirrors of one repository. Each is asked before a request fails; one that failed is asked last.
#[derive(Clone, Debug)]
pub(super) struct Mirrors {
    /// By the index of the mirror: when a request is made again.
    retries: Vec<Retry>,
    /// The mirrors in the order in which they are asked now.
    order: Vec<MirrorIndex>,
    /// The mirror that has not led an attempt yet, and all after it.
    next_to_lead: MirrorIndex,
    /// Whether the attempt under way depends on what some mirror sent.
    depends: bool,
}

impl Mirrors {
    pub(super) fn new(mirrors: &[Mirror]) -> Self {
        let retries = mirrors.iter().map(|mirror| mirror.retry).collect();
        Self { retries, order: (0..mirrors.len()).collect(), next_to_lead: 1, depends: false }
    }

    /// When a request that this mirror did not answer is made again.
    pub(super) fn retry_of(&self, mirror: MirrorIndex) -> Retry {
        self.retries.get(mirror).copied().unwrap_or(Retry::NEVER)
    }

    /// The mirrors in the order in which they are asked now.
    pub(super) fn in_order(&self) -> VecDeque<MirrorIndex> {
        self.order.iter().copied().collect()
    }

    /// Has this mirror asked last from now on.
    pub(super) fn ask_last(&mut self, mirror: MirrorIndex) {
        self.order.retain(|other| *other != mirror);
        self.order.push(mirror);
    }

    /// Notes that what follows depends on what a mirror sent: another one could have sent something else.
    pub(super) fn depend(&mut self) {
        self.depends = true;
    }

    /// Prepares another attempt, led by a mirror that has not led one. `false` if another attempt cannot end otherwise:
    /// every mirror has led one, or each was asked for the same and none had it.
    pub(super) fn lead_with_another(&mut self) -> bool {
        let leader = self.next_to_lead;
        if !self.depends || leader >= self.order.len() {
            return false;
        }
        self.depends = false;
        self.next_to_lead = leader.saturating_add(1);
        self.order.retain(|other| *other != leader);
        self.order.insert(0, leader);
        true
    }
}
