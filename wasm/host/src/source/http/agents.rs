//! Connections, with their proxies and their trusted authorities.

use std::time::Duration;

use tuf_transport::{Location, Origin, tls};
use ureq::config::AutoHeaderValue;
use ureq::http::Response;
use ureq::http::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderValue};
use ureq::tls::TlsConfig;
use ureq::{Agent, Proxy};

use super::builder::{HttpSourceBuilder, Timeouts};
use super::credentials;
use super::failure;
use super::proxy::Proxies;
use super::range;
use crate::source::url::{Base, without_secrets};
use crate::source::{Resume, SourceError};

/// Ten years: clocks overflow where a limit is much longer.
pub(super) const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// One pool of connections for each way out.
pub(super) struct Agents {
    direct: Agent,
    http: Option<Agent>,
    https: Option<Agent>,
    proxies: Proxies,
    pub(super) limits: Timeouts,
}

impl Agents {
    pub(super) fn new(settings: &HttpSourceBuilder, proxies: Proxies) -> Result<Self, SourceError> {
        if HeaderValue::from_str(&settings.user_agent).is_err() {
            return Err(SourceError::Unusable {
                location: "the user agent".to_owned(),
                reason: "it has a character that no HTTP header may have".to_owned(),
            });
        }
        let tls = tls::configuration(settings.ca_file.as_deref()).map_err(|error| SourceError::Unusable {
            location: error.path.display().to_string(),
            reason: error.problem.to_string(),
        })?;
        let agent = |proxy: Option<&Proxy>| agent(settings, &tls, proxy.cloned());
        Ok(Self {
            direct: agent(None),
            http: proxies.http.as_ref().map(|proxy| agent(Some(proxy))),
            https: proxies.https.as_ref().map(|proxy| agent(Some(proxy))),
            proxies,
            limits: settings.timeouts.clone(),
        })
    }

    /// Sends one request, and follows no redirect. The body of its answer must end within `deadline`.
    pub(super) fn send(
        &self,
        base: &Base,
        location: &Location,
        resume: Resume<'_>,
        deadline: Option<Duration>,
    ) -> Result<Response<ureq::Body>, SourceError> {
        let agent = self.agent_for(location);
        let mut request = agent.get(location.uri()).header(ACCEPT_ENCODING, "identity");
        if let Some(credentials) = base.credentials_for(location) {
            request = request.header(AUTHORIZATION, credentials::basic(credentials));
        }
        for (name, value) in range::headers(resume) {
            request = request.header(name, value);
        }
        let deadline = deadline.map(|deadline| deadline.min(LONGEST));
        request.config().timeout_recv_body(deadline).build().call().map_err(|error| {
            let proxy = agent.config().proxy().map(|proxy| without_secrets(&proxy.uri().to_string()));
            failure::request(location, proxy.as_deref(), error, &self.limits)
        })
    }

    /// Whether nobody on a network can read what is sent to this origin: it is behind https, or it is this machine and no
    /// proxy stands between.
    pub(super) fn keeps_secret(&self, origin: &Origin) -> bool {
        origin.is_https() || (origin.is_loopback() && (self.http.is_none() || self.proxies.spare(origin)))
    }

    pub(super) fn agent_for(&self, location: &Location) -> &Agent {
        let origin = location.origin();
        let proxied = if origin.is_https() { &self.https } else { &self.http };
        match proxied {
            Some(agent) if !self.proxies.spare(origin) => agent,
            _ => &self.direct,
        }
    }
}

fn agent(settings: &HttpSourceBuilder, tls: &TlsConfig, proxy: Option<Proxy>) -> Agent {
    let limits = &settings.timeouts;
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .tls_config(tls.clone())
        .proxy(proxy)
        .user_agent(settings.user_agent.as_str())
        .accept_encoding(AutoHeaderValue::None)
        .timeout_resolve(Some(limits.connect))
        .timeout_connect(Some(limits.connect))
        .timeout_send_request(Some(limits.response))
        .timeout_recv_response(Some(limits.response))
        .timeout_per_read(Some(limits.idle))
        .timeout_per_write(Some(limits.idle))
        .build()
        .new_agent()
}
