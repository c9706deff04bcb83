//! What to do next about an event.

use tuf_repository::event::EventError;

pub(crate) fn event_step(error: &EventError) -> Option<&'static str> {
    Some(match error {
        EventError::BadId(_) | EventError::BadName(_) => "choose another name",
        EventError::NotFound { .. } => {
            "`tufrepo event list` lists the events; `--events DIR` names another folder of events"
        }
        EventError::Exists { .. } => "choose another name, or throw it away with `tufrepo event discard`",
        EventError::RotatesItself(_) => {
            "publish its change with `tufrepo publish`, where enough of its keys are at hand: `--keys DIR`, tokens and agents \
             bring those of several people together"
        }
        EventError::NothingStaged => "stage changes first, such as with `tufrepo target add`",
        EventError::Damaged { .. } | EventError::TooLong { .. } | EventError::BeforeEdited(_) => {
            "somebody has edited the event: put it back from git or from another copy, and find out who"
        }
        EventError::BaseEdited { .. } => {
            "do not sign it, and find out who edited it; its publisher makes it anew with `tufrepo event rebase`: all sign what has changed"
        }
        EventError::BeforeRefused { .. } | EventError::BeforeUnsigned { .. } => {
            "somebody has edited the event, and it would not show what is published: find out who"
        }
        EventError::PayloadEdited { .. } => {
            "put it back from git or from another copy; or keep the edit with `tufrepo event rebase`: all sign anew"
        }
        EventError::BadPayload { .. } => "renew it with `tufrepo event rebase`: all sign anew",
        EventError::NotConfirmed { was_compared: true, .. } => {
            "do not sign it before you know why: compare the digest with what clients start from, and with what others of the team see"
        }
        EventError::NotConfirmed { .. } => {
            "compare it with what clients start from, or with what others of the team see; then `--root-sha256 SHA256`, of this version \
             or of one before it"
        }
        EventError::OtherRoot { .. } => {
            "do not sign it: it is of another repository, or somebody wants your signature for one. Find out who made it"
        }
        EventError::KeyMismatch { .. } => {
            "do not sign it, find out who edited it, and throw it away with `tufrepo event discard`"
        }
        EventError::VersionTaken { .. } => {
            "nothing refers to that file: `tufrepo gc --keep-days 0` removes it"
        }
        EventError::NotMadeHere { .. } => {
            "compare `tufrepo event diff` with what was agreed; if it is right, `tufrepo event rebase` makes it anew from what it says and prints the changes"
        }
        EventError::BaseMoved { .. } => "go on from what is published with `tufrepo event rebase`",
        EventError::NothingLeft(_) => "throw it away with `tufrepo event discard`",
        EventError::Conflict { .. } => {
            "agree on which change is right; `tufrepo event discard` throws this one away, then stage it again"
        }
        EventError::Overlap { .. } => "publish one of them, then `tufrepo event rebase` the other one",
        EventError::Incomplete { .. } => {
            "`tufrepo event status` shows who is missing; they `tufrepo event sign`"
        }
        EventError::NoSuchRole { .. } | EventError::NotAsked { .. } => {
            "`tufrepo event status` shows the roles and the keys that are asked"
        }
        EventError::BadSignature { .. } => {
            "sign the bytes of `payload/ROLE.bytes` as they are now, with the key that is named"
        }
        EventError::UnusableKey { .. } => "`tufrepo event discard`, and stage the change with another key",
        EventError::NothingToSign { .. } => {
            "say where the private key is with `--keys DIR`; `tufrepo event status` shows who is missing"
        }
        EventError::NotInvited { .. } => {
            "invite them with `tufrepo event invite`; if somebody else has invited them, say which roles they get with `--role ROLE`"
        }
        EventError::BadProof { .. } => "do not admit it: somebody else may have put it there. Ask its owner",
        EventError::KeyNotCompared { .. } => {
            "compare it with its owner on the telephone or in person; then `--keyid KEYID`"
        }
        _ => return None,
    })
}
