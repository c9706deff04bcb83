//! How containerd calls: flags with one dash, and a descriptor on standard input.

use std::ffi::OsString;
use std::fmt;
use std::io::Read;

use tuf_oci::{Descriptor, DescriptorError, Digest, MAX_DESCRIPTOR, Reference, ReferenceError};

use crate::verdict::Verdict;

/// The one form of input that is understood.
const DESCRIPTOR: &str = "application/vnd.oci.descriptor.v1+json";

/// What containerd asks.
#[derive(Debug)]
pub(crate) struct Call {
    /// The name that the image is pulled by.
    pub(crate) reference: Reference,
    /// What the registry offers for it.
    pub(crate) descriptor: Descriptor,
}

/// The values of the flags, as they were given.
#[derive(Debug)]
pub(crate) struct Flags {
    pub(crate) name: String,
    pub(crate) digest: String,
    media_type: String,
}

impl Flags {
    /// Arguments become the values of the three flags, each of which is there once.
    ///
    /// # Errors
    /// Another flag: it might change what the call means.
    pub(crate) fn parse(arguments: &[OsString]) -> Result<Self, CallError> {
        let (mut name, mut digest, mut media_type) = (None, None, None);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let flag = argument.to_str().unwrap_or_default();
            let value = match flag {
                "-name" => &mut name,
                "-digest" => &mut digest,
                "-stdin-media-type" => &mut media_type,
                _ => return Err(CallError::UnknownFlag(argument.to_string_lossy().into_owned())),
            };
            let given = arguments.next().ok_or_else(|| CallError::NoValue(flag.to_owned()))?;
            let given = given.to_str().ok_or_else(|| CallError::NoText(flag.to_owned()))?;
            if value.replace(given.to_owned()).is_some() {
                return Err(CallError::Twice(flag.to_owned()));
            }
        }
        Ok(Self {
            name: name.ok_or(CallError::Absent("-name"))?,
            digest: digest.ok_or(CallError::Absent("-digest"))?,
            media_type: media_type.ok_or(CallError::Absent("-stdin-media-type"))?,
        })
    }

    /// The flags and the bytes of standard input (≤ [`MAX_DESCRIPTOR`]) become a call.
    ///
    /// # Errors
    /// An unknown media type, a name that is no reference, or digests that do not agree.
    pub(crate) fn with(&self, input: impl Read) -> Result<Call, CallError> {
        if self.media_type != DESCRIPTOR {
            return Err(CallError::InputMediaType(self.media_type.clone()));
        }
        let reference = Reference::parse(&self.name)?;
        let mut bytes = Vec::new();
        input.take(MAX_DESCRIPTOR + 1).read_to_end(&mut bytes).map_err(CallError::Input)?;
        let descriptor = Descriptor::parse(&bytes)?;
        let told: Digest = self.digest.parse().map_err(DescriptorError::Digest)?;
        let mut asked = reference.digest().cloned().into_iter().chain([told]);
        match asked.find(|digest| *digest != descriptor.digest) {
            Some(asked) => Err(CallError::Digests { asked, offered: descriptor.digest }),
            None => Ok(Call { reference, descriptor }),
        }
    }
}

/// Why a call cannot be answered.
#[derive(Debug)]
pub(crate) enum CallError {
    UnknownFlag(String),
    NoValue(String),
    NoText(String),
    Twice(String),
    Absent(&'static str),
    InputMediaType(String),
    Input(std::io::Error),
    Reference(ReferenceError),
    Descriptor(DescriptorError),
    Digests { asked: Digest, offered: Digest },
}

impl CallError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownFlag(_) => "unknown-flag",
            Self::NoValue(_) | Self::NoText(_) | Self::Twice(_) | Self::Absent(_) => "bad-call",
            Self::InputMediaType(_) => "unsupported-media-type",
            Self::Input(_) => "bad-descriptor",
            Self::Reference(error) => error.code(),
            Self::Descriptor(error) => error.code(),
            Self::Digests { .. } => "digest-differs",
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFlag(flag) => {
                write!(f, "the flag {flag:?} is not known: a newer containerd needs a newer verifier")
            }
            Self::NoValue(flag) => write!(f, "the flag {flag} has no value"),
            Self::NoText(flag) => write!(f, "the value of the flag {flag} is not UTF-8"),
            Self::Twice(flag) => write!(f, "the flag {flag} is given twice"),
            Self::Absent(flag) => write!(f, "the flag {flag} is not given"),
            Self::InputMediaType(name) => {
                write!(f, "the input is {name:?}, only {DESCRIPTOR} is understood")
            }
            Self::Input(error) => write!(f, "the descriptor cannot be read: {error}"),
            Self::Reference(error) => error.fmt(f),
            Self::Descriptor(error) => error.fmt(f),
            Self::Digests { asked, offered } => write!(f, "{asked} is asked for, {offered} is offered"),
        }
    }
}

impl From<ReferenceError> for CallError {
    fn from(error: ReferenceError) -> Self {
        Self::Reference(error)
    }
}

impl From<DescriptorError> for CallError {
    fn from(error: DescriptorError) -> Self {
        Self::Descriptor(error)
    }
}

impl From<CallError> for Verdict {
    fn from(error: CallError) -> Self {
        Self::block(error.code(), error.to_string())
    }
}
