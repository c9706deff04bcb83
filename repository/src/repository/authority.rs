//! Which role a client comes to when it looks for a target (specification 5.6.7).

use std::collections::BTreeSet;

use crate::error::Error;
use crate::metadata::{DelegatedRoles, TARGETS, Targets};

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
    let refused = |reason| Error::NotDelegated { role: role.to_owned(), path: path.to_owned(), reason };
    let mut to_visit = vec![TARGETS.to_owned()];
    let mut visited = BTreeSet::new();
    let mut ended_by = None;
    while let Some(current) = to_visit.pop() {
        if current == role {
            let children = metadata(role).map(|document| trusted_with(document, path).0).unwrap_or_default();
            return match children.into_iter().next() {
                Some(owner) if delegated == Delegated::Refused => {
                    Err(Error::ShadowsDelegated { role: current, path: path.to_owned(), owner })
                }
                _ => Ok(()),
            };
        }
        if !visited.insert(current.clone()) {
            continue;
        }
        let Some(document) = metadata(&current) else { continue };
        if document.targets.contains_key(path) {
            return Err(refused(format!("role {current} lists it and is asked first")));
        }
        let (children, terminating) = trusted_with(document, path);
        if terminating {
            to_visit.clear();
            ended_by = children.last().cloned();
        }
        to_visit.extend(children.into_iter().rev());
    }
    Err(refused(match ended_by {
        Some(other) => format!("the terminating delegation to {other} covers it"),
        None => "no delegation to this role covers it".to_owned(),
    }))
}

/// Whether a role delegates a path to others.
pub(crate) fn delegates(document: &Targets, path: &str) -> bool {
    !trusted_with(document, path).0.is_empty()
}

/// The delegated roles that are asked for a path, in order, up to a terminating one; and whether there is one.
fn trusted_with(document: &Targets, path: &str) -> (Vec<String>, bool) {
    let mut children = Vec::new();
    match document.delegations.as_ref().map(|delegations| &delegations.roles) {
        None => {}
        Some(DelegatedRoles::SuccinctRoles(bins)) => children.push(bins.bin_of(path)),
        Some(DelegatedRoles::Roles(roles)) => {
            for role in roles.iter().filter(|role| role.scope.covers(path)) {
                children.push(role.name.clone());
                if role.terminating {
                    return (children, true);
                }
            }
        }
    }
    (children, false)
}
