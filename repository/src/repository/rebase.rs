//! Lays a change over what was published since the change was made: a three-way merge of documents.
//!
//! Each part of a document is merged by itself: a target path, a delegated role, a role of root metadata, a field. A
//! part that only one side changed is taken from that side. A part that both sides changed in different ways is a
//! [`Conflict`]: nobody but a person knows which one is right. Keyids and threshold of a role are one part, because they
//! are one decision: two changes of who signs are never mixed into a third one. The fields of a role that are not known
//! here are parts of their own.
//!
//! Version and expiry are those of the published document: a publish sets them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use thiserror::Error;

use crate::metadata::{DelegatedRole, DelegatedRoles, Delegations, Key, MultiRole, Role, Root, Targets};

/// A part of a document that was changed in two different ways.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Conflict {
    /// A target path was added, replaced or removed.
    #[error("target {0} was changed in another way")]
    Target(String),
    /// Keys, threshold, paths or presence of a delegated role.
    #[error("the delegation to role {0} was changed in another way")]
    Delegation(String),
    /// The order of delegated roles, which is the order that clients search them in.
    #[error("the order of the delegated roles was changed in another way")]
    Order,
    /// Delegations of another form: succinct bins, or several roles of one name.
    #[error("the delegations were changed in another way, and cannot be merged role by role")]
    Delegations,
    /// Keyids or threshold of a top-level role.
    #[error("keys or threshold of role {0} were changed in another way")]
    Role(String),
    /// Keys that a role was to rotate to by itself: another rotate file has that number.
    #[error("role {0} has rotated its keys by itself")]
    Rotation(String),
    /// A public key under the same keyid.
    #[error("key {0} was changed in another way")]
    Key(String),
    /// A field of the document, by its name.
    #[error("field {0:?} was changed in another way")]
    Field(String),
}

/// Targets metadata: what was changed from `base` to `changed` is laid over `published`.
///
/// # Errors
/// [`Conflict`] with the first part that both changed.
pub fn targets(base: &Targets, changed: &Targets, published: &Targets) -> Result<Targets, Conflict> {
    let merged = maps(&base.targets, &changed.targets, &published.targets, Conflict::Target)?;
    let delegations =
        delegations(base.delegations.as_ref(), changed.delegations.as_ref(), published.delegations.as_ref())?;
    Ok(Targets {
        spec_version: field(
            "spec_version",
            &base.spec_version,
            &changed.spec_version,
            &published.spec_version,
        )?,
        version: published.version,
        expires: published.expires,
        targets: merged,
        delegations,
        unrecognized: fields(&base.unrecognized, &changed.unrecognized, &published.unrecognized)?,
    })
}

/// Root metadata: what was changed from `base` to `changed` is laid over `published`. Keys that no role uses are dropped.
///
/// # Errors
/// [`Conflict`] with the first part that both changed.
pub fn root(base: &Root, changed: &Root, published: &Root) -> Result<Root, Conflict> {
    let (one, other) = (changed.consistent_snapshot, published.consistent_snapshot);
    let mut root = Root {
        spec_version: field(
            "spec_version",
            &base.spec_version,
            &changed.spec_version,
            &published.spec_version,
        )?,
        version: published.version,
        expires: published.expires,
        consistent_snapshot: field("consistent_snapshot", &base.consistent_snapshot, &one, &other)?,
        keys: keys(&base.keys, &changed.keys, &published.keys)?,
        roles: roles(&base.roles, &changed.roles, &published.roles, Conflict::Role)?,
        unrecognized: fields(&base.unrecognized, &changed.unrecognized, &published.unrecognized)?,
    };
    root.drop_unused_keys();
    Ok(root)
}

/// One part. None if both sides changed it, and not to the same.
fn part<T: Clone + PartialEq>(base: &T, changed: &T, published: &T) -> Option<T> {
    if changed == base || changed == published {
        return Some(published.clone());
    }
    (published == base).then(|| changed.clone())
}

fn field<T: Clone + PartialEq>(name: &str, base: &T, changed: &T, published: &T) -> Result<T, Conflict> {
    part(base, changed, published).ok_or_else(|| Conflict::Field(name.to_owned()))
}

/// Maps, entry by entry.
fn maps<V: Clone + PartialEq>(
    base: &BTreeMap<String, V>,
    changed: &BTreeMap<String, V>,
    published: &BTreeMap<String, V>,
    conflict: impl Fn(String) -> Conflict,
) -> Result<BTreeMap<String, V>, Conflict> {
    let names: BTreeSet<&String> = changed.keys().chain(published.keys()).collect();
    let mut merged = BTreeMap::new();
    for name in names {
        let entry = part(&base.get(name), &changed.get(name), &published.get(name));
        if let Some(value) = entry.ok_or_else(|| conflict(name.clone()))? {
            merged.insert(name.clone(), value.clone());
        }
    }
    Ok(merged)
}

/// A role, with the fields that are not known here.
trait RoleObject: Clone + PartialEq {
    fn unrecognized(&mut self) -> &mut Map<String, Value>;
}

impl RoleObject for Role {
    fn unrecognized(&mut self) -> &mut Map<String, Value> {
        &mut self.unrecognized
    }
}

impl RoleObject for DelegatedRole {
    fn unrecognized(&mut self) -> &mut Map<String, Value> {
        &mut self.unrecognized
    }
}

impl RoleObject for MultiRole {
    fn unrecognized(&mut self) -> &mut Map<String, Value> {
        &mut self.unrecognized
    }
}

/// A delegation of a list. One to several roles is one part, with all of them: it is one decision.
trait Listed: RoleObject + 'static {
    fn name(&self) -> &str;

    /// The list, if the delegations have this form. Those that are none have every form.
    fn list(delegations: &DelegatedRoles) -> Option<&[Self]>;
}

impl Listed for DelegatedRole {
    fn name(&self) -> &str {
        &self.name
    }

    fn list(delegations: &DelegatedRoles) -> Option<&[Self]> {
        if let DelegatedRoles::Roles(roles) = delegations { Some(roles) } else { None }
    }
}

impl Listed for MultiRole {
    fn name(&self) -> &str {
        &self.name
    }

    fn list(delegations: &DelegatedRoles) -> Option<&[Self]> {
        match delegations {
            DelegatedRoles::MultiRole(list) => Some(list),
            DelegatedRoles::Roles(roles) if roles.is_empty() => Some(&[]),
            DelegatedRoles::Roles(_) | DelegatedRoles::SuccinctRoles(_) => None,
        }
    }
}

/// Roles by name: what is known of each is one part, and each field that is not known is another one.
fn roles<R: RoleObject>(
    base: &BTreeMap<String, R>,
    changed: &BTreeMap<String, R>,
    published: &BTreeMap<String, R>,
    conflict: impl Fn(String) -> Conflict,
) -> Result<BTreeMap<String, R>, Conflict> {
    let apart = |roles: &BTreeMap<String, R>| -> (BTreeMap<String, R>, BTreeMap<String, Map<String, Value>>) {
        let apart = roles.iter().map(|(name, role)| {
            let mut role = role.clone();
            let unrecognized = std::mem::take(role.unrecognized());
            ((name.clone(), role), (name.clone(), unrecognized))
        });
        apart.unzip()
    };
    let ((base, base_fields), (changed, changed_fields)) = (apart(base), apart(changed));
    let (published, published_fields) = apart(published);
    let none = Map::new();
    let mut merged = maps(&base, &changed, &published, conflict)?;
    for (name, role) in &mut merged {
        let [base, changed, published] =
            [&base_fields, &changed_fields, &published_fields].map(|side| side.get(name).unwrap_or(&none));
        *role.unrecognized() = fields(base, changed, published)?;
    }
    Ok(merged)
}

fn fields(
    base: &Map<String, Value>,
    changed: &Map<String, Value>,
    published: &Map<String, Value>,
) -> Result<Map<String, Value>, Conflict> {
    let mut merged = Map::new();
    let names: BTreeSet<&String> = changed.keys().chain(published.keys()).collect();
    for name in names {
        if let Some(value) = field(name, &base.get(name), &changed.get(name), &published.get(name))? {
            merged.insert(name.clone(), value.clone());
        }
    }
    Ok(merged)
}

/// The keys of both sides. A key that one side dropped, because none of its roles used it any more, may be what a role
/// of the other side uses: the caller drops those that no merged role uses.
fn keys(
    base: &BTreeMap<String, Key>,
    changed: &BTreeMap<String, Key>,
    published: &BTreeMap<String, Key>,
) -> Result<BTreeMap<String, Key>, Conflict> {
    let mut merged = published.clone();
    for (keyid, key) in changed {
        let key = match (base.get(keyid), published.get(keyid)) {
            (_, None) => Some(key.clone()),
            (None, Some(published)) => (key == published).then(|| key.clone()),
            (Some(base), Some(published)) => part(base, key, published),
        };
        merged.insert(keyid.clone(), key.ok_or_else(|| Conflict::Key(keyid.clone()))?);
    }
    Ok(merged)
}

fn delegations(
    base: Option<&Delegations>,
    changed: Option<&Delegations>,
    published: Option<&Delegations>,
) -> Result<Option<Delegations>, Conflict> {
    if let Some(merged) = part(&base, &changed, &published) {
        return Ok(merged.cloned());
    }
    let none = Delegations::empty();
    let [base, changed, published] = [base, changed, published].map(|side| side.unwrap_or(&none));
    let sides = [base, changed, published];
    let are_multi_role = sides.iter().any(|side| matches!(side.roles, DelegatedRoles::MultiRole(_)));
    let roles = match are_multi_role {
        true => DelegatedRoles::MultiRole(lists(by_name(base)?, by_name(changed)?, by_name(published)?)?),
        false => DelegatedRoles::Roles(lists(by_name(base)?, by_name(changed)?, by_name(published)?)?),
    };
    let keys = keys(&base.keys, &changed.keys, &published.keys)?;
    let unrecognized = fields(&base.unrecognized, &changed.unrecognized, &published.unrecognized)?;
    let mut merged = Delegations { keys, roles, unrecognized };
    merged.drop_unused_keys();
    Ok(Some(merged))
}

/// The names of listed roles in their order, and the roles by name.
struct List<'d, R> {
    order: Vec<&'d str>,
    roles: BTreeMap<String, R>,
}

fn by_name<R: Listed>(delegations: &Delegations) -> Result<List<'_, R>, Conflict> {
    let list = R::list(&delegations.roles).ok_or(Conflict::Delegations)?;
    let order = list.iter().map(R::name).collect();
    let roles: BTreeMap<_, _> = list.iter().map(|role| (role.name().to_owned(), role.clone())).collect();
    match roles.len() == list.len() {
        true => Ok(List { order, roles }),
        false => Err(Conflict::Delegations),
    }
}

/// Lists of delegated roles. A role that one side added comes after the one that it was added after; after those of
/// what is published, if both sides added roles at the same place.
fn lists<R: Listed>(
    base: List<'_, R>,
    changed: List<'_, R>,
    published: List<'_, R>,
) -> Result<Vec<R>, Conflict> {
    let roles = roles(&base.roles, &changed.roles, &published.roles, Conflict::Delegation)?;
    let sides = [&base, &changed, &published];
    let is_everywhere = |name: &&str| sides.iter().all(|side| side.roles.contains_key(*name));
    let [before, ours, theirs] =
        sides.map(|side| side.order.iter().copied().filter(is_everywhere).collect::<Vec<_>>());
    let (lead, follow) = match (ours == before, theirs == before || theirs == ours) {
        (true, _) => (&published, &changed),
        (false, true) => (&changed, &published),
        (false, false) => return Err(Conflict::Order),
    };
    let is_merged = |name: &&str| roles.contains_key(*name);
    let mut order: Vec<&str> = lead.order.iter().copied().filter(is_merged).collect();
    let mut after = None;
    for name in follow.order.iter().copied().filter(is_merged) {
        if !lead.roles.contains_key(name) {
            let mut at = place_after(&order, after);
            while after.is_some() && order.get(at).is_some_and(|next| !base.roles.contains_key(*next)) {
                at += 1;
            }
            order.insert(at, name);
        }
        after = Some(name);
    }
    Ok(order.into_iter().filter_map(|name| roles.get(name)).cloned().collect())
}

/// The place after a name, or the first one.
fn place_after(order: &[&str], name: Option<&str>) -> usize {
    let found = name.and_then(|name| order.iter().position(|listed| *listed == name));
    found.map_or(0, |at| at + 1)
}
