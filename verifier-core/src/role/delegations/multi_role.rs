//! Delegations to several roles, so many of which must agree (TAP 3).

use alloc::vec::Vec;

use super::paths::{Coverage, Paths, PathsReader};
use super::{Delegated, Delegation, role_name, short};
use crate::failure::Defect;
use crate::json::{Cursor, Text};
use crate::role::authority::{Signers, SignersReader};
use crate::role::header::positive;
use crate::role::{Authority, at_most, field};
use crate::workflow::Settings;

/// One item of the `delegations` array.
pub(super) struct MultiRole<'a> {
    name: Text<'a>,
    terminating: bool,
    paths: Paths<'a>,
    /// From 1 to the number of roles.
    min_roles_in_agreement: u64,
    /// The `roleinfo` array.
    roleinfo: Cursor<'a>,
}

/// One item of the `roleinfo` array.
struct RoleInfo<'a> {
    rolename: Text<'a>,
    signers: Signers<'a>,
}

impl<'a> MultiRole<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("delegations", "an array of objects"))?;
        let (mut delegation, mut roleinfo, mut agreement) = (None, None, None);
        let (mut terminating, mut paths) = (false, PathsReader::default());
        while let Some(name) = cursor.name() {
            if name.is("name") {
                delegation = Some(short(cursor.string().ok_or(field("name", "a string"))?)?);
            } else if name.is("terminating") {
                terminating = cursor.boolean().ok_or(field("terminating", "a boolean"))?;
            } else if name.is("min_roles_in_agreement") {
                agreement = Some(positive(cursor, "min_roles_in_agreement")?);
            } else if name.is("roleinfo") {
                roleinfo = Some((*cursor, validate_roleinfo(cursor)?));
            } else if !paths.read(name, cursor)? {
                cursor.skip();
            }
        }
        let (roleinfo, roles) = roleinfo.ok_or(Defect::MissingField("roleinfo"))?;
        let agreement = agreement.ok_or(Defect::MissingField("min_roles_in_agreement"))?;
        if agreement > roles {
            return Err(field("min_roles_in_agreement", "an integer from 1 to the number of roles"));
        }
        Ok(Self {
            name: delegation.ok_or(Defect::MissingField("name"))?,
            terminating,
            paths: paths.finish("delegations")?,
            min_roles_in_agreement: agreement,
            roleinfo,
        })
    }

    /// The delegation, with the authority over each of its roles, if it may speak for a path.
    pub(super) fn delegation(
        self,
        coverage: impl Fn(Paths<'a>) -> Coverage,
        authority: impl Fn(Signers<'a>) -> Authority,
    ) -> Option<Delegation> {
        let roles = || {
            self.roleinfo
                .items(RoleInfo::read)
                .map(|info| (info.rolename.plain().into(), authority(info.signers)))
                .collect()
        };
        let to = match coverage(self.paths) {
            Coverage::Covers => {
                Delegated::Roles { min_roles_in_agreement: self.min_roles_in_agreement, roles: roles() }
            }
            Coverage::Unknown => Delegated::Unsupported,
            Coverage::Elsewhere => return None,
        };
        Some(Delegation { name: self.name.plain().into(), terminating: self.terminating, to })
    }
}

impl<'a> RoleInfo<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("roleinfo", "an array of objects"))?;
        let mut signers = SignersReader::default();
        let mut rolename = None;
        while let Some(name) = cursor.name() {
            if name.is("rolename") {
                rolename = Some(role_name(cursor, "rolename")?);
            } else {
                signers.read(name, cursor)?;
            }
        }
        let rolename = rolename.ok_or(Defect::MissingField("rolename"))?;
        Ok(Self { rolename, signers: signers.finish()? })
    }
}

/// Reads the `delegations` array and sees that no name is there twice.
pub(super) fn validate(cursor: &mut Cursor<'_>) -> Result<(), Defect> {
    cursor.array().ok_or(field("delegations", "an array"))?;
    let mut names = Vec::new();
    while cursor.item() {
        at_most(Settings::MAX_LISTED_DELEGATIONS, "delegations of one role", names.len())?;
        names.push(MultiRole::read(cursor)?.name);
    }
    match Text::any_twice(names) {
        true => Err(field("delegations", "an array of delegations with distinct names")),
        false => Ok(()),
    }
}

/// Reads the `roleinfo` array and sees that no role is there twice, as it would count twice. Returns how many there are.
fn validate_roleinfo(cursor: &mut Cursor<'_>) -> Result<u64, Defect> {
    cursor.array().ok_or(field("roleinfo", "an array"))?;
    let mut names = Vec::new();
    while cursor.item() {
        at_most(Settings::MAX_LISTED_DELEGATIONS, "roles of one delegation", names.len())?;
        names.push(RoleInfo::read(cursor)?.rolename);
    }
    let count = u64::try_from(names.len()).unwrap_or(u64::MAX);
    match Text::any_twice(names) {
        true => Err(field("roleinfo", "an array of roles with distinct names")),
        false => Ok(count),
    }
}
