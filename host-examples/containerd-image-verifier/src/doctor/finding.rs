//! What a check found.

use std::fmt;

/// What a check found, for one line.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) state: State,
    /// The check's name, which does not change.
    check: &'static str,
    words: String,
}

/// What a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is as it must be.
    Ok,
    /// Pulls pass without a check.
    Open,
    /// Pulls are blocked that should not be.
    Blocked,
    /// Somebody should know.
    Warning,
    /// It could not be found out.
    Untried,
}

impl Finding {
    pub(super) fn ok(check: &'static str, words: impl Into<String>) -> Self {
        Self { state: State::Ok, check, words: words.into() }
    }

    pub(super) fn open(check: &'static str, words: impl Into<String>) -> Self {
        Self { state: State::Open, ..Self::ok(check, words) }
    }

    pub(super) fn blocked(check: &'static str, words: impl Into<String>) -> Self {
        Self { state: State::Blocked, ..Self::ok(check, words) }
    }

    pub(super) fn warning(check: &'static str, words: impl Into<String>) -> Self {
        Self { state: State::Warning, ..Self::ok(check, words) }
    }

    pub(super) fn untried(check: &'static str, words: impl Into<String>) -> Self {
        Self { state: State::Untried, ..Self::ok(check, words) }
    }

    /// Whether these are its words.
    pub(super) fn says(&self, words: &str) -> bool {
        self.words == words
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {}: {}", self.state.name(), self.check, self.words)
    }
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Open => "open",
            Self::Blocked => "blocked",
            Self::Warning => "warning",
            Self::Untried => "untried",
        }
    }
}
