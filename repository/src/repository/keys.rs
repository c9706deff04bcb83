//! Changes of who signs: delegations and rotations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Map;

use crate::error::Error;
use crate::metadata::{
    DelegatedRole, DelegatedRoles, Delegations, Key, ListedDelegation, MultiRole, ROOT, Role, RoleInfo, Root,
    Scope, SuccinctRoles, TOP_LEVEL,
};
use crate::repository::draft::Draft;
use crate::repository::layout::check_role_name;
use crate::repository::staging::Staged;
use crate::repository::state::MOST_BIN_BITS;

/// Who may sign for a role, and how many must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleKeys {
    /// Public keys.
    pub keys: Vec<Key>,
    /// Signatures by distinct keys that are needed.
    pub threshold: u64,
}

/// What old keys do when a top-level role gets new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handover {
    /// Old and new keys sign the next publish: no client fails at any moment.
    Overlapping,
    /// Old keys sign nothing any more, because they are lost or stolen. Clients that are in the middle of an update
    /// may fail once. Root metadata is signed by its old keys all the same (specification 6.1).
    Abrupt,
}

/// A delegation about to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delegation {
    /// One role with target paths of its own.
    Role {
        /// Name of the role.
        name: String,
        /// Its keys.
        keys: RoleKeys,
        /// The target paths that it is trusted with.
        scope: Scope,
        /// Whether the search ends with it for those paths.
        terminating: bool,
    },
    /// Several roles, so many of which must say the same of a target (TAP 3).
    MultiRole {
        /// Name of the delegation, which no role has.
        name: String,
        /// Names and keys of the roles, at least two, in the order of their priority.
        roles: Vec<(String, RoleKeys)>,
        /// How many of them must agree: from 1 to their number.
        min_roles_in_agreement: u64,
        /// The target paths that they are trusted with together.
        scope: Scope,
        /// Whether the search ends with them for those paths, also if they do not agree.
        terminating: bool,
    },
    /// Bins by the hash of the target path (TAP 15).
    Succinct {
        /// The bins' names are this, a hyphen, and the number of the bin.
        name_prefix: String,
        /// Bits of the hash that choose the bin. At most 16 here: a publish writes all bins.
        bit_length: u32,
        /// The bins' keys.
        keys: RoleKeys,
    },
}

/// A role that clients ask before another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierRole {
    /// Name of the role.
    pub role: String,
    /// Whether the search ends with it for the paths that it is trusted with.
    pub terminating: bool,
}

/// A key that signs for two roles that must agree: who has it may speak for both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedKey {
    /// Name of the delegation.
    pub delegation: String,
    /// Keyid of the key.
    pub keyid: String,
    /// The two roles.
    pub roles: [String; 2],
}

impl RoleKeys {
    /// One key, of which one signature is needed.
    #[must_use]
    pub fn single(key: &Key) -> Self {
        Self { keys: vec![key.clone()], threshold: 1 }
    }

    /// The keys by keyid, where the threshold can be met by distinct key material.
    pub(super) fn check(&self, role: &str) -> Result<BTreeMap<String, Key>, Error> {
        let mut keys = BTreeMap::new();
        for key in &self.keys {
            keys.insert(key.keyid()?, key.clone());
        }
        let mut material: Vec<Vec<u8>> = keys.values().map(Key::material).collect();
        material.sort_unstable();
        material.dedup();
        if self.threshold == 0 || self.threshold > material.len() as u64 {
            let (role, threshold) = (role.to_owned(), self.threshold);
            return Err(Error::BadThreshold { role, threshold, keys: material.len() });
        }
        Ok(keys)
    }
}

impl Staged<'_> {
    /// Delegates target paths to a role, after the roles that are delegated to already.
    ///
    /// # Errors
    /// [`Error::NoSuchRole`] for the delegator, [`Error::BadRoleName`], [`Error::BadDelegation`],
    /// [`Error::BadThreshold`].
    pub fn delegate(&mut self, delegator: &str, delegation: Delegation) -> Result<(), Error> {
        match delegation {
            Delegation::Role { name, keys, scope, terminating } => {
                check_role_name(&name)?;
                check_scope(&name, &scope)?;
                let added = keys.check(&name)?;
                self.check_name_is_free(&name)?;
                let role = DelegatedRole {
                    name,
                    keyids: added.keys().cloned().collect(),
                    threshold: keys.threshold,
                    scope,
                    terminating,
                    unrecognized: Map::new(),
                };
                self.delegate_role(delegator, role, added)
            }
            Delegation::MultiRole { name, roles, min_roles_in_agreement, scope, terminating } => {
                check_scope(&name, &scope)?;
                let (mut roleinfo, mut added) = (Vec::new(), BTreeMap::new());
                for (rolename, keys) in roles {
                    let (of_role, threshold) = (keys.check(&rolename)?, keys.threshold);
                    let (keyids, unrecognized) = (of_role.keys().cloned().collect(), Map::new());
                    roleinfo.push(RoleInfo { rolename, keyids, threshold, unrecognized });
                    added.extend(of_role);
                }
                let unrecognized = Map::new();
                let delegation =
                    MultiRole { name, scope, terminating, min_roles_in_agreement, roleinfo, unrecognized };
                self.check_multi_role(&delegation)?;
                self.delegate_multi_role(delegator, delegation, added)
            }
            Delegation::Succinct { name_prefix, bit_length, keys } => {
                check_role_name(&name_prefix)?;
                let added = keys.check(&name_prefix)?;
                let keyids = added.keys().cloned().collect();
                let threshold = keys.threshold;
                let unrecognized = Map::new();
                let bins = SuccinctRoles { keyids, threshold, bit_length, name_prefix, unrecognized };
                self.delegate_bins(delegator, bins, added)
            }
        }
    }

    /// The roles that clients ask before a new one that is delegated to with this scope, for some of its paths: what they list
    /// counts, and a terminating one ends the search. Nothing can be said of bins, which a role delegates to alone.
    #[must_use]
    pub fn asked_before(&self, delegator: &str, scope: &Scope) -> Vec<EarlierRole> {
        let delegations = self.document(delegator).and_then(|document| document.delegations.as_ref());
        let listed = delegations.into_iter().flat_map(|delegations| delegations.listed());
        listed
            .filter(|listed| listed.scope().overlaps(scope))
            .map(|listed| EarlierRole { role: listed.name().to_owned(), terminating: listed.terminating() })
            .collect()
    }

    /// Takes every delegation of this name back: to a role, or to several roles with all of them. The name of one of several
    /// roles takes that one out of their delegation. What a role published stays listed by the snapshot.
    ///
    /// # Errors
    /// [`Error::NoSuchRole`]; [`Error::BadRevocation`] for a succinct bin, which cannot be taken back alone, and for one of
    /// several roles without which too few are left to agree.
    pub fn revoke(&mut self, name: &str) -> Result<(), Error> {
        let delegators = self.delegators_of(name)?;
        if delegators.is_empty() {
            return Err(Error::NoSuchRole(name.to_owned()));
        }
        let mut gone = BTreeSet::new();
        for delegator in delegators {
            let document = &mut self.draft(&delegator)?.signed;
            let Some(delegations) = &mut document.delegations else { continue };
            match &mut delegations.roles {
                DelegatedRoles::Roles(roles) => {
                    roles.retain(|listed| listed.name != name);
                    gone.insert(name.to_owned());
                }
                DelegatedRoles::MultiRole(list) => gone.extend(take_out(list, name)?),
                DelegatedRoles::SuccinctRoles(_) => {
                    let (role, reason) =
                        (name.to_owned(), format!("it is a succinct bin of role {delegator}"));
                    return Err(Error::BadRevocation { role, reason });
                }
            }
            delegations.drop_unused_keys();
            // An empty array says nothing, and keeps other clients from reading the document.
            if matches!(&delegations.roles, DelegatedRoles::MultiRole(list) if list.is_empty()) {
                document.delegations = None;
            }
        }
        for role in gone {
            if self.drafts.targets.remove(&role).is_some() {
                self.changed.insert(role);
            }
        }
        Ok(())
    }

    /// Gives a role other keys. A top-level role gets them in the next root metadata, a delegated role in the next
    /// metadata of every role that delegates to it; what it signed is signed anew by the next publish.
    ///
    /// # Errors
    /// [`Error::NoSuchRole`], [`Error::BadThreshold`]; [`Error::RotatedItself`] for a role with rotate files of its own (TAP 8):
    /// clients follow them from the keys that its delegators list.
    pub fn set_keys(&mut self, role: &str, keys: &RoleKeys, handover: Handover) -> Result<(), Error> {
        let added = keys.check(role)?;
        if let Some(rotated) = self.state.rotated(role) {
            let (role, rotations) = (role.to_owned(), rotated.rotations);
            return Err(Error::RotatedItself { role, rotations });
        }
        if TOP_LEVEL.contains(&role) {
            return self.set_top_level_keys(role, keys.threshold, added, handover);
        }
        let delegators = self.delegators(role)?;
        if delegators.is_empty() {
            return Err(self.no_such_role(role)?);
        }
        for delegator in delegators {
            let Some(delegations) = &mut self.draft(&delegator)?.signed.delegations else { continue };
            replace_keys(delegations, role, keys.threshold, &added);
        }
        Ok(())
    }

    /// Who signs for a role, with the changes made so far.
    ///
    /// # Errors
    /// [`Error::NoSuchRole`].
    pub fn keys(&self, role: &str) -> Result<RoleKeys, Error> {
        let (keys, threshold) = self.listed_keys(role)?;
        Ok(RoleKeys { keys: keys.into_iter().map(|(_, key)| key).collect(), threshold })
    }

    /// As [`Staged::keys`], with the keyids that the keys are listed by, which are opaque (TAP 12); and the threshold.
    ///
    /// # Errors
    /// [`Error::NoSuchRole`].
    pub fn listed_keys(&self, role: &str) -> Result<(Vec<(String, Key)>, u64), Error> {
        match self.drafts.targets.get(role).and_then(|draft| draft.rotation.as_ref()) {
            Some(rotation) => Ok((rotation.keys.clone().into_iter().collect(), rotation.threshold)),
            None => self.published_keys(role),
        }
    }

    /// As [`Staged::listed_keys`], before a rotation that is staged.
    pub(super) fn published_keys(&self, role: &str) -> Result<(Vec<(String, Key)>, u64), Error> {
        if let Some(rotated) = self.state.rotated(role) {
            return Ok((rotated.keys.clone().into_iter().collect(), rotated.threshold));
        }
        let root = self.root_document().filter(|root| root.roles.contains_key(role));
        if let Some(root) = root {
            return Ok(collect(&root.keys, &root.roles[role]));
        }
        for delegator in self.delegators(role)? {
            let Some(document) = self.document(&delegator) else { continue };
            let Some(delegations) = &document.delegations else { continue };
            if let Some(signers) = delegations.signers_of(role).next() {
                return Ok(collect(&delegations.keys, &signers));
            }
        }
        Err(self.no_such_role(role)?)
    }

    /// The keys that two roles of one delegation to several roles have both, with the changes made so far; of delegations of this
    /// name, or to a role of this name.
    ///
    /// # Errors
    /// As for [`Staged::has_role`].
    pub fn keys_of_agreeing_roles(&self, name: &str) -> Result<Vec<SharedKey>, Error> {
        let mut found = Vec::new();
        for delegator in self.delegators_of(name)? {
            let document = self.document(&delegator);
            if let Some(delegations) = document.and_then(|document| document.delegations.as_ref()) {
                let listed = delegations.listed().filter(|listed| is_of(*listed, name));
                found.extend(listed.flat_map(|listed| shared_keys(listed, &delegations.keys)));
            }
        }
        Ok(found)
    }

    fn root_document(&self) -> Option<&Root> {
        let published = self.state.root.as_ref().map(|root| &root.signed);
        self.drafts.root.as_ref().map(|draft| &draft.signed).or(published)
    }

    fn set_top_level_keys(
        &mut self,
        role: &str,
        threshold: u64,
        keys: BTreeMap<String, Key>,
        handover: Handover,
    ) -> Result<(), Error> {
        let mut root = self.root_document().cloned().ok_or_else(|| Error::NoSuchRole(role.to_owned()))?;
        let listed = root.roles.entry(role.to_owned()).or_insert_with(|| Role::new(Vec::new(), threshold));
        let keys = as_listed(keys, &root.keys, &listed.keyids);
        listed.keyids = keys.keys().cloned().collect();
        listed.threshold = threshold;
        root.keys.extend(keys);
        root.drop_unused_keys();
        let begun = self.drafts.root.take();
        let published = self.state.root.as_ref().map(|published| &published.signed);
        let new = || published.map(|published| Draft::of(self.state.root_version(), published));
        let mut draft = begun.or_else(new).unwrap_or_else(|| Draft::new(root.clone()));
        draft.signed = root;
        if handover == Handover::Abrupt && role != ROOT {
            draft.abrupt.insert(role.to_owned());
        }
        self.drafts.root = Some(draft);
        self.changed.insert(ROOT.to_owned());
        Ok(())
    }

    /// A role of this name may be delegated to once only: two delegators could demand what no one document meets. No delegation
    /// has the name of another one's role, so that a name says what is meant. Nor may the role have had rotate files: clients
    /// would follow them from the new keys, which have not signed them (TAP 8).
    fn check_name_is_free(&self, name: &str) -> Result<(), Error> {
        if self.state.listed_rotations(name) > 0 {
            let reason = "a role of this name had rotate files, which clients would follow from its new keys: choose another name";
            return Err(bad(name, reason.to_owned()));
        }
        match self.delegators_of(name)?.first() {
            None => Ok(()),
            Some(other) => Err(bad(name, format!("role {other} delegates to a role of this name already"))),
        }
    }

    /// The roles that delegate to a role of this name, or in a delegation of this name.
    fn delegators_of(&self, name: &str) -> Result<Vec<String>, Error> {
        self.delegators_where(|delegations| {
            delegations.listed().any(|listed| listed.name() == name)
                || delegations.signers_of(name).next().is_some()
        })
    }

    /// Agreement of one role with itself is what an ordinary delegation is.
    fn check_multi_role(&self, delegation: &MultiRole) -> Result<(), Error> {
        let MultiRole { name, min_roles_in_agreement: needed, roleinfo, .. } = delegation;
        let roles = u64::try_from(roleinfo.len()).unwrap_or(u64::MAX);
        if roles < 2 {
            return Err(bad(name, "at least two roles must be named that have to agree".to_owned()));
        }
        if !(1..=roles).contains(needed) {
            return Err(bad(name, format!("{needed} of {roles} roles cannot agree")));
        }
        let mut names = BTreeSet::new();
        for name in roleinfo.iter().map(|role| &role.rolename).chain([name]) {
            check_role_name(name)?;
            self.check_name_is_free(name)?;
            if !names.insert(name) {
                return Err(bad(
                    name,
                    "the delegation and each of its roles need names of their own".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn delegate_multi_role(
        &mut self,
        delegator: &str,
        mut delegation: MultiRole,
        keys: BTreeMap<String, Key>,
    ) -> Result<(), Error> {
        let draft = self.draft(delegator)?;
        let delegations = draft.signed.delegations.get_or_insert_with(Delegations::empty);
        if matches!(&delegations.roles, DelegatedRoles::Roles(roles) if roles.is_empty())
            && delegations.unrecognized.is_empty()
        {
            delegations.roles = DelegatedRoles::MultiRole(Vec::new());
        }
        let DelegatedRoles::MultiRole(list) = &mut delegations.roles else {
            let reason = "delegates in the form of the specification, which has no place for several roles: delegate the paths \
                          to a role of their own, and let that one delegate";
            return Err(bad(&delegation.name, format!("role {delegator} {reason}")));
        };
        for role in &mut delegation.roleinfo {
            let of_role = role.keyids.iter().filter_map(|keyid| keys.get_key_value(keyid));
            let of_role = of_role.map(|(keyid, key)| (keyid.clone(), key.clone())).collect();
            let listed = as_listed(of_role, &delegations.keys, &[]);
            role.keyids = listed.keys().cloned().collect();
            delegations.keys.extend(listed);
        }
        list.push(delegation);
        Ok(())
    }

    /// A role that stands among delegations to several roles stands there as one that agrees with itself.
    fn delegate_role(
        &mut self,
        delegator: &str,
        mut role: DelegatedRole,
        keys: BTreeMap<String, Key>,
    ) -> Result<(), Error> {
        let draft = self.draft(delegator)?;
        let delegations = draft.signed.delegations.get_or_insert_with(Delegations::empty);
        let keys = as_listed(keys, &delegations.keys, &[]);
        role.keyids = keys.keys().cloned().collect();
        match &mut delegations.roles {
            DelegatedRoles::Roles(roles) => roles.push(role),
            DelegatedRoles::MultiRole(list) => list.push(MultiRole::of_one(role)),
            DelegatedRoles::SuccinctRoles(_) => {
                return Err(bad(&role.name, format!("role {delegator} delegates to succinct bins")));
            }
        }
        delegations.keys.extend(keys);
        Ok(())
    }

    fn delegate_bins(
        &mut self,
        delegator: &str,
        bins: SuccinctRoles,
        keys: BTreeMap<String, Key>,
    ) -> Result<(), Error> {
        if !(1..=MOST_BIN_BITS).contains(&bins.bit_length) {
            return Err(bad(&bins.name_prefix, format!("the bit length must be 1 to {MOST_BIN_BITS}")));
        }
        let draft = self.draft(delegator)?;
        if draft.signed.delegations.is_some() {
            return Err(bad(&bins.name_prefix, format!("role {delegator} delegates to other roles already")));
        }
        draft.signed.delegations =
            Some(Delegations { keys, roles: DelegatedRoles::SuccinctRoles(bins), unrecognized: Map::new() });
        Ok(())
    }
}

fn collect(keys: &BTreeMap<String, Key>, role: &Role) -> (Vec<(String, Key)>, u64) {
    let listed = role.keyids.iter().filter_map(|keyid| Some((keyid.clone(), keys.get(keyid)?.clone())));
    (listed.collect(), role.threshold)
}

/// The keys as a table has them already: under its keyids, of which `preferred` come first, and with its unknown fields. A
/// keyid is opaque (TAP 12): the tool that made the table may have computed it in another way. Another spelling of a key stays
/// one: that is how a key comes from an old form into the specification's.
pub(super) fn as_listed(
    keys: BTreeMap<String, Key>,
    table: &BTreeMap<String, Key>,
    preferred: &[String],
) -> BTreeMap<String, Key> {
    let is_written_as = |listed: &Key, key: &Key| {
        listed.is_used_as(key) && listed.keyval.public.trim() == key.keyval.public.trim()
    };
    let as_listed = |(keyid, key): (String, Key)| {
        let preferred = preferred.iter().filter_map(|keyid| table.get_key_value(keyid));
        let listed = preferred.chain(table).find(|(_, listed)| is_written_as(listed, &key));
        listed.map_or((keyid, key), |(keyid, listed)| (keyid.clone(), listed.clone()))
    };
    keys.into_iter().map(as_listed).collect()
}

fn replace_keys(delegations: &mut Delegations, role: &str, threshold: u64, keys: &BTreeMap<String, Key>) {
    let mut table = delegations.keys.clone();
    for (keyids, required) in delegations.signers_mut(role) {
        let keys = as_listed(keys.clone(), &table, keyids);
        *keyids = keys.keys().cloned().collect();
        *required = threshold;
        table.extend(keys);
    }
    delegations.keys = table;
    delegations.drop_unused_keys();
}

/// Takes the delegations of a name out of a list, or the role of that name out of its delegation. Gives the roles that are no
/// longer delegated to.
fn take_out(list: &mut Vec<MultiRole>, name: &str) -> Result<Vec<String>, Error> {
    let mut gone = Vec::new();
    for delegation in list.iter_mut().filter(|delegation| delegation.name != name) {
        let before = delegation.roleinfo.len();
        delegation.roleinfo.retain(|role| role.rolename != name);
        let (left, needed) = (delegation.roleinfo.len(), delegation.min_roles_in_agreement);
        if left == before {
            continue;
        }
        gone.push(name.to_owned());
        if u64::try_from(left).is_ok_and(|left| left < needed) {
            let other = &delegation.name;
            let reason =
                format!("{needed} roles of {other} must agree, and {left} would be left: take {other} back");
            return Err(Error::BadRevocation { role: name.to_owned(), reason });
        }
    }
    list.retain(|delegation| {
        let stays = delegation.name != name;
        if !stays {
            gone.extend(delegation.roleinfo.iter().map(|role| role.rolename.clone()));
        }
        stays
    });
    Ok(gone)
}

/// Whether a delegation has a name, or a role of that name.
fn is_of(listed: ListedDelegation<'_>, name: &str) -> bool {
    listed.name() == name || listed.roles().any(|role| role.name == name)
}

/// The keys that two roles of a delegation have both, if one role is not enough.
fn shared_keys(listed: ListedDelegation<'_>, keys: &BTreeMap<String, Key>) -> Vec<SharedKey> {
    let (mut found, mut first) = (Vec::new(), BTreeMap::<Vec<u8>, &str>::new());
    for role in listed.roles().filter(|_| listed.min_roles_in_agreement() > 1) {
        for (keyid, key) in role.keyids.iter().filter_map(|keyid| keys.get_key_value(keyid)) {
            let other = *first.entry(key.material()).or_insert(role.name);
            if other != role.name {
                let (delegation, keyid) = (listed.name().to_owned(), keyid.clone());
                let roles = [other.to_owned(), role.name.to_owned()];
                found.push(SharedKey { delegation, keyid, roles });
            }
        }
    }
    found
}

fn check_scope(role: &str, scope: &Scope) -> Result<(), Error> {
    let (list, unusable): (_, fn(&String) -> bool) = match scope {
        Scope::Paths(patterns) => (patterns, |pattern| {
            pattern.is_empty()
                || pattern.contains(['[', ']', '{', '}', '\\'])
                || pattern.starts_with(['/', '!'])
        }),
        Scope::PathHashPrefixes(prefixes) => (prefixes, |prefix| {
            let hexadecimal = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
            prefix.is_empty() || prefix.len() > 64 || !prefix.bytes().all(hexadecimal)
        }),
    };
    if list.is_empty() {
        return Err(bad(role, "it would be trusted with no path at all".to_owned()));
    }
    match list.iter().find(|entry| unusable(entry)) {
        None => Ok(()),
        Some(entry) => Err(bad(role, format!("clients do not agree on what {entry:?} matches"))),
    }
}

fn bad(role: &str, reason: String) -> Error {
    Error::BadDelegation { role: role.to_owned(), reason }
}
