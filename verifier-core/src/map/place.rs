//! Whether two URLs lead to one repository.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::role::percent_encode;

/// The place that a URL leads to: equal for all spellings of one URL.
///
/// Scheme and host have no case; `http` and `https` are two ways to one place; the default port, a user name and a
/// fragment tell nothing apart; percent escapes and dot segments are resolved (RFC 3986, section 6.2); slashes count
/// once, and not at the end. Text that is no such URL stands for itself, without the slashes at its end: hosts may have
/// schemes of their own.
///
/// What is told apart here may still be one server, by another name or address. What the repositories trust tells that.
pub(super) fn of(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let is_web = |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_web(scheme)) else {
        return url.trim_end_matches('/').into();
    };
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let place = format!("{}/{}", host_and_port(authority, scheme), resolved(path));
    match query {
        Some(query) => format!("{place}?{query}"),
        None => place,
    }
}

/// The host in lower case, without the dot at its end, and its port where that is not the scheme's own.
fn host_and_port(authority: &str, scheme: &str) -> String {
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        _ => (place, ""),
    };
    let default = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    // A port may have zeros before it, and may be left out behind its colon.
    let port = port.parse::<u16>().unwrap_or(default);
    let host = address(&decoded(host).to_lowercase());
    if port == default { host } else { format!("{host}:{port}") }
}

/// A host, which is an address in one of the forms that resolvers take, becomes its usual form.
fn address(host: &str) -> String {
    if let Some(bracketed) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match bracketed.parse::<Ipv6Addr>() {
            Ok(address) => match address.to_ipv4_mapped() {
                Some(address) => format!("{address}"),
                None => format!("[{address}]"),
            },
            Err(_) => host.into(),
        };
    }
    let host = host.trim_end_matches('.');
    numeric(host).map_or_else(|| host.into(), |address| format!("{address}"))
}

/// One to four numbers, of which the last stands for all bytes that are left: `127.1`, `0x7f000001`.
fn numeric(host: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    let mut address = 0_u32;
    for part in first {
        address = address.checked_shl(8)? | u32::from(u8::try_from(*part).ok()?);
    }
    let left = 4_usize.checked_sub(first.len()).filter(|left| *left > 0)?;
    let bits = u32::try_from(left).ok()?.checked_mul(8)?;
    if bits < 32 && last.checked_shr(bits)? != 0 {
        return None;
    }
    Some(Ipv4Addr::from(address.checked_shl(bits).unwrap_or_default() | *last))
}

/// A number in decimal, with `0x` in hexadecimal, with `0` in octal.
fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match (text.strip_prefix("0x"), text.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        _ => (text, 10),
    };
    if digits.starts_with('+') { None } else { u32::from_str_radix(digits, radix).ok() }
}

/// The segments of a path, decoded, without empty ones and dot segments, and encoded again in one way.
fn resolved(path: &str) -> String {
    let mut segments: Vec<String> = Vec::new();
    for segment in path.split('/') {
        match &*decoded(segment) {
            "" | "." => {}
            ".." => _ = segments.pop(),
            other => segments.push(percent_encode(other, |_| false)),
        }
    }
    segments.join("/")
}

/// Text with its percent escapes resolved. Text whose escapes are not those of UTF-8 stays as it is.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or_default();
                bytes.extend(u8::try_from((digit(high) << 4) | digit(low)));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}
