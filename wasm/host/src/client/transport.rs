//! What kept a source from answering, as the component's client is told.

use crate::records::{TransportError, TransportKind};
use crate::source::SourceError;

/// What the component is told of an error. The text is for people; the error itself stays here.
pub(super) fn told(error: &SourceError) -> TransportError {
    let retry_after = match error {
        SourceError::Status { retry_after, .. } => *retry_after,
        _ => None,
    };
    let retry_after = retry_after.map(|wait| wait.as_millis().try_into().unwrap_or(u64::MAX));
    TransportError { kind: kind(error), retry_after, text: error.to_string() }
}

fn kind(error: &SourceError) -> TransportKind {
    match error {
        SourceError::Unusable { .. } => TransportKind::Unusable,
        SourceError::Name { .. } => TransportKind::Name,
        SourceError::Unreachable { .. } => TransportKind::Unreachable,
        SourceError::Timeout { phase, .. } => TransportKind::Timeout(*phase),
        SourceError::TooSlow { .. } => TransportKind::TooSlow,
        SourceError::Tls { .. } => TransportKind::Tls,
        SourceError::Proxy { .. } => TransportKind::Proxy,
        SourceError::Read { .. } => TransportKind::Read,
        SourceError::Protocol { .. } => TransportKind::Protocol,
        SourceError::Status { status, .. } => TransportKind::Status(*status),
        SourceError::Redirect { .. } => TransportKind::Redirect,
    }
}
