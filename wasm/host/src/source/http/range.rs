//! The end of a file: how it is asked for, and what the answer must say (RFC 9110, sections 13.1.5 and 14).

use ureq::http::header::{CONTENT_RANGE, DATE, ETAG, HeaderMap, HeaderName, IF_RANGE, LAST_MODIFIED, RANGE};

use super::date;
use crate::source::Resume;

/// The headers that ask for the bytes from an offset on, where the file is still the one that the validator names. A
/// server answers with the whole file where it is another, or where it cannot send a part.
pub(super) fn headers(resume: Resume<'_>) -> Vec<(HeaderName, String)> {
    if resume.offset == 0 {
        return Vec::new();
    }
    let range = (RANGE, format!("bytes={}-", resume.offset));
    let condition = resume.validator.map(|validator| (IF_RANGE, validator.to_owned()));
    [Some(range), condition].into_iter().flatten().collect()
}

/// Whether an answer with a part of the file begins at this offset; else what it says.
pub(super) fn begins_at(offset: u64, headers: &HeaderMap) -> Result<(), String> {
    let said = text(headers, &CONTENT_RANGE).ok_or("no one range of bytes")?;
    match parse(said) {
        Some((first, last, total)) if first == offset && last >= first && total.is_none_or(|t| t > last) => {
            Ok(())
        }
        _ => Err(format!("the range {said:?}")),
    }
}

/// What tells this state of a file from others, if the server says it: a strong ETag, or a time of change that is
/// surely not that of a later change too.
pub(super) fn validator(headers: &HeaderMap) -> Option<String> {
    match text(headers, &ETAG) {
        Some(tag) => tag.starts_with('"').then(|| tag.to_owned()),
        None => {
            let (changed, sent) = (text(headers, &LAST_MODIFIED)?, text(headers, &DATE)?);
            (date::parse(changed)? < date::parse(sent)?).then(|| changed.to_owned())
        }
    }
}

/// First and last place and the whole length of `bytes 5-9/10`; no length in `bytes 5-9/*`.
fn parse(range: &str) -> Option<(u64, u64, Option<u64>)> {
    let (unit, rest) = range.split_once(' ')?;
    let (places, total) = rest.trim().split_once('/')?;
    let (first, last) = places.split_once('-')?;
    let total = if total == "*" { None } else { Some(number(total)?) };
    unit.eq_ignore_ascii_case("bytes").then_some((number(first)?, number(last)?, total))
}

/// Digits alone: Rust would take a sign as well.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}
