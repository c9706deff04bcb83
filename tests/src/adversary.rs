//! What an attacker can do: to the files on their way, and with stolen keys.

use crate::key::Key;
use crate::mirror::Mirror;
use crate::repository::Repository;

/// Label of the key that the attacker signs with where no key was stolen.
pub const STRANGER: &str = "stranger";

/// The man in the middle: each function takes a mirror and gives the one that the device gets to see.
impl Mirror {
    /// The file does not exist.
    #[must_use]
    pub fn withholding(mut self, name: &str) -> Self {
        assert!(self.metadata.remove(name).is_some(), "no {name}");
        self
    }

    /// The file is the one that another mirror, or this one at another time, has under this name.
    #[must_use]
    pub fn replaying(self, name: &str, other: &Self) -> Self {
        let bytes = other.file(name).to_vec();
        self.replacing(name, bytes)
    }

    /// The file has other bytes.
    #[must_use]
    pub fn replacing(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.metadata.insert(name.into(), bytes.into());
        self
    }

    /// The file has another file's bytes.
    #[must_use]
    pub fn passing_off(self, other: &str, name: &str) -> Self {
        let bytes = self.file(other).to_vec();
        self.replacing(name, bytes)
    }

    /// Text inside the file is exchanged, signatures stay as they were.
    #[must_use]
    pub fn tampering(self, name: &str, from: &str, to: &str) -> Self {
        let text = std::str::from_utf8(self.file(name)).expect("metadata is text").to_owned();
        assert!(text.contains(from), "no {from} in {name}");
        self.replacing(name, text.replace(from, to))
    }

    /// The file never ends.
    #[must_use]
    pub fn endlessly(mut self, name: &str) -> Self {
        assert!(self.metadata.contains_key(name), "no {name}");
        self.endless.insert(name.into());
        self
    }
}

/// The thief: a repository that can be signed by stolen keys alone.
impl Repository {
    /// A fork of this repository in the hands of somebody who has all keys of these roles, and for every other role
    /// nothing but a key of his own.
    #[must_use]
    pub fn with_stolen_keys_of(&self, roles: &[&str]) -> Self {
        let mut fork = self.clone();
        let names: Vec<String> = self.role_names().map(String::from).collect();
        for name in names.iter().filter(|name| !roles.contains(&name.as_str())) {
            fork.signing.insert(name.clone(), vec![Key::new(STRANGER)]);
        }
        fork
    }

    /// The signatures of these keys alone stand under the metadata of a role.
    pub fn sign_with(&mut self, role: &str, keys: &[Key]) -> &mut Self {
        self.signing.insert(role.into(), keys.to_vec());
        self
    }
}
