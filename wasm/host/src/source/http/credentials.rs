//! The user name and password of a base URL, as a header.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;

use crate::source::url::Credentials;

/// The value of the header `Authorization` (RFC 7617).
pub(super) fn basic(credentials: &Credentials) -> String {
    let (user, password) = credentials.0.split_once(':').unwrap_or((&credentials.0, ""));
    let mut plain: Vec<u8> = percent_decode_str(user).collect();
    plain.push(b':');
    plain.extend(percent_decode_str(password));
    format!("Basic {}", BASE64_STANDARD.encode(plain))
}
