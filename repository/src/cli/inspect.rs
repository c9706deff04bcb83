//! `tufrepo inspect`, and what it shares with `tufrepo diff` and `tufrepo simulate`.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use tuf_files::read_regular;
use tuf_repository::UnixTime;
use tuf_repository::inspection::{Finding, Inspected, Inspection, Question, State, Verdict, inspect};
use tuf_repository::metadata::format_expiry;
use tuf_repository::review::{KeyNames, Severity, span};
use tuf_repository::source::{Access, SourceError, open};
use tuf_verifier_core::Settings;
use tuf_verifier_core::stage::RootUpdate;

use crate::cli::args::{Args, Command, Global};
use crate::cli::diff;
use crate::cli::failure::Failure;
use crate::cli::inspect_args::{Form, Inspect, Reading};
use crate::cli::output::{self, remember};
use crate::cli::presentation::{Block, Cell, Document, Section, Tone, page, print};
use crate::cli::shell::Shell;
use crate::cli::simulate;
use crate::cli::status::REVOKED;
use crate::cli::workspace::{Workspace, now};

/// Bytes of a root metadata file.
const MOST_ROOT: u64 = 512_000;

/// Runs `tufrepo inspect`, `diff` or `simulate`, which need no repository of our own; none for another command.
pub(crate) fn run(args: &Args, shell: &Shell) -> Option<Result<(), Failure>> {
    match &args.command {
        Command::Inspect(inspect) => Some(inspect_one(inspect, &args.global, &key_names(args), shell)),
        Command::Diff(diff) => Some(diff::run(diff, &key_names(args), shell)),
        Command::Simulate(theft) => Some(simulate::run(theft, &args.global, &key_names(args), shell)),
        _ => None,
    }
}

/// The names of our own keys. Without usable settings there are none: names are only for people.
fn key_names(args: &Args) -> KeyNames {
    let keys = Workspace::open(&args.global).map(|workspace| workspace.keys);
    let keys = keys.iter().flat_map(|keys| keys.keys());
    keys.map(|key| (key.keyid.clone(), key.name.clone())).collect()
}

/// Reads and judges a repository. Prints what there is to know of it.
fn inspect_one(args: &Inspect, global: &Global, names: &KeyNames, shell: &Shell) -> Result<(), Failure> {
    let question = question(&args.reading, names)?;
    let inspected = read(&named_or_own(args.what.as_deref(), global)?, &args.reading, &question)?;
    let document = describe(&inspected.inspection);
    give(&args.form, &inspected.inspection, &document, shell)
}

/// What was named; otherwise where the repository of `-C` is published. Its settings decide that, so they must be usable.
pub(crate) fn named_or_own(what: Option<&str>, global: &Global) -> Result<String, Failure> {
    match what {
        Some(what) => Ok(what.to_owned()),
        None => Ok(Workspace::without_keys(global)?.place()),
    }
}

pub(crate) fn question(reading: &Reading, names: &KeyNames) -> Result<Question, Failure> {
    let root = reading.root.as_deref().map(root_file).transpose()?;
    let at = reading.at.map_or_else(now, Ok)?;
    Ok(Question { root, at, names: names.clone(), most_roles: reading.most_roles })
}

/// The user's own root metadata. Whatever is wrong with it is no verdict on the repository.
pub(crate) fn root_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read_regular(path, MOST_ROOT).map_err(|cause| Failure::reading(path, cause))?;
    match RootUpdate::start(&bytes, Settings::default()) {
        Ok(_) => Ok(bytes),
        Err(failure) => {
            let (path, code) = (path.display(), failure.code());
            Err(Failure::new(format!("{path} is no root metadata to start from: {failure} [{code}]"))
                .next("name the root metadata that clients start from, such as a copy of `1.root.json`"))
        }
    }
}

/// A repository that could not be read, which is no verdict on it.
pub(crate) fn unread(error: SourceError) -> Failure {
    Failure::new(format!("{error} [{}]", error.code())).next(error.advice())
}

pub(crate) fn read(what: &str, reading: &Reading, question: &Question) -> Result<Inspected, Failure> {
    let access = Access { time_limit: Duration::from_secs(reading.time_limit), ..Access::default() };
    let source = open(what, &access).map_err(unread)?;
    inspect(&*source, question).map_err(unread)
}

/// Writes the page if one is wanted, and prints JSON or text.
pub(crate) fn give(
    form: &Form,
    json: &impl Serialize,
    document: &Document,
    shell: &Shell,
) -> Result<(), Failure> {
    if let Some(path) = &form.html {
        std::fs::write(path, page(document)).map_err(|cause| Failure::writing(path, cause))?;
        shell.status("Wrote", path.display());
    }
    match form.json {
        true => {
            let text = serde_json::to_string_pretty(json).map_err(|error| Failure::new(error.to_string()))?;
            output::json(&text);
        }
        false => remember(print(document, shell.color())),
    }
    Ok(())
}

pub(crate) fn tone(state: State) -> Tone {
    match state {
        State::Accepted => Tone::Good,
        State::Unpublished | State::Revoked | State::Unread | State::Unsupported | State::Expired => {
            Tone::Notice
        }
        _ => Tone::Bad,
    }
}

pub(crate) fn severity(severity: Severity) -> Tone {
    match severity {
        Severity::Info => Tone::Plain,
        Severity::Notice => Tone::Notice,
        Severity::Danger => Tone::Bad,
    }
}

/// A verdict in a few words, without its reason.
fn word(verdict: &Verdict) -> &'static str {
    match verdict.state {
        State::Accepted => "accepted",
        State::Unpublished => "not published yet",
        State::Revoked => "revoked",
        State::Expired => "expired",
        State::Unread => "not read",
        State::Unsupported => "unsupported",
        State::Missing => "missing",
        State::Malformed => "malformed",
        State::Refused => "refused",
        _ => "unknown",
    }
}

fn describe(report: &Inspection) -> Document {
    let sections = [
        Section::of("What needs attention", vec![Block::List(report.findings.iter().map(finding).collect())]),
        Section::of("Roles", vec![roles(report), next_expiry(report)]),
        Section::of("Who signs", vec![signers(report)]),
        Section::of("Keys of several roles", vec![shared(report)]),
        Section::of("Keys that roles have rotated themselves", vec![rotations(report)]),
        Section::of("Delegations", vec![delegations(report)]),
        Section::of("Bins", vec![bins(report)]),
        Section::of("Root metadata", vec![roots(report)]),
        Section::of("Other clients", vec![other_clients(report)]),
        Section::of("Not checked", vec![not_checked(report)]),
    ];
    Document {
        title: format!("TUF repository {}", report.location),
        verdict: verdict(report),
        sections: sections.into_iter().flatten().collect(),
    }
}

fn verdict(report: &Inspection) -> Cell {
    let at = format_expiry(report.at);
    let verdict = &report.verdict;
    let reason = verdict.message.clone().unwrap_or_default();
    let code = verdict.code.map(|code| format!(" [{code}]")).unwrap_or_default();
    let text = match verdict.state {
        State::Accepted if report.root_confirmed => {
            format!("Accepted at {at}, from the root metadata that was given.")
        }
        State::Accepted => {
            format!("Consistent at {at}, from its own oldest root metadata, which nobody has confirmed.")
        }
        State::Expired => {
            let code = verdict.code.unwrap_or_default();
            format!(
                "Expired: {reason}; at {at} clients refuse it (code {code}). Signatures and versions are as they must be."
            )
        }
        State::Unread => format!("Not judged: {reason}{code}. That says nothing about the repository."),
        State::Unsupported => format!("Not judged: {reason}{code}. Nothing speaks for an attack."),
        _ => format!("Refused at {at}: {reason}{code}"),
    };
    let tone = match verdict.state {
        // Consistent with itself is what any attacker's repository is too.
        State::Accepted if !report.root_confirmed => Tone::Plain,
        state => tone(state),
    };
    Cell::new(tone, text)
}

fn finding(finding: &Finding) -> Cell {
    Cell::new(severity(finding.severity), finding.message.clone())
}

/// `2027-01-01T00:00:00Z (in 90 days)`
fn expiry(expires: UnixTime, at: UnixTime) -> Cell {
    let left = expires.0.saturating_sub(at.0);
    let distance = span(left.unsigned_abs());
    match left > 0 {
        true => Cell::plain(format!("{} (in {distance})", format_expiry(expires))),
        false => Cell::new(Tone::Bad, format!("{} ({distance} ago)", format_expiry(expires))),
    }
}

fn optional(value: Option<impl ToString>) -> Cell {
    value.map_or_else(|| Cell::new(Tone::Faint, "-"), |value| Cell::plain(value.to_string()))
}

fn roles(report: &Inspection) -> Block {
    let head =
        vec!["role", "version", "expires", "signatures", "targets", "bytes of targets", "file", "verdict"];
    let rows = report.roles.iter().map(|role| {
        let signed = role.keys.iter().filter(|key| key.has_signed).count();
        let signatures = match role.verdict.state {
            State::Revoked => REVOKED.to_owned(),
            _ => format!("{signed} of {}, {} needed", role.keys.len(), role.threshold),
        };
        vec![
            Cell::plain(role.role.clone()).at_depth(role.depth),
            optional(role.version),
            role.expires.map_or_else(|| optional(None::<u8>), |expires| expiry(expires, report.at)),
            Cell::plain(signatures),
            optional(role.targets.map(|targets| targets.count)),
            optional(role.targets.map(|targets| size(targets.bytes))),
            optional(role.length.and_then(|length| u64::try_from(length).ok()).map(size)),
            Cell::new(tone(role.verdict.state), verdict_text(&role.verdict)),
        ]
    });
    Block::Table { head, rows: rows.collect() }
}

fn verdict_text(verdict: &Verdict) -> String {
    match &verdict.message {
        // The sentence begins with the word.
        Some(message) if verdict.state == State::Revoked => message.clone(),
        Some(message) if verdict.state != State::Expired => format!("{}: {message}", word(verdict)),
        _ => word(verdict).to_owned(),
    }
}

fn next_expiry(report: &Inspection) -> Block {
    Block::Text(match &report.next_expiry {
        Some(next) => {
            let left = span(next.expires.0.saturating_sub(report.at.0).unsigned_abs());
            Cell::plain(format!(
                "Next to expire: {} in {left}, at {}.",
                next.role,
                format_expiry(next.expires)
            ))
        }
        None => Cell::plain("Nothing is left that could expire."),
    })
}

/// Bytes in the largest unit of which there is at least one.
fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} B"),
    }
}

fn signers(report: &Inspection) -> Block {
    let of_bins = report.bins.iter().map(|bins| (format!("{}-*", bins.name_prefix), 0, &bins.keys));
    let of_roles = report.roles.iter().map(|role| (role.role.clone(), role.depth, &role.keys));
    let mut rows = Vec::new();
    for (role, depth, keys) in of_roles.chain(of_bins) {
        for (index, key) in keys.iter().enumerate() {
            let role = if index == 0 { role.clone() } else { String::new() };
            rows.push(vec![
                Cell::plain(role).at_depth(depth),
                Cell::plain(key.name.clone().unwrap_or_default()),
                Cell::plain(key.keyid.get(..8).unwrap_or(&key.keyid)),
                key.scheme.clone().map_or_else(|| Cell::new(Tone::Bad, "no such key"), Cell::plain),
                match key.has_signed {
                    true => Cell::new(Tone::Good, "signed"),
                    false => Cell::new(Tone::Faint, "has not signed"),
                },
            ]);
        }
    }
    Block::Table { head: vec!["role", "key", "keyid", "scheme", "signature"], rows }
}

/// The chain of rotate files of each role, from the first one on.
fn rotations(report: &Inspection) -> Block {
    let rows = report.roles.iter().flat_map(|role| {
        role.rotations.iter().map(move |file| {
            let goes_on = match file.revokes {
                true => Cell::new(Tone::Notice, "nobody: the role is revoked"),
                false => Cell::plain(file.keys.join(", ")),
            };
            let needed = if file.revokes { String::new() } else { file.threshold.to_string() };
            vec![
                Cell::plain(role.role.clone()),
                Cell::plain(file.version.to_string()),
                Cell::plain(file.signed_by.join(", ")),
                goes_on,
                Cell::plain(needed),
            ]
        })
    });
    let head = vec!["role", "rotate file", "signed by", "goes on with", "signatures needed"];
    Block::Table { head, rows: rows.collect() }
}

fn shared(report: &Inspection) -> Block {
    let shared = report.shared_keys.iter();
    Block::List(shared.map(|key| Cell::plain(format!("{}: {}", key.key, key.roles.join(", ")))).collect())
}

fn delegations(report: &Inspection) -> Block {
    let delegated = report.roles.iter().filter(|role| role.delegator.is_some());
    let rows = delegated.map(|role| {
        vec![
            Cell::plain(role.role.clone()).at_depth(role.depth.saturating_sub(1)),
            Cell::plain(role.delegator.clone().unwrap_or_default()),
            Cell::plain(role.scope.clone().unwrap_or_default()),
            Cell::plain(if role.terminating { "ends here" } else { "goes on" }),
            Cell::plain(role.agreement.clone().unwrap_or_else(|| "-".to_owned())),
        ]
    });
    let head = ["role", "delegated by", "paths", "search", "must agree"];
    let are_alone = report.roles.iter().all(|role| role.agreement.is_none());
    let columns = head.len() - usize::from(are_alone);
    let rows = rows.map(|row: Vec<Cell>| row.into_iter().take(columns).collect());
    Block::Table { head: head.into_iter().take(columns).collect(), rows: rows.collect() }
}

fn bins(report: &Inspection) -> Block {
    let head = vec![
        "delegated by",
        "bins",
        "read",
        "not published",
        "targets",
        "longest file",
        "first expiry",
        "verdict",
    ];
    let rows = report.bins.iter().map(|bins| {
        let failed = bins.failed.first();
        vec![
            Cell::plain(bins.delegator.clone()),
            Cell::plain(format!("{} × {}-*", bins.count, bins.name_prefix)),
            Cell::plain(bins.read.to_string()),
            Cell::plain(bins.unpublished.to_string()),
            Cell::plain(bins.targets.count.to_string()),
            Cell::plain(u64::try_from(bins.longest).map(size).unwrap_or_default()),
            bins.expires.map_or_else(|| optional(None::<u8>), |expires| expiry(expires, report.at)),
            match failed {
                None => Cell::new(Tone::Good, "accepted"),
                Some((role, verdict)) => {
                    let text = format!(
                        "{} of them fail, first {role}: {}",
                        bins.failed.len(),
                        verdict_text(verdict)
                    );
                    Cell::new(tone(verdict.state), text)
                }
            },
        ]
    });
    Block::Table { head, rows: rows.collect() }
}

fn roots(report: &Inspection) -> Block {
    let rows = report.roots.iter().map(|root| {
        vec![
            Cell::plain(root.file.clone()),
            optional(root.sha256.clone()),
            Cell::new(tone(root.verdict.state), verdict_text(&root.verdict)),
        ]
    });
    Block::Table { head: vec!["file", "SHA-256", "verdict"], rows: rows.collect() }
}

fn other_clients(report: &Inspection) -> Block {
    let obstacles = report.other_clients.iter();
    Block::List(obstacles.map(|obstacle| Cell::new(Tone::Notice, obstacle.to_string())).collect())
}

fn not_checked(report: &Inspection) -> Block {
    Block::List(report.not_checked.iter().map(|text| Cell::new(Tone::Faint, text.clone())).collect())
}

/// A verdict with its reason in brackets.
pub(crate) fn short_verdict(verdict: &Verdict) -> String {
    let message = verdict.message.as_deref().map(|message| format!(" ({message})")).unwrap_or_default();
    format!("{}{message}", word(verdict))
}
