//! How keys are called.

use std::collections::BTreeMap;

use crate::metadata::Key;

/// Characters of a keyid that are shown.
const SHOWN: usize = 8;

/// Names of keys by keyid. A name is only for people: nothing is decided by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyNames(BTreeMap<String, String>);

impl KeyNames {
    /// No names: keys are shown by keyid.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Names a key, unless it has a name already.
    pub fn add(&mut self, keyid: &str, name: &str) {
        self.0.entry(keyid.to_owned()).or_insert_with(|| name.to_owned());
    }

    /// Takes the names of others for keys that have none.
    pub fn extend(&mut self, others: &Self) {
        others.0.iter().for_each(|(keyid, name)| self.add(keyid, name));
    }

    /// The name of a key.
    #[must_use]
    pub fn name(&self, keyid: &str) -> Option<&str> {
        self.0.get(keyid).map(String::as_str)
    }

    /// The name and the first characters of the keyid, or these alone.
    #[must_use]
    pub fn short(&self, keyid: &str) -> String {
        let prefix: String = keyid.chars().take(SHOWN).collect();
        match self.name(keyid) {
            Some(name) => format!("{name} ({prefix})"),
            None => prefix,
        }
    }

    /// As [`KeyNames::short`], with the scheme of the key.
    #[must_use]
    pub fn describe(&self, keyid: &str, key: Option<&Key>) -> String {
        let prefix: String = keyid.chars().take(SHOWN).collect();
        let scheme = key.map_or("no such key", |key| key.scheme.as_str());
        match self.name(keyid) {
            Some(name) => format!("{name} ({prefix}, {scheme})"),
            None => format!("{prefix} ({scheme})"),
        }
    }

    /// As [`KeyNames::describe`], with the whole keyid.
    #[must_use]
    pub fn describe_in_full(&self, keyid: &str, key: Option<&Key>) -> String {
        let scheme = key.map_or("no such key", |key| key.scheme.as_str());
        match self.name(keyid) {
            Some(name) => format!("{name} ({keyid}, {scheme})"),
            None => format!("{keyid} ({scheme})"),
        }
    }
}

impl<I: Into<String>, N: Into<String>> FromIterator<(I, N)> for KeyNames {
    fn from_iter<T: IntoIterator<Item = (I, N)>>(names: T) -> Self {
        Self(names.into_iter().map(|(keyid, name)| (keyid.into(), name.into())).collect())
    }
}
