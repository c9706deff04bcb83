//! One change, with its weight, in one sentence.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Paths that a sentence lists; the others are counted.
const LISTED: usize = 3;

/// One difference between two states of a repository.
///
/// Its texts are the repository's own and may be hostile: whoever shows them on a terminal or a page escapes them first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The role that changes: the one whose keys, threshold, document or targets are meant. Of a delegation, the role
    /// that is delegated to.
    pub role: String,
    /// The role that delegates to it, if the change stands in a delegation.
    pub delegator: Option<String>,
    /// What kind of change it is.
    pub kind: ChangeKind,
    /// How much attention it needs.
    pub severity: Severity,
    /// The key or the field that is meant, if there is one.
    pub subject: Option<String>,
    /// The value before.
    pub before: Option<String>,
    /// The value after.
    pub after: Option<String>,
    /// Target paths that are meant, all of them.
    pub paths: Vec<String>,
}

/// How much attention a change needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// What happens in every publish.
    Info,
    /// A decision that somebody made: compare it with what was agreed.
    Notice,
    /// It lowers the security of the repository, or clients fail because of it.
    Danger,
}

/// The kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// A role has its first document.
    DocumentAdded,
    /// The document of a role is gone.
    DocumentRemoved,
    /// The version is higher.
    Version,
    /// The version is lower: clients that have seen the higher one refuse it as a rollback attack.
    VersionLowered,
    /// The version is so much higher that few are left: what a fast-forward attack does.
    VersionJumped,
    /// The version is the same, and the contents are not: clients that have the old ones keep them.
    SameVersion,
    /// It expires later.
    ExpiryExtended,
    /// It expires earlier.
    ExpiryShortened,
    /// Another version of the specification.
    SpecVersion,
    /// File names begin to carry versions and hashes, or cease to.
    ConsistentSnapshot,
    /// A field that is not known here was added, changed or removed.
    UnknownField,
    /// A metadata file is listed for the first time.
    FileListed,
    /// A metadata file is no longer listed: clients refuse that as a rollback attack.
    FileUnlisted,
    /// A metadata file is listed with a lower version: clients refuse that as a rollback attack.
    ListedVersionLowered,
    /// The length of a metadata file is no longer listed: clients fall back on their own limits.
    ListedLengthRemoved,
    /// Fewer signatures are needed.
    ThresholdLowered,
    /// More signatures are needed.
    ThresholdRaised,
    /// A role has keys and a threshold for the first time.
    RoleAdded,
    /// Nobody may sign for the role any more.
    RoleRemoved,
    /// The role goes on with the keys of a rotate file of its own (TAP 8).
    RotatedItself,
    /// The role has revoked itself by a rotation to the null key (TAP 20): clients refuse its targets.
    RevokedItself,
    /// One more key may sign.
    KeyAdded,
    /// A key may not sign any more.
    KeyRemoved,
    /// One key took the place of another one.
    KeyReplaced,
    /// The same public key has another keyid.
    KeyidChanged,
    /// The same keyid names another public key.
    KeyContents,
    /// The same keyid and public key are used by another signature scheme, or as another type.
    KeyScheme,
    /// A key signs for this role, and no longer for another one.
    KeyMoved,
    /// A key signs for this role too.
    KeyShared,
    /// A key that may be offline now signs for a role whose keys are online, or the other way round.
    KeySharedOnline,
    /// Two keyids of a role have the same public key: a client that counts keyids lets one thief meet a threshold of two.
    KeyCountedTwice,
    /// The role has fewer keys than signatures that are needed: nobody can sign for it.
    ThresholdUnreachable,
    /// Delegated roles have another order, which is their priority.
    DelegationsReordered,
    /// The search ends with the role, or goes on after it.
    Terminating,
    /// The role is trusted with more paths.
    ScopeWidened,
    /// The role is trusted with fewer paths.
    ScopeNarrowed,
    /// The role is trusted with other paths.
    ScopeChanged,
    /// The role is trusted with other paths, and it takes too many steps to say whether they are more.
    ScopeNotCompared,
    /// The role is trusted with every path, or every path of some depth.
    ScopeEverything,
    /// Several roles must agree, or other ones than before.
    Agreement,
    /// Fewer roles must agree on a target.
    AgreementLowered,
    /// More roles must agree on a target.
    AgreementRaised,
    /// Bins were added, changed in number or name, or removed.
    Bins,
    /// Targets were added.
    TargetsAdded,
    /// Targets were removed.
    TargetsRemoved,
    /// Targets have other bytes.
    TargetsChanged,
    /// Targets have the same bytes, and something else is said of them.
    TargetsDescription,
}

impl Change {
    pub(super) fn new(role: &str, kind: ChangeKind, severity: Severity) -> Self {
        Self {
            role: role.to_owned(),
            delegator: None,
            kind,
            severity,
            subject: None,
            before: None,
            after: None,
            paths: Vec::new(),
        }
    }

    pub(super) fn delegated_by(mut self, delegator: Option<&str>) -> Self {
        self.delegator = delegator.map(str::to_owned);
        self
    }

    pub(super) fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub(super) fn before(mut self, value: impl ToString) -> Self {
        self.before = Some(value.to_string());
        self
    }

    pub(super) fn after(mut self, value: impl ToString) -> Self {
        self.after = Some(value.to_string());
        self
    }

    pub(super) fn paths(mut self, paths: Vec<String>) -> Self {
        self.paths = paths;
        self
    }
}

impl fmt::Display for Change {
    /// One sentence without a full stop, the role first. `{:#}` lists every target path; otherwise a few are listed, and the
    /// others are counted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, kind, .. } = self;
        let subject = self.subject.as_deref().unwrap_or_default();
        let before = self.before.as_deref().unwrap_or("none");
        let after = self.after.as_deref().unwrap_or("none");
        write!(f, "{role}: ")?;
        match kind {
            ChangeKind::DocumentAdded => write!(f, "new metadata, version {after}"),
            ChangeKind::DocumentRemoved => write!(f, "metadata removed, it had version {before}"),
            ChangeKind::Version => write!(f, "version {before} → {after}"),
            ChangeKind::VersionLowered => {
                write!(f, "version {before} → {after}: clients refuse the lower one as a rollback attack")
            }
            ChangeKind::VersionJumped => {
                write!(f, "version {before} → {after}: a jump that uses up the versions that are left")
            }
            ChangeKind::SameVersion => {
                write!(
                    f,
                    "other contents under the same version {after}: clients that have the old ones keep them"
                )
            }
            ChangeKind::ExpiryExtended => write!(f, "expires {subject} later: {before} → {after}"),
            ChangeKind::ExpiryShortened => write!(f, "expires {subject} earlier: {before} → {after}"),
            ChangeKind::SpecVersion => write!(f, "version of the specification {before} → {after}"),
            ChangeKind::ConsistentSnapshot => write!(f, "consistent_snapshot {before} → {after}"),
            ChangeKind::UnknownField => write!(f, "field {subject}: {before} → {after}"),
            ChangeKind::FileListed => write!(f, "lists {subject} for the first time, version {after}"),
            ChangeKind::FileUnlisted => {
                write!(f, "no longer lists {subject}: clients refuse that as a rollback attack")
            }
            ChangeKind::ListedVersionLowered => {
                write!(
                    f,
                    "lists {subject} with version {before} → {after}: clients refuse that as a rollback attack"
                )
            }
            ChangeKind::ListedLengthRemoved => {
                write!(f, "no longer lists the length of {subject}: clients use their own limits")
            }
            _ => self.describe_roles(f, subject, before, after),
        }
    }
}

impl Change {
    /// Sentences about keys, and those about delegations and targets.
    fn describe_roles(
        &self,
        f: &mut fmt::Formatter<'_>,
        subject: &str,
        before: &str,
        after: &str,
    ) -> fmt::Result {
        match self.kind {
            ChangeKind::ThresholdLowered | ChangeKind::ThresholdRaised => {
                write!(f, "threshold {before} → {after}")
            }
            ChangeKind::RoleAdded => write!(f, "new role, {after}"),
            ChangeKind::RoleRemoved => write!(f, "role removed, it had {before}"),
            ChangeKind::KeyAdded => write!(f, "key added: {after}"),
            ChangeKind::KeyRemoved => write!(f, "key removed: {before}"),
            ChangeKind::KeyReplaced => write!(f, "key replaced: {before} → {after}"),
            ChangeKind::KeyidChanged => write!(f, "same public key under another keyid: {before} → {after}"),
            ChangeKind::KeyContents if self.after.is_some() => {
                write!(f, "keyid {subject} now names the same public key in another way: {before} → {after}")
            }
            ChangeKind::KeyContents => write!(f, "keyid {subject} now names another public key"),
            ChangeKind::KeyScheme => write!(f, "key {subject} has another scheme: {before} → {after}"),
            ChangeKind::KeyMoved => write!(f, "key {subject} moved here from {before}"),
            ChangeKind::KeyShared => write!(f, "key {subject} also signs for {after}"),
            ChangeKind::KeySharedOnline => {
                write!(
                    f,
                    "key {subject} also signs for {after}, whose keys are online: whoever takes the server has it"
                )
            }
            ChangeKind::KeyCountedTwice => {
                write!(f, "keyids {subject} are one public key, which some clients count more than once")
            }
            ChangeKind::ThresholdUnreachable => {
                write!(f, "a threshold of {after} cannot be met: the role has {subject}")
            }
            _ => self.describe_delegations(f, before, after),
        }?;
        match &self.delegator {
            Some(delegator) => write!(f, " (delegated by {delegator})"),
            None => Ok(()),
        }
    }

    /// Sentences about rotate files, delegations and targets.
    fn describe_delegations(&self, f: &mut fmt::Formatter<'_>, before: &str, after: &str) -> fmt::Result {
        let file = self.subject.as_deref().unwrap_or_default();
        match self.kind {
            ChangeKind::RotatedItself => {
                write!(f, "goes on with {after}, by rotate file {file} of its own")
            }
            ChangeKind::RevokedItself => {
                write!(f, "revoked itself by rotate file {file}: clients refuse its targets")
            }
            ChangeKind::DelegationsReordered => {
                write!(f, "order of priority of its delegated roles: {before} → {after}")
            }
            ChangeKind::Terminating if self.before.is_none() => {
                f.write_str("the search for its paths ends with it")
            }
            ChangeKind::Terminating => write!(f, "terminating {before} → {after}"),
            ChangeKind::ScopeWidened if self.before.is_none() => write!(f, "trusted with {after}"),
            ChangeKind::ScopeWidened => write!(f, "trusted with more paths: {before} → {after}"),
            ChangeKind::ScopeNarrowed => write!(f, "trusted with fewer paths: {before} → {after}"),
            ChangeKind::ScopeChanged => write!(f, "trusted with other paths: {before} → {after}"),
            ChangeKind::ScopeNotCompared => {
                write!(
                    f,
                    "trusted with other paths, maybe more: too many or too long patterns to compare {before} → {after}"
                )
            }
            ChangeKind::ScopeEverything => write!(f, "trusted with {after}"),
            ChangeKind::Agreement if self.before.is_none() => write!(f, "roles that must agree: {after}"),
            ChangeKind::Agreement | ChangeKind::AgreementLowered | ChangeKind::AgreementRaised => {
                write!(f, "roles that must agree: {before} → {after}")
            }
            ChangeKind::Bins => write!(f, "bins {before} → {after}"),
            ChangeKind::TargetsAdded => self.describe_targets(f, "added"),
            ChangeKind::TargetsRemoved => self.describe_targets(f, "removed"),
            ChangeKind::TargetsChanged => self.describe_targets(f, "with other contents"),
            ChangeKind::TargetsDescription => self.describe_targets(f, "with another description"),
            // The other kinds are written by the callers.
            _ => Ok(()),
        }
    }

    fn describe_targets(&self, f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
        let count = self.paths.len();
        let plural = if count == 1 { "target" } else { "targets" };
        // The alternate form is for those who are about to sign: nothing is left out.
        let paths = if f.alternate() { self.paths.join(", ") } else { some_of(&self.paths) };
        write!(f, "{count} {plural} {what}: {paths}")
    }
}

/// The first few texts, and how many more there are.
fn some_of(texts: &[String]) -> String {
    let shown = texts.get(..LISTED.min(texts.len())).unwrap_or(texts).join(", ");
    match texts.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

impl Serialize for Change {
    /// The fields, those without a value left out, and the sentence as `message`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = [
            ("delegator", &self.delegator),
            ("subject", &self.subject),
            ("before", &self.before),
            ("after", &self.after),
        ];
        let mut fields = serializer.serialize_struct("Change", 5 + texts.len())?;
        fields.serialize_field("role", &self.role)?;
        fields.serialize_field("kind", &self.kind)?;
        fields.serialize_field("severity", &self.severity)?;
        for (name, text) in texts {
            match text {
                Some(text) => fields.serialize_field(name, text)?,
                None => fields.skip_field(name)?,
            }
        }
        match self.paths.is_empty() {
            true => fields.skip_field("paths")?,
            false => fields.serialize_field("paths", &self.paths)?,
        }
        fields.serialize_field("message", &self.to_string())?;
        fields.end()
    }
}

impl Severity {
    /// The word for it in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Danger => "danger",
        }
    }
}

impl ChangeKind {
    /// The kind in kebab-case.
    #[must_use]
    pub fn code(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}
