//! Targets that clients do not take, because the roles that must agree on them do not (TAP 3).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::metadata::{ListedDelegation, TARGETS, TargetFile, Targets};
use crate::repository::Repository;
use crate::repository::authority::{agree, answers, taken_from};
use crate::repository::documents::document;
use crate::repository::draft::Drafts;
use crate::repository::state::State;

/// A target that the roles of a delegation do not list alike: clients take it from none of them, or not as one of them lists it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disagreement {
    /// Target path.
    pub path: String,
    /// The role that delegates.
    pub delegator: String,
    /// Name of the delegation.
    pub delegation: String,
    /// How many of the roles must say the same.
    pub needed: u64,
    /// The roles that clients take it from; empty if too few say the same of it.
    pub taken_from: Vec<String>,
    /// The other roles that list it, those together that say the same of it.
    pub listed_by: Vec<Vec<String>>,
    /// The roles that do not list it.
    pub missing: Vec<String>,
    /// Whether clients take the path from somebody today, and from nobody after the publish that this is said of.
    pub is_lost: bool,
}

impl fmt::Display for Disagreement {
    /// One sentence without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, delegation, needed, taken_from, listed_by, missing, .. } = self;
        let groups: Vec<_> = listed_by.iter().map(|roles| roles.join(" and ")).collect();
        let all = taken_from.len() + listed_by.iter().map(Vec::len).sum::<usize>() + missing.len();
        if !taken_from.is_empty() {
            let (taken_from, others) = (taken_from.join(" and "), groups.join(", "));
            return write!(
                f,
                "clients take target {path} as {taken_from} list it, and not as {others}: {needed} of the {all} roles of {delegation} \
                 are enough"
            );
        }
        write!(
            f,
            "clients do not take target {path}: {needed} of the {all} roles of {delegation} must list it alike, and "
        )?;
        match &*groups {
            [one] => write!(f, "{one} alone {}", if listed_by.concat().len() == 1 { "does" } else { "do" })?,
            several => write!(f, "{} list it each in another way", several.join(", "))?,
        }
        if !missing.is_empty() {
            write!(f, "; it is missing in {}", missing.join(", "))?;
        }
        f.write_str(if self.is_lost { "; until now they take it" } else { "" })
    }
}

impl Serialize for Disagreement {
    /// The fields, and the sentence as `message`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Disagreement", 8)?;
        fields.serialize_field("path", &self.path)?;
        fields.serialize_field("delegator", &self.delegator)?;
        fields.serialize_field("delegation", &self.delegation)?;
        fields.serialize_field("needed", &self.needed)?;
        fields.serialize_field("taken_from", &self.taken_from)?;
        fields.serialize_field("listed_by", &self.listed_by)?;
        fields.serialize_field("missing", &self.missing)?;
        fields.serialize_field("message", &self.to_string())?;
        fields.end()
    }
}

impl Disagreement {
    /// Whether this role is one of those that list the target.
    #[must_use]
    pub fn concerns(&self, role: &str) -> bool {
        self.listed_by.iter().flatten().any(|one| one == role)
    }
}

impl Repository {
    /// The targets that roles which must agree will not list alike once what is staged is published, as far as that is new.
    ///
    /// # Errors
    /// As for [`Repository::staged_targets`].
    pub fn staged_disagreements(&self) -> Result<Vec<Disagreement>, Error> {
        Ok(new_disagreements(&State::load(&self.layout)?, &Drafts::load(&self.layout)?))
    }
}

/// The disagreements that a publish makes, or leaves in another form.
pub(super) fn new_disagreements(state: &State, drafts: &Drafts) -> Vec<Disagreement> {
    let before = |role: &str| state.targets(role).map(|published| &published.signed);
    let after = |role: &str| document(state, drafts, role);
    let all = disagreements(&after);
    if all.is_empty() {
        return all;
    }
    let known: BTreeSet<_> = disagreements(&before).into_iter().collect();
    let is_lost = |path: &str| !taken_from(&before, path).is_empty() && taken_from(&after, path).is_empty();
    let new = all.into_iter().filter(|found| !known.contains(found));
    new.map(|found| Disagreement { is_lost: is_lost(&found.path), ..found }).collect()
}

/// Whether it is right that clients take a target that `role` lists from another role, or from none: it agrees with the other
/// one, or with too few.
pub(super) fn explains(state: &State, drafts: &Drafts, role: &str, path: &str, found: Option<&str>) -> bool {
    let metadata = |role: &str| document(state, drafts, role);
    let taken = taken_from(&metadata, path);
    let is_foreseen = taken.first().map(String::as_str) == found;
    let agrees = taken.iter().any(|one| one == role);
    is_foreseen && (agrees || disagreements(&metadata).iter().any(|found| found.path == path))
}

/// Every disagreement, in the order in which clients come to the delegations.
pub(super) fn disagreements<'d>(metadata: &dyn Fn(&str) -> Option<&'d Targets>) -> Vec<Disagreement> {
    let mut without_end = usize::MAX;
    disagreements_of(metadata, &mut without_end)
}

/// As [`disagreements`], of so many listed paths at most. What is left of them then is in `left`: nothing, if there may be more.
/// Each path is a search, and a repository of anybody may list paths without end.
pub(crate) fn disagreements_of<'d>(
    metadata: &dyn Fn(&str) -> Option<&'d Targets>,
    left: &mut usize,
) -> Vec<Disagreement> {
    let mut found = Vec::new();
    let (mut to_visit, mut visited) = (vec![TARGETS.to_owned()], BTreeSet::new());
    while let Some(delegator) = to_visit.pop() {
        if !visited.insert(delegator.clone()) {
            continue;
        }
        let delegations = metadata(&delegator).and_then(|document| document.delegations.as_ref());
        for delegation in delegations.into_iter().flat_map(|delegations| delegations.listed()) {
            to_visit.extend(delegation.roles().map(|role| role.name.to_owned()));
            if let ListedDelegation::Several(_) = delegation {
                found.extend(of_delegation(metadata, &delegator, delegation, left));
            }
        }
    }
    found
}

fn of_delegation<'d>(
    metadata: &dyn Fn(&str) -> Option<&'d Targets>,
    delegator: &str,
    delegation: ListedDelegation<'_>,
    left: &mut usize,
) -> Vec<Disagreement> {
    let needed = delegation.min_roles_in_agreement();
    let of_path = |path: &str| {
        let (mut groups, mut missing) = (Vec::<(&TargetFile, Vec<String>)>::new(), Vec::new());
        for (role, answer) in delegation.roles().zip(answers(metadata, delegation, path)) {
            let name = role.name.to_owned();
            match answer {
                None => missing.push(name),
                Some(target) => match groups.iter_mut().find(|(other, _)| agree(target, other)) {
                    Some((_, roles)) => roles.push(name),
                    None => groups.push((target, vec![name])),
                },
            }
        }
        let mut listed_by: Vec<_> = groups.into_iter().map(|(_, roles)| roles).collect();
        // Groups are in the order of their earliest roles.
        let enough = |roles: &Vec<String>| u64::try_from(roles.len()).is_ok_and(|count| count >= needed);
        let taken_from = listed_by.iter().position(enough).map(|winner| listed_by.remove(winner));
        (!listed_by.is_empty()).then(|| Disagreement {
            path: path.to_owned(),
            delegator: delegator.to_owned(),
            delegation: delegation.name().to_owned(),
            needed,
            taken_from: taken_from.unwrap_or_default(),
            listed_by,
            missing,
            is_lost: false,
        })
    };
    paths_below(metadata, delegation, left).into_iter().filter_map(of_path).collect()
}

/// The paths that a delegation covers, of its roles and of those that they delegate to.
fn paths_below<'d>(
    metadata: &dyn Fn(&str) -> Option<&'d Targets>,
    delegation: ListedDelegation<'_>,
    left: &mut usize,
) -> BTreeSet<&'d str> {
    let mut to_visit: Vec<String> = delegation.roles().map(|role| role.name.to_owned()).collect();
    let mut documents: BTreeMap<String, &Targets> = BTreeMap::new();
    while let Some(role) = to_visit.pop() {
        let Some(document) = metadata(&role).filter(|_| !documents.contains_key(&role)) else { continue };
        to_visit.extend(document.delegations.iter().flat_map(|below| below.signers()).map(|(name, _)| name));
        documents.insert(role, document);
    }
    let listed = documents.values().flat_map(|document| document.targets.keys());
    let listed: Vec<_> = listed.take(*left).collect();
    *left -= listed.len();
    listed.into_iter().map(String::as_str).filter(|path| delegation.scope().covers(path)).collect()
}
