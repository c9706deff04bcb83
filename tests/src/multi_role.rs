//! Delegations to several roles at once (TAP 3), and how a repository writes them.

use crate::json::Json;
use crate::repository::Repository;
use crate::role::{Authority, key_objects};

/// A delegation to several roles, so many of which must say the same of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiRole {
    /// Name of the delegation, which is no role's.
    pub name: String,
    /// The roles in order of trust, and the keys under which the delegator trusts each.
    pub roles: Vec<(String, Authority)>,
    /// How many of the roles must agree.
    pub min_roles_in_agreement: u64,
    /// Path patterns.
    pub paths: Option<Vec<String>>,
    /// Prefixes of the SHA-256 digest of the target path.
    pub path_hash_prefixes: Option<Vec<String>>,
    /// Whether later delegations are ignored for the paths of this one.
    pub terminating: bool,
}

impl MultiRole {
    /// A delegation of these patterns to roles with one key each, labelled as the role, so many of which must agree.
    #[must_use]
    pub fn new(name: &str, agreement: u64, roles: &[&str], patterns: &[&str]) -> Self {
        Self {
            name: name.into(),
            roles: roles.iter().map(|&role| (role.into(), Authority::one(role))).collect(),
            min_roles_in_agreement: agreement,
            paths: Some(patterns.iter().map(|&pattern| pattern.into()).collect()),
            path_hash_prefixes: None,
            terminating: false,
        }
    }

    /// The same delegation, terminating.
    #[must_use]
    pub fn terminating(self) -> Self {
        Self { terminating: true, ..self }
    }

    fn members(&self) -> Json {
        let roleinfo = self.roles.iter().map(|(role, authority)| {
            let mut info = authority.members();
            info.set("rolename", role.as_str());
            info
        });
        let mut members = Json::object([("roleinfo", Json::Array(roleinfo.collect()))]);
        members
            .set("name", self.name.as_str())
            .set("terminating", self.terminating)
            .set("min_roles_in_agreement", self.min_roles_in_agreement);
        if let Some(paths) = &self.paths {
            members.set("paths", Json::array(paths.clone()));
        }
        if let Some(prefixes) = &self.path_hash_prefixes {
            members.set("path_hash_prefixes", Json::array(prefixes.clone()));
        }
        members
    }
}

/// Writes these delegations into the signed part of a targets role.
pub(crate) fn write(delegations: &[MultiRole], signed: &mut Json) {
    let authorities = delegations.iter().flat_map(|delegation| &delegation.roles).map(|(_, of)| of);
    signed.set("keys_for_delegations", key_objects(authorities));
    signed.set("delegations", Json::Array(delegations.iter().map(MultiRole::members).collect()));
}

impl Repository {
    /// Lets `delegator` delegate to several roles, after its other multi-role delegations; roles are made where there
    /// are none. The other delegations of this delegator are not written then.
    pub fn delegate_to_roles(&mut self, delegator: &str, delegation: MultiRole) -> &mut Self {
        for (role, _) in &delegation.roles {
            self.role(role);
        }
        self.role(delegator).multi_role.push(delegation);
        self
    }
}
