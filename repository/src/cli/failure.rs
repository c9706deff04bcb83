//! One clear line for what went wrong, and what to do next.

use std::path::Path;

use tuf_repository::event::EventError;
use tuf_repository::images::ImageError;
use tuf_repository::metadata::{SNAPSHOT, TIMESTAMP};
use tuf_repository::signer::{SignerError, SignerProblem};
use tuf_repository::{Error, GivenUpBy, JournalError, KeyError, NoSelfRotation, UploadError};

use crate::cli::event_failure::event_step;
use crate::cli::key_folder::KeyFolders;
use crate::cli::passphrase::PASSPHRASE_FILE;

/// What went wrong, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) next: Option<String>,
    /// Lines of a file that the message is about, as they are to be shown.
    pub(crate) excerpt: Vec<String>,
    /// Keyids in the message that are for people, who know keys by their names. Not those that somebody is to compare.
    keyids: Vec<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), next: None, excerpt: Vec::new(), keyids: Vec::new() }
    }

    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    pub(crate) fn excerpt(mut self, lines: Vec<String>) -> Self {
        self.excerpt = lines;
        self
    }

    /// Calls keys by the names that they have here.
    pub(crate) fn with_names(mut self, keys: &KeyFolders) -> Self {
        for keyid in &self.keyids {
            self.message = self.message.replace(keyid.as_str(), &keys.name_of(keyid));
        }
        self
    }

    pub(crate) fn reading(path: &Path, cause: impl std::fmt::Display) -> Self {
        Self::new(format!("could not read {}: {cause} [unreadable]", path.display()))
            .next("check the path, and that the file may be read")
    }

    pub(crate) fn writing(path: &Path, cause: impl std::fmt::Display) -> Self {
        Self::new(format!("could not write {}: {cause} [io]", path.display()))
            .next("choose another name, or a folder that may be written to; what is there is not replaced")
    }

    /// `name` is no key that is known here.
    pub(crate) fn no_key(name: &str) -> Self {
        Self::new(format!("there is no key {name:?} [no-such-key]")).next("`tufrepo key list` lists the keys")
    }

    /// Only the public key of this name is known here.
    pub(crate) fn no_private_key(name: &str) -> Self {
        Self::new(format!("the private key {name} is not here [no-private-key]"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Self::new(format!("{error} [{}]", error.code()));
        let failure = Self { keyids: named_keys(&error), ..failure };
        if let Error::WouldGoBack { remembered, .. } = error {
            return failure.next(format!(
                "put the newest state back from a copy of your own; `--go-back-from {remembered}` gives up what is remembered, \
                 and clients that have seen it refuse what is published"
            ));
        }
        if let Error::Upload(UploadError::Ahead { state, .. }) = &error {
            return failure.next(format!(
                "publish from the folder that it was published from; `--replace-copy {state}` throws away what is there, and \
                 clients that have seen it refuse what is copied until a newer version is published"
            ));
        }
        if let Error::Upload(UploadError::Conflict { state, .. }) = &error {
            return failure.next(format!(
                "choose a repository that has nothing but this; if it is yours, find out who has written to it, then \
                 `--replace-copy {state}` throws away what is there"
            ));
        }
        if let Error::Event(EventError::NotAccepted { event, name, .. }) = &error {
            return failure.next(format!(
                "{name} runs `tufrepo event accept {event} --name {name} --key KEY` on the event as it is now, and sends the file \
                 that it names"
            ));
        }
        match next_step(&error) {
            Some(next) => failure.next(next),
            None => failure,
        }
    }
}

fn named_keys(error: &Error) -> Vec<String> {
    match error {
        Error::MissingKeys { missing, .. } => missing.clone(),
        Error::KeysUnused(keyids) => keyids.clone(),
        Error::KeyGivenUp { keyid, .. }
        | Error::Event(EventError::NotAsked { keyid, .. } | EventError::AlreadySigned { keyid, .. }) => {
            vec![keyid.clone()]
        }
        Error::Event(EventError::NothingToSign { asked, .. }) => asked.clone(),
        _ => Vec::new(),
    }
}

fn next_step(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::NoRepository(_) => "make one with `tufrepo init`, or name its folder with `-C DIR`",
        Error::RepositoryExists(_) => "change it with `tufrepo target add` and `tufrepo publish`",
        Error::Locked { .. } => "wait for the other publisher to end, or end the process that holds the lock",
        Error::Interrupted => {
            "finish it with `tufrepo publish`, or drop it and everything staged with `tufrepo discard`"
        }
        Error::BaseMoved { .. } | Error::StagedConflict { .. } => {
            "drop what is staged with `tufrepo discard`, then stage the change again"
        }
        Error::Changed { .. } => {
            "somebody else has written to what you publish: find out who; `tufrepo restore` puts metadata back, anything else comes from \
             a copy of your own; then publish again"
        }
        Error::RolledBack { path, .. } if path.to_str().is_some_and(|path| path.starts_with("oci")) => {
            "find out who has taken it back; `--replace-older-copy` copies what is published again"
        }
        Error::RolledBack { .. } => {
            "`tufrepo restore` puts the newest state back; `tufrepo adopt --go-back-from` believes the older one instead"
        }
        Error::NothingKept(_) => "put the file back from a copy of your own; the next publish keeps one",
        Error::KeptIsOlder { .. } => "run `tufrepo restore` where the other publisher is at work",
        Error::SymbolicLink(_) => "put the folder or the file itself in its place, then publish again",
        Error::NotAdopted(_) => {
            "`tufrepo adopt` shows the SHA-256 of its root metadata: compare it with what clients start from"
        }
        Error::NotConfirmed(_) => {
            "compare each with what clients start from, then run `tufrepo adopt --root-sha256 SHA256`, once for each"
        }
        Error::OthersCanWrite(_) => {
            "make it yours alone (`chown`, `chmod go-w`), remove it if you did not make it, or choose another place with `--state DIR` or CARGO_HOME"
        }
        Error::StateInUse(_) => {
            "put the files of that repository back; remove the folder where it is gone for good"
        }
        Error::VersionsExhausted { .. } => "give the role another name, or begin a new repository",
        Error::Refused(_) => "`tufrepo status` shows what is expired, `tufrepo refresh ROLE` signs it anew",
        Error::Conflict(_) => {
            "find the other publisher; `tufrepo discard` drops this publish and everything staged"
        }
        Error::RotatedItself { .. } => {
            "who has its keys gives it others with `tufrepo role rotate-self`; to trust somebody else, `tufrepo revoke` it and \
             `tufrepo delegate` its paths to a role of another name"
        }
        Error::SelfRotation { reason, .. } => self_rotation_step(*reason),
        Error::RevokedItself(_) => {
            "`tufrepo revoke` ends the delegation to it; `tufrepo delegate` gives its paths to a role of another name"
        }
        Error::RotateFileTaken(_) => {
            "find out who wrote it: if it is left of a publish of yours that another publisher was faster than, remove it, then publish again"
        }
        Error::MissingKeys { role, needed, .. }
            if *needed > 1 && ![SNAPSHOT, TIMESTAMP].contains(&role.as_str()) =>
        {
            "`tufrepo event new ID` lets several people sign what is staged, each with a key of their own; or say where all private \
             keys are with `--keys DIR`"
        }
        Error::MissingKeys { .. } => {
            "say where their private keys are with `--keys DIR`; a `NAME.pem` signs only if `NAME.json`, its public key, is beside it or in \
             another folder of keys; `tufrepo key list` lists those at hand"
        }
        Error::PrivateKey(_) => {
            "leave the file out; `--allow-private-keys` publishes a key that everybody may have, such as one of a test"
        }
        Error::TargetTooLong { .. } => {
            "clients refuse it unless they are told otherwise: split it; `--max-length BYTES` publishes it nevertheless"
        }
        Error::OwnFolder { .. } => "name a folder that has only what is to be published",
        Error::StagedChange(_) => {
            "look at it with `tufrepo publish --dry-run`: if it is yours, `tufrepo publish`; if not, as after a theft, `tufrepo discard`"
        }
        Error::NoSuchRole(_) => {
            "`tufrepo status` lists the roles; make one with `tufrepo delegate` or `tufrepo crates delegate`"
        }
        Error::NotDelegated { .. } => "choose another role with `--role`, or widen the delegation",
        Error::BadDelegation { .. } => {
            "`tufrepo delegate --help` says what a delegation has; `tufrepo status` lists the roles that are there"
        }
        Error::BadRevocation { .. } => {
            "`tufrepo revoke` with the name of the whole delegation takes it back with all its roles; a bin gets other keys with \
             `tufrepo rotate`"
        }
        Error::SeveralRoles { .. } => {
            "name one of its roles with `--role`; each lists, and is changed, by itself"
        }
        Error::ShadowsDelegated { .. } => {
            "find out who put it there; list it with `--role` in the role that it is delegated to, or leave it out. `tufrepo target add \
             --shadow-delegated` lists it nevertheless"
        }
        Error::Rehearsal(_) => {
            "`tufrepo status` shows what is expired, `tufrepo refresh ROLE` signs it anew; `tufrepo discard` drops what is staged"
        }
        Error::PublishedIsNewer { .. } => {
            "`tufrepo status` says that it is newer than what was published last from here, and what is listed; `tufrepo monitor` what \
             clients see: `--build-on published` if another publisher of yours has gone on, `--build-on remembered` if a thief has"
        }
        Error::RootThresholdLost { .. } => {
            "if the keys were stolen and you still have them, `--threshold-stolen` signs with them a last time; if they are lost, no \
             update reaches clients: `tufrepo init` a new repository, and ship its root metadata as you shipped the first one"
        }
        Error::KeysUnused(_) => "`tufrepo status` lists the keyids of each role",
        Error::KeyGivenUp { by: GivenUpBy::ThisRecovery, .. } => {
            "make another one with `tufrepo key new NAME`"
        }
        Error::KeyGivenUp { .. } => {
            "make another one with `tufrepo key new NAME`; if nobody else has ever had this one, a recovery with `--take-back KEY` \
             uses it again"
        }
        Error::Journal(JournalError::NotPublished { .. }) => {
            "ask the other publishers; if one of them wrote the line, compare the head that `tufrepo journal verify` prints there, then \
             `tufrepo journal verify --head SHA256` here; if nobody did, take it and those after it out, and find out who wrote it"
        }
        Error::Journal(JournalError::OtherHead { .. }) => {
            "compare it with the publisher who wrote the last line"
        }
        Error::Journal(_) => {
            "somebody has written to the journal: put it back from a copy of your own, and find out who"
        }
        Error::Event(error) => return event_step(error),
        Error::ClientsRefuse(_) => {
            "choose keys, lengths or delegations that they read, or take them out of `require` in [clients] of tufrepo.toml"
        }
        Error::Registry(error) => error.advice(),
        Error::Image(ImageError::Absent { .. }) => "check the reference, and what is there",
        Error::Cargo(_) => "cargo says why in the lines above",
        Error::Store(error) => error.advice(),
        Error::RootTaken(_) => {
            "look at what was published (`tufrepo status`); `tufrepo publish` lays your change over it, `tufrepo discard` drops it"
        }
        Error::Uncovered(_) => "leave them out with `--allow-uncovered`",
        Error::Signer(SignerError { signer, problem: SignerProblem::NoSecret(_) })
            if signer == PASSPHRASE_FILE =>
        {
            "name a file that you may read, with the passphrase in its first line"
        }
        Error::Signer(error) => return signer_step(&error.problem),
        Error::Key { cause, .. } | Error::Signing(cause) => return key_step(cause),
        _ => return None,
    })
}

fn self_rotation_step(reason: NoSelfRotation) -> &'static str {
    match reason {
        NoSelfRotation::SameKeys => {
            "`tufrepo status` lists the keys that it has; name others with `--new-key`, or another `--threshold`"
        }
        NoSelfRotation::Exhausted(_) => {
            "`tufrepo revoke` it, and `tufrepo delegate` its paths to a role of another name"
        }
        _ => "`tufrepo rotate` gives a role other keys, as who delegates to it",
    }
}

fn key_step(error: &KeyError) -> Option<&'static str> {
    Some(match error {
        KeyError::WrongPassphrase => {
            "check the passphrase; for keys with different ones, say in `NAME.signer` beside `NAME.json` where each comes from: \
             `secret = \"file:PATH\"`, or use the prompt: no TUFREPO_PASSPHRASE, no --passphrase-file"
        }
        KeyError::WronglyTyped => {
            "compare the file with the key that you mean, and look at the layout of the keyboard"
        }
        KeyError::PassphraseNeeded => {
            "give it with `--passphrase-file FILE` or in TUFREPO_PASSPHRASE, or run from a terminal"
        }
        KeyError::Exposed { .. } => {
            "`chmod 600` it; whoever has read it can sign: if that may have happened, `tufrepo rotate` its roles"
        }
        KeyError::Signer(error) => return signer_step(&error.problem),
        KeyError::OtherForm(form) => form.next_step(),
        KeyError::EmptyPassphrase => "choose a passphrase, or say `--unencrypted`",
        _ => return None,
    })
}

fn signer_step(problem: &SignerProblem) -> Option<&'static str> {
    Some(match problem {
        SignerProblem::BadEntry(_) => {
            "the file `NAME.signer` has `signer = \"URI\"`, and may have secret, timeout-seconds, arguments, environment, output and ecdsa: \
             docs/publishing-keys.md has each"
        }
        SignerProblem::OthersCanWrite(_) => {
            "whoever can change it signs with your keys: make it yours or root's alone (`chown`, `chmod go-w`), with every folder above it"
        }
        SignerProblem::SecretExposed { .. } => {
            "`chmod 600` it; whoever has read it may have the key: if so, choose another passphrase, or `tufrepo rotate` its roles"
        }
        SignerProblem::NoSecret(_) => {
            "say where it comes from with `secret` in `NAME.signer`: file:PATH, env:TUFREPO_NAME or prompt"
        }
        SignerProblem::WrongPin { .. } => {
            "check the PIN before you try again: a token locks itself after a few wrong ones. Nothing was tried twice"
        }
        SignerProblem::PinLocked => {
            "unlock it with the token's own program, which needs the PUK or the security officer's PIN"
        }
        SignerProblem::NoToken { .. } => {
            "plug it in, and compare `token=` with its label: `pkcs11-tool --module MODULE --list-token-slots` lists them"
        }
        SignerProblem::Several { .. } => "add `serial=` or `id=` to the URI, so that one fits",
        SignerProblem::NoSuchKey { .. } => "compare `object=`, `id=` or the comment with what is there",
        SignerProblem::AnotherKey { .. } => {
            "nothing is signed: the URI leads to a key that is not the one in `NAME.json`; `tufrepo key import URI --name NEW` reads its public key"
        }
        SignerProblem::Module(_) => "try the same with `pkcs11-tool`: the module's own log may say more",
        SignerProblem::NoAgent(_) => {
            "start it with `eval $(ssh-agent)`, or set SSH_AUTH_SOCK to its socket; `ssh-add -l` lists its keys"
        }
        SignerProblem::AgentRefused => "unlock it with `ssh-add -X`, or confirm the signature where it asks",
        SignerProblem::NotStarted(_) => "check that the file is there and can be executed",
        SignerProblem::Failed { .. } => "run the program by hand with the same arguments: it says why",
        SignerProblem::BadOutput(_) => {
            "the program writes nothing but the signature to standard output, in the form that `output` and `ecdsa` name"
        }
        SignerProblem::TimedOut(_) => {
            "raise `timeout-seconds` in `NAME.signer` if somebody has to confirm it"
        }
        SignerProblem::FromSharedFolder { .. } => {
            "read its `NAME.signer`; if it is yours, keep it in a folder that nobody pushes to, or name its folder with `--keys`"
        }
        SignerProblem::Key(error) => return key_step(error),
        _ => return None,
    })
}
