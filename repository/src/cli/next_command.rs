//! Commands in words for people, with the options that say where everything is.

use std::path::Path;

use crate::cli::failure::Failure;

/// The options that a command was given and the next one needs as well.
pub(super) struct NextCommand {
    /// With a space in front; empty if it was not given.
    repository: String,
    /// With a space in front; empty if it was not given.
    events: String,
    /// The event that the command was about, with a space in front; empty if it was about none, or about several.
    event: String,
}

/// What needs an event and nothing else.
const OF_AN_EVENT: [&str; 5] = ["event diff", "event discard", "event rebase", "event sign", "event status"];

impl NextCommand {
    pub(super) fn new(repository: &Path, events: Option<&Path>, event: Option<&str>) -> Self {
        let repository = match repository == Path::new(".") {
            true => String::new(),
            false => format!(" -C {}", quoted(repository)),
        };
        let events = events.map(|events| format!(" --events {}", quoted(events))).unwrap_or_default();
        let event = event.map(|id| format!(" {}", quoted(Path::new(id)))).unwrap_or_default();
        Self { repository, events, event }
    }

    /// Adds the options to each command between backquotes.
    pub(super) fn complete(&self, text: &str) -> String {
        let parts = text.split('`').enumerate().map(|(number, part)| match number % 2 {
            1 => self.complete_one(part),
            _ => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("`")
    }

    pub(super) fn complete_failure(&self, mut failure: Failure) -> Failure {
        failure.next = failure.next.as_deref().map(|next| self.complete(next));
        failure
    }

    fn complete_one(&self, command: &str) -> String {
        let Some(rest) = command.strip_prefix("tufrepo ") else { return command.to_owned() };
        let takes_events = rest.starts_with("event ") || rest.starts_with("publish --event ");
        let events = if takes_events { self.events.as_str() } else { "" };
        let event = if OF_AN_EVENT.contains(&rest) { self.event.as_str() } else { "" };
        // Whoever was invited has another folder.
        let repository = if rest.starts_with("event accept ") { "" } else { self.repository.as_str() };
        format!("tufrepo{repository} {rest}{event}{events}")
    }
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |character: char| character.is_alphanumeric() || "/\\:._-+@".contains(character);
    match !path.is_empty() && path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}
