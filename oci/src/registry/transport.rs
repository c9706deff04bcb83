//! What carries requests to a registry.

use std::error::Error;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use tuf_transport::tls;
use ureq::config::AutoHeaderValue;
use ureq::http::header::{ACCEPT_ENCODING, HeaderValue};
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use super::error::RegistryError;
use super::url::Url;

/// Carries one request to a registry and brings its answer. It follows no redirect, judges no status, decompresses
/// nothing and holds no credentials: [`Registry`](super::Registry) does all that is the protocol's.
pub trait Transport: Send + Sync {
    /// Sends the request. Its body must be sent within `deadline`, and the body of the answer must end within it, where there
    /// is one. A request without a body must have its whole answer within it, from the look-up of the server's name on: a
    /// server can also send headers without an end.
    ///
    /// # Errors
    /// Whatever kept the answer away. The text shows no header of the request.
    fn send(
        &self,
        request: Request<()>,
        payload: Payload<'_>,
        deadline: Option<Duration>,
    ) -> Result<Response<Body>, Box<dyn Error + Send + Sync>>;
}

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// None, as `GET` and `HEAD` have it.
    Nothing,
    /// These bytes.
    Bytes(&'a [u8]),
    /// A file, from its beginning to its end.
    File(&'a File),
}

/// For a body that nothing else is said of: manifests, metadata and errors have some kilobytes.
const BODY: Duration = Duration::from_secs(60);
/// Bytes of a file that a second more is given for.
const BYTES_A_SECOND: u64 = 64 * 1024;

impl Payload<'_> {
    /// How long a request with this body may take for it, and for that of its answer, where the caller says nothing else.
    pub(super) fn deadline(&self) -> std::io::Result<Duration> {
        match self {
            Self::Nothing | Self::Bytes(_) => Ok(BODY),
            Self::File(file) => {
                let seconds = file.metadata()?.len() / BYTES_A_SECOND;
                Ok(BODY.saturating_add(Duration::from_secs(seconds)))
            }
        }
    }

    /// Sends a request with this body through an agent.
    ///
    /// # Errors
    /// The agent's.
    pub fn send(
        self,
        agent: &Agent,
        request: Request<()>,
        deadline: Option<Duration>,
    ) -> Result<Response<Body>, ureq::Error> {
        let (head, ()) = request.into_parts();
        match self {
            Self::Nothing => {
                let request = agent.configure_request(Request::from_parts(head, ()));
                agent.run(request.timeout_global(deadline).build())
            }
            Self::Bytes(bytes) => {
                let request = agent.configure_request(Request::from_parts(head, bytes));
                agent.run(request.timeout_send_body(deadline).timeout_recv_body(deadline).build())
            }
            Self::File(mut file) => {
                // A second try begins at the beginning too.
                file.seek(SeekFrom::Start(0))?;
                let request = agent.configure_request(Request::from_parts(head, file));
                agent.run(request.timeout_send_body(deadline).timeout_recv_body(deadline).build())
            }
        }
    }
}

/// Connections of this process, through the proxies of the environment, except to this machine itself.
#[derive(Debug)]
pub struct DirectTransport {
    outward: Agent,
    loopback: Agent,
}

/// For the connection, and again for TLS and a proxy.
const CONNECT: Duration = Duration::from_secs(10);
/// For the headers of a request, those of its answer, and between two arrivals of bytes.
const IDLE: Duration = Duration::from_secs(30);

impl DirectTransport {
    /// Trusts the certificates of a PEM file as authorities, or those that the system trusts where there is none.
    ///
    /// # Errors
    /// [`RegistryError::Unusable`] where the file cannot be read or has no certificate.
    pub fn new(ca_file: Option<&Path>, user_agent: &str) -> Result<Self, RegistryError> {
        let tls = tls::configuration(ca_file).map_err(|error| RegistryError::Unusable {
            what: error.path.display().to_string(),
            reason: error.problem.to_string(),
        })?;
        let settings = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .tls_config(tls.clone())
                .user_agent(user_agent)
                .accept_encoding(AutoHeaderValue::None)
                .timeout_resolve(Some(CONNECT))
                .timeout_connect(Some(CONNECT))
                .timeout_send_request(Some(IDLE))
                .timeout_recv_response(Some(IDLE))
                .timeout_per_read(Some(IDLE))
                .timeout_per_write(Some(IDLE))
        };
        let outward = settings().build().new_agent();
        let loopback = settings().proxy(None).build().new_agent();
        Ok(Self { outward, loopback })
    }
}

impl Transport for DirectTransport {
    fn send(
        &self,
        mut request: Request<()>,
        payload: Payload<'_>,
        deadline: Option<Duration>,
    ) -> Result<Response<Body>, Box<dyn Error + Send + Sync>> {
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let is_loopback = Url::parse(&request.uri().to_string()).is_ok_and(|url| url.origin().is_loopback());
        let agent = if is_loopback { &self.loopback } else { &self.outward };
        Ok(payload.send(agent, request, deadline)?)
    }
}
