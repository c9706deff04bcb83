//! What can go wrong, divided by who can mend it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;
use tuf_files::{Exposed, Exposure, Holder};
use tuf_oci::registry::RegistryError;
use tuf_verifier_core::{Failure, KeyProblem, NotFound};

use crate::bucket::StoreError;
use crate::clients::Obstacle;
use crate::event::EventError;
use crate::images::ImageError;
use crate::key::OtherForm;
use crate::repository::rebase::Conflict;
use crate::repository::{JournalError, UploadError, Versions};
use crate::signer::SignerError;

/// Why a repository was not read, changed or published.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system said no.
    #[error("could not {action} {}: {cause}", path.display())]
    Io {
        /// What was being done, as a verb with its object.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's answer.
        #[source]
        cause: io::Error,
    },
    /// Another process has locked the repository, the copying of it, or the folder that crates are fetched in, for too long.
    #[error(
        "another process is at work: {} was locked for {} seconds{}", path.display(), waited.as_secs_f64(),
        holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How long the lock was waited for.
        waited: Duration,
        /// Who holds it, where the system tells.
        holder: Option<Holder>,
    },
    /// A key file cannot be used.
    #[error("key {}: {cause}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: KeyError,
    },
    /// A key cannot be made or does not sign.
    #[error(transparent)]
    Signing(#[from] KeyError),
    /// A signer that is named by a URI does not sign.
    #[error(transparent)]
    Signer(SignerError),
    /// The folder is no repository.
    #[error("{} is no repository: it has no metadata/1.root.json", _0.display())]
    NoRepository(PathBuf),
    /// The folder is a repository already.
    #[error("{} is a repository already", _0.display())]
    RepositoryExists(PathBuf),
    /// A file of the repository is not what a publisher wrote.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A published file is not what was published: somebody else has written to what is served. Nothing was signed.
    #[error("{} is not what was published: {difference}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What differs.
        difference: Difference,
    },
    /// What is published is older than what was published last, though it was signed once. Nothing was signed.
    #[error(
        "{} has version {found}, and version {known} was published: an older state was put back",
        path.display()
    )]
    RolledBack {
        /// The file, or the location of a copy.
        path: PathBuf,
        /// Version that is there.
        found: u64,
        /// Version that was published last.
        known: u64,
    },
    /// What is published is damaged, and no copy of it is kept: it was last published by an earlier version.
    #[error("no copy of what is published in {} is kept", _0.display())]
    NothingKept(PathBuf),
    /// What is published is damaged, and is newer than the copy that is kept: another publisher has gone on.
    #[error(
        "{} was signed after timestamp version {kept}, which is the last one that is kept: another publisher has gone on",
        path.display()
    )]
    KeptIsOlder {
        /// The newer file.
        path: PathBuf,
        /// Version of the timestamp that is kept.
        kept: u64,
    },
    /// A symbolic link where a folder or a file of the repository belongs.
    #[error("{} is a symbolic link, which is not followed in a repository", _0.display())]
    SymbolicLink(PathBuf),
    /// The repository is not remembered here, so nothing says which root metadata is the right one.
    #[error("{} is not known to this publisher: nothing says that its root metadata is the right one", _0.display())]
    NotAdopted(PathBuf),
    /// A repository is to be adopted, and these digests of its root metadata were not confirmed.
    #[error("not confirmed: the SHA-256 of root metadata {}", _0.join(" and "))]
    NotConfirmed(Vec<String>),
    /// A repository is to be adopted, and something newer, or another one of the same versions, is remembered of it.
    #[error(
        "root version {} and timestamp version {} are remembered; what is published (root version {}, timestamp \
         version {}) is older, or another one",
        remembered.root, remembered.timestamp, published.root, published.timestamp
    )]
    WouldGoBack {
        /// What is remembered.
        remembered: Versions,
        /// What is published.
        published: Versions,
    },
    /// Another user can change a file or a folder that decides what is signed: the state folder, the settings, or what
    /// chooses cargo's configuration.
    #[error("{0}, and it decides what is signed")]
    OthersCanWrite(Exposed),
    /// A new repository is to be made, and the state folder is that of another one.
    #[error("{} remembers another repository in this place", _0.display())]
    StateInUse(PathBuf),
    /// A role has no version left that could be signed.
    #[error("role {role} has version {version}: there is no version left after it")]
    VersionsExhausted {
        /// The role.
        role: String,
        /// Its version.
        version: u64,
    },
    /// Clients refuse what is published, and there was nothing to publish that would mend it.
    #[error("clients refuse what is published: {0}")]
    Refused(#[source] RehearsalError),
    /// Metadata that cannot be written in canonical JSON, such as one with fractions.
    #[error("metadata cannot be signed: {0}")]
    NotCanonical(Failure),
    /// Metadata that cannot be written as JSON.
    #[error("metadata cannot be written: {0}")]
    NotJson(serde_json::Error),
    /// A target path that clients refuse or that does not fit a file system.
    #[error("{path:?} is no target path: {reason}")]
    BadTargetPath {
        /// The path as it was given.
        path: String,
        /// The rule it breaks.
        reason: &'static str,
    },
    /// A role name that cannot be a file name everywhere.
    #[error("{role:?} is no name for a delegated role: {reason}")]
    BadRoleName {
        /// The name as it was given.
        role: String,
        /// The rule it breaks.
        reason: &'static str,
    },
    /// A role that the repository does not have.
    #[error("the repository has no role {0:?}")]
    NoSuchRole(String),
    /// A target that its role does not list.
    #[error("role {role} lists no target {path}")]
    NoSuchTarget {
        /// The role.
        role: String,
        /// The target path.
        path: String,
    },
    /// A client that looks for the target does not come to this role, or comes to another one first.
    #[error("role {role} may not list {path}: {reason}")]
    NotDelegated {
        /// The role.
        role: String,
        /// The target path.
        path: String,
        /// Where the search goes instead.
        reason: String,
    },
    /// A role was to list a path that it delegates: clients would take its target, and never ask the role that the path
    /// belongs to.
    #[error(
        "role {role} may not list {path}, which it delegates to {owner}: clients would take it from {role}"
    )]
    ShadowsDelegated {
        /// The role.
        role: String,
        /// The target path.
        path: String,
        /// The role that the path is delegated to; the first one of several.
        owner: String,
    },
    /// A delegation that cannot be written.
    #[error("role {role} cannot be delegated: {reason}")]
    BadDelegation {
        /// The role.
        role: String,
        /// The rule it breaks.
        reason: String,
    },
    /// A delegation that cannot be taken back.
    #[error("the delegation to role {role} cannot be taken back: {reason}")]
    BadRevocation {
        /// The role.
        role: String,
        /// The rule that it breaks.
        reason: String,
    },
    /// The name of a delegation to several roles, where one role is meant.
    #[error("{name} is a delegation to several roles, and no role: {}", roles.join(", "))]
    SeveralRoles {
        /// The delegation.
        name: String,
        /// Its roles.
        roles: Vec<String>,
    },
    /// A threshold that no number of keys, or not the given ones, can meet.
    #[error("role {role}: a threshold of {threshold} cannot be met by {keys} distinct keys")]
    BadThreshold {
        /// The role.
        role: String,
        /// Signatures demanded.
        threshold: u64,
        /// Distinct keys given.
        keys: usize,
    },
    /// A role that cannot get a rotate file of its own (TAP 8).
    #[error("role {role} cannot rotate its own keys: {reason}")]
    SelfRotation {
        /// The role.
        role: String,
        /// The rule that it breaks.
        reason: NoSelfRotation,
    },
    /// A role that has rotate files of its own (TAP 8): other keys in its delegation have not signed them, so clients would
    /// refuse the role.
    #[error(
        "role {role} has rotated its own keys by {rotations} rotate files, which other keys in its delegation have not signed"
    )]
    RotatedItself {
        /// The role.
        role: String,
        /// Its rotate files.
        rotations: u64,
    },
    /// A role that has revoked itself (TAP 20): clients refuse whatever is signed for it.
    #[error("role {0} has revoked itself: clients refuse whatever is signed for it")]
    RevokedItself(String),
    /// A file has the name of the next rotate file, with other bytes, and nothing lists it.
    #[error("{} is there already, and no snapshot lists it: clients would follow it in the place of the new one", _0.display())]
    RotateFileTaken(PathBuf),
    /// Too few private keys are at hand.
    #[error(
        "role {role} needs {needed} signatures, private keys for {available} are at hand; missing: {}",
        missing.join(", ")
    )]
    MissingKeys {
        /// The role.
        role: String,
        /// Signatures demanded.
        needed: u64,
        /// Private keys found.
        available: usize,
        /// Keyids without a private key here.
        missing: Vec<String>,
    },
    /// The published metadata is not what the staged change was made from.
    #[error(
        "role {role} was published as version {published} since this change was staged on version {base}"
    )]
    BaseMoved {
        /// The role.
        role: String,
        /// Version the change was made from; 0 where there was none.
        base: u64,
        /// Version now published.
        published: u64,
    },
    /// What is published has changed since the change was staged, and the change cannot be laid over it.
    #[error(
        "role {role}: {conflict} in version {published}, which was published since this change was staged on \
         version {base}"
    )]
    StagedConflict {
        /// The role.
        role: String,
        /// Version the change was made from; 0 where there was none.
        base: u64,
        /// Version now published.
        published: u64,
        /// What both changed.
        #[source]
        conflict: Conflict,
    },
    /// A role that is to be signed anew has a staged change, which would be left behind.
    #[error("role {0} has a staged change, publish it instead")]
    StagedChange(String),
    /// A publish was interrupted and must be finished first.
    #[error("an interrupted publish is waiting to be finished")]
    Interrupted,
    /// A versioned file is published with other bytes.
    #[error("{} is published already, with other bytes: another publisher has written to this repository", _0.display())]
    Conflict(PathBuf),
    /// A file that was to become a target has a private key in it.
    #[error("target {_0} has a private key in it: whoever fetches it could sign")]
    PrivateKey(String),
    /// A target has more bytes than clients take unless they are told otherwise.
    #[error("target {path} is longer than {most} bytes")]
    TargetTooLong {
        /// The target path.
        path: String,
        /// Bytes allowed.
        most: u64,
    },
    /// A folder whose files were to become targets is, has or is part of the publisher's own.
    #[error("{} shares files with {}, which are not targets", folder.display(), own.display())]
    OwnFolder {
        /// The folder that was named.
        folder: PathBuf,
        /// The repository's folder or a part of it, or the state folder.
        own: PathBuf,
    },
    /// A staged target is not on the disk, or is not what was staged.
    #[error("target {path}: {reason}")]
    BadTargetFile {
        /// The target path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Clients would refuse what was about to be published. Nothing was published.
    #[error("clients would refuse this repository, so nothing was published: {0}")]
    Rehearsal(#[from] RehearsalError),
    /// Other clients, which must be able to read the repository, would refuse what was about to be published. Nothing was
    /// published.
    #[error(
        "clients that this repository is for would refuse it, so nothing was published: {}",
        _0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    ClientsRefuse(Vec<Obstacle>),
    /// Cargo did not do what was asked of it.
    #[error("{0}")]
    Cargo(String),
    /// A crate is not what its lock file or its index line says.
    #[error("{name} {version}: {reason}")]
    Crate {
        /// Name of the crate.
        name: String,
        /// Its version.
        version: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A registry of container images gave no answer, or took nothing.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// An image cannot be listed.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// What is published is newer than what was published last from here. Another publisher may have gone on, or a thief.
    #[error(
        "timestamp version {published} is published, and version {remembered} was published last from here"
    )]
    PublishedIsNewer {
        /// Version of the published timestamp.
        published: u64,
        /// Version of the one that is remembered.
        remembered: u64,
    },
    /// So many keys of the root role are gone that no threshold is left: no client follows root metadata that the others sign.
    #[error("root metadata needs {threshold} signatures, and {left} of its keys are left")]
    RootThresholdLost {
        /// Signatures demanded.
        threshold: u64,
        /// Keys that are not gone.
        left: usize,
    },
    /// Keys that no role lists.
    #[error("no role has the key {}", _0.join(" or "))]
    KeysUnused(Vec<String>),
    /// A key that is gone, or was given up before, is to be a new one: whoever has stolen it would have it still.
    #[error("key {keyid} cannot be a new key: {by}")]
    KeyGivenUp {
        /// The key.
        keyid: String,
        /// What gave it up.
        by: GivenUpBy,
    },
    /// A registry has what this repository may not replace.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// An object store gave no answer, allowed nothing, or is none that can be published to.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another publisher has published the next root metadata first. The change of root metadata stays staged.
    #[error(
        "root version {0} was published by somebody else at the same time; the staged change of root metadata was not"
    )]
    RootTaken(u64),
    /// An event cannot be made, read, signed or published.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The journal is not the one that was written. Nothing was published.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Packages of a lock file that no registry index covers.
    #[error("not covered, because they come from no registry index: {}", _0.join(", "))]
    Uncovered(Vec<String>),
}

/// Why a key cannot be made, read or used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The operating system gave no random numbers.
    #[error("the system has no random numbers: {0}")]
    NoRandomNumbers(getrandom::Error),
    /// The file is no PEM of a PKCS#8 document.
    #[error(
        "not a private key in PKCS#8 PEM form (\"BEGIN PRIVATE KEY\" or \"BEGIN ENCRYPTED PRIVATE KEY\")"
    )]
    NotPkcs8Pem,
    /// A key in a form that is recognised and not read.
    #[error("{0}")]
    OtherForm(OtherForm),
    /// The PKCS#8 document cannot be read or written.
    #[error("malformed private key: {0}")]
    Encoding(#[from] pkcs8::Error),
    /// A kind of key that is not supported, by its object identifier.
    #[error("unsupported kind of key (object identifier {0})")]
    UnsupportedKind(String),
    /// An RSA key below 2048 bits.
    #[error("an RSA key of {bits} bits is too short, 2048 are the least")]
    ShortModulus {
        /// Bits of the modulus.
        bits: u32,
    },
    /// A key of this kind cannot have this signature scheme.
    #[error("a key of the kind {kind} cannot have the scheme {scheme:?}")]
    OtherScheme {
        /// The kind of key.
        kind: String,
        /// The scheme, as it was given.
        scheme: String,
    },
    /// A public key that clients do not read.
    #[error("clients cannot use the public key: {}", problem(*_0))]
    UnusablePublic(KeyProblem),
    /// A public key that has no SubjectPublicKeyInfo here: a point in hexadecimal.
    #[error("the public key is in a form that only metadata has")]
    NotSpki,
    /// An ML-DSA key in the form without its seed.
    #[error("the ML-DSA key has no seed: only the forms of RFC 9881 with a seed are read")]
    NoSeed,
    /// RSA arithmetic failed.
    #[error("RSA key: {0}")]
    Rsa(#[from] rsa::Error),
    /// The signature could not be made.
    #[error("the key does not sign: {0}")]
    Signature(#[from] rsa::signature::Error),
    /// An encrypted key, and no passphrase.
    #[error("the key is encrypted and no passphrase was given")]
    PassphraseNeeded,
    /// An encrypted key, and a passphrase that could not be had.
    #[error("{0}")]
    NoPassphrase(String),
    /// The passphrase does not open the key.
    #[error("the passphrase does not open this key")]
    WrongPassphrase,
    /// Every passphrase that was typed at a prompt is another one.
    #[error("no passphrase that was typed opens this key")]
    WronglyTyped,
    /// An empty passphrase protects nothing.
    #[error("an empty passphrase protects nothing")]
    EmptyPassphrase,
    /// A key that is not encrypted, in a file that other users can read.
    #[error("it is not encrypted, and other users can read the file (mode {mode:o})")]
    Exposed {
        /// The file's permissions.
        mode: u32,
    },
    /// A signer that is named by a URI does not sign.
    #[error(transparent)]
    Signer(Box<SignerError>),
    /// The public key cannot be written in canonical JSON.
    #[error("the public key cannot be written: {0}")]
    NotCanonical(Failure),
}

/// What the clients of the rehearsal ran into.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// A client refused the metadata.
    #[error("{client}: {cause}")]
    Refused {
        /// Which client: what it trusted at the start.
        client: String,
        /// Its verdict.
        #[source]
        cause: Failure,
    },
    /// A client keeps what it has in the place of what is planned, because it has the same version.
    #[error("{client} keeps another {role} of version {version}")]
    Kept {
        /// Which client.
        client: String,
        /// The role.
        role: String,
        /// The planned version.
        version: u64,
    },
    /// A client did not find a target that was just added.
    #[error("{client}: target {path} is not found: {}", words(reason))]
    NotFound {
        /// Which client.
        client: String,
        /// The target path.
        path: String,
        /// The answer of the search.
        reason: NotFound,
    },
    /// A client found another role's target in the place of a changed one.
    #[error("{client}: target {path} is found as role {found} lists it, not as {expected} does")]
    Shadowed {
        /// Which client.
        client: String,
        /// The target path.
        path: String,
        /// The role whose target was found.
        found: String,
        /// The role that was changed.
        expected: String,
    },
}

/// How a published file differs from what was published.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Difference {
    /// It is not there any more.
    #[error("it is gone")]
    Gone,
    /// It has other bytes.
    #[error("it has other bytes")]
    Bytes,
    /// The core does not accept it.
    #[error("{0}")]
    Refused(Failure),
}

fn words(reason: &NotFound) -> String {
    match reason {
        NotFound::Absent => "no role that is asked lists it".to_owned(),
        NotFound::BudgetSpent { visited } => {
            format!("the search budget of {visited} delegated roles is spent before its role is asked")
        }
        NotFound::Disagreement { delegation } => {
            format!("the roles of the delegation {delegation} do not agree")
        }
        NotFound::UnsupportedDelegation { role } => format!("the delegation to {role} is not understood"),
    }
}

fn problem(problem: KeyProblem) -> &'static str {
    match problem {
        KeyProblem::UnknownType => "the key type is not known",
        KeyProblem::UnknownScheme => "the signature scheme is not known",
        KeyProblem::Unreadable | KeyProblem::OtherForm => "it is no key of its scheme",
    }
}

impl From<Exposed> for Error {
    fn from(exposed: Exposed) -> Self {
        match exposed {
            // Nothing speaks for somebody else.
            Exposed { path, exposure: Exposure::Unknown(cause) } => Self::io("look at", &path, cause),
            exposed => Self::OthersCanWrite(exposed),
        }
    }
}

/// Why a role cannot rotate its own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoSelfRotation {
    /// It is a top-level role.
    TopLevel,
    /// It is a succinct bin.
    Bin,
    /// Nothing is published of it.
    Unpublished,
    /// It has as many rotate files as clients follow.
    Exhausted(u64),
    /// The new keys and the new threshold are those that it has.
    SameKeys,
}

impl fmt::Display for NoSelfRotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TopLevel => f.write_str("new root metadata rotates the keys of top-level roles"),
            Self::Bin => f.write_str("it is a succinct bin, and all bins of a role have the same keys"),
            Self::Unpublished => {
                f.write_str("nothing is published of it yet: who delegates to it lists its keys")
            }
            Self::Exhausted(rotations) => {
                write!(f, "it has {rotations} rotate files, and clients follow no more")
            }
            Self::SameKeys => f.write_str("it has these keys and this threshold already"),
        }
    }
}

/// What has given a key up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUpBy {
    /// The recovery that it is to be a new key of.
    ThisRecovery,
    /// An earlier recovery, which this publisher remembers.
    EarlierRecovery,
    /// Root metadata: the last version that listed it.
    Root(u64),
}

impl fmt::Display for GivenUpBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ThisRecovery => f.write_str("this recovery takes it away"),
            Self::EarlierRecovery => f.write_str("an earlier recovery took it away"),
            Self::Root(version) => write!(f, "the repository gave it up after root version {version}"),
        }
    }
}

impl Error {
    /// A word for programs, the same in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::Key { cause: KeyError::Signer(error), .. } | Self::Signing(KeyError::Signer(error)) => {
                error.problem.code()
            }
            Self::Key { .. } | Self::Signing(_) => "key",
            Self::Signer(error) => error.problem.code(),
            Self::Locked { .. } => "locked",
            Self::NoRepository(_) => "no-repository",
            Self::RepositoryExists(_) => "repository-exists",
            Self::Unreadable { .. } => "unreadable",
            Self::Changed { .. } => "published-changed",
            Self::RolledBack { .. } => "published-rolled-back",
            Self::NothingKept(_) => "nothing-kept",
            Self::KeptIsOlder { .. } => "kept-is-older",
            Self::SymbolicLink(_) => "symbolic-link",
            Self::NotAdopted(_) => "not-adopted",
            Self::PrivateKey(_) => "private-key",
            Self::TargetTooLong { .. } => "target-too-long",
            Self::OwnFolder { .. } => "own-folder",
            Self::NotConfirmed(_) => "not-confirmed",
            Self::WouldGoBack { .. } => "would-go-back",
            Self::OthersCanWrite(_) => "others-can-write",
            Self::StateInUse(_) => "state-in-use",
            Self::VersionsExhausted { .. } => "versions-exhausted",
            Self::Refused(_) => "published-refused",
            Self::NotCanonical(_) => "not-canonical",
            Self::NotJson(_) => "not-json",
            Self::BadTargetPath { .. } => "bad-target-path",
            Self::BadRoleName { .. } => "bad-role-name",
            Self::NoSuchRole(_) => "no-such-role",
            Self::NoSuchTarget { .. } => "no-such-target",
            Self::NotDelegated { .. } => "not-delegated",
            Self::ShadowsDelegated { .. } => "shadows-delegated",
            Self::BadDelegation { .. } => "bad-delegation",
            Self::BadRevocation { .. } => "bad-revocation",
            Self::SeveralRoles { .. } => "several-roles",
            Self::BadThreshold { .. } => "bad-threshold",
            Self::SelfRotation { .. } => "self-rotation",
            Self::RotatedItself { .. } => "rotated-itself",
            Self::RevokedItself(_) => "revoked-itself",
            Self::RotateFileTaken(_) => "rotate-file-taken",
            Self::MissingKeys { .. } => "missing-keys",
            Self::BaseMoved { .. } => "base-moved",
            Self::StagedConflict { .. } => "staged-conflict",
            Self::StagedChange(_) => "staged-change",
            Self::Interrupted => "interrupted",
            Self::Conflict(_) => "conflict",
            Self::BadTargetFile { .. } => "bad-target-file",
            Self::Rehearsal(_) => "rehearsal",
            Self::ClientsRefuse(_) => "clients-refuse",
            Self::Cargo(_) => "cargo",
            Self::Crate { .. } => "bad-crate",
            Self::Registry(error) => error.code(),
            Self::PublishedIsNewer { .. } => "published-newer",
            Self::RootThresholdLost { .. } => "root-threshold-lost",
            Self::KeysUnused(_) => "keys-unused",
            Self::KeyGivenUp { .. } => "key-given-up",
            Self::Image(_) => "image",
            Self::Upload(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::RootTaken(_) => "root-taken",
            Self::Event(error) => error.code(),
            Self::Journal(error) => error.code(),
            Self::Uncovered(_) => "uncovered",
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path, cause: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), cause }
    }

    pub(crate) fn key(path: &Path, cause: KeyError) -> Self {
        Self::Key { path: path.to_owned(), cause }
    }

    pub(crate) fn changed(path: &Path, difference: Difference) -> Self {
        Self::Changed { path: path.to_owned(), difference }
    }

    pub(crate) fn unreadable(path: &Path, reason: impl ToString) -> Self {
        Self::Unreadable { path: path.to_owned(), reason: reason.to_string() }
    }
}
