//! Targets documents as they shall become: staged changes laid over what is published.

use crate::metadata::Targets;
use crate::repository::draft::Drafts;
use crate::repository::state::State;

/// The document of a targets role, or none where it has none yet.
pub(crate) fn document<'d>(state: &'d State, drafts: &'d Drafts, role: &str) -> Option<&'d Targets> {
    let draft = drafts.targets.get(role).map(|draft| &draft.signed);
    draft.or_else(|| state.targets(role).map(|published| &published.signed))
}
