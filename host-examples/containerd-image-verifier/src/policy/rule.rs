//! Prefixes of names, and names written anew.

use std::borrow::Borrow;
use std::fmt;

use tuf_oci::{Host, Reference, ReferenceError, Repository};

/// `host[:port]` or `host[:port]/repository`: a prefix of names that ends at a `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Prefix(String);

impl Prefix {
    /// A text becomes a prefix if it is written as in canonical references.
    ///
    /// # Errors
    /// What is wrong with it: such a rule would never apply.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (host, repository) = match text.split_once('/') {
            Some((host, repository)) => (host, Some(repository)),
            None => (text, None),
        };
        let parsed: Host = host.parse().map_err(|error: ReferenceError| error.to_string())?;
        if parsed.as_str() != host {
            return Err(format!("this registry is written {parsed}"));
        }
        if let Some(repository) = repository {
            repository.parse::<Repository>().map_err(|error| error.to_string())?;
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Prefix {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A prefix in place of another: what a mirror serves under its own name.
#[derive(Clone, Debug)]
pub(crate) struct Rewrite {
    pub(super) from: Prefix,
    pub(crate) to: Prefix,
}

impl Rewrite {
    /// The same image under the new name; a reference without the prefix stays as it is.
    ///
    /// # Errors
    /// The new name is none: it is too long, or has no repository.
    pub(crate) fn apply(&self, reference: &Reference) -> Result<Reference, ReferenceError> {
        let text = reference.to_string();
        match text.strip_prefix(self.from.as_str()) {
            Some(rest) => Reference::parse(&format!("{}{rest}", self.to)),
            None => Ok(reference.clone()),
        }
    }
}
