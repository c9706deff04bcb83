//! How a source behind HTTP is set up.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::HttpSource;
use super::agents::Agents;
use super::proxy::Proxies;
use super::redirect::Redirects;
use crate::records::Retry;
use crate::source::SourceError;
use crate::source::url::{Base, without_secrets};

/// The settings of an [`HttpSource`].
#[derive(Clone)]
pub struct HttpSourceBuilder {
    metadata: String,
    targets: String,
    pub(super) proxy: ProxyChoice,
    pub(super) no_proxy: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) user_agent: String,
    pub(super) timeouts: Timeouts,
    redirect_origins: Vec<String>,
    max_redirects: usize,
    pub(super) retry: Retry,
}

/// Why credentials are not sent: whoever is on the way would read them, and could use them from then on.
pub(super) const NOT_SECRET: &str = "credentials are not sent through a network without https";

/// Which proxy is used.
#[derive(Clone)]
pub(super) enum ProxyChoice {
    Environment,
    Direct,
    Url(String),
}

/// How long a server may take.
///
/// A transfer ends when nothing comes for `idle`, or when fewer than `min_bytes` come within a `window`. The time that
/// the reader of a target stream takes for itself does not count. A target whose length is known must also end in the
/// time that it would take at that slowest rate; there, all time counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For finding the server's addresses, and again for the connection with TLS and a proxy. Default: 10 seconds.
    pub connect: Duration,
    /// From the request to the end of the answer's headers. Default: 30 seconds.
    pub response: Duration,
    /// Between two arrivals of bytes. Default: 30 seconds.
    pub idle: Duration,
    /// Length of the window in which `min_bytes` must come. Default: 30 seconds.
    pub window: Duration,
    /// Bytes that must come in every window. Default: 3,000.
    pub min_bytes: u64,
    /// For the body of one metadata file. Default: 10 minutes.
    pub metadata: Duration,
    /// For the body of one target file. Default: none, since files differ by orders of magnitude.
    pub target: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            response: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            window: Duration::from_secs(30),
            min_bytes: 3_000,
            metadata: Duration::from_secs(600),
            target: None,
        }
    }
}

impl Timeouts {
    /// The time after which no target of this length can still be on its way, were it as slow as is allowed.
    pub(super) fn slowest(&self, bytes: u64) -> Option<Duration> {
        let windows = bytes.checked_div(self.min_bytes)?.saturating_add(1);
        Some(self.window.saturating_mul(windows.try_into().unwrap_or(u32::MAX)))
    }
}

/// Without what may hold credentials.
impl fmt::Debug for HttpSourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (metadata, targets) = (without_secrets(&self.metadata), without_secrets(&self.targets));
        f.debug_struct("HttpSourceBuilder")
            .field("metadata", &metadata)
            .field("targets", &targets)
            .finish_non_exhaustive()
    }
}

impl HttpSourceBuilder {
    pub(super) fn new(metadata_base_url: &str, targets_base_url: &str) -> Self {
        Self {
            metadata: metadata_base_url.to_owned(),
            targets: targets_base_url.to_owned(),
            proxy: ProxyChoice::Environment,
            no_proxy: None,
            ca_file: None,
            user_agent: concat!("tuf-verifier-host/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeouts: Timeouts::default(),
            redirect_origins: Vec::new(),
            max_redirects: 10,
            retry: Retry::default(),
        }
    }

    /// Sends every request through this proxy (`http`, `https`, `socks4`, `socks4a`, `socks5`, `socks5h`), also those
    /// for `http` URLs: a tunnel is asked for with `CONNECT`.
    ///
    /// Without this call, the environment decides: `https_proxy` or `HTTPS_PROXY` for `https` URLs, `http_proxy` or
    /// `HTTP_PROXY` for `http` URLs (the latter not where `REQUEST_METHOD` is set, as in CGI), else `all_proxy` or
    /// `ALL_PROXY`; except for the hosts of `no_proxy` or `NO_PROXY`, and for this machine itself.
    #[must_use]
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxy = ProxyChoice::Url(url.to_owned());
        self
    }

    /// Uses no proxy, whatever the environment says.
    #[must_use]
    pub fn direct(mut self) -> Self {
        self.proxy = ProxyChoice::Direct;
        self
    }

    /// Hosts that are reached without the proxy, separated by commas, instead of those of the environment. A name
    /// stands for itself and its subdomains; a port may follow; `*` is every host.
    #[must_use]
    pub fn no_proxy(mut self, hosts: &str) -> Self {
        self.no_proxy = Some(hosts.to_owned());
        self
    }

    /// Trusts the certificates of this PEM file as authorities, instead of those that the system trusts.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Sets every time limit.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Has a client make a request again this many times. Default: 2.
    #[must_use]
    pub fn retries(mut self, count: u32) -> Self {
        self.retry.count = count;
        self
    }

    /// Waits between tries: about `first`, then twice as long each time, up to `longest`. A `Retry-After` is
    /// honoured up to `longest` too; one that is longer ends the tries. Defaults: half a second, 20 seconds.
    #[must_use]
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        let milliseconds = |time: Duration| time.as_millis().try_into().unwrap_or(u64::MAX);
        (self.retry.first, self.retry.longest) = (milliseconds(first), milliseconds(longest));
        self
    }

    /// Also follows redirects to this origin: scheme, host and port, such as `https://files.example:8443`.
    #[must_use]
    pub fn allow_redirect_origin(mut self, origin: &str) -> Self {
        self.redirect_origins.push(origin.to_owned());
        self
    }

    /// Follows this many redirects of one request. Default: 10.
    #[must_use]
    pub fn max_redirects(mut self, count: usize) -> Self {
        self.max_redirects = count;
        self
    }

    /// Names the program to the servers.
    #[must_use]
    pub fn user_agent(mut self, product: &str) -> Self {
        self.user_agent = product.to_owned();
        self
    }

    /// Checks the settings. Opens no connection.
    ///
    /// # Errors
    /// [`SourceError::Unusable`]: a base URL, origin, proxy, CA file or user agent that cannot work, or credentials that
    /// would cross a network without TLS.
    pub fn build(self) -> Result<HttpSource, SourceError> {
        let (metadata, targets) = (Base::parse(&self.metadata)?, Base::parse(&self.targets)?);
        let agents = Agents::new(&self, Proxies::new(&self.proxy, self.no_proxy.as_deref())?)?;
        for base in [&metadata, &targets] {
            if base.origin_with_credentials().is_some_and(|origin| !agents.keeps_secret(origin)) {
                return Err(SourceError::Unusable {
                    location: base.to_string(),
                    reason: NOT_SECRET.to_owned(),
                });
            }
        }
        Ok(HttpSource {
            metadata,
            targets,
            agents,
            redirects: Redirects::new(&self.redirect_origins, self.max_redirects)?,
            retry: self.retry,
            timeouts: self.timeouts,
        })
    }
}
