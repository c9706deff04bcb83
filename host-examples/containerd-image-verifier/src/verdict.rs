//! What was decided, and the one line that says so.

use std::fmt;

use tuf_verifier_host::Report;

/// What was decided about a pull.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) allowed: bool,
    /// Kebab-case code that does not change.
    pub(crate) code: String,
    pub(crate) words: String,
    pub(crate) metadata: Metadata,
}

impl Verdict {
    /// Blocks a pull before any metadata was asked for.
    pub(crate) fn block(code: &str, words: impl Into<String>) -> Self {
        Self { allowed: false, code: code.to_owned(), words: words.into(), metadata: Metadata::NotAsked }
    }

    /// Allows a pull without metadata.
    pub(crate) fn allow(code: &str, words: impl Into<String>) -> Self {
        Self { allowed: true, ..Self::block(code, words) }
    }

    /// The same, with what is known of the metadata.
    pub(crate) fn with(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.code, self.words, self.metadata)
    }
}

/// How long the metadata can be used that a verdict rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Metadata {
    /// There was no need for any, or no way to it.
    NotAsked,
    /// What there is was not accepted.
    NotAccepted,
    /// The top-level role that expires first, and seconds until then.
    Valid { role: &'static str, seconds: i64 },
}

impl From<&Report> for Metadata {
    fn from(report: &Report) -> Self {
        let roles = [
            ("timestamp", report.timestamp),
            ("snapshot", report.snapshot),
            ("targets", report.targets),
            ("root", report.root),
        ];
        let first = roles.into_iter().min_by_key(|(_, state)| state.expires);
        first.map_or(Self::NotAccepted, |(role, state)| {
            let seconds = state.expires.saturating_sub(report.now);
            Self::Valid { role, seconds }
        })
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, seconds) = match self {
            Self::NotAsked => return f.write_str("no metadata was asked for"),
            Self::NotAccepted => return f.write_str("no metadata was accepted"),
            Self::Valid { role, seconds } => (role, seconds),
        };
        let (number, unit) = match seconds {
            86_400.. => (seconds / 86_400, "day"),
            3_600.. => (seconds / 3_600, "hour"),
            _ => (seconds / 60, "minute"),
        };
        let plural = if number == 1 { "" } else { "s" };
        write!(f, "metadata valid for {number} {unit}{plural} ({role})")
    }
}
