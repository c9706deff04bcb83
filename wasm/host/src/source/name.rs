//! Names of files beneath a base URL or folder.

use std::borrow::Cow;
use std::path::{Component, Path};

use percent_encoding::percent_decode_str;

use super::SourceError;

/// Accepts a percent-encoded relative path that stays beneath its base however a URL library reads it: no empty, `.`
/// or `..` segment, written out or encoded, and none but the characters of a URL path.
///
/// An encoded slash stays inside of its segment, as in `..%2Frole.json` for a role named `../role`.
///
/// # Errors
/// [`SourceError::Name`].
pub(crate) fn check(name: &str) -> Result<(), SourceError> {
    match defect(name) {
        None => Ok(()),
        Some(reason) => Err(SourceError::Name { name: name.to_owned(), reason }),
    }
}

/// The relative paths at which a published folder may have the file of this name: with its percent escapes decoded, as a
/// web server looks it up, where that is a plain relative path; and as it is.
pub(crate) fn in_folder(name: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let decoded = percent_decode_str(name).decode_utf8().ok().filter(|path| is_plain(path));
    decoded.into_iter().chain([Cow::Borrowed(name)])
}

fn is_plain(path: &str) -> bool {
    path.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
        && !path.contains(['\0', '\\'])
        && Path::new(path).components().all(|component| matches!(component, Component::Normal(_)))
}

fn defect(name: &str) -> Option<&'static str> {
    if !name.bytes().all(is_path_byte) {
        return Some("it has a character that must be percent-encoded, or that no URL path has");
    }
    if !escapes_are_complete(name) {
        return Some("it has a % that two hexadecimal digits do not follow");
    }
    name.split('/').find_map(|segment| match &*Vec::from_iter(percent_decode_str(segment)) {
        b"" => Some("it has an empty segment"),
        b"." | b".." => Some("it has a segment that leads elsewhere"),
        _ => None,
    })
}

/// RFC 3986: `pchar`, `/`, and the `%` of an escape.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte)
}

fn escapes_are_complete(name: &str) -> bool {
    name.split('%').skip(1).all(|after| {
        let mut digits = after.bytes();
        let mut is_digit = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        is_digit() && is_digit()
    })
}
