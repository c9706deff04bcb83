//! Warnings of keys that sign for more than they should.

use std::collections::{BTreeMap, BTreeSet};

use tuf_repository::metadata::{Key, ROOT, Root, SNAPSHOT, TARGETS, TIMESTAMP};
use tuf_repository::{Error, Setup, Staged};

use crate::cli::key_folder::KeyFolders;
use crate::cli::shell::Shell;

const ROLES: [&str; 4] = [ROOT, TARGETS, SNAPSHOT, TIMESTAMP];

/// Who signs for the top-level roles: the roles of each key, by its public part.
#[derive(Default)]
pub(super) struct TopLevelKeys {
    roles: BTreeMap<Vec<u8>, (Key, BTreeSet<&'static str>)>,
}

impl TopLevelKeys {
    pub(super) fn of_setup(setup: &Setup) -> Self {
        let keys = [&setup.root, &setup.targets, &setup.snapshot, &setup.timestamp];
        let mut found = Self::default();
        for (role, keys) in ROLES.into_iter().zip(keys) {
            found.add(role, &keys.keys);
        }
        found
    }

    pub(super) fn of_root(root: &Root) -> Self {
        let mut found = Self::default();
        for role in ROLES {
            let keyids = root.roles.get(role).into_iter().flat_map(|role| &role.keyids);
            found.add(role, keyids.filter_map(|keyid| root.keys.get(keyid)));
        }
        found
    }

    /// As they will be once what is staged is published.
    pub(super) fn of_staged(staged: &Staged<'_>) -> Result<Self, Error> {
        let mut found = Self::default();
        for role in ROLES {
            found.add(role, &staged.keys(role)?.keys);
        }
        Ok(found)
    }

    fn add<'k>(&mut self, role: &'static str, keys: impl IntoIterator<Item = &'k Key>) {
        for key in keys {
            let (_, roles) =
                self.roles.entry(key.material()).or_insert_with(|| (key.clone(), BTreeSet::new()));
            roles.insert(role);
        }
    }

    /// Warns of keys that are both where an unattended job signs and where a person alone should, and of one that signs for
    /// everything. `role` says for which role keys have changed, if it is one alone.
    pub(super) fn warn(&self, role: Option<&str>, names: &KeyFolders, shell: &Shell) {
        for (key, roles) in self.roles.values() {
            let concerns = role.is_none_or(|role| roles.contains(role));
            let of = |wanted: [&'static str; 2]| wanted.into_iter().filter(move |role| roles.contains(role));
            let offline: Vec<_> = of([ROOT, TARGETS]).collect();
            let online: Vec<_> = of([SNAPSHOT, TIMESTAMP]).collect();
            if !concerns || offline.is_empty() || online.is_empty() {
                continue;
            }
            let name = key.keyid().map(|keyid| names.name_of(&keyid)).unwrap_or_default();
            match roles.len() == ROLES.len() {
                true => shell.warning(format_args!(
                    "key {name} signs for every role: whoever has it has the whole repository, and no other key takes it back"
                )),
                false => shell.warning(format_args!(
                    "key {name} signs for {}, and for {}, which an unattended job signs: whoever gets into that job signs for {} \
                     too; give it a key of its own that stays offline",
                    offline.join(" and "),
                    online.join(" and "),
                    offline.join(" and ")
                )),
            }
        }
    }
}
