//! Carries the requests of the object store client: over the HTTP client, the TLS settings and the proxy rules that every
//! program of this workspace has. It follows no redirect, judges no status and holds no credentials.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http_body::{Body, Frame};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use object_store::{ClientConfigKey, ClientOptions};
use tuf_transport::{Location, tls};
use ureq::http::{Method, Request, Response};
use ureq::{Agent, BodyReader, config::AutoHeaderValue};

/// Makes connections. Requests block their thread: each call of [`Bucket`](super::Bucket) drives one future.
#[derive(Debug)]
pub(super) struct Connector;

/// Why a request without TLS was not sent.
pub(super) const NOT_ENCRYPTED: &str = "the endpoint is not encrypted";

/// For the connection, where the client asks for nothing else.
const CONNECT: Duration = Duration::from_secs(5);
/// For the headers of a request, those of its answer, and between two arrivals of bytes.
const IDLE: Duration = Duration::from_secs(30);
/// For a body, and a second more for each [`BYTES_A_SECOND`].
const BODY: Duration = Duration::from_secs(60);
const BYTES_A_SECOND: u64 = 64 * 1024;
/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

/// Bytes of its answer that are read at most, as an extension of a request. Without it the answer is short. A server has no say
/// in how long it is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct MostBytes(pub(super) u64);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let tls = tls::configuration(None).map_err(|error| object_store::Error::Generic {
            store: "HTTP",
            source: error.to_string().into(),
        })?;
        let connect = options.get_config_value(&ClientConfigKey::ConnectTimeout);
        let connect = connect.and_then(|text| text.strip_suffix('s')?.parse().ok());
        let connect = Some(connect.map_or(CONNECT, Duration::from_secs));
        let settings = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .tls_config(tls.clone())
                .user_agent(concat!("tufrepo/", env!("CARGO_PKG_VERSION")))
                .accept_encoding(AutoHeaderValue::None)
                .timeout_resolve(connect)
                .timeout_connect(connect)
                .timeout_send_request(Some(IDLE))
                .timeout_recv_response(Some(IDLE))
                .timeout_per_read(Some(IDLE))
                .timeout_per_write(Some(IDLE))
        };
        let outward = settings().build().new_agent();
        let loopback = settings().proxy(None).build().new_agent();
        let allows_http = options.get_config_value(&ClientConfigKey::AllowHttp).as_deref() == Some("true");
        Ok(HttpClient::new(Connection { outward, loopback, allows_http }))
    }
}

#[derive(Debug)]
struct Connection {
    outward: Agent,
    loopback: Agent,
    /// Whether requests may go unencrypted: where the environment says so, and to the services of a cloud's own machines
    /// that give out credentials.
    allows_http: bool,
}

#[async_trait]
impl HttpService for Connection {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, mut body) = request.into_parts();
        let mut bytes = Vec::new();
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            bytes.extend_from_slice(frame?.data_ref().map_or(&[][..], |data| data));
        }
        let location = Location::parse(&head.uri.to_string())
            .map_err(|error| refused(io::Error::other(error.reason())))?;
        if !self.allows_http && !location.origin().is_https() {
            return Err(refused(io::Error::other(NOT_ENCRYPTED)));
        }
        let agent = if location.origin().is_loopback() { &self.loopback } else { &self.outward };
        let has_body = !bytes.is_empty() || matches!(head.method, Method::POST | Method::PUT | Method::PATCH);
        let deadline = Some(allowance(bytes.len() as u64));
        let most = head.extensions.get().map_or(0, |MostBytes(most)| *most);
        let answer = match has_body {
            true => {
                let request = agent.configure_request(Request::from_parts(head, bytes.as_slice()));
                agent.run(request.timeout_send_body(deadline).build())
            }
            false => agent.run(Request::from_parts(head, ())),
        };
        Ok(received(answer.map_err(failed)?, most))
    }
}

fn allowance(bytes: u64) -> Duration {
    BODY.saturating_add(Duration::from_secs(bytes / BYTES_A_SECOND))
}

fn received(answer: Response<ureq::Body>, most: u64) -> HttpResponse {
    let (head, body) = answer.into_parts();
    let end = Instant::now().checked_add(allowance(most));
    let body = Incoming { reader: Mutex::new(body.into_reader()), end };
    Response::from_parts(head, HttpResponseBody::new(body))
}

/// The body of an answer, as it arrives.
struct Incoming {
    /// Shared with nobody: the client asks for a type that could be.
    reader: Mutex<BodyReader<'static>>,
    end: Option<Instant>,
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if self.end.is_some_and(|end| Instant::now() > end) {
            let late = io::Error::new(io::ErrorKind::TimedOut, "the answer takes too long");
            return Poll::Ready(Some(Err(HttpError::new(HttpErrorKind::Timeout, late))));
        }
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut piece = vec![0; PIECE];
        Poll::Ready(match reader.read(&mut piece) {
            Ok(0) => None,
            Ok(count) => {
                piece.truncate(count);
                Some(Ok(Frame::data(piece.into())))
            }
            Err(cause) => Some(Err(HttpError::new(HttpErrorKind::Interrupted, cause))),
        })
    }
}

fn refused(cause: io::Error) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, cause)
}

/// What kept the answer away, in the classes that decide whether a request is sent again. One that may have arrived is not,
/// unless it does no harm twice.
fn failed(error: ureq::Error) -> HttpError {
    let kind = match &error {
        ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => HttpErrorKind::Connect,
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => HttpErrorKind::Connect,
        ureq::Error::Io(cause) if cause.kind() == io::ErrorKind::ConnectionRefused => HttpErrorKind::Connect,
        ureq::Error::Io(_) => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}
