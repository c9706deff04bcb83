//! Failures as the records of `wasm/wit`, in JSON.

use tuf_verifier_core::{Failure, Mismatch, Place, Refusal, Unsupported, UnusableKeys};

use super::record::{bare, case, list, number, option, small};
use crate::json::Json;

/// A result: `{"ok": …}` or `{"err": …}`.
pub(super) fn result<T>(outcome: &Result<T, Failure>, value: impl FnOnce(&T) -> Json) -> Json {
    match outcome {
        Ok(done) => Json::object([("ok", value(done))]),
        Err(why) => Json::object([("err", failure(why))]),
    }
}

/// A result without a value.
pub(super) fn unit(outcome: &Result<(), Failure>) -> Json {
    result(outcome, |()| Json::raw("null"))
}

pub(super) fn failure(failure: &Failure) -> Json {
    let (code, message) = (failure.code(), failure.to_string());
    Json::object([
        ("code", code.into()),
        ("message", message.into()),
        ("advice", failure.advice().into()),
        ("cause", cause(failure)),
    ])
}

/// The typed facts of a failure.
pub(super) fn cause(failure: &Failure) -> Json {
    match failure {
        Failure::Refused(stopped) => case("refused", case(stopped.code(), facts(stopped))),
        Failure::Unsupported(lacking) => case("unsupported", unsupported(lacking)),
        Failure::Malformed(malformed) => {
            let name = Json::from(&*malformed.name);
            let (reason, offset) = (malformed.defect.to_string().into(), option(malformed.offset, number));
            case("malformed", Json::object([("name", name), ("reason", reason), ("offset", offset)]))
        }
        Failure::Missing(missing) => {
            let place = match missing.place {
                Place::Repository => "repository",
                Place::Store => "store",
            };
            case("missing", Json::object([("name", &*missing.name), ("place", place)]))
        }
        Failure::Misuse(misuse) => case("misuse", misuse.to_string()),
    }
}

fn unsupported(unsupported: &Unsupported) -> Json {
    let text = |name: &str, found: &str| Json::object([("name", name), ("found", found)]);
    match unsupported {
        Unsupported::Keys { role, delegator, delegator_version, threshold, listed, unusable } => {
            let facts = [
                ("role", Json::from(&**role)),
                ("delegator", Json::from(&**delegator)),
                ("delegator-version", number(delegator_version)),
                ("threshold", number(threshold)),
                ("listed", number(listed)),
                ("unusable", list(unusable, unusable_keys)),
            ];
            case("keys", Json::object(facts))
        }
        Unsupported::Hashes { name, listed } => {
            let listed = list(listed, |algorithm| Json::from(&**algorithm));
            case("hashes", Json::object([("name", Json::from(&**name)), ("listed", listed)]))
        }
        Unsupported::Date { name, found } => case("date", text(name, found)),
        Unsupported::SpecVersion { name, found } => case("spec-version", text(name, found)),
    }
}

fn unusable_keys(keys: &UnusableKeys) -> Json {
    Json::object([
        ("keytype", Json::from(&*keys.keytype)),
        ("scheme", Json::from(&*keys.scheme)),
        ("why", Json::from(keys.why.code())),
        ("count", number(keys.count)),
    ])
}

fn facts(refusal: &Refusal) -> Json {
    let facts = match refusal {
        Refusal::ArbitrarySoftware { role, delegator, delegator_version, threshold, valid } => vec![
            ("role", Json::from(&**role)),
            ("delegator", Json::from(&**delegator)),
            ("delegator-version", number(delegator_version)),
            ("threshold", number(threshold)),
            ("valid", number(valid)),
        ],
        Refusal::Rollback { role, subject, trusted, offered } => vec![
            ("role", Json::from(&**role)),
            ("subject", Json::from(&**subject)),
            ("trusted", number(trusted)),
            ("offered", option(*offered, number)),
        ],
        Refusal::Freeze { role, version, expires, now } => vec![
            ("role", Json::from(&**role)),
            ("version", number(version)),
            ("expires", number(expires.0)),
            ("now", number(now.0)),
        ],
        Refusal::MixAndMatch { role, mismatch: differs } => {
            vec![("role", Json::from(&**role)), ("mismatch", mismatch(differs))]
        }
        Refusal::EndlessData { name, limit, listed, setting } => vec![
            ("name", Json::from(&**name)),
            ("limit", number(limit)),
            ("listed", option(*listed, number)),
            ("setting", option(*setting, Json::from)),
        ],
        Refusal::WrongSoftware { path, mismatch: differs } => {
            vec![("path", Json::from(&**path)), ("mismatch", mismatch(differs))]
        }
        Refusal::Revoked { role, version } => {
            vec![("role", Json::from(&**role)), ("version", number(version))]
        }
        Refusal::EndlessRotation { role, limit } => {
            vec![("role", Json::from(&**role)), ("limit", small(*limit))]
        }
        Refusal::OtherRootLine { stored, pinned } => {
            vec![("stored", number(stored)), ("pinned", number(pinned))]
        }
    };
    Json::object(facts)
}

fn mismatch(mismatch: &Mismatch) -> Json {
    let numbers = |listed, offered| Json::object([("listed", number(listed)), ("offered", number(offered))]);
    match mismatch {
        Mismatch::Version { listed, offered } => case("version", numbers(listed, offered)),
        Mismatch::Length { listed, offered } => case("length", numbers(listed, offered)),
        Mismatch::Digest { algorithm } => case("digest", &**algorithm),
        Mismatch::Unlisted => bare("unlisted"),
        Mismatch::Replaced => bare("replaced"),
    }
}
