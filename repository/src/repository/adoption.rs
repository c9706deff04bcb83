//! A repository that its publisher does not know: made by another program, on another computer, or before anything was
//! remembered.

use crate::error::Error;
use crate::metadata::{ROOT, sha256_hex};
use crate::repository::Repository;
use crate::repository::layout::file_name;
use crate::repository::pending::Pending;
use crate::repository::state::State;
use crate::repository::view::View;

/// What a publisher would believe of a repository from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// SHA-256 of every root metadata file, from version 1 on, in lower-case hexadecimal.
    pub roots: Vec<String>,
    /// Version of the published timestamp.
    pub timestamp: u64,
}

impl Repository {
    /// What is published, verified from its own first root metadata. Whether that is the right one cannot be seen from
    /// it: compare [`Adoption::roots`] with what clients start from. Changes nothing.
    ///
    /// # Errors
    /// [`Error::NoRepository`]; [`Error::Changed`] where it is not whole; [`Error::Interrupted`].
    pub fn adoption(&self) -> Result<Adoption, Error> {
        if Pending::load(&self.layout)?.is_some() {
            return Err(Error::Interrupted);
        }
        let (_, adoption) = self.as_found()?;
        Ok(adoption)
    }

    /// Believes what is published from now on, in the place of what was remembered. `confirmed` are SHA-256 digests of
    /// root metadata, which somebody has compared with what clients start from: that of version 1, from which the chain
    /// is verified, and that of the last version, so that no other chain can begin in the same place.
    ///
    /// # Errors
    /// [`Error::NotConfirmed`] where one of the two is missing; as for [`Repository::adoption`].
    pub fn adopt(&self, confirmed: &[String]) -> Result<Adoption, Error> {
        let _lock = self.lock()?;
        if Pending::load(&self.layout)?.is_some() {
            return Err(Error::Interrupted);
        }
        let (state, adoption) = self.as_found()?;
        let ends = [adoption.roots.first(), adoption.roots.last()];
        let is_confirmed = |digest: &String| confirmed.iter().any(|said| said.eq_ignore_ascii_case(digest));
        let missing: Vec<String> =
            ends.into_iter().flatten().filter(|digest| !is_confirmed(digest)).cloned().collect();
        if !missing.is_empty() {
            return Err(Error::NotConfirmed(missing));
        }
        let memory = state.memory().ok_or_else(|| Error::NoRepository(self.folder().to_owned()))?;
        memory.save(&self.layout, &self.state_disk)?;
        Ok(adoption)
    }

    fn as_found(&self) -> Result<(State, Adoption), Error> {
        let view = View::published(&self.layout);
        let first = view.metadata(&file_name(ROOT, 1), MOST_ROOT_BYTES)?;
        let first = first.ok_or_else(|| Error::NoRepository(self.folder().to_owned()))?;
        let state = State::verify(&view, &[sha256_hex(&first)], None)?;
        let timestamp = state.timestamp.as_ref().map_or(0, |timestamp| timestamp.signed.version);
        let roots = state.memory().map(|memory| memory.roots).unwrap_or_default();
        Ok((state, Adoption { roots, timestamp }))
    }
}

/// More than any root metadata has that clients take.
const MOST_ROOT_BYTES: u64 = 512_000;
