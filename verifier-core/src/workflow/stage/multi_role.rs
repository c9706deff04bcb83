//! The answers of the roles of one multi-role delegation (TAP 3).

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::Step;
use crate::check::agreement;
use crate::role::Authority;
use crate::workflow::Target;

/// A multi-role delegation on the way of a search. Each of its roles is asked: whether some of them are withheld must
/// not decide which target wins.
#[derive(Clone, Debug)]
pub(super) struct MultiRole {
    pub(super) delegation: Box<str>,
    /// Nothing after it may speak for the path: its delegator says so, or a delegation on the way of one of its roles.
    pub(super) terminating: bool,
    min_roles_in_agreement: u64,
    unasked: vec::IntoIter<Step>,
    /// What the search of each role asked has found.
    answers: Vec<Option<Target>>,
}

impl MultiRole {
    /// The delegation of this name, none of whose roles was asked yet.
    pub(super) fn new(
        delegation: Box<str>,
        terminating: bool,
        min_roles_in_agreement: u64,
        roles: Vec<(Box<str>, Authority)>,
    ) -> Self {
        let steps: Vec<_> = roles.into_iter().map(|(role, authority)| Step::new(role, authority)).collect();
        Self {
            delegation,
            terminating,
            min_roles_in_agreement,
            unasked: steps.into_iter(),
            answers: Vec::new(),
        }
    }

    /// The next role to be asked, in their order.
    pub(super) fn ask(&mut self) -> Option<Step> {
        self.unasked.next()
    }

    /// Takes the answer of the role that was asked last, and whether a terminating delegation was on its way.
    pub(super) fn answer(&mut self, answer: Option<Target>, terminating: bool) {
        self.answers.push(answer);
        self.terminating |= terminating;
    }

    /// Whether a role lists the target.
    pub(super) fn is_listed(&self) -> bool {
        self.answers.iter().any(Option::is_some)
    }

    /// The target of the earliest role with which enough roles agree, as that role describes it.
    pub(super) fn agreed(&mut self) -> Option<Target> {
        let descriptions: Vec<_> = self
            .answers
            .iter()
            .map(|answer| answer.as_ref().map(|target| (target.length, &*target.hashes)))
            .collect();
        let winner = agreement::earliest(&descriptions, self.min_roles_in_agreement)?;
        self.answers.get_mut(winner)?.take()
    }
}
