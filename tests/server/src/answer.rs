//! What is asked of a server, and what it answers.

use std::fs::File;
use std::path::{Component, Path, PathBuf};

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `HEAD`; other methods are answered with 405 before they get here.
    pub method: String,
    /// The path as it was sent, percent-encoded, without the query.
    pub path: String,
}

/// One answer.
#[derive(Debug)]
pub enum Answer {
    /// 200 with the bytes of a file.
    File(File),
    /// 200 with these bytes.
    Bytes(Vec<u8>),
    /// 200 with zero bytes (0x00) without length or end, until the client closes.
    Endless,
    /// This status, without a body.
    Status(u16),
    /// These bytes, head and body, and then the connection closes.
    Raw(Vec<u8>),
}

/// The answer of a static file server: the regular file that the path names below `folder`, or 404.
///
/// As in most static servers, an encoded slash is a slash. A path with a segment that is empty, `.` or `..` names
/// no file.
#[must_use]
pub fn from_folder(folder: &Path, request: &Request) -> Answer {
    let file = file_path(folder, &request.path).and_then(|path| File::open(path).ok());
    match file {
        Some(file) if file.metadata().is_ok_and(|metadata| metadata.is_file()) => Answer::File(file),
        _ => Answer::Status(404),
    }
}

fn file_path(folder: &Path, path: &str) -> Option<PathBuf> {
    let decoded = percent_decoded(path.strip_prefix('/')?)?;
    let mut found = folder.to_path_buf();
    for segment in decoded.split('/') {
        let mut components = Path::new(segment).components();
        match (components.next(), components.next()) {
            (Some(Component::Normal(name)), None) => found.push(name),
            _ => return None,
        }
    }
    Some(found)
}

fn percent_decoded(path: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        decoded.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(decoded).ok()
}
