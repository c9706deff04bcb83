//! Which role a client comes to when it looks for a target (specification 5.6.7; TAP 3).

use std::cell::Cell;
use std::collections::BTreeSet;

use tuf_verifier_core::Settings;

use crate::error::Error;
use crate::metadata::{ListedDelegation, TARGETS, TargetFile, Targets};

/// What a role may list of the paths that it delegates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delegated {
    /// Nothing: a client takes what the role lists, and never asks the roles that the path is delegated to.
    Refused,
    /// Everything: somebody has said so.
    Shadowed,
}

/// Checks that a search for `path` comes to `role`, that no role before it lists the path, and that the role does not
/// take it from one that it delegates the path to. A role further below is only asked by way of such a one.
///
/// `metadata` gives the document of a role as it is about to be published.
pub(crate) fn check<'d>(
    metadata: impl Fn(&str) -> Option<&'d Targets>,
    role: &str,
    path: &str,
    delegated: Delegated,
) -> Result<(), Error> {
    let mut search = Search::of(&metadata, path);
    search.sought = Some(role);
    let Way { end, ended_by } = search.from(TARGETS);
    let reason = match (end, ended_by) {
        (End::Sought, _) => {
            let owner = metadata(role).and_then(|document| trusted_with(document, path).0.into_iter().next());
            return match owner {
                Some(owner) if delegated == Delegated::Refused => Err(Error::ShadowsDelegated {
                    role: role.to_owned(),
                    path: path.to_owned(),
                    owner: owner.name(),
                }),
                _ => Ok(()),
            };
        }
        (End::Listed(answer), _) => match &*answer.roles {
            [one] => format!("role {one} lists it and is asked first"),
            several => format!("the roles {} agree on it and are asked first", several.join(", ")),
        },
        (End::Nothing, Some(other)) => format!("the terminating delegation to {other} covers it"),
        (End::Nothing, None) => "no delegation to this role covers it".to_owned(),
    };
    Err(Error::NotDelegated { role: role.to_owned(), path: path.to_owned(), reason })
}

/// Whether a role delegates a path to others.
pub(crate) fn delegates(document: &Targets, path: &str) -> bool {
    !trusted_with(document, path).0.is_empty()
}

/// The role that clients take a target from, and then those that must agree with it and do. Empty if they find none.
pub(crate) fn taken_from<'d>(metadata: &dyn Fn(&str) -> Option<&'d Targets>, path: &str) -> Vec<String> {
    match Search::of(metadata, path).from(TARGETS).end {
        End::Listed(answer) => answer.roles,
        End::Sought | End::Nothing => Vec::new(),
    }
}

/// What the roles of one delegation say of a path, in their order.
pub(crate) fn answers<'d>(
    metadata: &dyn Fn(&str) -> Option<&'d Targets>,
    delegation: ListedDelegation<'_>,
    path: &str,
) -> Vec<Option<&'d TargetFile>> {
    let search = Search::of(metadata, path);
    let answers = search.each(delegation).into_iter().map(|(_, way)| match way.end {
        End::Listed(answer) => Some(answer.target),
        End::Sought | End::Nothing => None,
    });
    answers.collect()
}

/// Whether two roles say the same of a target: length and hashes, whatever else they say of it (TAP 3).
pub(crate) fn agree(one: &TargetFile, other: &TargetFile) -> bool {
    one.length == other.length && one.hashes == other.hashes
}

/// A client's search for one path.
struct Search<'s, 'd> {
    metadata: &'s dyn Fn(&str) -> Option<&'d Targets>,
    path: &'s str,
    /// The search ends when it comes to this role.
    sought: Option<&'s str>,
    visited: BTreeSet<String>,
    /// How many more roles of delegations to several roles are asked, no more than clients ask. Each of them is searched by
    /// itself: what stolen keys sign could make that endless.
    visits: Cell<u32>,
}

/// How a search went.
struct Way<'d> {
    end: End<'d>,
    /// The terminating delegation on the way.
    ended_by: Option<String>,
}

enum End<'d> {
    /// It came to the role that was sought.
    Sought,
    Listed(Answer<'d>),
    Nothing,
}

struct Answer<'d> {
    /// The role that lists it, and those that agree with it.
    roles: Vec<String>,
    target: &'d TargetFile,
}

/// One delegation that covers the path.
enum Owner<'d> {
    Bin(String),
    Listed(ListedDelegation<'d>),
}

impl Owner<'_> {
    fn name(&self) -> String {
        match self {
            Self::Bin(name) => name.clone(),
            Self::Listed(delegation) => delegation.name().to_owned(),
        }
    }
}

impl<'s, 'd> Search<'s, 'd> {
    fn of(metadata: &'s dyn Fn(&str) -> Option<&'d Targets>, path: &'s str) -> Self {
        let visits = Cell::new(Settings::default().max_delegations);
        Self { metadata, path, sought: None, visited: BTreeSet::new(), visits }
    }

    fn from(&mut self, role: &str) -> Way<'d> {
        let mut to_visit = vec![Owner::Bin(role.to_owned())];
        let mut ended_by = None;
        while let Some(owner) = to_visit.pop() {
            let role = match owner {
                Owner::Bin(role) => role,
                Owner::Listed(ListedDelegation::One(role)) => role.name.clone(),
                Owner::Listed(several) => {
                    let way = self.agreed(several);
                    if !matches!(way.end, End::Nothing) {
                        return Way { ended_by: way.ended_by.or(ended_by), ..way };
                    }
                    if way.ended_by.is_some() {
                        to_visit.clear();
                        ended_by = way.ended_by;
                    }
                    continue;
                }
            };
            if self.sought == Some(role.as_str()) {
                return Way { end: End::Sought, ended_by };
            }
            if !self.visited.insert(role.clone()) {
                continue;
            }
            let Some(document) = (self.metadata)(&role) else { continue };
            if let Some(target) = document.targets.get(self.path) {
                return Way { end: End::Listed(Answer { roles: vec![role], target }), ended_by };
            }
            let (owners, terminating) = trusted_with(document, self.path);
            if terminating {
                to_visit.clear();
                ended_by = owners.last().map(Owner::name);
            }
            to_visit.extend(owners.into_iter().rev());
        }
        Way { end: End::Nothing, ended_by }
    }

    /// Searches from each role of a delegation. Such a search knows the roles that were visited before it, and no other one
    /// knows those that it visits.
    fn each(&self, delegation: ListedDelegation<'_>) -> Vec<(String, Way<'d>)> {
        let mut ways = Vec::new();
        for role in delegation.roles() {
            let nothing = Way { end: End::Nothing, ended_by: None };
            let way = match self.visits.get().checked_sub(1) {
                None => nothing,
                Some(left) => {
                    let mut search =
                        Search { visited: self.visited.clone(), visits: Cell::new(left), ..*self };
                    let way = search.from(role.name);
                    self.visits.set(search.visits.get());
                    way
                }
            };
            ways.push((role.name.to_owned(), way));
        }
        ways
    }

    /// What enough roles of a delegation say: the earliest role wins that so many agree with, itself among them.
    fn agreed(&self, delegation: ListedDelegation<'_>) -> Way<'d> {
        let (mut answers, mut ended_by) = (Vec::new(), None);
        for (_, way) in self.each(delegation) {
            ended_by = ended_by.or(way.ended_by);
            match way.end {
                End::Sought => return Way { end: End::Sought, ended_by },
                End::Listed(answer) => answers.push(answer),
                End::Nothing => {}
            }
        }
        for Answer { target, .. } in &answers {
            let agreeing = answers.iter().filter(|other| agree(target, other.target));
            let count = u64::try_from(agreeing.clone().count()).unwrap_or(u64::MAX);
            if count >= delegation.min_roles_in_agreement() {
                let roles = agreeing.flat_map(|answer| answer.roles.iter().cloned()).collect();
                return Way { end: End::Listed(Answer { roles, target }), ended_by };
            }
        }
        Way { end: End::Nothing, ended_by }
    }
}

/// The delegations of a role that cover a path, in order, up to a terminating one; and whether there is one.
fn trusted_with<'d>(document: &'d Targets, path: &str) -> (Vec<Owner<'d>>, bool) {
    let mut owners = Vec::new();
    if let Some(delegations) = &document.delegations {
        owners.extend(delegations.bins().map(|bins| Owner::Bin(bins.bin_of(path))));
        for delegation in delegations.listed().filter(|delegation| delegation.scope().covers(path)) {
            owners.push(Owner::Listed(delegation));
            if delegation.terminating() {
                return (owners, true);
            }
        }
    }
    (owners, false)
}
