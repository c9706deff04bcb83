//! Why a search or a download on several repositories did not succeed.

use std::fmt;

use crate::error::Error;

/// Why a search or a download on several repositories did not succeed: an [`Error`], and whose it is.
#[derive(Debug)]
#[non_exhaustive]
pub struct MapError {
    /// Name of the repository; none where it is about the map file, the target path or the search itself.
    pub repository: Option<String>,
    /// What happened.
    pub error: Error,
}

impl MapError {
    pub(super) fn of(repository: &str, error: Error) -> Self {
        Self { repository: Some(repository.to_owned()), error }
    }

    pub(super) fn of_the_map(error: impl Into<Error>) -> Self {
        Self { repository: None, error: error.into() }
    }

    /// The stable kebab-case code, that of the [`Error`].
    #[must_use]
    pub fn code(&self) -> &str {
        self.error.code()
    }

    /// Whether another repository may still have the bytes. Where they go to, and the sandbox, are the same for all.
    pub(super) fn concerns_one_repository(&self) -> bool {
        use Error::{ForeignTarget, Output, Sandbox, Store};
        !matches!(self.error, Output { .. } | Sandbox(_) | Store(_) | ForeignTarget { .. })
    }

    /// What is to be reported after the next repository has failed too: a verdict rather than that there was none, and the
    /// earlier where neither is one.
    pub(super) fn or_worse(self, next: Self) -> Self {
        let is_verdict = |error: &Self| matches!(error.error, Error::Failure(_));
        match next.concerns_one_repository() && (is_verdict(&self) || !is_verdict(&next)) {
            true => self,
            false => next,
        }
    }
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repository {
            Some(repository) => write!(f, "repository {repository}: {}", self.error),
            None => self.error.fmt(f),
        }
    }
}

impl std::error::Error for MapError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}
