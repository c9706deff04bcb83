//! Delegations of targets metadata (4.5; TAP 15 for succinct bins).

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::authority::{Signers, SignersReader, validate_keys};
use super::{Authority, Envelope, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, field};
use crate::check::path;
use crate::crypto::PathHash;
use crate::failure::Defect;
use crate::json::{Cursor, Text};

/// The `delegations` of one targets role.
#[derive(Clone, Debug)]
pub(crate) struct Delegations {
    /// Where the `keys` object stands.
    keys: usize,
    /// Where the delegated roles stand.
    roles: Roles,
}

#[derive(Clone, Copy, Debug)]
enum Roles {
    /// Where the `roles` array stands.
    Listed(usize),
    /// Where the `succinct_roles` object stands.
    Succinct(usize),
}

/// One delegation that may speak for a path.
#[derive(Clone, Debug)]
pub(crate) struct Delegation {
    /// Name of the delegated role.
    pub(crate) role: Box<str>,
    /// Nothing after it and its descendants may speak for the path.
    pub(crate) terminating: bool,
    /// Who may sign for the role.
    pub(crate) authority: Authority,
    /// Neither paths nor hash prefixes: whether the delegation covers the path cannot be said.
    pub(crate) unsupported: bool,
}

impl Delegations {
    /// Reads a `delegations` object.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("delegations", "an object"))?;
        let (mut keys, mut listed, mut succinct) = (None, None, None);
        while let Some(name) = cursor.name() {
            let at = cursor.at();
            if name.is("keys") {
                keys = Some(at);
                validate_keys(cursor)?;
            } else if name.is("roles") {
                listed = Some(Roles::Listed(at));
                validate_roles(cursor)?;
            } else if name.is("succinct_roles") {
                succinct = Some(Roles::Succinct(at));
                Succinct::read(cursor)?;
            } else {
                cursor.skip();
            }
        }
        let roles = match (listed, succinct) {
            (Some(roles), None) | (None, Some(roles)) => roles,
            _ => return Err(field("delegations", "an object with either roles or succinct_roles")),
        };
        Ok(Self { keys: keys.ok_or(Defect::MissingField("keys"))?, roles })
    }

    /// The delegations of a role that may speak for a path, in their order, up to the first terminating one.
    pub(crate) fn covering(
        &self,
        delegator: Delegator<'_>,
        target: &str,
        hash: &PathHash,
    ) -> Vec<Delegation> {
        let text = delegator.envelope.text();
        let authority = |signers| {
            let keys = Cursor::new(text, self.keys);
            Authority::new(delegator.role, delegator.version, signers, keys)
        };
        let mut found = Vec::new();
        match self.roles {
            Roles::Listed(at) => {
                for role in listed(text, at).filter(|role| role.covers(target, hash)) {
                    let unsupported = role.paths.is_none() && role.path_hash_prefixes.is_none();
                    let terminating = role.terminating && !unsupported;
                    let authority = authority(role.signers);
                    found.push(Delegation {
                        role: role.name.plain().into(),
                        terminating,
                        unsupported,
                        authority,
                    });
                    if terminating {
                        break;
                    }
                }
            }
            Roles::Succinct(at) => {
                let succinct = Succinct::read(&mut Cursor::new(text, at)).ok();
                found.extend(succinct.map(|succinct| Delegation {
                    role: succinct.bin(hash),
                    terminating: false,
                    unsupported: false,
                    authority: authority(succinct.signers),
                }));
            }
        }
        found
    }
}

/// The metadata that delegations stand in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delegator<'a> {
    pub(crate) role: &'a str,
    pub(crate) version: u64,
    pub(crate) envelope: &'a Envelope,
}

/// One item of the `roles` array.
struct ListedRole<'a> {
    name: Text<'a>,
    signers: Signers<'a>,
    terminating: bool,
    paths: Option<Cursor<'a>>,
    path_hash_prefixes: Option<Cursor<'a>>,
}

impl<'a> ListedRole<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("roles", "an array of objects"))?;
        let mut signers = SignersReader::default();
        let (mut role, mut terminating, mut paths, mut path_hash_prefixes) = (None, false, None, None);
        while let Some(name) = cursor.name() {
            if name.is("name") {
                role = Some(cursor.string().ok_or(field("name", "a string"))?);
            } else if name.is("terminating") {
                terminating = cursor.boolean().ok_or(field("terminating", "a boolean"))?;
            } else if name.is("paths") {
                paths = Some(strings(cursor, "paths")?);
            } else if name.is("path_hash_prefixes") {
                path_hash_prefixes = Some(strings(cursor, "path_hash_prefixes")?);
            } else {
                signers.read(name, cursor)?;
            }
        }
        if paths.is_some() && path_hash_prefixes.is_some() {
            return Err(field("roles", "delegations by either paths or path_hash_prefixes"));
        }
        let name = role.ok_or(Defect::MissingField("name"))?;
        if [ROOT, TIMESTAMP, SNAPSHOT, TARGETS, ""].iter().any(|reserved| name.is(reserved)) {
            return Err(field("name", "a role name that is not empty and not a top-level role's"));
        }
        Ok(Self { name, signers: signers.finish()?, terminating, paths, path_hash_prefixes })
    }

    /// Whether the role may speak for a path. Where that cannot be said, it may: the search then reports it.
    fn covers(&self, target: &str, hash: &PathHash) -> bool {
        match (self.paths, self.path_hash_prefixes) {
            (Some(paths), _) => items(paths).any(|pattern| path::covers(&pattern.plain(), target)),
            (None, Some(prefixes)) => items(prefixes).any(|prefix| hash.starts_with(&prefix.plain())),
            (None, None) => true,
        }
    }
}

/// The `succinct_roles` object (TAP 15).
struct Succinct<'a> {
    signers: Signers<'a>,
    /// From 1 to 32.
    bit_length: u32,
    name_prefix: Text<'a>,
}

impl<'a> Succinct<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Defect> {
        cursor.object().ok_or(field("succinct_roles", "an object"))?;
        let mut signers = SignersReader::default();
        let (mut bit_length, mut name_prefix) = (None, None);
        while let Some(name) = cursor.name() {
            if name.is("bit_length") {
                let bits = cursor.unsigned().and_then(|bits| u32::try_from(bits).ok());
                let bits = bits.filter(|bits| (1..=32).contains(bits));
                bit_length = Some(bits.ok_or(field("bit_length", "an integer from 1 to 32"))?);
            } else if name.is("name_prefix") {
                name_prefix = Some(cursor.string().ok_or(field("name_prefix", "a string"))?);
            } else {
                signers.read(name, cursor)?;
            }
        }
        Ok(Self {
            signers: signers.finish()?,
            bit_length: bit_length.ok_or(Defect::MissingField("bit_length"))?,
            name_prefix: name_prefix.ok_or(Defect::MissingField("name_prefix"))?,
        })
    }

    /// The name of the bin that a path belongs to.
    fn bin(&self, hash: &PathHash) -> Box<str> {
        let bin = hash.leading_bits(self.bit_length);
        let digits = usize::try_from(self.bit_length.div_ceil(4)).unwrap_or_default();
        format!("{}-{bin:0digits$x}", self.name_prefix.plain()).into()
    }
}

fn listed(text: &str, at: usize) -> impl Iterator<Item = ListedRole<'_>> {
    let mut cursor = Cursor::new(text, at);
    let entered = cursor.array();
    core::iter::from_fn(move || {
        entered?;
        if cursor.item() { ListedRole::read(&mut cursor).ok() } else { None }
    })
}

/// Reads all delegated roles and sees that no name is there twice.
fn validate_roles(cursor: &mut Cursor<'_>) -> Result<(), Defect> {
    cursor.array().ok_or(field("roles", "an array"))?;
    let mut names = Vec::new();
    while cursor.item() {
        names.push(ListedRole::read(cursor)?.name);
    }
    names.sort_unstable_by(Text::cmp);
    match names.iter().zip(names.iter().skip(1)).any(|(one, other)| one.cmp(other).is_eq()) {
        true => Err(field("roles", "an array of roles with distinct names")),
        false => Ok(()),
    }
}

fn strings<'a>(cursor: &mut Cursor<'a>, name: &'static str) -> Result<Cursor<'a>, Defect> {
    let start = *cursor;
    let expected = field(name, "an array of strings");
    cursor.array().ok_or(expected.clone())?;
    while cursor.item() {
        cursor.string().ok_or(expected.clone())?;
    }
    Ok(start)
}

fn items(array: Cursor<'_>) -> impl Iterator<Item = Text<'_>> {
    let mut cursor = array;
    let entered = cursor.array();
    core::iter::from_fn(move || {
        entered?;
        if cursor.item() { cursor.string() } else { None }
    })
}
