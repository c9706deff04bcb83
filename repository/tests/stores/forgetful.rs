//! A stand-in for stores that do not keep publishers apart. It is neither S3 nor Google Cloud Storage: it knows objects,
//! the conditions of both, and nothing else, checks no signature, and breaks one rule on purpose.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use tuf_repository::metadata::sha256_hex;

/// The rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// None: what a client sends is enough to keep publishers apart.
    Nothing,
    /// `If-None-Match`, or `x-goog-if-generation-match: 0`, does nothing.
    IgnoresIfNoneMatch,
    /// `If-Match`, or another `x-goog-if-generation-match`, does nothing.
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
    there: BTreeMap<String, Content>,
    read: BTreeMap<String, Content>,
    writes: u64,
}

#[derive(Clone)]
struct Content {
    bytes: Vec<u8>,
    /// The number of the write that it came by.
    generation: u64,
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
    let there = objects.there.get(&path).cloned().unwrap_or(Content { bytes: Vec::new(), generation: 0 });
    drop(objects);
    let (tag, generation) = (etag(&there, broken), there.generation);
    let content = content.map(|content: Content| content.bytes).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: {tag}\r\nx-goog-generation: {generation}\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: {}\r\n\
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
    let generation = headers.get("x-goog-if-generation-match").map(String::as_str);
    let wants_absent = headers.contains_key("if-none-match") || generation == Some("0");
    let must_be_absent = wants_absent && broken != Broken::IgnoresIfNoneMatch;
    let is_other = |seen: &Content| {
        let is_other_tag = headers.get("if-match").is_some_and(|tag| *tag != etag(seen, broken));
        is_other_tag
            || generation.is_some_and(|wanted| wanted != "0" && wanted != seen.generation.to_string())
    };
    let wants_match = headers.contains_key("if-match") || generation.is_some_and(|wanted| wanted != "0");
    let must_match = wants_match && broken != Broken::IgnoresIfMatch;
    if must_be_absent && seen.is_some() || must_match && seen.is_none_or(is_other) {
        return "412 Precondition Failed";
    }
    objects.writes += 1;
    let generation = objects.writes;
    objects.there.insert(path.to_owned(), Content { bytes: body, generation });
    "200 OK"
}

fn etag(content: &Content, broken: Broken) -> String {
    match broken {
        Broken::OneEtag => "\"one\"".to_owned(),
        _ => format!("\"{}\"", sha256_hex(&content.bytes)),
    }
}
