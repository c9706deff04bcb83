//! What is published, and what is not yet.

use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::metadata::{Metadata, ROOT, Role, RotatedKeys, SNAPSHOT, Signed, TARGETS, TIMESTAMP};
use crate::repository::agreement::{Disagreement, disagreements};
use crate::repository::draft::Drafts;
use crate::repository::layout::Layout;
use crate::repository::memory::Memory;
use crate::repository::pending::Pending;
use crate::repository::state::State;
use crate::repository::view::View;

/// What is published, and what is not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Every role that clients are led to, top-level roles first.
    pub roles: Vec<RoleStatus>,
    /// Roles with a staged change.
    pub staged: Vec<String>,
    /// Whether an interrupted publish is waiting to be finished.
    pub interrupted: bool,
    /// Published targets that roles which must agree do not list alike.
    pub disagreements: Vec<Disagreement>,
    /// What is published, if it is newer than what was published last from here: another publisher has gone on with it, or a
    /// thief with the keys of the timestamp.
    pub newer: Option<Newer>,
}

/// What is published is newer than what is remembered: versions of the timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newer {
    /// The published one.
    pub published: u64,
    /// The one that was published last from here.
    pub remembered: u64,
}

impl Newer {
    /// Nothing, if what is published is what is remembered.
    fn than_remembered(state: &State, layout: &Layout) -> Result<Option<Self>, Error> {
        let Some(memory) = Memory::load(layout)? else { return Ok(None) };
        let published = state.timestamp.as_ref().map_or(0, |timestamp| timestamp.signed.version);
        let remembered = memory.timestamp.version;
        Ok((published > remembered).then_some(Self { published, remembered }))
    }
}

/// One published role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleStatus {
    /// Name of the role.
    pub role: String,
    /// Published version, 0 where there is none.
    pub version: u64,
    /// When that expires, where there is one.
    pub expires: Option<UnixTime>,
    /// Keyids that may sign for it.
    pub keyids: Vec<String>,
    /// Signatures that are needed.
    pub threshold: u64,
    /// Number of targets, for targets roles.
    pub targets: Option<usize>,
    /// Rotate files by which it has given itself these keys (TAP 8).
    pub rotations: u64,
    /// Whether it has revoked itself (TAP 20): nobody may sign for it.
    pub is_revoked: bool,
}

impl Status {
    pub(crate) fn load(layout: &Layout) -> Result<Self, Error> {
        let pending = Pending::load(layout)?;
        let interrupted = pending.is_some();
        // Where a publish was interrupted, what is published may be whole only together with the rest of it.
        let planned = pending.map(|pending| pending.files(layout)).transpose()?.unwrap_or_default();
        let state = State::load_planned(&View { layout, planned: &planned, hidden: None })?;
        let staged = Drafts::load(layout)?.roles().map(str::to_owned).collect();
        let disagreements = disagreements(&|role| state.targets(role).map(|published| &published.signed));
        // What an interrupted publish has written is its own, and not remembered yet.
        let newer = if interrupted { None } else { Newer::than_remembered(&state, layout)? };
        Ok(Self { roles: roles_of(&state)?, staged, interrupted, disagreements, newer })
    }
}

/// Every role that clients are led to, top-level roles first.
pub(super) fn roles_of(state: &State) -> Result<Vec<RoleStatus>, Error> {
    let mut roles = Vec::new();
    if let Some(root) = &state.root {
        let signers = |role: &str| root.signed.roles.get(role);
        roles.extend(row(ROOT, signers(ROOT), Some(root)));
        roles.extend(row(TIMESTAMP, signers(TIMESTAMP), state.timestamp.as_ref()));
        roles.extend(row(SNAPSHOT, signers(SNAPSHOT), state.snapshot.as_ref()));
        if let Some(signers) = signers(TARGETS) {
            add_targets(state, TARGETS, signers, &mut roles)?;
        }
    }
    Ok(roles)
}

fn row<M: Metadata>(role: &str, signers: Option<&Role>, published: Option<&Signed<M>>) -> Option<RoleStatus> {
    signers.map(|signers| RoleStatus {
        role: role.to_owned(),
        version: published.map_or(0, |published| published.signed.version()),
        expires: published.map(|published| published.signed.expires()),
        keyids: signers.keyids.clone(),
        threshold: signers.threshold,
        targets: None,
        rotations: 0,
        is_revoked: false,
    })
}

/// Adds a targets role, and the roles that it delegates to, each once.
fn add_targets(state: &State, role: &str, signers: &Role, rows: &mut Vec<RoleStatus>) -> Result<(), Error> {
    if rows.iter().any(|row| row.role == role) {
        return Ok(());
    }
    let published = state.targets(role);
    let targets = published.map(|published| published.signed.targets.len());
    let rotated = state.rotated(role);
    let (rotations, is_revoked) = rotated.map_or((0, false), |it| (it.rotations, it.is_revoked));
    let rotated = rotated.map(RotatedKeys::signers);
    let signers = rotated.as_ref().unwrap_or(signers);
    rows.extend(row(role, Some(signers), published).map(|row| RoleStatus {
        targets,
        rotations,
        is_revoked,
        ..row
    }));
    let delegations = published.and_then(|published| published.signed.delegations.as_ref());
    for (name, signers) in delegations.iter().flat_map(|delegations| delegations.signers()) {
        add_targets(state, &name, &signers, rows)?;
    }
    Ok(())
}
