//! The pre-order depth-first search for a target (5.6.7).

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use super::Trusted;
use crate::check::path;
use crate::crypto::PathHash;
use crate::failure::{Failure, Misuse};
use crate::role::{Authority, Delegation, TARGETS};
use crate::workflow::{NotFound, Target};

/// A search on its way.
#[derive(Clone, Debug)]
pub struct Search {
    path: Box<str>,
    hash: PathHash,
    visited: BTreeSet<Box<str>>,
    /// Roles still to be visited, the next one last.
    pending: Vec<Step>,
    /// Delegated roles visited.
    delegated: u32,
    /// A role on the way that is delegated to in a way that is not understood.
    unsupported: Option<Box<str>>,
}

/// A visit to one role, under the authority that its delegator gives it.
#[derive(Clone, Debug)]
pub struct Step {
    pub(super) role: Box<str>,
    /// Who may sign for the role; none for the top-level targets role, for which the root says it.
    pub(super) authority: Option<Authority>,
}

impl Step {
    /// The role to be visited.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role
    }
}

/// How far a search is.
#[derive(Clone, Debug)]
pub enum Progress {
    /// The metadata of this role is needed.
    Needs(Step),
    /// The target.
    Found(Target),
    /// The end, without the target.
    NotFound(NotFound),
}

impl Search {
    /// Begins a search for a target path.
    ///
    /// # Errors
    /// [`Misuse::UnsafePath`] for a path that could leave the base URL.
    pub fn new(target: &str) -> Result<Self, Failure> {
        if !path::is_safe(target) {
            return Err(Misuse::UnsafePath(target.into()).into());
        }
        Ok(Self {
            path: target.into(),
            hash: PathHash::of(target),
            visited: BTreeSet::new(),
            pending: vec![Step { role: TARGETS.into(), authority: None }],
            delegated: 0,
            unsupported: None,
        })
    }

    /// Goes on as far as the metadata at hand allows.
    ///
    /// # Errors
    /// Malformed, where the target's entry has no hash of a supported algorithm.
    pub(super) fn advance(&mut self, trusted: &Trusted) -> Result<Progress, Failure> {
        while let Some(step) = self.pending.last().cloned() {
            if self.visited.contains(&step.role) {
                self.pending.pop();
                continue;
            }
            let delegated = step.authority.is_some();
            if delegated && self.delegated >= trusted.max_delegations() {
                return Ok(Progress::NotFound(NotFound::BudgetSpent { visited: self.delegated }));
            }
            if !trusted.has(&step) {
                return Ok(Progress::Needs(step));
            }
            self.pending.pop();
            self.visited.insert(step.role.clone());
            self.delegated = self.delegated.saturating_add(u32::from(delegated));
            if let Some(target) = trusted.target(&step, &self.path)? {
                return Ok(Progress::Found(target));
            }
            self.follow(trusted.covering(&step, &self.path, &self.hash));
        }
        Ok(Progress::NotFound(match self.unsupported.take() {
            Some(role) => NotFound::UnsupportedDelegation { role },
            None => NotFound::Absent,
        }))
    }

    /// Puts the delegations of a role before all that is still to be visited, in their order. A terminating one, which
    /// is the last, ends the search after it and its descendants.
    fn follow(&mut self, delegations: Vec<Delegation>) {
        if delegations.last().is_some_and(|last| last.terminating) {
            self.pending.clear();
        }
        for delegation in delegations.into_iter().rev() {
            match delegation.unsupported {
                true => self.unsupported = Some(delegation.role),
                false => {
                    self.pending.push(Step { role: delegation.role, authority: Some(delegation.authority) })
                }
            }
        }
    }
}
