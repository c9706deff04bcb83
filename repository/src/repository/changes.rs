//! The targets that a publish changes, and their bytes.

use std::fs::File;
use std::io;

use crate::error::Error;
use crate::metadata::TargetFile;
use crate::repository::authority;
use crate::repository::documents::Documents;
use crate::repository::draft::Drafts;
use crate::repository::hashing;
use crate::repository::layout::{Layout, fetch_path};
use crate::repository::state::State;

/// A target that is new, or differs from what is published.
pub(crate) struct ChangedTarget {
    pub(crate) role: String,
    pub(crate) path: String,
    target: TargetFile,
    elsewhere: bool,
}

/// Every changed target, each one of a role that clients ask for it.
pub(crate) fn changed_targets(state: &State, drafts: &Drafts) -> Result<Vec<ChangedTarget>, Error> {
    let mut changed = Vec::new();
    for (role, draft) in &drafts.targets {
        let published = state.targets(role)?.map(|published| published.signed.targets).unwrap_or_default();
        for (path, target) in &draft.signed.targets {
            if published.get(path) != Some(target) {
                let elsewhere = draft.elsewhere.contains(path);
                let (role, path, target) = (role.clone(), path.clone(), target.clone());
                changed.push(ChangedTarget { role, path, target, elsewhere });
            }
        }
    }
    let documents = Documents::default();
    for target in &changed {
        authority::check(|role| documents.document(state, drafts, role), &target.role, &target.path)?;
    }
    Ok(changed)
}

impl ChangedTarget {
    /// Checks the bytes against what the role lists. Gives where clients fetch them, where they are staged; none
    /// where they are published already, here or elsewhere.
    pub(crate) fn staged_file(&self, layout: &Layout) -> Result<Option<String>, Error> {
        let bad = |reason: String| Error::BadTargetFile { path: self.path.clone(), reason };
        let digest = self.target.hashes.get("sha256").ok_or_else(|| bad("it has no SHA-256".to_owned()))?;
        let fetch_path = fetch_path(&self.path, digest);
        let staged = layout.staged_target(&fetch_path);
        if !staged.exists() {
            return if self.elsewhere || layout.target(&fetch_path).exists() {
                Ok(None)
            } else {
                Err(bad(format!("its bytes are neither staged nor published ({})", staged.display())))
            };
        }
        let failed = |cause| Error::io("read", &staged, cause);
        let file = File::open(&staged).map_err(failed)?;
        let found = hashing::copy(file, &mut io::sink()).map_err(failed)?;
        let listed_sha512 = self.target.hashes.get("sha512").unwrap_or(&found.sha512);
        if found.length != self.target.length || found.sha256 != *digest || found.sha512 != *listed_sha512 {
            return Err(bad("the staged bytes have changed since they were added".to_owned()));
        }
        Ok(Some(fetch_path))
    }
}
