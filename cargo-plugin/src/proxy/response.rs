//! An HTTP/1.1 response.

use std::io::{self, Write};

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: Status,
    pub(super) body: Vec<u8>,
    /// Names the content, so that the client may ask whether it changed.
    pub(super) etag: Option<String>,
}

/// The statuses that this proxy uses. There is no 5xx among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    NotModified,
    BadRequest,
    Forbidden,
    ProxyAuthenticationRequired,
}

impl Response {
    /// Verified bytes.
    pub(super) fn verified(body: Vec<u8>) -> Self {
        Self { status: Status::Ok, body, etag: None }
    }

    /// Verified bytes, or only that they are what the client has already.
    pub(super) fn verified_or_unchanged(body: Vec<u8>, etag: String, if_none_match: Option<&str>) -> Self {
        if if_none_match == Some(etag.as_str()) {
            return Self { status: Status::NotModified, body: Vec::new(), etag: Some(etag) };
        }
        Self { status: Status::Ok, body, etag: Some(etag) }
    }

    /// A refusal with its reason.
    pub(super) fn forbidden(reason: &str) -> Self {
        Self { status: Status::Forbidden, body: format!("{reason}\n").into_bytes(), etag: None }
    }

    /// A refusal of a client without the credential.
    pub(super) fn unauthorized() -> Self {
        let body = b"this proxy serves the cargo that cargo-tuf started, and nobody else\n".to_vec();
        Self { status: Status::ProxyAuthenticationRequired, body, etag: None }
    }

    /// A refusal of bytes that are no request.
    pub(super) fn bad_request() -> Self {
        Self { status: Status::BadRequest, body: b"not an HTTP/1.1 request\n".to_vec(), etag: None }
    }

    /// Writes the response; `keep_alive` says whether another may follow.
    pub(super) fn write(&self, stream: &mut impl Write, keep_alive: bool) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status.line());
        if self.status != Status::NotModified {
            head +=
                &format!("Content-Length: {}\r\nContent-Type: {}\r\n", self.body.len(), self.content_type());
        }
        if let Some(etag) = &self.etag {
            head += &format!("ETag: {etag}\r\n");
        }
        if self.status == Status::ProxyAuthenticationRequired {
            head += "Proxy-Authenticate: Basic realm=\"cargo-tuf\"\r\n";
        }
        head += if keep_alive { "Connection: keep-alive\r\n\r\n" } else { "Connection: close\r\n\r\n" };
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)?;
        stream.flush()
    }

    fn content_type(&self) -> &'static str {
        if self.status == Status::Ok { "application/octet-stream" } else { "text/plain; charset=utf-8" }
    }
}

impl Status {
    fn line(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::NotModified => "304 Not Modified",
            Self::BadRequest => "400 Bad Request",
            Self::Forbidden => "403 Forbidden",
            Self::ProxyAuthenticationRequired => "407 Proxy Authentication Required",
        }
    }
}
