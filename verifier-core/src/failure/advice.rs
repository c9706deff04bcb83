//! What to do next, for a person: half a sentence in lower case, to follow `help:`. Hosts add the names of their options.

use super::{Failure, KeyProblem, Missing, Misuse, Place, Refusal, Unsupported};

impl Failure {
    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.advice(),
            Self::Unsupported(unsupported) => unsupported.advice(),
            Self::Malformed(_) => {
                "the trusted root file or the repository is broken; check the trusted root and the metadata URL"
            }
            Self::Missing(Missing { place: Place::Repository, .. }) => {
                "check the metadata URL; if it is right, the repository is broken or someone withholds its files"
            }
            Self::Missing(Missing { place: Place::Store, .. }) => "refresh once with the network",
            Self::Misuse(Misuse::UnsafePath(_)) => "ask for another path",
            Self::Misuse(Misuse::SameRoot { .. }) => {
                "correct the map: the two are one repository, and count once"
            }
            Self::Misuse(_) => "this is a defect of the program: report it",
        }
    }
}

impl Refusal {
    fn advice(&self) -> &'static str {
        match self {
            Self::ArbitrarySoftware { .. } => {
                "do not go on; if this is the first use of the repository, its trusted root may be the wrong file: get it \
                 again from its publisher, by another way than this repository"
            }
            Self::Rollback { .. } => {
                "an older state of the repository was served; try again later or from another network, and tell the publisher"
            }
            Self::Freeze { .. } => {
                "either the publisher has not renewed the metadata, or someone withholds newer metadata; check this \
                 machine's clock, then tell the publisher"
            }
            Self::EndlessData { setting: Some(_), .. } => {
                "do not go on; if the file is known to be that large, raise the setting, else tell the publisher of the repository"
            }
            Self::OtherRootLine { .. } => {
                "check the trusted root and the store: each repository needs a store of its own; if its publisher has set it up \
                 anew, replace the line of roots once"
            }
            Self::MixAndMatch { .. }
            | Self::EndlessData { setting: None, .. }
            | Self::WrongSoftware { .. }
            | Self::Revoked { .. }
            | Self::EndlessRotation { .. } => "do not go on; tell the publisher of the repository",
        }
    }
}

impl Unsupported {
    fn advice(&self) -> &'static str {
        let is_form = match self {
            Self::Date { .. } => true,
            Self::Keys { unusable, .. } => unusable.iter().any(|keys| keys.why == KeyProblem::OtherForm),
            Self::Hashes { .. } | Self::SpecVersion { .. } => false,
        };
        if is_form {
            "no attack was seen; leave out the strict profile, or ask the publisher to sign in the specification's form"
        } else {
            "no attack was seen; update this program, or ask the publisher for keys, hashes and dates that it supports"
        }
    }
}
