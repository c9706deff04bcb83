//! How keys are called.

use std::collections::BTreeMap;

use crate::metadata::Key;

/// Characters of a keyid that are shown.
const SHOWN: usize = 8;

/// Names of keys by keyid. A name is only for people: nothing is decided by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyNames {
    names: BTreeMap<String, String>,
    /// Names that somebody else gives to keys.
    claimed: BTreeMap<String, String>,
    length: KeyidLength,
}

/// How much of a keyid is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum KeyidLength {
    #[default]
    First,
    Whole,
}

impl KeyNames {
    /// No names: keys are shown by keyid.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Shows whole keyids, for those who are about to trust a key: many keys have the same first characters.
    #[must_use]
    pub fn with_whole_keyids(self) -> Self {
        Self { length: KeyidLength::Whole, ..self }
    }

    fn shown(&self, keyid: &str) -> String {
        match self.length {
            KeyidLength::First => plain(&keyid.chars().take(SHOWN).collect::<String>()),
            KeyidLength::Whole => plain(keyid),
        }
    }

    /// Names a key, unless it has a name already.
    pub fn add(&mut self, keyid: &str, name: &str) {
        self.names.entry(keyid.to_owned()).or_insert_with(|| name.to_owned());
    }

    /// Adds what somebody else calls a key. It is shown after the keyid and quoted, so that it cannot be taken for a name from
    /// here, or for another key.
    pub fn claim(&mut self, keyid: &str, name: &str) {
        self.claimed.entry(keyid.to_owned()).or_insert_with(|| name.to_owned());
    }

    /// Takes the names of others for keys that have none.
    pub fn extend(&mut self, others: &Self) {
        others.names.iter().for_each(|(keyid, name)| self.add(keyid, name));
        others.claimed.iter().for_each(|(keyid, name)| self.claim(keyid, name));
    }

    /// The name of a key.
    #[must_use]
    pub fn name(&self, keyid: &str) -> Option<&str> {
        self.names.get(keyid).map(String::as_str)
    }

    /// What somebody else calls a key, quoted, after a space.
    fn claim_of(&self, keyid: &str) -> String {
        self.claimed.get(keyid).map(|name| format!(" {name:?}")).unwrap_or_default()
    }

    /// The name and the first characters of the keyid, or these and what somebody else calls the key.
    #[must_use]
    pub fn short(&self, keyid: &str) -> String {
        let prefix = self.shown(keyid);
        match self.name(keyid) {
            Some(name) => format!("{name} ({prefix})"),
            None => format!("{prefix}{}", self.claim_of(keyid)),
        }
    }

    /// As [`KeyNames::short`], with the scheme of the key.
    #[must_use]
    pub fn describe(&self, keyid: &str, key: Option<&Key>) -> String {
        let prefix = self.shown(keyid);
        let scheme = key.map_or("no such key".to_owned(), |key| plain(&key.scheme));
        match self.name(keyid) {
            Some(name) => format!("{name} ({prefix}, {scheme})"),
            None => format!("{prefix}{} ({scheme})", self.claim_of(keyid)),
        }
    }
}

/// Text of a document that is no plain word is quoted: it could read like another key with its keyid.
fn plain(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if text.bytes().all(is_plain) { text.to_owned() } else { format!("{text:?}") }
}

impl<I: Into<String>, N: Into<String>> FromIterator<(I, N)> for KeyNames {
    fn from_iter<T: IntoIterator<Item = (I, N)>>(names: T) -> Self {
        let names = names.into_iter().map(|(keyid, name)| (keyid.into(), name.into())).collect();
        Self { names, ..Self::default() }
    }
}
