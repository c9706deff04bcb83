//! The head of an HTTP/1.x request.

use std::io::{self, BufRead};

use super::Credential;

/// Most bytes of a request head.
const MAX_HEAD: usize = 16 * 1024;
/// Most header fields of a request.
const MAX_FIELDS: usize = 64;

/// A request, as far as it matters here. Header fields that ask for another protocol (`Upgrade: h2c`) do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// Method.
    pub(super) method: String,
    /// Request target: absolute-form where it came to a proxy.
    pub(super) target: String,
    /// Whether the client showed the proxy's credential.
    pub(super) authorized: bool,
    /// The client's If-None-Match.
    pub(super) if_none_match: Option<String>,
    /// Whether the connection may serve another request.
    pub(super) keep_alive: bool,
}

/// Why there is no request.
#[derive(Debug)]
pub(super) enum NoRequest {
    /// The client closed the connection, or it broke off.
    Closed,
    /// The bytes are no request head, or one that is too long.
    Malformed,
}

impl From<io::Error> for NoRequest {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

/// Reads one request head and leaves the stream behind it.
pub(super) fn read(stream: &mut impl BufRead, credential: &Credential) -> Result<Request, NoRequest> {
    let head = read_head(stream)?;
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    match parsed.parse(&head) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        _ => return Err(NoRequest::Malformed),
    }
    let (Some(method), Some(target), Some(version)) = (parsed.method, parsed.path, parsed.version) else {
        return Err(NoRequest::Malformed);
    };
    let field =
        |name: &str| parsed.headers.iter().find(|f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value);
    let has_body =
        field("transfer-encoding").is_some() || field("content-length").is_some_and(|value| value != b"0");
    let closing = field("connection").is_some_and(|value| value.eq_ignore_ascii_case(b"close"));
    Ok(Request {
        method: method.to_owned(),
        target: target.to_owned(),
        authorized: field("proxy-authorization").is_some_and(|value| credential.accepts(value)),
        if_none_match: field("if-none-match").and_then(|value| str::from_utf8(value).ok()).map(str::to_owned),
        // A body is never read, so nothing after it could be told from it.
        keep_alive: version == 1 && !closing && !has_body,
    })
}

fn read_head(stream: &mut impl BufRead) -> Result<Vec<u8>, NoRequest> {
    let mut head = Vec::new();
    loop {
        let start = head.len();
        let available = stream.fill_buf()?;
        if available.is_empty() {
            return Err(NoRequest::Closed);
        }
        head.extend_from_slice(available);
        let end = head.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
        let taken = end.unwrap_or(head.len());
        if taken > MAX_HEAD {
            return Err(NoRequest::Malformed);
        }
        head.truncate(taken);
        stream.consume(taken - start);
        if end.is_some() {
            return Ok(head);
        }
    }
}
