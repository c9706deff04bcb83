//! The records of the contract, as `bindgen!` makes them of `wasm/wit`.

use std::collections::BTreeSet;
use std::fmt;

mod generated {
    wasmtime::component::bindgen!({
        path: "../wit",
        inline: "package tuf:host; world records { import tuf:verifier/types@0.2.0; }",
        additional_derives: [PartialEq, Eq],
    });
}

// What a program meets. The rest is between this library and the component.
pub use generated::tuf::verifier::types::{
    Access, ArbitrarySoftware, Basis, Cause, EndlessData, EndlessRotation, Failure, Freeze, Hash, KeyProblem,
    Malformed, MappedRepository, Mismatch, Missing, MixAndMatch, NotFound, NotFoundReason, Notice,
    NumberMismatch, OtherRootLine, Phase, Place, Profile, Refusal, Report, Retry, Revoked, RoleState,
    Rollback, Settings, SigningKey, Target, Unsupported, UnsupportedHashes, UnsupportedKeys, UnsupportedText,
    UnusableKeys, Waived, Waiver, WrongSoftware,
};

pub(crate) use generated::tuf::verifier::types::{
    Action, AtHand, ClientCause, ClientError, ClientEvent, ClientOptions, GetAction, KeepAction, Listing,
    LoadAction, MapNotFound, MapRequest, Mirror, MirrorFailure, MirrorKind, Outcome, ReceiveAction, Response,
    StoreFile, TargetStream, TransportError, TransportKind,
};

impl Default for Settings {
    /// The component's own defaults.
    fn default() -> Self {
        Self {
            root_max_length: 512_000,
            timestamp_max_length: 16_384,
            snapshot_max_length: 2_000_000,
            targets_max_length: 5_000_000,
            listed_max_length: 64 << 20,
            target_file_max_length: 1 << 30,
            max_root_updates: 256,
            max_delegations: 32,
            max_rotations: 32,
            access: Access::Repository,
            fresh_for: 0,
            profile: Profile::Compatible,
            replace_root_line: false,
        }
    }
}

impl Default for Retry {
    /// Two tries after the first; half a second before the first of them; twenty seconds at most.
    fn default() -> Self {
        Self { count: 2, first: 500, longest: 20_000 }
    }
}

impl Retry {
    /// No try after the first.
    pub const NEVER: Self = Self { count: 0, first: 0, longest: 0 };
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for NotFound {
    /// The reason, to follow the path and a colon.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolution => "address of the server",
            Self::Connection => "connection",
            Self::Response => "answer",
            Self::Bytes => "further bytes",
            Self::End => "end of the transfer",
        })
    }
}

impl Waiver {
    /// Whether it is about the form in which a key or a date is written. It says the same thing as the specification's form,
    /// so every check was made.
    #[must_use]
    pub fn is_form(&self) -> bool {
        matches!(self.check, Waived::DateForm(_) | Waived::KeyForm(_))
    }

    /// Sums up the waivers of forms in one sentence. `None` if there are no such waivers.
    #[must_use]
    pub fn forms_in_words(waivers: &[Self]) -> Option<String> {
        let (mut dates, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for waiver in waivers {
            match &waiver.check {
                Waived::DateForm(role) => _ = dates.insert(role),
                Waived::KeyForm(key) => _ = keys.insert(&key.keyid),
                Waived::NewerRoot | Waived::NewerTimestamp | Waived::RootLimit => {}
            }
        }
        let counted = [(keys.len(), "key"), (dates.len(), "date")];
        let words = counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, name)| match count {
            1 => format!("1 {name}"),
            _ => format!("{count} {name}s"),
        });
        let words: Vec<_> = words.collect();
        (!words.is_empty()).then(|| {
            format!("{} in other forms than the specification's; they mean the same", words.join(" and "))
        })
    }
}

impl fmt::Display for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<&Target> for Listing {
    fn from(target: &Target) -> Self {
        Self { length: target.length, hashes: target.hashes.clone() }
    }
}
