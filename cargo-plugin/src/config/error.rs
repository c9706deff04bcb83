//! Why the configuration cannot be used, and what to do next.

use std::io;
use std::path::PathBuf;

use tuf_files::Exposed;

use super::Origin;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file is not of the format.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// An environment variable is not of its form.
    #[error("{name} is {value:?}, which is no number of seconds")]
    Variable {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// A file that says whom to trust can be changed by somebody else.
    #[error("{} is not used: {exposed}", path.display())]
    Exposed {
        /// The file of settings, or the trusted root that one names.
        path: PathBuf,
        /// What can be changed, and by whom.
        exposed: Exposed,
    },
    /// There is no trusted root.
    #[error(
        "no trusted root is configured for the repository that {named_by} names: a root counts from there, or from a \
         place that counts more"
    )]
    NoTrustedRoot {
        /// The place that names the repository.
        named_by: Origin,
    },
    /// There is no repository.
    #[error("no repository is configured")]
    NoMetadataUrl,
    /// There is no place for target files, and none follows from the metadata's.
    #[error("no place of the target files is configured, and {metadata} does not end in `metadata`")]
    NoTargetsUrl {
        /// Where the metadata is.
        metadata: String,
    },
    /// One of the two is a URL, and the other a folder.
    #[error("metadata-url and targets-url must both be URLs, or both folders")]
    Mixed,
    /// A URL of another kind.
    #[error("{url}: only http, https and file URLs and folders are supported")]
    Scheme {
        /// The URL.
        url: String,
    },
}

impl ConfigError {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } | Self::Malformed { .. } => "config-unusable",
            Self::Exposed { .. } => "config-exposed",
            Self::NoTrustedRoot { .. } => "no-trusted-root",
            Self::NoMetadataUrl | Self::NoTargetsUrl { .. } => "no-repository",
            Self::Variable { .. } | Self::Mixed | Self::Scheme { .. } => "config-unusable",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> String {
        let text = match self {
            Self::Read { .. } | Self::Malformed { .. } => {
                "the settings are metadata-url, targets-url and trusted-root, each a text in quotes, mirrors, a list of texts, and fresh-for, a number of seconds"
            }
            Self::Variable { .. } => "set it to a number such as 3600, or unset it",
            Self::Exposed { .. } => {
                "make it yours and writable by you alone; or, if you trust everybody who can change it, name it with \
                 --tuf-config FILE or --trusted-root FILE"
            }
            Self::NoTrustedRoot { .. } => {
                "get root.json from the repository's publisher by a way that you trust, then pass --trusted-root FILE, \
                 or set trusted-root in $CARGO_HOME/tuf.toml, beside metadata-url"
            }
            Self::NoMetadataUrl => "pass --metadata-url URL, or set metadata-url in $CARGO_HOME/tuf.toml",
            Self::NoTargetsUrl { .. } => "pass --targets-url URL, or set targets-url beside metadata-url",
            Self::Mixed | Self::Scheme { .. } => "correct metadata-url and targets-url",
        };
        text.to_owned()
    }
}
