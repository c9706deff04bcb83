//! Invitations: how the key of somebody new gets into an event.
//!
//! ```text
//! keys/NAME.json            the invitation: the roles that NAME is to sign for
//! keys/NAME.accepted.json   NAME's public key, and a proof that NAME has the private one
//! ```
//!
//! The proof says that somebody has the key, not that they are NAME: whoever admits the key compares its keyid with its
//! owner by another way.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::event::duty::signs;
use crate::event::folder::{EventFolder, MOST_BASE, damaged};
use crate::event::{Document, Event, EventError};
use crate::key::Signer;
use crate::metadata::Key;

/// Begins what is signed as a proof. Canonical metadata begins with a brace, so that a proof is a signature of no metadata.
const DOMAIN: &str = "tufrepo event invitation 1\n";

/// The roles that somebody is to sign for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Invitation {
    event: String,
    name: String,
    roles: BTreeSet<String>,
}

/// The public key of somebody who was invited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    event: String,
    name: String,
    roles: BTreeSet<String>,
    key: Key,
    /// Hexadecimal signature.
    proof: String,
}

/// What a proof covers.
#[derive(Serialize)]
struct Statement<'a> {
    event: &'a str,
    name: &'a str,
    roles: &'a BTreeSet<String>,
    keyid: &'a str,
    /// SHA-256 of root metadata version 1: a proof for one repository is none for another.
    root: &'a str,
}

/// Somebody who was invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// Who.
    pub name: String,
    /// The roles.
    pub roles: BTreeSet<String>,
    /// The key that they brought, if they have accepted.
    pub key: Option<Key>,
}

/// A name of the folder of invitations, and who that is, if the files can be used.
pub type NamedInvitation = (String, Result<Invited, Error>);

impl Event {
    /// Invites somebody to sign for a role, from the next publish of this event on.
    ///
    /// # Errors
    /// [`EventError::BadName`]; [`Error::BadRoleName`]; [`Error::Io`].
    pub fn invite(&self, role: &str, name: &str) -> Result<(), Error> {
        check_name(name)?;
        if !crate::metadata::TOP_LEVEL.contains(&role) {
            crate::repository::check_file_role(role)?;
        }
        let (event, name) = (self.id().to_owned(), name.to_owned());
        let mut invitation =
            self.invitation(&name)?.unwrap_or(Invitation { event, name, roles: BTreeSet::new() });
        invitation.roles.insert(role.to_owned());
        write(&self.folder, &format!("{}.json", invitation.name), &invitation)
    }

    /// Accepts an invitation with a key, and proves that it is at hand. Returns the roles.
    ///
    /// # Errors
    /// [`EventError::NotInvited`]; what the signer says; [`EventError::BadProof`] where it signs something else.
    pub fn accept(&self, name: &str, signer: &dyn Signer) -> Result<BTreeSet<String>, Error> {
        let invitation = self.invitation(name)?.ok_or_else(|| self.not_invited(name))?;
        let statement = self.statement(name, &invitation.roles, signer.keyid())?;
        let proof = base16ct::lower::encode_string(&signer.sign(&statement)?);
        let Invitation { event, name, roles } = invitation;
        let acceptance = Acceptance { event, name, roles, key: signer.public().clone(), proof };
        self.check(&acceptance)?;
        write(&self.folder, &format!("{}.accepted.json", acceptance.name), &acceptance)?;
        Ok(acceptance.roles)
    }

    /// The file that [`Event::accept`] writes.
    #[must_use]
    pub fn acceptance_file(&self, name: &str) -> PathBuf {
        self.path().join("keys").join(format!("{name}.accepted.json"))
    }

    /// Everybody who was invited, by name. A file that cannot be used hides nobody else: anybody who writes to the event may
    /// have broken it.
    ///
    /// # Errors
    /// Where the folder cannot be read. For a person, [`EventError::BadProof`] for a key without a proof; [`EventError::Damaged`].
    pub fn invited(&self) -> Result<Vec<NamedInvitation>, Error> {
        let names = self.folder.names("keys")?;
        let names = names.iter().filter_map(|file| file.strip_suffix(".json"));
        let names = names.filter(|name| check_name(name).is_ok());
        Ok(names.map(|name| (name.to_owned(), self.invited_as(name))).collect())
    }

    /// Somebody who was invited.
    ///
    /// # Errors
    /// [`EventError::NotInvited`]; as for [`Event::invited`].
    pub fn invited_as(&self, name: &str) -> Result<Invited, Error> {
        let invitation = self.invitation(name)?.ok_or_else(|| self.not_invited(name))?;
        let file = format!("{name}.accepted.json");
        let acceptance: Option<Acceptance> = read(&self.folder, &file)?;
        // Whoever accepted was asked for these roles, and for no other ones.
        let acceptance = acceptance.filter(|acceptance| acceptance.roles == invitation.roles);
        acceptance.as_ref().map_or(Ok(()), |acceptance| self.check(acceptance))?;
        let key = acceptance.map(|acceptance| acceptance.key);
        Ok(Invited { name: invitation.name, roles: invitation.roles, key })
    }

    /// Whether the event gives somebody every role that they were invited to.
    ///
    /// # Errors
    /// A key that has no keyid.
    pub fn has_admitted(&self, invited: &Invited) -> Result<bool, Error> {
        let Some(key) = &invited.key else { return Ok(false) };
        let keyid = key.keyid()?;
        Ok(invited.roles.iter().all(|role| self.gives(role, &keyid)))
    }

    /// Whether a document of the event lists a key for a role.
    fn gives(&self, role: &str, keyid: &String) -> bool {
        self.payloads.values().any(|payload| match &payload.document {
            Document::Root(root) => root.roles.get(role).is_some_and(|role| role.keyids.contains(keyid)),
            Document::Targets(targets) => {
                let delegations = targets.delegations.iter();
                let mut signers = delegations.flat_map(|delegations| delegations.signers_of(role));
                signers.any(|signers| signers.keyids.contains(keyid))
            }
        })
    }

    fn invitation(&self, name: &str) -> Result<Option<Invitation>, Error> {
        check_name(name)?;
        let file = format!("{name}.json");
        let invitation: Option<Invitation> = read(&self.folder, &file)?;
        let is_right = |found: &Invitation| found.name == name && found.event == self.id();
        match invitation {
            Some(found) if !is_right(&found) => Err(damaged(
                &self.folder.key(&file),
                "it is an invitation of somebody else, or to another event",
            )),
            invitation => Ok(invitation),
        }
    }

    fn check(&self, acceptance: &Acceptance) -> Result<(), Error> {
        let keyid = acceptance.key.keyid()?;
        let statement = self.statement(&acceptance.name, &acceptance.roles, &keyid)?;
        match signs(&keyid, &acceptance.key, &statement, &acceptance.proof)? {
            true => Ok(()),
            false => Err(EventError::BadProof { name: acceptance.name.clone(), keyid }.into()),
        }
    }

    fn statement(&self, name: &str, roles: &BTreeSet<String>, keyid: &str) -> Result<Vec<u8>, Error> {
        let root = self.before.roots.first().map_or("", String::as_str);
        let statement = Statement { event: self.id(), name, roles, keyid, root };
        let text = serde_json::to_vec(&statement).map_err(Error::NotJson)?;
        let canonical = tuf_verifier_core::canonicalize(&text);
        let canonical = canonical.map_err(|malformed| Error::NotCanonical(malformed.into()))?;
        Ok([DOMAIN.as_bytes(), canonical.as_bytes()].concat())
    }

    fn not_invited(&self, name: &str) -> Error {
        EventError::NotInvited { event: self.id().to_owned(), name: name.to_owned() }.into()
    }
}

fn read<T: serde::de::DeserializeOwned>(folder: &EventFolder, file: &str) -> Result<Option<T>, Error> {
    let path = folder.key(file);
    let Some(text) = folder.read(&path, MOST_BASE)? else { return Ok(None) };
    serde_json::from_slice(&text).map(Some).map_err(|error| damaged(&path, error))
}

fn write<T: Serialize>(folder: &EventFolder, file: &str, content: &T) -> Result<(), Error> {
    let mut text = serde_json::to_vec_pretty(content).map_err(Error::NotJson)?;
    text.push(b'\n');
    folder.write(&folder.key(file), &text)?;
    folder.tidy()
}

/// A name is part of a file name, and is shown.
fn check_name(name: &str) -> Result<(), Error> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    match (1..=64).contains(&name.len()) && name.bytes().all(plain) {
        true => Ok(()),
        false => Err(EventError::BadName(name.to_owned()).into()),
    }
}
