//! The pre-order depth-first search for a target (5.6.7), with multi-role delegations (TAP 3).

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::Trusted;
use super::multi_role::MultiRole;
use crate::check::path;
use crate::crypto::PathHash;
use crate::failure::{Failure, Misuse};
use crate::role::{Authority, Delegated, Delegation, TARGETS, role_file, rotate_file};
use crate::workflow::{NotFound, Target, Waiver};

/// A search on its way.
///
/// Each role of a multi-role delegation answers by a search of its own, which begins in that role and knows the roles
/// visited before. Such a search may meet multi-role delegations again: all searches stand in one list, so that no
/// metadata can exhaust the stack.
#[derive(Clone, Debug)]
pub struct Search {
    path: Box<str>,
    hash: PathHash,
    /// The whole search and, inside of it, that of a role of a multi-role delegation, and so on.
    scopes: Vec<Scope>,
    /// Roles visited in these searches.
    visited: BTreeSet<Box<str>>,
    /// Visits to delegated roles, those of ended searches among them.
    delegated: u32,
    /// What was taken of the visited roles in another form than the specification's.
    waived: Vec<Waiver>,
    /// The last multi-role delegation that covered the path, and whose roles do not agree.
    obstacle: Option<NotFound>,
}

/// A search that has not ended.
#[derive(Clone, Debug)]
struct Scope {
    /// What is still to be visited, the next one last.
    pending: Vec<Pending>,
    /// Roles that were visited in this search first.
    visited: Vec<Box<str>>,
    /// A terminating delegation covered the path.
    terminating: bool,
}

#[derive(Clone, Debug)]
enum Pending {
    Role(Step),
    /// It stays until all of its roles have answered.
    Roles(MultiRole),
    /// The delegation of this name, which is not understood.
    Unsupported(Box<str>),
}

/// What a search does next.
enum Next {
    Visit(Step),
    /// Ask a role of a multi-role delegation.
    Ask(Step),
    /// All roles of it have answered.
    Decide(MultiRole),
    /// Nobody can say whether the delegation of this name covers the path.
    Stop(Box<str>),
    End,
}

/// A visit to one role, under the authority that its delegator gives it.
#[derive(Clone, Debug)]
pub struct Step {
    pub(super) role: Box<str>,
    /// Who may sign for the role; none for the top-level targets role, for which the root says it.
    pub(super) authority: Option<Authority>,
    /// Version of the rotate file that is needed first; none for the role's metadata.
    pub(super) rotation: Option<u64>,
}

impl Step {
    pub(super) fn new(role: Box<str>, authority: Authority) -> Self {
        Self { role, authority: Some(authority), rotation: None }
    }

    /// The visit to the top-level targets role, at which every search begins.
    #[must_use]
    pub fn top_level() -> Self {
        Self { role: TARGETS.into(), authority: None, rotation: None }
    }

    /// The role to be visited.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role
    }

    /// The version of the role's rotate file that is needed (TAP 8); none where its metadata is needed.
    #[must_use]
    pub fn rotation(&self) -> Option<u64> {
        self.rotation
    }

    /// Whether both need the same file, and it is judged under the same authority.
    pub(in crate::workflow) fn needs_the_same(&self, other: &Self) -> bool {
        let same_authority = match (&self.authority, &other.authority) {
            (Some(one), Some(other)) => one.same_keyids(other),
            (None, None) => true,
            _ => false,
        };
        same_authority && self.role == other.role && self.rotation == other.rotation
    }

    /// Name of the needed file in the store.
    #[must_use]
    pub fn stored_name(&self) -> String {
        match self.rotation {
            Some(version) => rotate_file(&self.role, version),
            None => role_file(&self.role, None),
        }
    }
}

/// How far a search is.
#[derive(Clone, Debug)]
pub enum Progress {
    /// The metadata of this role is needed, or one of its rotate files.
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
            scopes: vec![Scope::of(Step::top_level())],
            visited: BTreeSet::new(),
            delegated: 0,
            waived: Vec::new(),
            obstacle: None,
        })
    }

    /// Goes on as far as the metadata at hand allows.
    ///
    /// # Errors
    /// As for [`Trusted::advance`].
    pub(super) fn advance(&mut self, trusted: &Trusted) -> Result<Progress, Failure> {
        while let Some(scope) = self.scopes.last_mut() {
            let progress = match scope.next() {
                Next::Visit(step) => self.visit(step, trusted)?,
                Next::Ask(step) => {
                    self.scopes.push(Scope::of(step));
                    None
                }
                Next::Decide(roles) => self.decide(roles),
                // The whole search ends, also inside of a multi-role delegation: what one of its roles would have
                // answered can decide which target its roles agree on.
                Next::Stop(role) => Some(Progress::NotFound(NotFound::UnsupportedDelegation { role })),
                Next::End => self.end(None),
            };
            if let Some(progress) = progress {
                return Ok(progress);
            }
        }
        Ok(Progress::NotFound(NotFound::Absent))
    }

    /// Visits a role, unless it was visited before.
    fn visit(&mut self, step: Step, trusted: &Trusted) -> Result<Option<Progress>, Failure> {
        if self.visited.contains(&step.role) {
            return Ok(None);
        }
        let delegated = step.authority.is_some();
        if delegated && self.delegated >= trusted.max_delegations() {
            let spent = NotFound::BudgetSpent { visited: self.delegated };
            return Ok(Some(Progress::NotFound(spent)));
        }
        let Some(scope) = self.scopes.last_mut() else {
            return Ok(None);
        };
        if let Some(needed) = trusted.needed(&step)? {
            scope.pending.push(Pending::Role(step));
            return Ok(Some(Progress::Needs(needed)));
        }
        scope.visited.push(step.role.clone());
        self.visited.insert(step.role.clone());
        self.waived.extend(trusted.waivers_of(&step));
        self.delegated = self.delegated.saturating_add(u32::from(delegated));
        let target = trusted.target(&step, &self.path)?;
        if target.is_none() {
            self.follow(trusted.covering(&step, &self.path, &self.hash));
        }
        Ok(target.and_then(|target| self.end(Some(target))))
    }

    /// Puts the delegations of a role before all that is still to be visited, in their order. A terminating one, which
    /// is the last, ends the innermost search after it and its descendants.
    fn follow(&mut self, delegations: Vec<Delegation>) {
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        if delegations.last().is_some_and(|last| last.terminating) {
            scope.terminate();
        }
        for Delegation { name, terminating, to } in delegations.into_iter().rev() {
            match to {
                Delegated::Role(authority) => scope.pending.push(Pending::Role(Step::new(name, authority))),
                Delegated::Roles { min_roles_in_agreement, roles } => {
                    let roles = MultiRole::new(name, terminating, min_roles_in_agreement, roles);
                    scope.pending.push(Pending::Roles(roles));
                }
                Delegated::Unsupported => scope.pending.push(Pending::Unsupported(name)),
            }
        }
    }

    /// Ends the innermost search with the target that enough roles agree on. Where there is none, it goes on.
    fn decide(&mut self, mut roles: MultiRole) -> Option<Progress> {
        let agreed = roles.agreed();
        if agreed.is_some() {
            return self.end(agreed);
        }
        if roles.terminating {
            self.scopes.last_mut()?.terminate();
            if roles.is_listed() {
                self.obstacle = Some(NotFound::Disagreement { delegation: roles.delegation });
            }
        }
        None
    }

    /// Ends the innermost search. Its answer is that of the role in which it began, or that of the whole search. What
    /// was visited in it may be visited again.
    fn end(&mut self, answer: Option<Target>) -> Option<Progress> {
        let ended = self.scopes.pop()?;
        for role in &ended.visited {
            self.visited.remove(role);
        }
        match (self.scopes.last_mut().and_then(|scope| scope.pending.last_mut()), answer) {
            (Some(Pending::Roles(roles)), answer) => {
                roles.answer(answer, ended.terminating);
                None
            }
            (_, Some(target)) => Some(Progress::Found(Target { waived: self.waivers(), ..target })),
            (_, None) => Some(Progress::NotFound(self.obstacle.take().unwrap_or(NotFound::Absent))),
        }
    }

    /// What was waived on the way, each once: a role may have been visited in several searches.
    fn waivers(&mut self) -> Vec<Waiver> {
        let mut waived = core::mem::take(&mut self.waived);
        // Their words tell them apart. Delegated roles decide how many there are, so no two are compared.
        let mut told = BTreeSet::new();
        waived.retain(|waiver| told.insert(waiver.to_string()));
        waived
    }
}

impl Scope {
    /// The search that begins in a role.
    fn of(step: Step) -> Self {
        Self { pending: vec![Pending::Role(step)], visited: Vec::new(), terminating: false }
    }

    /// Leaves what was still to be visited: a terminating delegation covers the path.
    fn terminate(&mut self) {
        self.pending.clear();
        self.terminating = true;
    }

    fn next(&mut self) -> Next {
        match self.pending.pop() {
            Some(Pending::Role(step)) => Next::Visit(step),
            Some(Pending::Roles(mut roles)) => match roles.ask() {
                Some(step) => {
                    self.pending.push(Pending::Roles(roles));
                    Next::Ask(step)
                }
                None => Next::Decide(roles),
            },
            Some(Pending::Unsupported(name)) => Next::Stop(name),
            None => Next::End,
        }
    }
}
