//! Targets documents as they shall become: staged changes laid over what is published.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use crate::error::Error;
use crate::metadata::Targets;
use crate::repository::draft::Drafts;
use crate::repository::state::State;

/// Published documents, each read once.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    published: RefCell<BTreeMap<String, Option<Rc<Targets>>>>,
}

/// The document of a targets role: as it shall become, or as it is published.
#[derive(Debug)]
pub(crate) enum Document<'d> {
    Draft(&'d Targets),
    Published(Rc<Targets>),
}

impl Documents {
    /// The document of a targets role, or none where it has none yet.
    pub(crate) fn document<'d>(
        &self,
        state: &State,
        drafts: &'d Drafts,
        role: &str,
    ) -> Result<Option<Document<'d>>, Error> {
        if let Some(draft) = drafts.targets.get(role) {
            return Ok(Some(Document::Draft(&draft.signed)));
        }
        if let Some(published) = self.published.borrow().get(role) {
            return Ok(published.clone().map(Document::Published));
        }
        let published = state.targets(role)?.map(|published| Rc::new(published.signed));
        self.published.borrow_mut().insert(role.to_owned(), published.clone());
        Ok(published.map(Document::Published))
    }
}

impl Deref for Document<'_> {
    type Target = Targets;

    fn deref(&self) -> &Targets {
        match self {
            Self::Draft(document) => document,
            Self::Published(document) => document,
        }
    }
}
