//! What an event or a publish changes, line by line, for those who sign, rebase or publish.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use tuf_repository::Forecast;
use tuf_repository::event::Event;
use tuf_repository::review::{Change, KeyNames, Severity};

use crate::cli::failure::Failure;
use crate::cli::key_folder::KeyFolders;
use crate::cli::printable::printable;
use crate::cli::shell::Shell;

/// One thing that an event changes, on one line, as a terminal may show it.
pub(crate) struct Line {
    pub(crate) severity: Severity,
    pub(crate) text: String,
}

impl Line {
    fn new(severity: Severity, text: &str) -> Self {
        Self { severity, text: printable(text) }
    }
}

/// Everything that an event changes, the most dangerous changes first. Nothing is left out or counted.
pub(crate) fn lines(event: &Event, own: &KeyFolders) -> Vec<Line> {
    let mut names = names(own);
    for keyid in event.progress().iter().flat_map(|role| event.asked(role.role)) {
        if let Some(name) = event.name_of(keyid) {
            names.claim(keyid, name);
        }
    }
    let mut lines = borrowed_names(event, own);
    lines.extend(shadowing(event.shadowing()));
    for (role, paths) in event.elsewhere() {
        let text = format!("{role}: targets whose bytes the publisher may not have: {}", paths.join(", "));
        lines.push(Line::new(Severity::Danger, &text));
    }
    lines.extend(abrupt(event.abrupt()));
    let changes = event.changes(&names.with_whole_keyids());
    lines.extend(changed(&changes, |role, path| event.target_change(role, path)));
    in_order(lines)
}

/// Everything that a publish would change, as [`lines`] has it of an event.
fn lines_of_forecast(forecast: &Forecast, own: &KeyFolders) -> Vec<Line> {
    let mut lines = shadowing(forecast.shadowing());
    lines.extend(abrupt(&forecast.abrupt));
    let changes = forecast.changes(&names(own).with_whole_keyids());
    lines.extend(changed(&changes, |role, path| forecast.target_change(role, path)));
    in_order(lines)
}

fn names(own: &KeyFolders) -> KeyNames {
    own.keys().iter().map(|known| (known.keyid.as_str(), known.name.as_str())).collect()
}

fn shadowing(listed: BTreeMap<&str, Vec<&str>>) -> Vec<Line> {
    let line = |(role, paths): (&str, Vec<&str>)| {
        let text = format!("{role}: lists paths that it delegates to others: {}", paths.join(", "));
        Line::new(Severity::Danger, &text)
    };
    listed.into_iter().map(line).collect()
}

fn abrupt(roles: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Line> {
    let line =
        |role: &str| Line::new(Severity::Danger, &format!("{role}: its old keys sign nothing any more"));
    roles.into_iter().map(|role| line(role.as_ref())).collect()
}

/// Each change, and after it what it says of each target.
fn changed(changes: &[Change], of_target: impl Fn(&str, &str) -> String) -> Vec<Line> {
    let mut lines = Vec::new();
    for change in changes {
        lines.push(Line::new(change.severity, &format!("{change:#}")));
        let details = change.paths.iter().map(|path| of_target(&change.role, path));
        lines.extend(details.map(|text| Line::new(change.severity, &text)));
    }
    lines
}

/// Stable: what belongs together stays together.
fn in_order(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by_key(|line| std::cmp::Reverse(line.severity));
    lines
}

/// New keys that have the name of another key here.
fn borrowed_names(event: &Event, own: &KeyFolders) -> Vec<Line> {
    let mut lines = Vec::new();
    for (keyid, key) in event.new_keys() {
        let named = own.keys().iter().find(|known| event.name_of(keyid) == Some(known.name.as_str()));
        if let Some(known) = named.filter(|known| known.keyid != keyid) {
            let (name, other) = (&known.name, &known.keyid);
            let text =
                format!("the event calls key {keyid} {name:?}, and here {name:?} is another key: {other}");
            lines.push(Line::new(Severity::Danger, &text));
        }
        let same = own.keys().iter().find(|known| known.keyid == keyid);
        if let Some(known) = same.filter(|known| !known.public.is_same_key(key)) {
            let text = format!("key {keyid} has another public key than {:?} here", known.name);
            lines.push(Line::new(Severity::Danger, &text));
        }
    }
    lines
}

/// Says on standard error what an event changes.
pub(crate) fn tell(event: &Event, own: &KeyFolders, shell: &Shell) {
    say(lines(event, own), shell);
}

/// Says on standard error what a publish would change.
pub(crate) fn tell_forecast(forecast: &Forecast, own: &KeyFolders, shell: &Shell) {
    say(lines_of_forecast(forecast, own), shell);
}

fn say(lines: Vec<Line>, shell: &Shell) {
    for Line { severity, text } in lines {
        match severity {
            Severity::Danger => shell.warning(text),
            _ => shell.status("Changes", text),
        }
    }
}

/// Whether somebody is there to answer a question.
pub(crate) fn is_attended() -> bool {
    io::stdin().is_terminal()
}

/// Asks on the terminal. Nothing but `yes` is a yes.
///
/// # Errors
/// `undone` says what is not done then.
pub(crate) fn ask(asked: &str, undone: &str) -> Result<(), Failure> {
    match question(&format!("{asked} Write yes: "), undone)?.as_str() {
        "yes" => Ok(()),
        _ => Err(Failure::new(format!("{undone}: the answer was not yes"))),
    }
}

/// Asks on the terminal. Gives the line that is written there, without the white space around it.
///
/// # Errors
/// `undone` says what is not done then.
pub(crate) fn question(asked: &str, undone: &str) -> Result<String, Failure> {
    eprint!("{asked}");
    // A prompt that is not seen is answered all the same.
    let _shown = io::stderr().flush();
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|cause| Failure::new(format!("{undone}: {cause}")))?;
    Ok(answer.trim().to_owned())
}
