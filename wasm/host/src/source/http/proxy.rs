//! Which proxy a request goes through.

use std::env;

use tuf_transport::{Origin, port_of};
use ureq::Proxy;

use super::builder::ProxyChoice;
use crate::source::SourceError;
use crate::source::url::without_secrets;

/// The proxies of both schemes, and the hosts that are reached without them.
pub(super) struct Proxies {
    pub(super) http: Option<Proxy>,
    pub(super) https: Option<Proxy>,
    except: Vec<Exception>,
    /// Whether this machine itself is reached without them.
    spares_this_machine: bool,
}

enum Exception {
    Everything,
    /// A host and its subdomains, lower-case, perhaps at one port.
    Host {
        name: String,
        port: Option<u16>,
    },
}

impl Proxies {
    pub(super) fn new(choice: &ProxyChoice, no_proxy: Option<&str>) -> Result<Self, SourceError> {
        let (http, https) = match choice {
            ProxyChoice::Direct => (None, None),
            ProxyChoice::Url(url) => {
                let proxy = parse("the proxy", url)?;
                (Some(proxy.clone()), Some(proxy))
            }
            ProxyChoice::Environment => from_environment()?,
        };
        let listed = match (no_proxy, choice) {
            (Some(hosts), _) => hosts.to_owned(),
            (None, _) => first_set(&["no_proxy", "NO_PROXY"]).map(|(_, value)| value).unwrap_or_default(),
        };
        let spares_this_machine = matches!(choice, ProxyChoice::Environment);
        Ok(Self { http, https, except: exceptions(&listed), spares_this_machine })
    }

    /// Whether this origin is reached without a proxy.
    pub(super) fn spare(&self, origin: &Origin) -> bool {
        (self.spares_this_machine && origin.is_loopback())
            || self.except.iter().any(|exception| exception.covers(origin))
    }
}

impl Exception {
    fn covers(&self, origin: &Origin) -> bool {
        let Self::Host { name, port } = self else { return true };
        let is_host = match origin.host().strip_suffix(name.as_str()) {
            Some(subdomain) => subdomain.is_empty() || subdomain.ends_with('.'),
            None => false,
        };
        is_host && port.is_none_or(|port| port == origin.port())
    }
}

/// The proxies for `http` and for `https` URLs. One that cannot be used is an error: going without it could show what
/// it should hide.
fn from_environment() -> Result<(Option<Proxy>, Option<Proxy>), SourceError> {
    // A CGI server sets HTTP_PROXY from the header `Proxy` of whoever asks.
    let is_cgi = env::var_os("REQUEST_METHOD").is_some();
    let http: &[&str] = if is_cgi { &["http_proxy"] } else { &["http_proxy", "HTTP_PROXY"] };
    let all = ["all_proxy", "ALL_PROXY"];
    let read = |names: &[&'static str]| match first_set(names).or_else(|| first_set(&all)) {
        Some((name, url)) => parse(name, &url).map(Some),
        None => Ok(None),
    };
    Ok((read(http)?, read(&["https_proxy", "HTTPS_PROXY"])?))
}

fn first_set(names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| Some((*name, env::var(name).ok().filter(|value| !value.trim().is_empty())?)))
}

fn parse(origin: &str, url: &str) -> Result<Proxy, SourceError> {
    let proxy = Proxy::new(url.trim()).ok().filter(|proxy| {
        let uri = proxy.uri();
        matches!(uri.path(), "" | "/")
            && uri.query().is_none()
            && uri.authority().is_some_and(|authority| port_of(authority).is_ok())
    });
    proxy.ok_or_else(|| SourceError::Unusable {
        location: without_secrets(url.trim()),
        reason: format!("{origin} is no usable URL of an http, https or socks proxy"),
    })
}

fn exceptions(listed: &str) -> Vec<Exception> {
    let entries = listed.split([',', ' ', '\t']).map(str::trim).filter(|entry| !entry.is_empty());
    entries.map(exception).collect()
}

fn exception(entry: &str) -> Exception {
    if entry == "*" {
        return Exception::Everything;
    }
    let (host, port) = match entry.rsplit_once(':') {
        // More than one colon without brackets is an IPv6 address.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
        _ => (entry, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.strip_prefix('*').unwrap_or(host);
    Exception::Host { name: host.strip_prefix('.').unwrap_or(host).to_ascii_lowercase(), port }
}
