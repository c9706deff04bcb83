//! A stand-in for stores that speak S3 and do not keep publishers apart. It is no S3: it knows objects, ETags and nothing
//! else, checks no signature, and breaks one rule on purpose.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use tuf_repository::metadata::sha256_hex;

/// The rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// `If-None-Match` does nothing.
    IgnoresIfNoneMatch,
    /// `If-Match` does nothing.
    IgnoresIfMatch,
    /// Conditions are checked against what was last read, not against what is there: one publisher at a time sees nothing
    /// of it.
    ChecksWhatWasRead,
    /// Every object has the same ETag.
    OneEtag,
}

/// Objects by their paths, and what a reader saw last of each.
#[derive(Default)]
struct Objects {
    there: BTreeMap<String, Vec<u8>>,
    read: BTreeMap<String, Vec<u8>>,
}

/// A store at a loopback port. It lives as long as the process of the test.
pub(crate) struct Forgetful {
    objects: Arc<Mutex<Objects>>,
    endpoint: String,
}

impl Forgetful {
    pub(crate) fn start(broken: Broken) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let objects = Arc::<Mutex<Objects>>::default();
        let served = Arc::clone(&objects);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = Arc::clone(&served);
                thread::spawn(move || answer(stream, &served, broken));
            }
        });
        Self { objects, endpoint }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Paths of everything that is there.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.objects.lock().expect("objects").there.keys().cloned().collect()
    }
}

fn answer(stream: TcpStream, objects: &Mutex<Objects>, broken: Broken) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request");
    let mut words = line.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut field = String::new();
        reader.read_line(&mut field).expect("a header");
        let Some((name, value)) = field.trim().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let mut objects = objects.lock().expect("objects");
    let (status, content) = match method {
        "PUT" => (put(&mut objects, &path, body, &headers, broken), None),
        "DELETE" => {
            objects.there.remove(&path);
            ("204 No Content", None)
        }
        _ => match objects.there.get(&path).cloned() {
            Some(content) => {
                objects.read.insert(path.clone(), content.clone());
                ("200 OK", Some(content))
            }
            None => ("404 Not Found", None),
        },
    };
    let tag = etag(objects.there.get(&path).map_or(&[][..], Vec::as_slice), broken);
    drop(objects);
    let content = content.unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: {tag}\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        content.len()
    );
    let mut stream = reader.into_inner();
    // The client may not wait for an answer.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&content));
}

fn put(
    objects: &mut Objects,
    path: &str,
    body: Vec<u8>,
    headers: &BTreeMap<String, String>,
    broken: Broken,
) -> &'static str {
    let seen = match broken {
        Broken::ChecksWhatWasRead => objects.read.get(path),
        _ => objects.there.get(path),
    };
    let must_be_absent = headers.contains_key("if-none-match") && broken != Broken::IgnoresIfNoneMatch;
    let must_match = headers.get("if-match").filter(|_| broken != Broken::IgnoresIfMatch);
    let matches = |tag: &String| seen.is_some_and(|seen| etag(seen, broken) == *tag);
    if must_be_absent && seen.is_some() || must_match.is_some_and(|tag| !matches(tag)) {
        return "412 Precondition Failed";
    }
    objects.there.insert(path.to_owned(), body);
    "200 OK"
}

fn etag(content: &[u8], broken: Broken) -> String {
    match broken {
        Broken::OneEtag => "\"one\"".to_owned(),
        _ => format!("\"{}\"", sha256_hex(content)),
    }
}
