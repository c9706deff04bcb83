//! Clients: options and answers from the host to the core, actions from the core to the host.

use tuf_verifier_core::client::{
    Action, AtHand, ClientError, ClientOptions, Event, Mirror, MirrorKind, Outcome, Phase, Response, Retry,
    Stream, TransportError, TransportKind,
};

use crate::report::{not_found, report, target};
use crate::{failure, hash, settings, wit};

/// What a client is started with, from the host to the core.
#[must_use]
pub fn options(options: wit::ClientOptions) -> ClientOptions {
    ClientOptions {
        settings: settings::to_core(options.settings),
        mirrors: options.mirrors.into_iter().map(mirror).collect(),
        parallel: usize::try_from(options.parallel).unwrap_or(usize::MAX),
        seed: options.seed,
        resumes: options.resumes,
    }
}

fn mirror(mirror: wit::Mirror) -> Mirror {
    let kind = match mirror.kind {
        wit::MirrorKind::Repository => MirrorKind::Repository,
        wit::MirrorKind::Bundle => MirrorKind::Bundle,
    };
    let wit::Retry { count, first, longest } = mirror.retry;
    Mirror { kind, retry: Retry { count, first, longest } }
}

/// The rule for tries, from the core to the host.
#[must_use]
pub fn retry(Retry { count, first, longest }: Retry) -> wit::Retry {
    wit::Retry { count, first, longest }
}

/// An action, from the core to the host.
#[must_use]
pub fn action(action: Action) -> wit::Action {
    match action {
        Action::Load { id, name } => wit::Action::Load(wit::LoadAction { id: id.0, name }),
        Action::Get { id, mirror, name, max_length } => {
            wit::Action::Get(wit::GetAction { id: id.0, mirror: place(mirror), name, max_length })
        }
        Action::Receive { id, transfer, mirror, fetch_path, offset, length, validator } => {
            wit::Action::Receive(wit::ReceiveAction {
                id: id.0,
                transfer: transfer.0,
                mirror: place(mirror),
                fetch_path,
                offset,
                length,
                validator,
            })
        }
        Action::Discard { transfer } => wit::Action::Discard(transfer.0),
        Action::Keep { answer, name } => wit::Action::Keep(wit::KeepAction { answer: answer.0, name }),
        Action::Write { name, bytes } => wit::Action::Write(wit::StoreFile { name, bytes }),
        Action::Forget { name } => wit::Action::Forget(name),
        Action::Release { answer } => wit::Action::Release(answer.0),
        Action::Tell(event) => wit::Action::Tell(self::event(event)),
        Action::Ended(outcome) => wit::Action::Ended(self::outcome(outcome)),
        Action::Await { until } => wit::Action::Await(until.map(|until| until.0)),
    }
}

/// A mirror's place in the list. A host cannot have given more of them than the contract can count.
fn place(mirror: usize) -> u32 {
    mirror.try_into().unwrap_or(u32::MAX)
}

fn event(event: Event) -> wit::ClientEvent {
    match event {
        Event::Accepted { mirror, name } => {
            wit::ClientEvent::Accepted(wit::MirrorFile { mirror: place(mirror), name })
        }
        Event::Failed { mirror, name, error } => wit::ClientEvent::Failed(wit::MirrorFailure {
            mirror: place(mirror),
            name,
            error: self::error(error),
        }),
    }
}

fn outcome(outcome: Outcome) -> wit::Outcome {
    match outcome {
        Outcome::Refreshed(refreshed) => wit::Outcome::Refreshed(report(refreshed)),
        Outcome::RefreshFailed(why) => wit::Outcome::RefreshFailed(error(why)),
        Outcome::Found { search, target: found } => {
            wit::Outcome::Found(wit::Found { search: search.0, target: target(found) })
        }
        Outcome::NotFound { search, reason } => {
            wit::Outcome::NotFound(wit::SearchEnd { search: search.0, why: not_found(reason) })
        }
        Outcome::SearchFailed { search, error: why } => {
            wit::Outcome::SearchFailed(wit::SearchFailure { search: search.0, error: error(why) })
        }
        Outcome::Verified { transfer } => wit::Outcome::Verified(transfer.0),
        Outcome::TransferFailed { transfer, error: why } => {
            wit::Outcome::TransferFailed(wit::TransferFailure { transfer: transfer.0, error: error(why) })
        }
    }
}

fn error(error: ClientError) -> wit::ClientError {
    let (code, message, advice) = (error.code().into(), error.to_string(), error.advice().into());
    let cause = match error {
        ClientError::Failure(why) => wit::ClientCause::Verdict(failure::cause(why)),
        ClientError::Transport { request, .. } => wit::ClientCause::Transport(request.0),
        ClientError::MissingTarget { path, fetch_path } => {
            wit::ClientCause::MissingTarget(wit::MissingTarget { path: path.into(), fetch_path })
        }
        ClientError::Offline { name } => wit::ClientCause::Offline(name.into()),
        ClientError::Store { request, .. } => wit::ClientCause::Store(request.0),
    };
    wit::ClientError { code, message, advice, cause }
}

/// An answer, from the host to the core.
#[must_use]
pub fn response(response: wit::Response) -> Response {
    match response {
        wit::Response::Bytes(bytes) => Response::Bytes(bytes),
        wit::Response::Supplied => Response::Supplied,
        wit::Response::Absent => Response::Absent,
        wit::Response::Failed(error) => Response::Failed(transport(error)),
        wit::Response::Stream(stream) => Response::Stream(Stream {
            start: stream.start,
            at_hand: at_hand(stream.at_hand),
            validator: stream.validator,
            broken: stream.broken.map(transport),
        }),
        wit::Response::Unreadable => Response::Unreadable,
    }
}

/// What is at hand of a target, from the host to the core.
#[must_use]
pub fn at_hand(at_hand: wit::AtHand) -> AtHand {
    AtHand { length: at_hand.length, digests: hash::to_core(at_hand.digests) }
}

/// What is at hand of a target, from the core to the host.
#[must_use]
pub fn at_hand_to_wit(at_hand: AtHand) -> wit::AtHand {
    let AtHand { length, digests } = at_hand;
    wit::AtHand { length, digests: digests.into_iter().map(hash::to_wit).collect() }
}

fn transport(error: wit::TransportError) -> TransportError {
    let wit::TransportError { kind, retry_after, text } = error;
    let kind = match kind {
        wit::TransportKind::Unusable => TransportKind::Unusable,
        wit::TransportKind::Name => TransportKind::Name,
        wit::TransportKind::Unreachable => TransportKind::Unreachable,
        wit::TransportKind::Timeout(phase) => TransportKind::Timeout(self::phase(phase)),
        wit::TransportKind::TooSlow => TransportKind::TooSlow,
        wit::TransportKind::Tls => TransportKind::Tls,
        wit::TransportKind::Proxy => TransportKind::Proxy,
        wit::TransportKind::Read => TransportKind::Read,
        wit::TransportKind::Protocol => TransportKind::Protocol,
        wit::TransportKind::Status(status) => TransportKind::Status(status),
        wit::TransportKind::Redirect => TransportKind::Redirect,
    };
    TransportError { kind, retry_after, text }
}

fn phase(phase: wit::Phase) -> Phase {
    match phase {
        wit::Phase::Resolution => Phase::Resolution,
        wit::Phase::Connection => Phase::Connection,
        wit::Phase::Response => Phase::Response,
        wit::Phase::Bytes => Phase::Bytes,
        wit::Phase::End => Phase::End,
    }
}
