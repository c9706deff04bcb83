//! A repository that its publisher does not know: made by another program, on another computer, or before anything was
//! remembered; or one that was put back to an older state on purpose.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::metadata::{ROOT, sha256_hex};
use crate::repository::Repository;
use crate::repository::layout::file_name;
use crate::repository::memory::Memory;
use crate::repository::pending::Pending;
use crate::repository::state::State;
use crate::repository::view::View;

/// What a publisher would believe of a repository from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// SHA-256 of every root metadata file, from version 1 on, in lower-case hexadecimal.
    pub roots: Vec<String>,
    /// Versions of what is published.
    pub published: Versions,
    /// Versions that are remembered, if the repository is known already.
    pub remembered: Option<Versions>,
    /// Whether an adoption would forget something that is remembered: what is published is older, or is another one of
    /// the same versions.
    pub goes_back: bool,
}

/// Versions of root and timestamp metadata, written as `ROOT:TIMESTAMP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Version of the last root metadata.
    pub root: u64,
    /// Version of the timestamp.
    pub timestamp: u64,
}

impl Repository {
    /// What is published, verified from its own first root metadata. Whether that is the right one cannot be seen from
    /// it: compare [`Adoption::roots`] with what clients start from. Changes nothing.
    ///
    /// # Errors
    /// [`Error::Changed`] where the repository is not whole; [`Error::NoRepository`]; [`Error::Interrupted`].
    pub fn adoption(&self) -> Result<Adoption, Error> {
        let _lock = self.lock()?;
        self.as_found().map(|(_, adoption)| adoption)
    }

    /// Believes what is published from now on. `confirmed` are SHA-256 digests of root metadata, which somebody has
    /// compared with what clients start from: that of version 1, from which the chain is verified, and that of the last
    /// version, so that no other chain can begin in the same place. `instead_of` are the remembered versions that are
    /// given up, if [`Adoption::goes_back`]. What is remembered of copies in registries stays.
    ///
    /// # Errors
    /// [`Error::NotConfirmed`] where one of the two digests is missing; [`Error::WouldGoBack`] where something newer is
    /// remembered, and `instead_of` does not name it; as for [`Repository::adoption`].
    pub fn adopt(&self, confirmed: &[String], instead_of: Option<Versions>) -> Result<Adoption, Error> {
        let _lock = self.lock()?;
        let (state, adoption) = self.as_found()?;
        let ends = [adoption.roots.first(), adoption.roots.last()];
        let is_confirmed = |digest: &String| confirmed.iter().any(|said| said.eq_ignore_ascii_case(digest));
        let mut missing: Vec<String> =
            ends.into_iter().flatten().filter(|digest| !is_confirmed(digest)).cloned().collect();
        // Version 1 may be the last one too.
        missing.dedup();
        if !missing.is_empty() {
            return Err(Error::NotConfirmed(missing));
        }
        match adoption.remembered {
            Some(remembered) if adoption.goes_back && instead_of != Some(remembered) => {
                return Err(Error::WouldGoBack { remembered, published: adoption.published });
            }
            _ => {}
        }
        let memory = state.memory().ok_or_else(|| Error::NoRepository(self.layout.location()))?;
        self.remember(memory, &[])?;
        Ok(adoption)
    }

    fn as_found(&self) -> Result<(State, Adoption), Error> {
        if Pending::load(&self.layout)?.is_some() {
            return Err(Error::Interrupted);
        }
        let view = View::published(&self.layout);
        let first = view.metadata(&file_name(ROOT, 1), MOST_ROOT_BYTES)?;
        let first = first.ok_or_else(|| Error::NoRepository(self.layout.location()))?;
        let state = State::verify(&view, &[sha256_hex(&first)], None)?;
        let found = state.memory().ok_or_else(|| Error::NoRepository(self.layout.location()))?;
        let known = Memory::load(&self.layout)?;
        let adoption = Adoption {
            published: found.versions(),
            remembered: known.as_ref().map(Memory::versions),
            goes_back: known.is_some_and(|known| !found.continues(&known)),
            roots: found.roots,
        };
        Ok((state, adoption))
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.root, self.timestamp)
    }
}

impl FromStr for Versions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not ROOT:TIMESTAMP, such as 2:31");
        let (root, timestamp) = text.split_once(':').ok_or_else(wrong)?;
        let version = |text: &str| text.parse().map_err(|_| wrong());
        Ok(Self { root: version(root)?, timestamp: version(timestamp)? })
    }
}

/// More than any root metadata has that clients take.
const MOST_ROOT_BYTES: u64 = 512_000;
