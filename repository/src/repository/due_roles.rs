//! Roles whose lead time has begun, renewed by whoever has their keys.

use std::collections::BTreeSet;

use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::metadata::{ROOT, Role, SNAPSHOT, TIMESTAMP};
use crate::repository::Repository;
use crate::repository::publish::{Published, merge};
use crate::repository::renewal::LeadTimes;
use crate::repository::signing::signers_for;
use crate::repository::status::{RoleStatus, Status};

/// What became of the roles whose lead time has begun.
#[derive(Debug, Default)]
pub struct Renewed {
    /// What was published.
    pub published: Published,
    /// Roles that are due and stay as they are, with the reason: their keys are elsewhere, or a change of them is staged.
    pub left: Vec<LeftRole>,
    /// When the lead time of the next role begins.
    pub next: Option<UnixTime>,
}

/// A role that is due, and is not renewed here.
#[derive(Debug)]
pub struct LeftRole {
    /// Name of the role.
    pub role: String,
    /// When it expires.
    pub expires: Option<UnixTime>,
    /// Why it stays as it is.
    pub reason: Error,
}

impl Repository {
    /// Signs every role anew whose lead time has begun and whose keys are at hand; first finishes a publish that was
    /// interrupted. What is staged stays staged. A role whose keys are elsewhere keeps no other role from being renewed.
    ///
    /// # Errors
    /// As for [`Repository::publish`]. [`Error::Rehearsal`] where a role that cannot be renewed here has expired: nothing that
    /// is signed here would mend it.
    pub fn renew_due(&self, leads: &LeadTimes, now: UnixTime) -> Result<Renewed, Error> {
        let _lock = self.lock()?;
        let finished = self.finish_interrupted()?;
        let (mut roles, mut left) = self.select(leads, now)?;
        let published = loop {
            if roles.is_empty() {
                break Published::default();
            }
            match self.settle(now, |state| {
                let change = self.renewal_change(roles.clone(), state)?;
                self.stage_head(&change.drafts)?;
                Ok(change)
            }) {
                // Another role that delegates to it demands a key that is not here.
                Err(reason @ Error::MissingKeys { .. }) if remove_named(&mut roles, &reason) => {
                    let Error::MissingKeys { role, .. } = &reason else { return Err(reason) };
                    left.push(LeftRole { role: role.clone(), expires: None, reason });
                }
                published => break published?,
            }
        };
        let published = merge(finished, published);
        let renewals = Status::load(&self.layout)?.roles;
        let renewals = renewals.iter().filter_map(|role| leads.renewal(role, &self.periods));
        let next = renewals.filter(|renewal| *renewal > now).min();
        Ok(Renewed { published, left, next })
    }

    /// The roles that are due: those that can be renewed here, and those that cannot.
    fn select(&self, leads: &LeadTimes, now: UnixTime) -> Result<(BTreeSet<String>, Vec<LeftRole>), Error> {
        let status = Status::load(&self.layout)?;
        let (mut renewed, mut left) = (BTreeSet::new(), Vec::new());
        for role in &status.roles {
            if leads.renewal(role, &self.periods).is_none_or(|renewal| renewal > now) {
                continue;
            }
            let is_staged = status.staged.contains(&role.role);
            match if is_staged {
                Err(Error::StagedChange(role.role.clone()))
            } else {
                self.can_renew(role, &status)
            } {
                Ok(()) => drop(renewed.insert(role.role.clone())),
                Err(reason) => left.push(LeftRole { role: role.role.clone(), expires: role.expires, reason }),
            }
        }
        Ok((renewed, left))
    }

    /// Sees that the keys are at hand for a role, and for the roles that are signed with it.
    fn can_renew(&self, role: &RoleStatus, status: &Status) -> Result<(), Error> {
        let follow: &[&str] = match role.role.as_str() {
            ROOT | TIMESTAMP => &[],
            SNAPSHOT => &[TIMESTAMP],
            _ => &[SNAPSHOT, TIMESTAMP],
        };
        let following = status.roles.iter().filter(|other| follow.contains(&other.role.as_str()));
        for role in std::iter::once(role).chain(following) {
            let duty = Role::new(role.keyids.clone(), role.threshold);
            signers_for(&role.role, &[duty], &*self.signers)?;
        }
        Ok(())
    }
}

/// Takes the role whose keys are missing out of those that are renewed. Says whether it was one of them.
fn remove_named(roles: &mut BTreeSet<String>, error: &Error) -> bool {
    matches!(error, Error::MissingKeys { role, .. } if roles.remove(role))
}
