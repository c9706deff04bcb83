//! A published repository as a client sees it from outside: without keys, without the publisher's state.

mod source;
mod walk;

use std::cell::RefCell;
use std::collections::BTreeMap;

use tuf_verifier_core::{Failure, Request, Settings, UnixTime, UpdateCycle};

use crate::error::Error;
pub use source::{FolderSource, HttpSource, MetadataSource};

/// What was seen of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Every role that clients are led to, root metadata first, as far as they could be verified. Expired ones too.
    pub roles: Vec<ObservedRole>,
    /// Why a new client refuses the repository, or a role of it; none if it accepts all of it.
    pub refused: Option<Failure>,
}

/// A role whose metadata is signed as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedRole {
    /// Name of the role.
    pub role: String,
    /// Its version.
    pub version: u64,
    /// When it expires; none if the date is written in a form that is not read here.
    pub expires: Option<UnixTime>,
}

/// Lets a new client update from root metadata that it trusts, and then verifies every role that clients can be led to.
///
/// # Errors
/// [`Error::Unreachable`] where the repository does not answer; [`Error::Io`]. What clients refuse is no error, but
/// [`Observation::refused`].
pub fn observe(root: &[u8], source: &dyn MetadataSource, now: UnixTime) -> Result<Observation, Error> {
    let source = Once { source, seen: RefCell::default() };
    let client = client(root, &source, now)?;
    let mut roles = Vec::new();
    let all = walk::roles(root, &source, &mut roles)?;
    let expired = |role: &&ObservedRole| role.expires.is_some_and(|expires| expires <= now);
    // A new client asks no delegated role before it looks for a target.
    let frozen = roles.iter().skip(4).find(expired).and_then(|role| {
        let expires = role.expires?;
        Some(Failure::Refused(tuf_verifier_core::Refusal::Freeze {
            role: role.role.as_str().into(),
            version: role.version,
            expires,
            now,
        }))
    });
    let refused = client.err().or(all.err()).or(frozen);
    Ok(Observation { roles, refused })
}

fn client(root: &[u8], source: &Once<'_>, now: UnixTime) -> Result<Result<(), Failure>, Error> {
    let mut cycle = match UpdateCycle::start(root, now, Settings::default()) {
        Ok(cycle) => cycle,
        Err(failure) => return Ok(Err(failure)),
    };
    loop {
        let offered = match cycle.next() {
            Request::Load { .. } => cycle.offer(None),
            Request::Fetch { name, max_length } => cycle.offer(source.read(&name, max_length)?),
            // It remembers nothing.
            Request::Persist { .. } | Request::Forget { .. } => Ok(()),
            Request::SearchFailed(failure) => Err(failure),
            _ready => return Ok(Ok(())),
        };
        if let Err(failure) = offered {
            return Ok(Err(failure));
        }
    }
}

/// Asks for each file once: both verdicts are about the same bytes.
struct Once<'s> {
    source: &'s dyn MetadataSource,
    seen: RefCell<BTreeMap<String, Option<Vec<u8>>>>,
}

impl Once<'_> {
    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        if let Some(seen) = self.seen.borrow().get(name) {
            return Ok(seen.clone());
        }
        let bytes = self.source.read(name, most)?;
        self.seen.borrow_mut().insert(name.to_owned(), bytes.clone());
        Ok(bytes)
    }
}
