//! Delegations of targets metadata (4.5; TAP 3 for several roles at once, TAP 15 for succinct bins).

mod listed;
mod multi_role;
mod paths;
mod succinct;

use alloc::boxed::Box;
use alloc::vec::Vec;

use self::paths::Paths;
use super::authority::{Keys, Signers, validate_keys};
use super::{Authority, Envelope, at_most, field};
use crate::crypto::PathHash;
use crate::failure::Defect;
use crate::json::{Cursor, Text};
use crate::workflow::Settings;

/// The delegations of one targets role.
#[derive(Clone, Debug)]
pub(crate) struct Delegations {
    /// Where the keys of the delegated roles stand.
    keys: usize,
    /// Where the delegations stand.
    form: Form,
}

/// The forms of delegations, each with the place where they stand.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// The `roles` array.
    Listed(usize),
    /// The `succinct_roles` object (TAP 15).
    Succinct(usize),
    /// `delegations` itself, an array (TAP 3).
    MultiRole(usize),
}

/// One delegation that may speak for a path.
#[derive(Clone, Debug)]
pub(crate) struct Delegation {
    /// Its name: that of the delegated role, except for a multi-role delegation.
    pub(crate) name: Box<str>,
    /// Nothing after it and its descendants may speak for the path.
    pub(crate) terminating: bool,
    pub(crate) to: Delegated,
}

/// To whom a delegation goes.
#[derive(Clone, Debug)]
pub(crate) enum Delegated {
    /// To one role, for which these may sign.
    Role(Authority),
    /// To several roles (TAP 3).
    Roles {
        /// How many of them must say the same of a target: from 1 to their number.
        min_roles_in_agreement: u64,
        /// Their distinct names and who may sign for each, in their order.
        roles: Vec<(Box<str>, Authority)>,
    },
    /// Whether the delegation covers the path cannot be said. A search ends here: going past it could turn the search to
    /// a role that its delegator put after it, or behind a terminating delegation.
    Unsupported,
}

/// The metadata that delegations stand in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delegator<'a> {
    pub(crate) role: &'a str,
    pub(crate) version: u64,
    pub(crate) envelope: &'a Envelope,
}

impl Delegations {
    /// The delegations of a role that may speak for a path, in their order, up to the first after which none may: a
    /// terminating one, or one that is not understood.
    pub(crate) fn covering(
        &self,
        delegator: Delegator<'_>,
        target: &str,
        hash: &PathHash,
    ) -> Vec<Delegation> {
        let text = delegator.envelope.text();
        let keys = Keys::index(delegator.role, delegator.version, Cursor::new(text, self.keys));
        let authority = |signers: Signers<'_>| keys.authority(signers);
        let coverage = |paths: Paths<'_>| paths.coverage(target, hash);
        match self.form {
            Form::Listed(at) => {
                let roles = Cursor::new(text, at).items(listed::ListedRole::read);
                up_to_last(roles.filter_map(|role| role.delegation(coverage, authority)))
            }
            Form::MultiRole(at) => {
                let delegations = Cursor::new(text, at).items(multi_role::MultiRole::read);
                up_to_last(delegations.filter_map(|roles| roles.delegation(coverage, authority)))
            }
            Form::Succinct(at) => {
                let succinct = succinct::Succinct::read(&mut Cursor::new(text, at)).ok();
                succinct.map(|succinct| succinct.delegation(hash, authority)).into_iter().collect()
            }
        }
    }

    /// Every role that is delegated to with its authority, in the order of the delegations; none for more than `most`.
    /// The roles of a delegation that is not understood are not among them: nobody asks them.
    pub(crate) fn all(&self, delegator: Delegator<'_>, most: usize) -> Option<Vec<(Box<str>, Authority)>> {
        let text = delegator.envelope.text();
        let keys = Keys::index(delegator.role, delegator.version, Cursor::new(text, self.keys));
        let authority = |signers: Signers<'_>| keys.authority(signers);
        let coverage = |paths: Paths<'_>| paths.coverage_of_any();
        let delegations: Vec<Delegation> = match self.form {
            Form::Listed(at) => {
                let roles = Cursor::new(text, at).items(listed::ListedRole::read);
                roles.filter_map(|role| role.delegation(coverage, authority)).collect()
            }
            Form::MultiRole(at) => {
                let delegations = Cursor::new(text, at).items(multi_role::MultiRole::read);
                delegations.filter_map(|roles| roles.delegation(coverage, authority)).collect()
            }
            Form::Succinct(at) => {
                let succinct = succinct::Succinct::read(&mut Cursor::new(text, at)).ok()?;
                return succinct.all(most, authority);
            }
        };
        let mut all = Vec::new();
        for Delegation { name, to, .. } in delegations {
            match to {
                Delegated::Role(authority) => all.push((name, authority)),
                Delegated::Roles { roles, .. } => all.extend(roles),
                Delegated::Unsupported => {}
            }
        }
        (all.len() <= most).then_some(all)
    }
}

/// Reads [`Delegations`] while another reader walks over the signed part.
#[derive(Default)]
pub(super) struct DelegationsReader {
    /// The object, with its keys.
    object: Option<Delegations>,
    /// Where the array stands.
    array: Option<usize>,
    /// Where the keys beside the array stand.
    keys: Option<usize>,
}

impl DelegationsReader {
    /// Reads `delegations`.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Defect> {
        let at = cursor.at();
        if { *cursor }.array().is_some() {
            self.array = Some(at);
            multi_role::validate(cursor)
        } else {
            read_object(cursor).map(|object| self.object = Some(object))
        }
    }

    /// Reads `keys_for_delegations`, the keys of delegations that are an array (TAP 3).
    pub(super) fn read_keys(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Defect> {
        self.keys = Some(cursor.at());
        validate_keys(cursor)
    }

    /// The delegations, if there are any.
    pub(super) fn finish(self) -> Result<Option<Delegations>, Defect> {
        match (self.object, self.array, self.keys) {
            (object, None, None) => Ok(object),
            (_, Some(at), Some(keys)) => Ok(Some(Delegations { keys, form: Form::MultiRole(at) })),
            (_, Some(_), None) => Err(Defect::MissingField("keys_for_delegations")),
            (_, None, Some(_)) => Err(field("keys_for_delegations", "beside delegations that are an array")),
        }
    }
}

fn read_object(cursor: &mut Cursor<'_>) -> Result<Delegations, Defect> {
    cursor.object().ok_or(field("delegations", "an object, or an array"))?;
    let (mut keys, mut listed, mut succinct) = (None, None, None);
    while let Some(name) = cursor.name() {
        let at = cursor.at();
        if name.is("keys") {
            keys = Some(at);
            validate_keys(cursor)?;
        } else if name.is("roles") {
            listed = Some(Form::Listed(at));
            listed::validate(cursor)?;
        } else if name.is("succinct_roles") {
            succinct = Some(Form::Succinct(at));
            succinct::Succinct::read(cursor)?;
        } else {
            cursor.skip();
        }
    }
    let form = match (listed, succinct) {
        (Some(form), None) | (None, Some(form)) => form,
        _ => return Err(field("delegations", "an object with either roles or succinct_roles")),
    };
    Ok(Delegations { keys: keys.ok_or(Defect::MissingField("keys"))?, form })
}

/// Delegations up to the first terminating one or the first that is not understood, which is the last.
fn up_to_last(covering: impl Iterator<Item = Delegation>) -> Vec<Delegation> {
    let mut found = Vec::new();
    for delegation in covering {
        let is_last = delegation.terminating || matches!(delegation.to, Delegated::Unsupported);
        found.push(delegation);
        if is_last {
            break;
        }
    }
    found
}

/// Sees that a name is short: it is copied into every verdict and every note about the role.
fn short(name: Text<'_>) -> Result<Text<'_>, Defect> {
    let length = name.plain().len();
    at_most(Settings::MAX_ROLE_NAME, "bytes of a role name", length.saturating_sub(1)).map(|()| name)
}

/// Reads the name of a delegated role, which no top-level role has.
fn role_name<'a>(cursor: &mut Cursor<'a>, member: &'static str) -> Result<Text<'a>, Defect> {
    let name = short(cursor.string().ok_or(field(member, "a string"))?)?;
    // "mirrors" too (4.3, ROLE): its file may leave the snapshot, which no delegated role's may (5.5.5).
    let top_level = [super::ROOT, super::TIMESTAMP, super::SNAPSHOT, super::TARGETS, super::MIRRORS];
    match name.is("") || top_level.iter().any(|top| name.is(top)) {
        true => Err(field(member, "a role name that is not empty and not a top-level role's")),
        false => Ok(name),
    }
}
