//! What other clients would refuse of a publish, before anything is written.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::clients::{ClientRules, Obstacle, Tree, TreeFile};
use crate::error::Error;
use crate::metadata::{ROOT, Rotate, RotatedKeys, SNAPSHOT, Signed, TIMESTAMP, Targets};
use crate::repository::Repository;
use crate::repository::layout::rotated_role;
use crate::repository::plan::{Plan, PlannedFile};
use crate::repository::state::State;
use crate::review::Documents;

impl Repository {
    /// The clients that a publish is checked for, from now on.
    pub fn clients_mut(&mut self) -> &mut ClientRules {
        &mut self.clients
    }

    /// Checks the files that are about to be published. Those that stay were checked when they were published.
    ///
    /// # Errors
    /// [`Error::ClientsRefuse`] for clients that must be able to read the repository.
    pub(super) fn check_clients(&self, state: &State, plan: &Plan) -> Result<Vec<Obstacle>, Error> {
        let ClientRules { check, require } = &self.clients;
        if plan.files.is_empty() || check.is_empty() && require.is_empty() {
            return Ok(Vec::new());
        }
        let documents = documents(state, plan)?;
        let files = plan.files.iter().filter(|file| rotated_role(&file.role).is_none());
        let files = files.map(|file| TreeFile { role: &file.role, bytes: &file.bytes });
        let last_root = plan.files.iter().find(|file| file.role == ROOT).map(|file| file.version);
        let root_rotations = last_root.unwrap_or(state.root_version()).saturating_sub(1);
        let tree = Tree { documents: &documents, files: files.collect(), root_rotations };
        let required: Vec<Obstacle> = require.iter().flat_map(|client| tree.check(client)).collect();
        // A client that does not hear of a revocation is no reason to keep it from those that do.
        let (refused, told): (Vec<_>, Vec<_>) = required.into_iter().partition(|it| it.kind.is_refusal());
        if !refused.is_empty() {
            return Err(Error::ClientsRefuse(refused));
        }
        let others = check.iter().filter(|client| !require.contains(client));
        Ok(told.into_iter().chain(others.flat_map(|client| tree.check(client))).collect())
    }
}

/// The documents as they shall be. Of roles that are not about to be published, what they list is left out.
fn documents(state: &State, plan: &Plan) -> Result<Documents, Error> {
    let published = |signed: &Signed<Targets>| {
        let Targets { spec_version, version, expires, delegations, .. } = &signed.signed;
        let (spec_version, delegations) = (spec_version.clone(), delegations.clone());
        Targets { spec_version, version: *version, expires: *expires, delegations, ..Targets::empty() }
    };
    let mut targets: BTreeMap<String, Targets> = state
        .all_targets()
        .filter(|(_, signed)| signed.signed.delegations.is_some())
        .map(|(role, signed)| (role.to_owned(), published(signed)))
        .collect();
    let mut documents = state.documents_without_targets();
    // It was told when it was published.
    documents.rotated.retain(|_, rotated| !rotated.is_revoked);
    for file in &plan.files {
        match file.role.as_str() {
            files if rotated_role(files).is_some() => {
                let rotate: Rotate = parse(file)?;
                let rotated = RotatedKeys::after(&rotate);
                documents.rotated.insert(rotate.role, rotated);
            }
            ROOT => documents.root = Some(parse(file)?),
            TIMESTAMP => documents.timestamp = Some(parse(file)?),
            SNAPSHOT => documents.snapshot = Some(parse(file)?),
            role => drop(targets.insert(role.to_owned(), parse(file)?)),
        }
    }
    documents.targets = targets;
    Ok(documents)
}

fn parse<M: DeserializeOwned>(file: &PlannedFile) -> Result<M, Error> {
    serde_json::from_slice::<Signed<M>>(&file.bytes).map(|signed| signed.signed).map_err(Error::NotJson)
}
