//! Requests to one repository of a registry: authenticated as the registry asks for, and redirected within bounds.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::Body;
use ureq::http::header::{AUTHORIZATION, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderMap, Method, Request, Response};

use super::challenge::{self, Challenge};
use super::credentials::Credentials;
use super::error::RegistryError;
use super::token;
use super::transport::{Payload, Transport};
use super::url::{self, Origin, Url};

/// Redirects of one request that are followed.
const MOST_REDIRECTS: usize = 5;
/// Bytes of the body of an error that are looked at.
const MOST_ERROR_BYTES: u64 = 16 * 1024;

/// What a request is to be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Pull,
    Push,
}

/// One request.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) payload: Payload<'a>,
    pub(super) access: Access,
    pub(super) deadline: Option<Duration>,
}

impl Call<'_> {
    /// A request without headers, body and deadline.
    pub(super) fn new(method: Method, url: Url, access: Access) -> Self {
        Self { method, url, headers: Vec::new(), payload: Payload::Nothing, access, deadline: None }
    }
}

/// An answer, and where it came from.
pub(super) struct Answer {
    pub(super) url: Url,
    pub(super) response: Response<Body>,
}

/// What is known of a registry's authentication, for one repository.
pub(super) struct Session {
    transport: Arc<dyn Transport>,
    origin: Origin,
    repository: String,
    credentials: Option<Credentials>,
    pull: Mutex<Option<HeaderValue>>,
    push: Mutex<Option<HeaderValue>>,
}

impl Session {
    pub(super) fn new(
        transport: Arc<dyn Transport>,
        origin: Origin,
        repository: String,
        credentials: Option<Credentials>,
    ) -> Self {
        Self { transport, origin, repository, credentials, pull: Mutex::default(), push: Mutex::default() }
    }

    /// Sends a request, once more where the registry asks for authentication, and follows redirects of `GET` and
    /// `HEAD`. Any status else is the caller's.
    pub(super) fn send(&self, call: Call<'_>) -> Result<Answer, RegistryError> {
        let Call { method, mut url, headers, payload, access, deadline } = call;
        let (mut challenged, mut redirects) = (false, 0);
        loop {
            let is_registry = *url.origin() == self.origin;
            let mut request = Request::new(());
            *request.method_mut() = method.clone();
            *request.uri_mut() = url.uri().clone();
            request.headers_mut().extend(headers.iter().cloned());
            // Nothing but the registry itself is shown what it is entitled to.
            if let Some(authorization) = self.authorization(access).filter(|_| is_registry) {
                request.headers_mut().insert(AUTHORIZATION, authorization);
            }
            let response = self.carry(&url, request, payload, deadline)?;
            match response.status().as_u16() {
                401 if is_registry
                    && !challenged
                    && self.authenticate(&url, response.headers(), access)? =>
                {
                    challenged = true;
                }
                301 | 302 | 303 | 307 | 308 if method == Method::GET || method == Method::HEAD => {
                    redirects += 1;
                    url = self.redirected(&url, response.headers(), redirects)?;
                }
                _ => return Ok(Answer { url, response }),
            }
        }
    }

    fn carry(
        &self,
        url: &Url,
        request: Request<()>,
        payload: Payload<'_>,
        deadline: Option<Duration>,
    ) -> Result<Response<Body>, RegistryError> {
        let failed = |source| RegistryError::Transport { location: url.to_string(), source };
        let deadline = match deadline {
            Some(deadline) => deadline,
            None => payload.deadline().map_err(|cause| failed(cause.into()))?,
        };
        self.transport.send(request, payload, Some(deadline)).map_err(failed)
    }

    fn authorization(&self, access: Access) -> Option<HeaderValue> {
        self.kept(access).lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn kept(&self, access: Access) -> &Mutex<Option<HeaderValue>> {
        match access {
            Access::Pull => &self.pull,
            Access::Push => &self.push,
        }
    }

    /// Does as the registry's challenge says, and keeps what comes of it for later requests. False where it asks for
    /// credentials and there are none, or for something else than `Basic` and `Bearer`.
    fn authenticate(&self, url: &Url, headers: &HeaderMap, access: Access) -> Result<bool, RegistryError> {
        let refused =
            |reason: &str| RegistryError::Challenge { location: url.to_string(), reason: reason.to_owned() };
        let authorization = match challenge::find(headers) {
            None => return Ok(false),
            Some(Challenge::Basic) => {
                let Some(credentials) = &self.credentials else { return Ok(false) };
                credentials.basic().ok_or_else(|| refused("those given fit into no header"))?
            }
            Some(Challenge::Bearer { realm, service }) => {
                let realm =
                    self.realm(&realm).map_err(|reason| refused(&format!("its token server: {reason}")))?;
                self.token(realm, service.as_deref(), access)?
            }
        };
        *self.kept(access).lock().unwrap_or_else(PoisonError::into_inner) = Some(authorization);
        Ok(true)
    }

    /// The token server, where it may be asked. A registry behind https names none without.
    fn realm(&self, realm: &str) -> Result<Url, &'static str> {
        let realm = Url::parse(realm).map_err(url::reason)?;
        match (realm.origin().is_https(), self.origin.is_https()) {
            (true, _) => Ok(realm),
            (false, true) => Err("it is not behind https"),
            (false, false) if self.credentials.is_some() && !realm.origin().is_loopback() => {
                Err("credentials are not sent through a network without https")
            }
            (false, false) => Ok(realm),
        }
    }

    /// Asks for a token. The scope is the one that is needed here, whatever the registry proposes.
    fn token(&self, realm: Url, service: Option<&str>, access: Access) -> Result<HeaderValue, RegistryError> {
        let actions = if access == Access::Pull { "pull" } else { "pull,push" };
        let scope = format!("repository:{}:{actions}", self.repository);
        let mut url = realm;
        for (name, value) in
            service.map(|service| ("service", service)).into_iter().chain([("scope", &*scope)])
        {
            url = url.with_parameter(name, value).map_err(|error| RegistryError::Challenge {
                location: self.origin.to_string(),
                reason: format!("its token server: {error}"),
            })?;
        }
        let mut request = Request::new(());
        *request.uri_mut() = url.uri().clone();
        if let Some(authorization) = self.credentials.as_ref().and_then(Credentials::basic) {
            request.headers_mut().insert(AUTHORIZATION, authorization);
        }
        let response = self.carry(&url, request, Payload::Nothing, Some(token::DEADLINE))?;
        let answer = Answer { url, response };
        match answer.status() {
            200 => token::read(answer),
            _ => Err(answer.refused()),
        }
    }

    fn redirected(&self, url: &Url, headers: &HeaderMap, count: usize) -> Result<Url, RegistryError> {
        let next = location(url, headers)?;
        let refused =
            |reason| RegistryError::Redirect { location: url.to_string(), to: next.to_string(), reason };
        if self.origin.is_https() && !next.origin().is_https() {
            return Err(refused("it is not behind https"));
        }
        if count > MOST_REDIRECTS {
            return Err(refused("there were too many redirects before"));
        }
        Ok(next)
    }
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// Reads the body, which has at most `limit` bytes.
    pub(super) fn read(self, limit: u64) -> Result<Vec<u8>, RegistryError> {
        let location = self.url.to_string();
        let mut bytes = Vec::new();
        let mut body = self.response.into_body().into_reader().take(limit.saturating_add(1));
        match body.read_to_end(&mut bytes) {
            Err(source) => Err(RegistryError::Read { location, source }),
            Ok(count) if u64::try_from(count).is_ok_and(|count| count <= limit) => Ok(bytes),
            Ok(_) => Err(RegistryError::TooLong { location, limit }),
        }
    }

    /// Where the registry says that the next request goes: it must be the same origin.
    pub(super) fn next(&self) -> Result<Url, RegistryError> {
        let next = location(&self.url, self.response.headers())?;
        match next.origin() == self.url.origin() {
            true => Ok(next),
            false => Err(RegistryError::Redirect {
                location: self.url.to_string(),
                to: next.to_string(),
                reason: "an upload goes on at the same origin",
            }),
        }
    }

    /// The error that a status stands for which is no answer to the request.
    pub(super) fn refused(self) -> RegistryError {
        let (location, status) = (self.url.to_string(), self.status());
        let retry_after = self.header(RETRY_AFTER.as_str()).and_then(|text| text.trim().parse().ok());
        let retry_after = retry_after.map(Duration::from_secs);
        let code = self.read(MOST_ERROR_BYTES).ok().and_then(|body| error_code(&body));
        RegistryError::Status { location, status, code, retry_after }
    }
}

fn location(url: &Url, headers: &HeaderMap) -> Result<Url, RegistryError> {
    let value = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    url::redirected(url, value).map_err(|error| RegistryError::Redirect {
        location: url.to_string(),
        to: "an unusable place".to_owned(),
        reason: url::reason(error),
    })
}

/// The code of the first error of a body as the distribution specification has it.
fn error_code(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let code = body.get("errors")?.get(0)?.get("code")?.as_str()?;
    let is_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (!code.is_empty() && code.len() <= 64 && code.chars().all(is_code)).then(|| code.to_owned())
}
