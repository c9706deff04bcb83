//! The worlds as a [`Client`] takes them: same requests, same writes, same verdicts in the same words.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tuf_verifier_host::records::{Hash, RoleState};
use tuf_verifier_host::store::Guard;
use tuf_verifier_host::{
    Access, Client, Error, Lookup, NotFound, Profile, Report, Session, Settings, Source, SourceError, Store,
    StoreError, Target, UnixTime, Waiver,
};

use crate::course::{Act, Course, Effect, End};

/// Takes the course with a client; the first difference, in words.
pub(crate) fn follow(course: &Course<'_>) -> Result<(), String> {
    let script = Script::default();
    let mut session: Option<Session> = None;
    for act in &course.acts {
        script.expect(&act.effects);
        let answer = match (act.path, &session) {
            (None, _) => refresh(course, &script).map(|refreshed| {
                let report = report(refreshed.report());
                session = Some(refreshed);
                report
            }),
            (Some(path), Some(session)) => session.find(path).map(|lookup| answer(&lookup)),
            (Some(_), None) => panic!("a course ends with a refused refresh"),
        };
        script.finished()?;
        compare(act, answer)?;
        if matches!(act.end, End::Abandoned) {
            break;
        }
    }
    Ok(())
}

fn refresh(course: &Course<'_>, script: &Script) -> Result<Session, Error> {
    let now = course.now.as_str().and_then(|now| now.parse().ok()).expect("a time");
    Client::new(course.trusted_root.to_vec(), script.clone(), script.clone())
        .reference_time(UnixTime::from_seconds(now))
        .settings(settings(course.settings))
        .refresh()
}

fn compare(act: &Act<'_>, answer: Result<Value, Error>) -> Result<(), String> {
    let failed = |failure: &tuf_verifier_host::Failure| json!([failure.code, failure.message]);
    match (&act.end, answer) {
        (End::Answered(expected), Ok(answer)) if shown(expected) == answer => Ok(()),
        (End::Failed(expected), Err(Error::Failure(failure))) if words(expected) == failed(&failure) => {
            Ok(())
        }
        // Whoever is cut off has no verdict, unless it needs nothing more for it.
        (End::Abandoned, Ok(_) | Err(Error::Source(_) | Error::Store(_))) => Ok(()),
        (expected, answer) => Err(format!("    client   {answer:?}\n    recorded {expected:?}")),
    }
}

/// What a source and a store answer, in this order, and nothing else. Clones share it.
#[derive(Clone, Default)]
struct Script(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    expected: VecDeque<Line>,
    /// What was done otherwise.
    wrong: Option<String>,
}

/// A request or a write, and the bytes that it brings.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Load(String, Option<Vec<u8>>),
    Fetch(String, u64, Option<Vec<u8>>),
    Persist(String, Vec<u8>),
    Forget(String),
}

impl Script {
    fn expect(&self, effects: &[Effect<'_>]) {
        let owned = |bytes: &Option<&[u8]>| bytes.map(<[u8]>::to_vec);
        self.lines().expected = effects
            .iter()
            .map(|effect| match effect {
                Effect::Load(name, bytes) => Line::Load((*name).to_owned(), owned(bytes)),
                Effect::Fetch(name, most, bytes) => Line::Fetch((*name).to_owned(), *most, owned(bytes)),
                Effect::Persist(name, bytes) => Line::Persist((*name).to_owned(), bytes.to_vec()),
                Effect::Forget(name) => Line::Forget((*name).to_owned()),
            })
            .collect();
    }

    /// Whether all was done that was to be done, and nothing else.
    fn finished(&self) -> Result<(), String> {
        let lines = self.lines();
        match (&lines.wrong, lines.expected.front()) {
            (Some(wrong), _) => Err(wrong.clone()),
            (None, Some(left)) => Err(format!("    was not done: {left:?}")),
            (None, None) => Ok(()),
        }
    }

    /// The next line, where it is this one; after the end there are only errors.
    fn take(&self, what: &str, is_it: impl Fn(&Line) -> bool) -> Option<Line> {
        let mut lines = self.lines();
        if lines.expected.front().is_some_and(&is_it) {
            return lines.expected.pop_front();
        }
        if let Some(expected) = lines.expected.front() {
            lines.wrong = Some(format!("    client   {what}\n    recorded {expected:?}"));
        }
        None
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().expect("nobody panics with it")
    }
}

impl Source for Script {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let is_it =
            |line: &Line| matches!(line, Line::Fetch(it, most, _) if it == name && *most == max_length);
        match self.take(&format!("fetches {name}, {max_length}"), is_it) {
            Some(Line::Fetch(_, _, bytes)) => Ok(bytes),
            _ => Err(SourceError::Unreachable { location: name.to_owned(), source: over() }),
        }
    }

    fn target(&self, _: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        panic!("no world fetches a target")
    }
}

/// Nobody else is there.
struct Alone;

impl Guard for Alone {}

impl Store for Script {
    fn lock(&self, _: &mut dyn FnMut()) -> Result<Box<dyn Guard + '_>, StoreError> {
        Ok(Box::new(Alone))
    }

    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.take(&format!("loads {name}"), |line| matches!(line, Line::Load(it, _) if it == name)) {
            Some(Line::Load(_, bytes)) => Ok(bytes),
            _ => Err(StoreError::Read { path: name.into(), source: over() }),
        }
    }

    fn persist(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let is_it = |line: &Line| matches!(line, Line::Persist(it, same) if it == name && same == bytes);
        let done = self.take(&format!("writes {name}"), is_it);
        done.map(drop).ok_or_else(|| StoreError::Write { path: name.into(), source: over() })
    }

    fn forget(&self, name: &str) -> Result<(), StoreError> {
        let done =
            self.take(&format!("forgets {name}"), |line| matches!(line, Line::Forget(it) if it == name));
        done.map(drop).ok_or_else(|| StoreError::Write { path: name.into(), source: over() })
    }
}

fn over() -> io::Error {
    io::Error::other("the world goes no further")
}

fn settings(settings: &Value) -> Settings {
    let long = |name: &str| settings[name].as_str().and_then(|text| text.parse().ok()).expect("a number");
    let short = |name: &str| u32::try_from(settings[name].as_u64().expect("a number")).expect("of 32 bits");
    Settings {
        root_max_length: long("root-max-length"),
        timestamp_max_length: long("timestamp-max-length"),
        snapshot_max_length: long("snapshot-max-length"),
        targets_max_length: long("targets-max-length"),
        listed_max_length: long("listed-max-length"),
        target_file_max_length: long("target-file-max-length"),
        max_root_updates: short("max-root-updates"),
        max_delegations: short("max-delegations"),
        max_rotations: short("max-rotations"),
        access: match settings["access"].as_str() {
            Some("repository") => Access::Repository,
            Some("store") => Access::Store,
            Some("bundle") => Access::Bundle,
            other => panic!("no access: {other:?}"),
        },
        fresh_for: long("fresh-for"),
        profile: match settings["profile"].as_str() {
            Some("strict") => Profile::Strict,
            Some("compatible") => Profile::Compatible,
            other => panic!("no profile: {other:?}"),
        },
        replace_root_line: settings["replace-root-line"].as_bool().expect("a boolean"),
    }
}

/// A recorded value as the functions below make it: failures and waivers are their words, which hold their facts.
fn shown(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.contains_key("code") => words(value),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), shown(member))).collect()
        }
        Value::Array(elements) => elements.iter().map(shown).collect(),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => value.clone(),
    }
}

fn words(failure: &Value) -> Value {
    json!([failure["code"], failure["message"]])
}

fn report(report: &Report) -> Value {
    let state = |state: RoleState| json!({"version": state.version.to_string(), "expires": state.expires.to_string()});
    let notices = report.notices.iter();
    let notices =
        notices.map(|notice| json!({"name": notice.name, "why": [notice.why.code, notice.why.message]}));
    json!({
        "now": report.now.to_string(),
        "root": state(report.root),
        "timestamp": state(report.timestamp),
        "snapshot": state(report.snapshot),
        "targets": state(report.targets),
        "consistent-snapshot": report.consistent_snapshot,
        "timestamp-unchanged": report.timestamp_unchanged,
        "notices": notices.collect::<Vec<_>>(),
        "waived": waived(&report.waived),
    })
}

fn answer(lookup: &Lookup) -> Value {
    match lookup {
        Lookup::Found(target) => self::target(target),
        Lookup::NotFound(NotFound { code, message, .. }) => json!([code, message]),
    }
}

fn target(target: &Target) -> Value {
    let hash = |hash: &Hash| json!({"algorithm": hash.algorithm, "digest": hash.digest});
    json!({
        "path": target.path,
        "length": target.length.to_string(),
        "hashes": target.hashes.iter().map(hash).collect::<Vec<_>>(),
        "custom": target.custom,
        "role": target.role,
        "fetch-path": target.fetch_path,
        "waived": waived(&target.waived),
    })
}

fn waived(waivers: &[Waiver]) -> Vec<Value> {
    waivers.iter().map(|waiver| json!([waiver.code, waiver.message])).collect()
}
