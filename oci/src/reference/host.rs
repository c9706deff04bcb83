//! Registries: a name or an IPv4 address, and perhaps a port.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use super::ReferenceError;

/// A registry: a host in lower case, and a port where one is written.
///
/// A first component without a dot and a port is `localhost` or no host: `team/app` is an image of Docker Hub for some
/// programs and the registry `team` for others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    text: String,
    /// Bytes of the name, before the colon of the port.
    name: usize,
}

impl Host {
    /// `host[:port]`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name or address, without the port.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.get(..self.name).unwrap_or(&self.text)
    }

    /// The port, where one is written.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.text.get(self.name + 1..)?.parse().ok()
    }
}

impl FromStr for Host {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.contains(['[', ']']) {
            return Err(ReferenceError::BracketedHost { host: text.to_owned() });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        };
        check_name(name)?;
        if !name.contains('.') && port.is_none() && name != "localhost" {
            return Err(ReferenceError::NoHost);
        }
        if let Some(port) = port {
            check_port(port)?;
        }
        let one_registry = if name == "index.docker.io" { "docker.io" } else { name };
        let text = match port {
            Some(port) => format!("{one_registry}:{port}"),
            None => one_registry.to_owned(),
        };
        Ok(Self { text, name: one_registry.len() })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn check_name(name: &str) -> Result<(), ReferenceError> {
    let host = || name.to_owned();
    if name.is_empty() {
        return Err(ReferenceError::NoHost);
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(ReferenceError::UpperCaseHost { host: host() });
    }
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Err(ReferenceError::HostName { host: host() });
    }
    // Resolvers take `127.1`, `2130706433` and `0x7f.1` for addresses as well.
    let last = name.rsplit('.').next().unwrap_or(name);
    let number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    if number && name.parse::<Ipv4Addr>().is_err() {
        return Err(ReferenceError::Address { host: host() });
    }
    Ok(())
}

/// RFC 1123: 1 to 63 letters, digits and hyphens, no hyphen at an end.
fn is_label(label: &str) -> bool {
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = label.as_bytes();
    bytes.len() <= 63
        && bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
        && bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
}

fn check_port(port: &str) -> Result<(), ReferenceError> {
    // A leading zero or a sign would be a second text for the same port.
    let canonical = port.parse::<u16>().is_ok_and(|number| number != 0 && number.to_string() == port);
    if canonical { Ok(()) } else { Err(ReferenceError::Port { port: port.to_owned() }) }
}
