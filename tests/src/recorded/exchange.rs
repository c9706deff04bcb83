//! What a client and its host tell each other, as the records of `wasm/wit`, in JSON.

use tuf_verifier_core::client::{
    Action, AtHand, ClientError, ClientOptions, Event, Mirror, MirrorIndex, MirrorKind, Outcome, Phase,
    Response, Retry, Stream, TransportError, TransportKind,
};

use super::failure;
use super::record::{bare, case, hash, list, not_found, number, option, report, settings, small, target};
use super::sink::bytes;
use crate::json::Json;

pub(super) fn options(options: &ClientOptions) -> Json {
    let parallel = u32::try_from(options.parallel).expect("the contract counts with 32 bits");
    Json::object([
        ("settings", settings(&options.settings)),
        ("mirrors", list(&options.mirrors, mirror)),
        ("parallel", small(parallel)),
        ("seed", number(options.seed)),
        ("resumes", options.resumes.into()),
    ])
}

fn mirror(mirror: &Mirror) -> Json {
    let kind = match mirror.kind {
        MirrorKind::Repository => "repository",
        MirrorKind::Bundle => "bundle",
    };
    let Retry { count, first, longest } = mirror.retry;
    let retry = [("count", small(count)), ("first", number(first)), ("longest", number(longest))];
    Json::object([("kind", kind.into()), ("retry", Json::object(retry))])
}

pub(super) fn action(action: &Action) -> Json {
    match action {
        Action::Load { id, name } => {
            case("load", Json::object([("id", number(id.0)), ("name", name.as_str().into())]))
        }
        Action::Get { id, mirror, name, max_length } => {
            let members = [
                ("id", number(id.0)),
                ("mirror", place(*mirror)),
                ("name", name.as_str().into()),
                ("max-length", number(max_length)),
            ];
            case("get", Json::object(members))
        }
        Action::Receive { id, transfer, mirror, fetch_path, offset, length, validator } => {
            let members = [
                ("id", number(id.0)),
                ("transfer", number(transfer.0)),
                ("mirror", place(*mirror)),
                ("fetch-path", fetch_path.as_str().into()),
                ("offset", number(offset)),
                ("length", number(length)),
                ("validator", option(validator.as_deref(), Json::from)),
            ];
            case("receive", Json::object(members))
        }
        Action::Discard { transfer } => case("discard", number(transfer.0)),
        Action::Keep { answer, name } => {
            case("keep", Json::object([("answer", number(answer.0)), ("name", name.as_str().into())]))
        }
        Action::Write { name, bytes: file } => {
            case("write", Json::object([("name", name.as_str().into()), ("bytes", bytes(file))]))
        }
        Action::Forget { name } => case("forget", name.as_str()),
        Action::Release { answer } => case("release", number(answer.0)),
        Action::Tell(told) => case("tell", event(told)),
        Action::Ended(with) => case("ended", outcome(with)),
        Action::Await { until } => case("await", option(*until, |until| number(until.0))),
    }
}

fn place(mirror: MirrorIndex) -> Json {
    small(u32::try_from(mirror).expect("the contract counts with 32 bits"))
}

fn event(event: &Event) -> Json {
    match event {
        Event::Accepted { mirror, name } => {
            case("accepted", Json::object([("mirror", place(*mirror)), ("name", name.as_str().into())]))
        }
        Event::Failed { mirror, name, error: why } => {
            let members = [("mirror", place(*mirror)), ("name", name.as_str().into()), ("error", error(why))];
            case("failed", Json::object(members))
        }
    }
}

fn outcome(outcome: &Outcome) -> Json {
    let pair = |number_of: &str, id: u64, name: &str, value: Json| {
        Json::object([(number_of, number(id)), (name, value)])
    };
    match outcome {
        Outcome::Refreshed(refreshed) => case("refreshed", report(refreshed)),
        Outcome::RefreshFailed(why) => case("refresh-failed", error(why)),
        Outcome::Found { search, target: found } => {
            case("found", pair("search", search.0, "target", target(found)))
        }
        Outcome::NotFound { search, reason } => {
            case("not-found", pair("search", search.0, "why", not_found(reason)))
        }
        Outcome::SearchFailed { search, error: why } => {
            case("search-failed", pair("search", search.0, "error", error(why)))
        }
        Outcome::Verified { transfer } => case("verified", number(transfer.0)),
        Outcome::TransferFailed { transfer, error: why } => {
            case("transfer-failed", pair("transfer", transfer.0, "error", error(why)))
        }
    }
}

fn error(error: &ClientError) -> Json {
    let cause = match error {
        ClientError::Failure(why) => case("verdict", failure::cause(why)),
        ClientError::Transport { request, .. } => case("transport", number(request.0)),
        ClientError::Store { request, .. } => case("store", number(request.0)),
        ClientError::MissingTarget { path, fetch_path } => {
            let members = [("path", Json::from(&**path)), ("fetch-path", fetch_path.as_str().into())];
            case("missing-target", Json::object(members))
        }
        ClientError::Offline { name } => case("offline", &**name),
    };
    Json::object([
        ("code", error.code().into()),
        ("message", error.to_string().into()),
        ("advice", error.advice().into()),
        ("cause", cause),
    ])
}

pub(super) fn response(response: &Response) -> Json {
    match response {
        Response::Bytes(file) => case("bytes", bytes(file)),
        Response::Supplied => bare("supplied"),
        Response::Absent => bare("absent"),
        Response::Failed(error) => case("failed", transport(error)),
        Response::Unreadable => bare("unreadable"),
        Response::Stream(Stream { start, at_hand: all, validator, broken }) => {
            let members = [
                ("start", number(start)),
                ("at-hand", at_hand(all)),
                ("validator", option(validator.as_deref(), Json::from)),
                ("broken", option(broken.as_ref(), transport)),
            ];
            case("stream", Json::object(members))
        }
    }
}

pub(super) fn at_hand(at_hand: &AtHand) -> Json {
    Json::object([("length", number(at_hand.length)), ("digests", list(&at_hand.digests, hash))])
}

fn transport(error: &TransportError) -> Json {
    let kind = match error.kind {
        TransportKind::Unusable => bare("unusable"),
        TransportKind::Name => bare("name"),
        TransportKind::Unreachable => bare("unreachable"),
        TransportKind::Timeout(phase) => case("timeout", self::phase(phase)),
        TransportKind::TooSlow => bare("too-slow"),
        TransportKind::Tls => bare("tls"),
        TransportKind::Proxy => bare("proxy"),
        TransportKind::Read => bare("read"),
        TransportKind::Protocol => bare("protocol"),
        TransportKind::Status(status) => case("status", small(status.into())),
        TransportKind::Redirect => bare("redirect"),
    };
    Json::object([
        ("kind", kind),
        ("retry-after", option(error.retry_after, number)),
        ("text", error.text.as_str().into()),
    ])
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Resolution => "resolution",
        Phase::Connection => "connection",
        Phase::Response => "response",
        Phase::Bytes => "bytes",
        Phase::End => "end",
    }
}
