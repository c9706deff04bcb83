//! One request on one connection, to a server of a test.

use std::io::{Read, Write};
use std::net::TcpStream;

/// An answer: an object, or a listing.
#[derive(Clone, Debug)]
pub struct Object {
    head: String,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Object {
    /// A header by its name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    /// The status, 0 where the answer begins with none.
    pub(crate) fn status(&self) -> u16 {
        self.head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }
}

/// Sends a request, with these header lines besides those that every request has.
pub(crate) fn request(host: &str, method: &str, path: &str, headers: &str, body: &[u8]) -> Object {
    let mut stream = TcpStream::connect(host).expect("the server listens");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("the server reads");
    stream.write_all(body).expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let bytes = answer.split_off(end + 4);
    Object { head: String::from_utf8(answer).expect("a head in UTF-8"), bytes }
}
