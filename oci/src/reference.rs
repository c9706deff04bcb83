//! References to images: `host[:port]/repository[:tag][@digest]`.

mod error;
mod host;

pub use error::ReferenceError;
pub use host::Host;

use std::fmt;
use std::str::FromStr;

use crate::digest::Digest;

/// Bytes of a reference at most: host and repository, a tag of 128 and the longest digest, with the signs between.
pub const MAX_REFERENCE: usize = MAX_NAME + 1 + MAX_TAG + 1 + "sha512:".len() + 128;

/// Bytes of host, port and repository together, as registries limit names.
const MAX_NAME: usize = 255;

const MAX_TAG: usize = 128;

/// What a runtime is asked to pull. Host and repository are there, and a tag, a digest or both.
///
/// Prints in the one canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    host: Host,
    repository: Repository,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

impl Reference {
    /// A text becomes a reference if it is one in the strict grammar of the distribution specification.
    ///
    /// Nothing is added, decoded or normalised, except that `index.docker.io` reads `docker.io`: they are one registry.
    ///
    /// # Errors
    /// Whatever another program might read in another way is refused.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        check_characters(text)?;
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse()?)),
            None => (text, None),
        };
        let (host, rest) = rest.split_once('/').ok_or(ReferenceError::NoHost)?;
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag.parse()?)),
            None => (rest, None),
        };
        Self::new(host.parse()?, repository.parse()?, tag, digest)
    }

    /// The parts become a reference.
    ///
    /// # Errors
    /// Host and repository are too long together, or there is neither a tag nor a digest.
    pub fn new(
        host: Host,
        repository: Repository,
        tag: Option<Tag>,
        digest: Option<Digest>,
    ) -> Result<Self, ReferenceError> {
        let length = host.as_str().len() + 1 + repository.as_str().len();
        if length > MAX_NAME {
            return Err(ReferenceError::NameTooLong { length });
        }
        if tag.is_none() && digest.is_none() {
            return Err(ReferenceError::NeitherTagNorDigest);
        }
        Ok(Self { host, repository, tag, digest })
    }

    /// The registry.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The repository in the registry.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// `host[:port]/repository`, without tag and digest.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        Self::parse(text)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Refuses what no part of a reference has, so that later errors print nothing strange.
fn check_characters(text: &str) -> Result<(), ReferenceError> {
    if text.is_empty() {
        return Err(ReferenceError::Empty);
    }
    if text.len() > MAX_REFERENCE {
        return Err(ReferenceError::TooLong { length: text.len() });
    }
    let known = |character: char| character.is_ascii_alphanumeric() || ".-_/:@[]".contains(character);
    match text.char_indices().find(|(_, character)| !known(*character)) {
        Some((position, character)) => Err(ReferenceError::Character { character, position }),
        None => Ok(()),
    }
}

/// A repository in a registry: components of lower-case letters, digits and single separators, with `/` between.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository(String);

impl Repository {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Repository {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        match text.split('/').find(|component| !is_component(component)) {
            None => Ok(Self(text.to_owned())),
            Some("") => Err(ReferenceError::EmptyComponent),
            Some(component) => Err(ReferenceError::Component { component: component.to_owned() }),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let alphanumeric = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    let mut runs = text.as_bytes().chunk_by(|left, right| alphanumeric(left) == alphanumeric(right));
    let ends = |text: &str| {
        text.as_bytes().first().is_some_and(alphanumeric) && text.as_bytes().last().is_some_and(alphanumeric)
    };
    ends(text)
        && runs.all(|run| match run {
            b"." | b"_" | b"__" => true,
            _ => run.iter().all(alphanumeric) || run.iter().all(|byte| *byte == b'-'),
        })
}

/// A tag: a letter, a digit or `_`, then up to 127 of those, `.` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `_sha256-HEX`: a tag for what has a longer name, or other characters in it.
    #[cfg(feature = "registry")]
    pub(crate) fn of_name(name: &str) -> Self {
        let digest = Digest::of(crate::Algorithm::Sha256, name.as_bytes());
        Self(format!("_{}-{}", digest.algorithm(), digest.hex()))
    }
}

impl FromStr for Tag {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.len() > MAX_TAG {
            return Err(ReferenceError::TagTooLong { length: text.len() });
        }
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let begins = text.bytes().next().is_some_and(word);
        if begins && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-')) {
            return Ok(Self(text.to_owned()));
        }
        Err(ReferenceError::Tag { tag: text.to_owned() })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
