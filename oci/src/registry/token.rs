//! The answer of a token server.

use std::time::Duration;

use serde::Deserialize;
use ureq::http::HeaderValue;

use super::credentials::sensitive;
use super::error::RegistryError;
use super::session::Answer;

/// For the body of the answer.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
/// Most bytes of the answer.
const MOST_BYTES: u64 = 64 * 1024;

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// The value of the header `Authorization` (RFC 6750, section 2.1) that an answer with a token gives.
pub(super) fn read(answer: Answer) -> Result<HeaderValue, RegistryError> {
    let location = answer.url.to_string();
    let wrong = || RegistryError::Protocol {
        location: location.clone(),
        reason: "the answer has no token".to_owned(),
    };
    let body = answer.read(MOST_BYTES)?;
    let answer: Token = serde_json::from_slice(&body).map_err(|_| wrong())?;
    let token = answer.token.or(answer.access_token).filter(|token| is_token(token)).ok_or_else(wrong)?;
    sensitive(&format!("Bearer {token}")).ok_or_else(wrong)
}

/// `b64token` of RFC 6750.
fn is_token(text: &str) -> bool {
    let plain = text.trim_end_matches('=');
    !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}
