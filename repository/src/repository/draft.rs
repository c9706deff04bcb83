//! Changes that are not published yet, one file a role.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::metadata::{Key, ROOT, Role, Root, Rotate, Targets};
use crate::repository::layout::Layout;
use crate::repository::rebase::{self, Conflict};
use crate::repository::state::State;
use crate::store::Disk;

/// A role's document as it shall become. Its version and expiry are set where it is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Draft<M> {
    /// Published version that the change was made from, 0 where there was none.
    pub(crate) base: u64,
    /// The document.
    pub(crate) signed: M,
    /// The published document that the change was made from. A draft of an earlier version has none.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<M>,
    /// Target paths whose bytes are published elsewhere.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) elsewhere: BTreeSet<String>,
    /// Target paths that this role lists, although it delegates them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) shadowing: BTreeSet<String>,
    /// Of root metadata: the roles whose old keys do not sign any more, not even what clients with the old root
    /// metadata see.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) abrupt: BTreeSet<String>,
    /// Of a delegated role: the keys that it rotates to by itself.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub(crate) rotation: Option<StagedRotation>,
}

/// Keys that a role is to go on with by a rotate file of its own (TAP 8), or none (TAP 20).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StagedRotation {
    /// Rotate files of the role that are published.
    pub(crate) base: u64,
    /// The keys by keyid. None revoke the role.
    pub(crate) keys: BTreeMap<String, Key>,
    /// Signatures that are needed.
    pub(crate) threshold: u64,
}

impl StagedRotation {
    /// Whether it is one to the null key.
    pub(crate) fn revokes(&self) -> bool {
        self.keys.is_empty()
    }

    /// Who signs for the role from then on.
    pub(crate) fn signers(&self) -> Role {
        Role::new(self.keys.keys().cloned().collect(), self.threshold)
    }

    /// The rotate file.
    pub(crate) fn file(&self, role: &str) -> Rotate {
        Rotate::new(role, self.base.saturating_add(1), self.keys.clone(), self.threshold)
    }
}

impl<M: Clone> Draft<M> {
    /// A change of a document that is not published yet.
    pub(crate) fn new(signed: M) -> Self {
        let (elsewhere, shadowing, abrupt) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { base: 0, signed, from: None, elsewhere, shadowing, abrupt, rotation: None }
    }

    /// A change of a published document.
    pub(crate) fn of(base: u64, published: &M) -> Self {
        Self { base, from: Some(published.clone()), ..Self::new(published.clone()) }
    }
}

impl<M: Clone> Draft<M> {
    fn rebase(
        &mut self,
        role: &str,
        version: u64,
        published: &M,
        merge: impl Fn(&M, &M, &M) -> Result<M, Conflict>,
    ) -> Result<(), Error> {
        if self.base == version {
            return Ok(());
        }
        let (role, base) = (role.to_owned(), self.base);
        let Some(from) = &self.from else { return Err(Error::BaseMoved { role, base, published: version }) };
        self.signed = merge(from, &self.signed, published).map_err(|conflict| Error::StagedConflict {
            role,
            base,
            published: version,
            conflict,
        })?;
        self.from = Some(published.clone());
        self.base = version;
        Ok(())
    }
}

impl Draft<Targets> {
    /// Forgets what was said of a target path, which is listed anew or is gone.
    pub(crate) fn forget(&mut self, path: &str) {
        self.elsewhere.remove(path);
        self.shadowing.remove(path);
    }
}

/// All changes that are not published yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drafts {
    pub(crate) root: Option<Draft<Root>>,
    pub(crate) targets: BTreeMap<String, Draft<Targets>>,
}

impl Drafts {
    pub(crate) fn load(layout: &Layout) -> Result<Self, Error> {
        let mut drafts = Self::default();
        for role in roles_with_drafts(layout)? {
            if role == ROOT {
                drafts.root = read(layout, &role)?;
            } else if let Some(draft) = read(layout, &role)? {
                drafts.targets.insert(role, draft);
            }
        }
        Ok(drafts)
    }

    /// Every key that a change lists, with the role that is changed.
    pub(crate) fn listed_keys(&self) -> impl Iterator<Item = (&str, &Key)> {
        let root = self.root.iter().flat_map(|draft| draft.signed.keys.values()).map(|key| (ROOT, key));
        let targets = self.targets.iter().flat_map(|(role, draft)| {
            let keys = draft.signed.delegations.iter().flat_map(|delegations| delegations.keys.values());
            keys.map(move |key| (role.as_str(), key))
        });
        root.chain(targets)
    }

    /// Lays each change over what is published, if that is not what the change was made from.
    ///
    /// # Errors
    /// [`Error::StagedConflict`] where the same was changed in another way; [`Error::BaseMoved`] for a draft of an earlier
    /// version.
    pub(crate) fn rebase(&mut self, state: &State) -> Result<(), Error> {
        if let (Some(draft), Some(root)) = (&mut self.root, &state.root) {
            draft.rebase(ROOT, state.root_version(), &root.signed, rebase::root)?;
        }
        for (role, draft) in &mut self.targets {
            if draft.base == 0 {
                draft.from = Some(Targets::empty());
            }
            // A draft of a role that nobody delegates to any more is refused where it is used.
            if let Some(published) = state.targets(role) {
                draft.rebase(role, state.version(role), &published.signed, rebase::targets)?;
            }
            let published = state.rotated(role).map_or(0, |rotated| rotated.rotations);
            if draft.rotation.as_ref().is_some_and(|rotation| rotation.base != published) {
                let (base, published, conflict) =
                    (draft.base, state.version(role), Conflict::Rotation(role.clone()));
                return Err(Error::StagedConflict { role: role.clone(), base, published, conflict });
            }
        }
        Ok(())
    }

    /// Names of the roles that have a change.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        let root = self.root.iter().map(|_| ROOT);
        root.chain(self.targets.keys().map(String::as_str))
    }

    /// Writes the changes of these roles, and removes the file of a role that has none any more.
    pub(crate) fn save<'r>(
        &self,
        roles: impl IntoIterator<Item = &'r String>,
        layout: &Layout,
        disk: &Disk,
    ) -> Result<(), Error> {
        for role in roles {
            let text = match (&self.root, self.targets.get(role)) {
                (Some(root), _) if role == ROOT => serde_json::to_vec_pretty(root),
                (_, Some(draft)) => serde_json::to_vec_pretty(draft),
                _ => {
                    disk.remove(&layout.draft(role))?;
                    continue;
                }
            };
            disk.replace(&layout.draft(role), &text.map_err(Error::NotJson)?)?;
        }
        Ok(())
    }
}

fn roles_with_drafts(layout: &Layout) -> Result<Vec<String>, Error> {
    let names = layout.remembered().names(&layout.drafts())?;
    Ok(names.iter().filter_map(|name| name.strip_suffix(".json")).map(str::to_owned).collect())
}

fn read<M: DeserializeOwned>(layout: &Layout, role: &str) -> Result<Option<Draft<M>>, Error> {
    let path = layout.draft(role);
    match layout.read_state(&path)? {
        None => Ok(None),
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| Error::unreadable(&path, error)),
    }
}
