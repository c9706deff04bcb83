//! Why a policy cannot be followed. Never with a value of the file that may hold a password.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a policy cannot be followed.
#[derive(Debug)]
pub(crate) enum PolicyError {
    Unreadable {
        path: PathBuf,
        source: io::Error,
    },
    TooLong {
        path: PathBuf,
        limit: u64,
    },
    In {
        path: PathBuf,
        error: Box<PolicyError>,
    },
    /// Not TOML of this form: the line, where it is known.
    Form {
        line: Option<usize>,
        reason: String,
    },
    /// A key and what is wrong with its value.
    Value {
        key: String,
        reason: String,
    },
}

impl PolicyError {
    pub(super) fn value(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Value { key: key.into(), reason: reason.into() }
    }

    /// An error of the TOML reader, without the lines of the file that it would show.
    pub(super) fn form(text: &str, error: &toml::de::Error) -> Self {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let reason = match error.message() {
            // A value that is quoted may be a URL with a password.
            message if message.contains("://") => "a value is of another kind than this key has",
            message => message,
        };
        Self::Form { line, reason: reason.to_owned() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::TooLong { path, limit } => write!(f, "{} is longer than {limit} bytes", path.display()),
            Self::In { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Form { line: Some(line), reason } => write!(f, "line {line}: {reason}"),
            Self::Form { line: None, reason } => f.write_str(reason),
            Self::Value { key, reason } => write!(f, "{key}: {reason}"),
        }
    }
}
