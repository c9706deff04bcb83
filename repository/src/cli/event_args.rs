//! The command line of `tufrepo event` as it is written.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use tuf_repository::UnixTime;
use tuf_repository::event::Event;

use crate::cli::failure::Failure;
use crate::cli::next_command::NextCommand;
use crate::cli::workspace::Workspace;

/// Events.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventArgs {
    /// Folder of events: that of a clone, or of a disk. Otherwise `events` in the repository's folder.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) events: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: EventCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// Take what is staged into a new event.
    New(EventNew),
    /// List the events that are not published yet.
    List,
    /// Show who must sign, who has signed, and who is missing.
    Status(EventRead),
    /// Show what an event changes, the most dangerous changes first.
    Diff(EventRead),
    /// Show what an event changes, then sign it.
    Sign(EventSign),
    /// Add a signature that was made elsewhere, over the bytes of `payload/ROLE.bytes`.
    Attach(EventAttach),
    /// Lay an event over what was published since it was made. Says whose signatures lapse.
    Rebase(EventName),
    /// Invite somebody to sign for a role, from the publish of this event on.
    Invite(EventInvite),
    /// Accept an invitation: bring a public key, and prove that its private key is at hand.
    Accept(EventAccept),
    /// Give the roles that somebody was invited to their key. Whoever has signed for what changes by it signs anew.
    Admit(EventAdmit),
    /// Throw an event away.
    Discard(EventName),
}

impl EventCommand {
    /// The event that it is about.
    pub(crate) fn event(&self) -> Option<&str> {
        match self {
            Self::List => None,
            Self::New(EventNew { id, .. })
            | Self::Status(EventRead { id, .. })
            | Self::Diff(EventRead { id, .. })
            | Self::Sign(EventSign { id, .. })
            | Self::Attach(EventAttach { id, .. })
            | Self::Rebase(EventName { id })
            | Self::Invite(EventInvite { id, .. })
            | Self::Accept(EventAccept { id, .. })
            | Self::Admit(EventAdmit { id, .. })
            | Self::Discard(EventName { id }) => Some(id),
        }
    }
}

/// A new event.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventNew {
    /// Name of the event: lower-case letters, digits, `-` and `_`.
    pub(crate) id: String,
    /// What it is for, for those who sign.
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Sign this role anew, with a new expiry, though nothing of it has changed. May be repeated.
    #[arg(long, value_name = "ROLE")]
    pub(crate) renew: Vec<String>,
}

/// Somebody who is to sign.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventInvite {
    /// Name of the event.
    pub(crate) id: String,
    /// The role to sign for.
    pub(crate) role: String,
    /// Who: lower-case letters, digits, `-` and `_`.
    pub(crate) name: String,
}

/// A key of somebody who was invited.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventAccept {
    /// Name of the event.
    pub(crate) id: String,
    /// Who was invited.
    #[arg(long)]
    pub(crate) name: String,
    /// The key to sign with from now on: its name.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
}

/// A key that is let in.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventAdmit {
    /// Name of the event.
    pub(crate) id: String,
    /// Who was invited.
    pub(crate) name: String,
    /// Keyid of the key, which you have compared with its owner.
    #[arg(long, value_name = "KEYID")]
    pub(crate) keyid: Option<String>,
    /// A role that gets the key. May be repeated. Otherwise the roles that were invited to from here.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    /// Signatures that a role needs from then on; N alone if one role gets the key. May be repeated. As before where nothing
    /// is said.
    #[arg(long, value_name = "ROLE=N")]
    pub(crate) threshold: Vec<String>,
}

/// An event.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventName {
    /// Name of the event.
    pub(crate) id: String,
}

/// An event to look at.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventRead {
    /// Name of the event.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) trust: Trust,
}

/// An event to sign.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventSign {
    /// Name of the event.
    pub(crate) id: String,
    /// Sign with this key alone: its name, or a file such as `./NAME.json`. May be repeated. Otherwise every key at hand signs
    /// that is asked.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Vec<String>,
    /// Sign without asking: somebody has read `tufrepo event diff`.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) trust: Trust,
}

/// A signature that was made elsewhere.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventAttach {
    /// Name of the event.
    pub(crate) id: String,
    /// The role that was signed.
    pub(crate) role: String,
    /// The key that signed: its keyid, the beginning of it, or its name.
    pub(crate) key: String,
    /// File with the signature: its bytes, or these in hexadecimal or Base64.
    pub(crate) file: PathBuf,
}

/// How it is known which root metadata is the right one.
#[derive(Debug, ClapArgs)]
pub(crate) struct Trust {
    /// SHA-256 of the event's root metadata, or of an earlier version such as 1.root.json, which you have compared with what
    /// clients start from or with what others of the team see. Needed where the repository is not known.
    #[arg(long, value_name = "SHA256")]
    pub(crate) root_sha256: Vec<String>,
}

/// Events that a publish contains.
#[derive(Debug, ClapArgs)]
pub(crate) struct EventsToPublish {
    /// Publish this event, whose signatures are complete, instead of what is staged. May be repeated.
    #[arg(long, value_name = "ID")]
    event: Vec<String>,
    /// Folder of events, instead of `events` in the repository's folder.
    #[arg(long, value_name = "DIR", requires = "event")]
    events: Option<PathBuf>,
    /// Publish events without asking: somebody has read what they change.
    #[arg(long, requires = "event")]
    pub(crate) yes: bool,
}

impl EventsToPublish {
    /// The events, read and verified.
    pub(crate) fn open(&self, workspace: &Workspace, now: UnixTime) -> Result<Vec<Event>, Failure> {
        let folder = self.events.clone().unwrap_or_else(|| workspace.folder.join(FOLDER));
        let next = self.next_command(workspace);
        let open =
            |id: &String| Event::open(&folder, id, now).map_err(|error| next.complete_failure(error.into()));
        self.event.iter().map(open).collect()
    }

    /// What the next command about these events needs.
    pub(crate) fn next_command(&self, workspace: &Workspace) -> NextCommand {
        let event = match &self.event[..] {
            [event] => Some(event.as_str()),
            _ => None,
        };
        NextCommand::new(&workspace.folder, self.events.as_deref(), event)
    }
}

/// Folder of events in a repository's folder.
pub(crate) const FOLDER: &str = "events";
