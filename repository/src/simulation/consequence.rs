//! One thing that a thief can do, and how clients are helped afterwards.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tuf_verifier_core::UnixTime;

use super::optional_time;
use crate::metadata::format_expiry;
use crate::review::Severity;

/// One thing that the holder of stolen keys can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// What it is.
    pub kind: ConsequenceKind,
    /// The role that is signed; none for what all roles are concerned by.
    pub role: Option<String>,
    /// Target paths that are concerned.
    pub scope: Option<String>,
    /// When it ends at the latest, without anybody's help; none if never.
    pub until: Option<UnixTime>,
    /// Roles whose keys are needed besides; of those that must agree, the ones to choose from.
    pub needs: Vec<String>,
}

/// The kinds of what a thief can do, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ConsequenceKind {
    /// Sign root metadata with keys of their own, which clients follow.
    TakeOver,
    /// Give clients any bytes as a target.
    AnyTarget,
    /// Give timestamp or snapshot a version so high that clients refuse every later one.
    FastForward,
    /// Show an older snapshot, which has not expired, to clients that have seen no newer one.
    OldStateForNewClients,
    /// Keep clients from updates, with timestamps that do not expire.
    Freeze,
    /// Sign targets that no client takes until a snapshot lists them.
    PreparedTarget,
    /// Sign targets that no client takes until other roles say the same.
    PartOfAgreement {
        /// Roles that are missing.
        missing: u64,
    },
    /// Sign a snapshot that no client takes until a timestamp lists it.
    PreparedSnapshot,
    /// Too few signatures to sign for the role.
    PartOfThreshold {
        /// Signatures that are missing.
        missing: u64,
    },
}

impl ConsequenceKind {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TakeOver => "take-over",
            Self::AnyTarget => "any-target",
            Self::FastForward => "fast-forward",
            Self::OldStateForNewClients => "old-state-for-new-clients",
            Self::Freeze => "freeze",
            Self::PreparedTarget => "prepared-target",
            Self::PartOfAgreement { .. } => "part-of-agreement",
            Self::PreparedSnapshot => "prepared-snapshot",
            Self::PartOfThreshold { .. } => "part-of-threshold",
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::TakeOver | Self::AnyTarget => Severity::Danger,
            Self::FastForward | Self::OldStateForNewClients | Self::Freeze => Severity::Notice,
            Self::PreparedTarget
            | Self::PartOfAgreement { .. }
            | Self::PreparedSnapshot
            | Self::PartOfThreshold { .. } => Severity::Info,
        }
    }

    /// How the repository and its clients recover: one sentence without a full stop.
    #[must_use]
    pub fn recovery(self) -> &'static str {
        match self {
            Self::TakeOver => {
                "clients that took the thief's root metadata come back only with new trusted root metadata from elsewhere: \
                 a release of the program that has it; the others follow a new root that the remaining keys sign first"
            }
            Self::AnyTarget => {
                "rotate the role's keys and publish; clients that took a bad target keep it until they are told, outside of \
                 this repository"
            }
            Self::FastForward => {
                "rotate the keys of timestamp and snapshot in new root metadata: clients then forget both versions"
            }
            Self::OldStateForNewClients => {
                "rotate the timestamp's keys; short periods of validity leave less that is old and has not expired"
            }
            Self::Freeze => {
                "rotate the timestamp's keys in new root metadata, and see that clients can fetch it"
            }
            Self::PreparedTarget => "rotate the role's keys before a snapshot lists what the thief signed",
            Self::PartOfAgreement { .. } => "rotate the role's keys while the other roles are in good hands",
            Self::PreparedSnapshot => "rotate the snapshot's keys in new root metadata",
            Self::PartOfThreshold { .. } => "rotate the key while the others are enough",
        }
    }
}

impl Consequence {
    pub(super) fn new(kind: ConsequenceKind) -> Self {
        Self { kind, role: None, scope: None, until: None, needs: Vec::new() }
    }

    pub(super) fn of(mut self, role: &str) -> Self {
        self.role = Some(role.to_owned());
        self
    }

    pub(super) fn scope(mut self, scope: String) -> Self {
        self.scope = Some(scope);
        self
    }

    pub(super) fn until(mut self, until: Option<UnixTime>) -> Self {
        self.until = until;
        self
    }

    pub(super) fn needs(mut self, needs: Vec<String>) -> Self {
        self.needs = needs;
        self
    }
}

impl fmt::Display for Consequence {
    /// One sentence without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = self.role.as_deref().unwrap_or_default();
        let scope = self.scope.as_deref().unwrap_or_default();
        match self.kind {
            ConsequenceKind::TakeOver => {
                f.write_str("takes the repository over: signs root metadata with other keys, which every client follows")
            }
            ConsequenceKind::AnyTarget => {
                write!(f, "gives clients any bytes for {scope}, as role {role}, unless a role that is asked before it lists the path")
            }
            ConsequenceKind::FastForward => {
                f.write_str("fast-forwards the repository: signs the highest version, after which clients refuse all that is published")
            }
            ConsequenceKind::OldStateForNewClients => f.write_str(
                "shows an older snapshot that has not expired to clients that have seen no newer one; the others refuse it",
            ),
            ConsequenceKind::Freeze => {
                f.write_str("freezes clients: keeps them on what they have")?;
                match self.until {
                    Some(until) => write!(f, ", at the latest until {}", format_expiry(until)),
                    None => f.write_str(", for ever"),
                }
            }
            ConsequenceKind::PreparedTarget => {
                write!(f, "signs any bytes for {scope}, as role {role}; no client takes them without keys of {}", self.needs.join(" and "))
            }
            ConsequenceKind::PartOfAgreement { missing } => {
                let (others, list) = (self.needs.join(", "), if missing == 1 { "lists" } else { "list" });
                write!(
                    f,
                    "signs any bytes for {scope}, as role {role}; no client takes them unless {missing} more of {others} {list} \
                     the same"
                )
            }
            ConsequenceKind::PreparedSnapshot => {
                write!(f, "signs any snapshot; no client takes it without keys of {}", self.needs.join(" and "))
            }
            ConsequenceKind::PartOfThreshold { missing } => {
                let plural = if missing == 1 { "signature is" } else { "signatures are" };
                write!(f, "cannot sign for {role}: {missing} more {plural} needed")
            }
        }
    }
}

impl Serialize for Consequence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Until(#[serde(serialize_with = "optional_time")] Option<UnixTime>);
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("code", self.kind.code())?;
        fields.serialize_entry("severity", &self.kind.severity())?;
        for (name, text) in [("role", &self.role), ("scope", &self.scope)] {
            if let Some(text) = text {
                fields.serialize_entry(name, text)?;
            }
        }
        if self.kind == ConsequenceKind::Freeze {
            fields.serialize_entry("until", &Until(self.until))?;
        }
        if !self.needs.is_empty() {
            fields.serialize_entry("needs", &self.needs)?;
        }
        fields.serialize_entry("message", &self.to_string())?;
        fields.serialize_entry("recovery", self.kind.recovery())?;
        fields.end()
    }
}
