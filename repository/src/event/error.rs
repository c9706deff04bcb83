//! What can be wrong with an event.

use std::path::PathBuf;

use thiserror::Error;
use tuf_verifier_core::{Failure, KeyProblem};

use crate::repository::rebase::Conflict;

/// Why an event was not made, read, signed or published. Whatever the reason, its folder is as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EventError {
    /// A name that cannot be the name of a folder everywhere.
    #[error(
        "{0:?} is no event id: 1 to 64 of the characters a-z 0-9 - _ are allowed, a letter or a digit first, and not `done`"
    )]
    BadId(String),
    /// There is no such event.
    #[error("there is no event {id} in {}", folder.display())]
    NotFound {
        /// The event.
        id: String,
        /// The folder of events.
        folder: PathBuf,
    },
    /// There is such an event already, or was one.
    #[error("there is an event {id} already: {}", folder.display())]
    Exists {
        /// The event.
        id: String,
        /// Its folder.
        folder: PathBuf,
    },
    /// A role with rotate files (TAP 8), or one that is to get one: an event does not carry them.
    #[error("role {0} rotates its own keys, and an event carries no rotate files")]
    RotatesItself(String),
    /// Nothing is staged that an event could be made of.
    #[error("nothing is staged that an event could be made of")]
    NothingStaged,
    /// Everything that the event changes is published already.
    #[error("event {0} changes nothing any more: all of it is published")]
    NothingLeft(String),
    /// A file of the event is gone, or is not what this program writes.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file has more bytes than any file of its kind.
    #[error("{} has more than {most} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Bytes allowed.
        most: u64,
    },
    /// A document that is shown is not the bytes that are signed.
    #[error("{} and {} are not the same document: somebody has edited one of them", shown.display(), signed.display())]
    PayloadEdited {
        /// The readable document.
        shown: PathBuf,
        /// The bytes to sign.
        signed: PathBuf,
    },
    /// A document that no publisher would make of the one before.
    #[error("{}: {reason}", path.display())]
    BadPayload {
        /// The document.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `base.json` hides what was published, so that whoever signs does not see what the event removes; or it is not what the
    /// publisher has written.
    #[error("{}: {reason}: somebody has edited it", path.display())]
    BaseEdited {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A copy of what was published has other bytes than the event says.
    #[error("{} is not the file that the event was made from: its bytes are others", _0.display())]
    BeforeEdited(PathBuf),
    /// A copy of what was published is not signed by those who may.
    #[error("{} was never published: {cause}", path.display())]
    BeforeRefused {
        /// The copy.
        path: PathBuf,
        /// The core's verdict.
        #[source]
        cause: Failure,
    },
    /// As [`EventError::BeforeRefused`], for targets metadata.
    #[error(
        "{} was never published: role {role} needs {needed} signatures, and it has {valid} that are valid", path.display()
    )]
    BeforeUnsigned {
        /// The copy.
        path: PathBuf,
        /// The role.
        role: String,
        /// Signatures demanded.
        needed: u64,
        /// Valid signatures by distinct keys.
        valid: u64,
    },
    /// The root metadata that the event was made from is not the one that is remembered here.
    #[error(
        "event {event} was made from another root metadata version {version} than the one that is known here"
    )]
    OtherRoot {
        /// The event.
        event: String,
        /// The version.
        version: u64,
    },
    /// Nobody has compared the root metadata that the event was made from, nor one before it.
    #[error(
        "not confirmed: event {event} goes on from root metadata version {version}, whose SHA-256 is {sha256}{}",
        if *was_compared { "; no version up to it has the SHA-256 that was given" } else { "" }
    )]
    NotConfirmed {
        /// The event.
        event: String,
        /// Version of the root metadata.
        version: u64,
        /// Its SHA-256.
        sha256: String,
        /// Whether somebody has compared another one.
        was_compared: bool,
    },
    /// A key under a keyid that is not the key's own, and that is not published so. It would have the name of another key.
    #[error(
        "role {role} calls a key {keyid} whose keyid is {actual}: somebody wants it to be taken for another key"
    )]
    KeyMismatch {
        /// The role whose payload lists it.
        role: String,
        /// The keyid that it is listed under.
        keyid: String,
        /// The keyid that it has.
        actual: String,
    },
    /// A file of the version that a payload would have is there already. A publish that was interrupted may have left it.
    #[error("{} is there already, and version {} of role {role} would have its name", path.display(), base + 1)]
    VersionTaken {
        /// The role.
        role: String,
        /// Version that is published, 0 where there is none.
        base: u64,
        /// The file.
        path: PathBuf,
    },
    /// A payload that this publisher did not make for this event, or one that it made and that is gone. Somebody may have put
    /// another one in its place, which the others have signed.
    #[error("event {event}: the payload of role {role} was not made here: somebody may have replaced it")]
    NotMadeHere {
        /// The event.
        event: String,
        /// The role.
        role: String,
    },
    /// What is published has changed since the event was made.
    #[error(
        "event {event} was made from version {base} of role {role}, and version {published} is published"
    )]
    BaseMoved {
        /// The event.
        event: String,
        /// The role.
        role: String,
        /// Version that the event was made from; 0 where there was none.
        base: u64,
        /// Version that is published.
        published: u64,
    },
    /// What is published has changed since the event was made, and both changed the same.
    #[error("event {event}, role {role}: {conflict} in version {published}")]
    Conflict {
        /// The event.
        event: String,
        /// The role.
        role: String,
        /// Version that is published.
        published: u64,
        /// What both changed.
        #[source]
        conflict: Conflict,
    },
    /// Two events that are to be published together change the same role.
    #[error("events {one} and {other} both change role {role}")]
    Overlap {
        /// The first event.
        one: String,
        /// The second event.
        other: String,
        /// The role.
        role: String,
    },
    /// Signatures are missing.
    #[error(
        "event {event} is not complete: role {role} needs {needed} signatures {by}, and has {signed}; missing: {}",
        missing.join(", ")
    )]
    Incomplete {
        /// The event.
        event: String,
        /// The role.
        role: String,
        /// Who demands them.
        by: String,
        /// Signatures demanded.
        needed: u64,
        /// Valid signatures by distinct keys.
        signed: u64,
        /// Who may still sign: name and beginning of the keyid, or the keyid.
        missing: Vec<String>,
    },
    /// The role is not part of the event.
    #[error("event {event} does not change role {role}")]
    NoSuchRole {
        /// The event.
        event: String,
        /// The role.
        role: String,
    },
    /// A signature by a key that nobody has asked for.
    #[error("nobody asks key {keyid} to sign for role {role}")]
    NotAsked {
        /// The role.
        role: String,
        /// The keyid.
        keyid: String,
    },
    /// A signature that does not verify.
    #[error("{signature} is no signature of role {role} by key {keyid}")]
    BadSignature {
        /// The role.
        role: String,
        /// The keyid.
        keyid: String,
        /// Where it comes from.
        signature: String,
    },
    /// A key that the core cannot use.
    #[error("key {keyid} cannot be used: {}", problem.code())]
    UnusableKey {
        /// The keyid.
        keyid: String,
        /// Why.
        problem: KeyProblem,
    },
    /// The key has signed already.
    #[error("key {keyid} has signed for role {role} already")]
    AlreadySigned {
        /// The role.
        role: String,
        /// The keyid.
        keyid: String,
    },
    /// A name that cannot be part of a file name everywhere.
    #[error(
        "{0:?} cannot be the name of somebody who is invited: 1 to 64 of the characters a-z 0-9 - _ are allowed"
    )]
    BadName(String),
    /// Nobody has invited them.
    #[error("event {event} invites nobody of the name {name}")]
    NotInvited {
        /// The event.
        event: String,
        /// Who.
        name: String,
    },
    /// They have not accepted the invitation as it is now.
    #[error(
        "{name} has not accepted the invitation of event {event}: {} {}", file.display(),
        if *is_there { "is for other roles" } else { "is not in this folder" }
    )]
    NotAccepted {
        /// The event.
        event: String,
        /// Who.
        name: String,
        /// Where their acceptance belongs.
        file: PathBuf,
        /// Whether there is one, of an earlier invitation.
        is_there: bool,
    },
    /// A key whose owner has not proved to have the private one.
    #[error("key {keyid} of {name} comes without a proof that {name} has its private key")]
    BadProof {
        /// Who.
        name: String,
        /// The keyid.
        keyid: String,
    },
    /// The keyid of somebody who was invited was not compared with its owner.
    #[error("{name} brings key {keyid}, and nobody has compared that with {name}")]
    KeyNotCompared {
        /// Who.
        name: String,
        /// The keyid.
        keyid: String,
    },
    /// No private key at hand is asked to sign, or all of them have signed.
    #[error("no key at hand has anything to sign in event {event}; asked for: {}", asked.join(", "))]
    NothingToSign {
        /// The event.
        event: String,
        /// Keyids that have not signed.
        asked: Vec<String>,
    },
}

impl EventError {
    /// A word for programs, the same in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadId(_) => "bad-event-id",
            Self::NotFound { .. } => "no-such-event",
            Self::Exists { .. } => "event-exists",
            Self::NothingStaged => "nothing-staged",
            Self::NothingLeft(_) => "event-nothing-left",
            Self::Damaged { .. } => "event-damaged",
            Self::TooLong { .. } => "event-file-too-long",
            Self::PayloadEdited { .. } => "event-payload-edited",
            Self::BadPayload { .. } => "event-bad-payload",
            Self::BaseEdited { .. } => "event-base-edited",
            Self::BeforeEdited(_) => "event-before-edited",
            Self::BeforeRefused { .. } | Self::BeforeUnsigned { .. } => "event-before-refused",
            Self::NotConfirmed { .. } => "not-confirmed",
            Self::OtherRoot { .. } => "event-other-root",
            Self::KeyMismatch { .. } => "event-key-mismatch",
            Self::VersionTaken { .. } => "event-version-taken",
            Self::NotMadeHere { .. } => "event-not-made-here",
            Self::BaseMoved { .. } => "event-base-moved",
            Self::Conflict { .. } => "event-conflict",
            Self::Overlap { .. } => "event-overlap",
            Self::Incomplete { .. } => "event-incomplete",
            Self::NoSuchRole { .. } => "event-no-such-role",
            Self::NotAsked { .. } => "event-not-asked",
            Self::BadSignature { .. } => "event-bad-signature",
            Self::UnusableKey { .. } => "event-unusable-key",
            Self::AlreadySigned { .. } => "event-already-signed",
            Self::BadName(_) => "event-bad-name",
            Self::NotInvited { .. } => "event-not-invited",
            Self::NotAccepted { .. } => "event-not-accepted",
            Self::BadProof { .. } => "event-bad-proof",
            Self::KeyNotCompared { .. } => "event-key-not-compared",
            Self::NothingToSign { .. } => "event-nothing-to-sign",
            Self::RotatesItself(_) => "event-rotates-itself",
        }
    }
}
