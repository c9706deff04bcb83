//! Delegations to one role each (4.5).

use alloc::vec::Vec;

use super::paths::{Coverage, Paths, PathsReader};
use super::{Delegated, Delegation, role_name};
use crate::failure::Defect;
use crate::json::{Cursor, Text};
use crate::role::authority::{Signers, SignersReader};
use crate::role::{Authority, at_most, field};
use crate::workflow::Settings;

/// One item of the `roles` array.
pub(super) struct ListedRole<'a> {
    name: Text<'a>,
    signers: Signers<'a>,
    terminating: bool,
    paths: Paths<'a>,
}

impl<'a> ListedRole<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("roles", "an array of objects"))?;
        let (mut signers, mut paths) = (SignersReader::default(), PathsReader::default());
        let (mut role, mut terminating) = (None, false);
        while let Some(name) = cursor.name() {
            if name.is("name") {
                role = Some(role_name(cursor, "name")?);
            } else if name.is("terminating") {
                terminating = cursor.boolean().ok_or(field("terminating", "a boolean"))?;
            } else if !paths.read(name, cursor)? {
                signers.read(name, cursor)?;
            }
        }
        let name = role.ok_or(Defect::MissingField("name"))?;
        Ok(Self { name, signers: signers.finish()?, terminating, paths: paths.finish("roles")? })
    }

    /// The delegation, with the authority over its role, if it may speak for a path.
    pub(super) fn delegation(
        self,
        coverage: impl Fn(Paths<'a>) -> Coverage,
        authority: impl Fn(Signers<'a>) -> Authority,
    ) -> Option<Delegation> {
        let to = match coverage(self.paths) {
            Coverage::Covers => Delegated::Role(authority(self.signers)),
            Coverage::Unknown => Delegated::Unsupported,
            Coverage::Elsewhere => return None,
        };
        Some(Delegation { name: self.name.plain().into(), terminating: self.terminating, to })
    }
}

/// Reads the `roles` array and sees that no role is there twice.
pub(super) fn validate(cursor: &mut Cursor<'_>) -> Result<(), Defect> {
    cursor.array().ok_or(field("roles", "an array"))?;
    let mut names = Vec::new();
    while cursor.item() {
        at_most(Settings::MAX_LISTED_DELEGATIONS, "delegations of one role", names.len())?;
        names.push(ListedRole::read(cursor)?.name);
    }
    match Text::any_twice(names) {
        true => Err(field("roles", "an array of roles with distinct names")),
        false => Ok(()),
    }
}
