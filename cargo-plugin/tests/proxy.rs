//! The proxy, spoken to over the loopback interface.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use cargo_tuf::failure::Failure;
use cargo_tuf::index::IndexFile;
use cargo_tuf::package::{PackageId, PackageName};
use cargo_tuf::proxy::{Proxy, VerifiedFiles};

use base64ct::{Base64, Encoding};

/// One index file and one crate file.
struct Shelf;

const LINE: &str = r#"{"name":"words","vers":"1.0.0+a.1","deps":[],"cksum":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;

impl VerifiedFiles for Shelf {
    fn index(&self, name: &PackageName) -> Result<Arc<IndexFile>, Failure> {
        let line = if name.as_str() == "words" { LINE } else { "not json" };
        Ok(Arc::new(IndexFile::parse(name, line.into())?))
    }

    fn crate_file(&self, package: &PackageId) -> Result<Vec<u8>, Failure> {
        match package.to_string().as_str() {
            "words v1.0.0+a.1" => Ok(b"the crate".to_vec()),
            _ => Err(Failure::NotInIndex { package: package.clone() }),
        }
    }
}

/// A client with the credential of the proxy's URL.
struct Client {
    stream: TcpStream,
    authorization: String,
}

/// A status, header fields in lower case, and a body.
#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Client {
    fn new(proxy: &Proxy) -> Self {
        let url = proxy.url();
        let credential =
            url.strip_prefix("http://").and_then(|rest| rest.split('@').next()).expect("a credential");
        let authorization =
            format!("Proxy-Authorization: Basic {}\r\n", Base64::encode_string(credential.as_bytes()));
        Self { stream: TcpStream::connect(proxy.address()).expect("a connection"), authorization }
    }

    fn get(&mut self, target: &str) -> Reply {
        self.send(&format!(
            "GET {target} HTTP/1.1\r\nHost: tuf.invalid\r\n{}\r\n",
            self.authorization.clone()
        ))
    }

    fn send(&mut self, request: &str) -> Reply {
        self.stream.write_all(request.as_bytes()).expect("a request");
        self.reply()
    }

    fn reply(&mut self) -> Reply {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).expect("a head");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("UTF-8").to_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Reply { status, head, body: String::from_utf8(body).expect("UTF-8") }
    }

    /// Whether the proxy closed the connection.
    fn ends(mut self) -> bool {
        matches!(self.stream.read(&mut [0]), Ok(0) | Err(_))
    }
}

fn proxy() -> Proxy {
    Proxy::start(Arc::new(Shelf)).expect("a proxy")
}

#[test]
fn serves_verified_files_on_one_connection() {
    let proxy = proxy();
    let mut client = Client::new(&proxy);
    let config = client.get("http://tuf.invalid/index/config.json");
    assert_eq!(config.body, r#"{"dl":"http://tuf.invalid/crates/{crate}/{crate}-{version}.crate"}"#);
    let index = client.get("http://tuf.invalid/index/wo/rd/words");
    assert_eq!((index.status, index.body.as_str()), (200, LINE));
    for path in ["words-1.0.0+a.1.crate", "words-1.0.0%2Ba.1.crate"] {
        let file = client.get(&format!("http://tuf.invalid/crates/words/{path}"));
        assert_eq!((file.status, file.body.as_str()), (200, "the crate"));
    }
    assert!(proxy.stop().is_empty());
}

#[test]
fn says_that_an_index_file_is_unchanged() {
    let proxy = proxy();
    let mut client = Client::new(&proxy);
    let first = client.get("http://tuf.invalid/index/wo/rd/words");
    let etag = first.head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("an ETag").to_owned();
    let request = "GET http://tuf.invalid/index/wo/rd/words HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n\
                   Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nIf-None-Match: ";
    let again = client.send(&format!("{request}{etag}\r\n{}\r\n", client.authorization.clone()));
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let other = client.send(&format!("{request}\"other\"\r\n{}\r\n", client.authorization.clone()));
    assert_eq!((other.status, other.body.as_str()), (200, LINE));
}

#[test]
fn gives_the_reason_of_a_refusal_and_keeps_it() {
    let proxy = proxy();
    let mut client = Client::new(&proxy);
    let missing = client.get("http://tuf.invalid/crates/words/words-2.0.0.crate");
    assert_eq!(
        (missing.status, missing.body.as_str()),
        (403, "words v2.0.0 is not in the repository: the index lists no such version\n")
    );
    assert_eq!(client.get("http://tuf.invalid/index/ot/he/other").status, 403);
    let refused = proxy.stop();
    assert_eq!(refused.iter().map(Failure::code).collect::<Vec<_>>(), ["no-such-version", "malformed-index"]);
}

#[test]
fn refuses_everything_that_is_not_a_file_of_its_own_host() {
    let proxy = proxy();
    for target in [
        "http://tuf.invalid.example/index/config.json",
        "http://tuf.invalid:8080/index/config.json",
        "http://tuf.invalid@example.com/index/config.json",
        "http://user@tuf.invalid/index/config.json",
        "https://tuf.invalid/index/config.json",
        "http://127.0.0.1/index/config.json",
        "http://tuf.invalid",
        "http://tuf.invalid/",
        "http://tuf.invalid/index/",
        "http://tuf.invalid/index/wo/rd/words/",
        "http://tuf.invalid/index/wo/rd/Words/../words",
        "http://tuf.invalid/index//wo/rd/words",
        "http://tuf.invalid/index/words",
        "http://tuf.invalid/index/wo/rd/words?x=1",
        "http://tuf.invalid/crates/words/words-1.0.0.crate/../../x",
        "http://tuf.invalid/crates/words/other-1.0.0+a.1.crate",
        "http://tuf.invalid/crates/words/words-1.crate",
        "http://tuf.invalid/%2e%2e/index/config.json",
        "/index/config.json",
        "*",
    ] {
        let reply = Client::new(&proxy).get(target);
        assert_eq!(reply.status, 403, "{target}: {}", reply.body);
        assert!(!reply.body.is_empty(), "{target}");
    }
    assert_eq!(proxy.stop().iter().filter(|failure| failure.code() == "not-covered").count(), 20);
}

#[test]
fn refuses_every_method_but_get() {
    let proxy = proxy();
    let mut client = Client::new(&proxy);
    let authorization = client.authorization.clone();
    for request in
        ["CONNECT example.com:443", "POST http://tuf.invalid/index/config.json", "HEAD http://tuf.invalid/x"]
    {
        assert_eq!(
            client.send(&format!("{request} HTTP/1.1\r\n{authorization}\r\n")).status,
            403,
            "{request}"
        );
    }
}

#[test]
fn serves_nobody_without_the_credential() {
    let (proxy, other) = (proxy(), proxy());
    let mut stranger = Client::new(&proxy);
    for authorization in ["", "Proxy-Authorization: Basic eDp5\r\n", &Client::new(&other).authorization] {
        let request = format!("GET http://tuf.invalid/index/config.json HTTP/1.1\r\n{authorization}\r\n");
        let reply = stranger.send(&request);
        assert_eq!(reply.status, 407);
        assert!(reply.head.contains("proxy-authenticate: basic"), "{}", reply.head);
    }
}

#[test]
fn closes_the_connection_after_bytes_that_are_no_request() {
    let proxy = proxy();
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(100));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(20_000));
    for request in ["\r\n\r\n", "GET\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n", &many, &long] {
        let mut client = Client::new(&proxy);
        assert_eq!(client.send(request).status, 400, "{request:.40}");
        assert!(client.ends());
    }
}

#[test]
fn never_reads_a_body() {
    let proxy = proxy();
    let mut client = Client::new(&proxy);
    let authorization = client.authorization.clone();
    let body = "GET http://tuf.invalid/index/config.json HTTP/1.1\r\n";
    let request = format!("{body}{authorization}Content-Length: 5\r\n\r\nhello");
    let reply = client.send(&request);
    assert!(reply.head.contains("connection: close"), "{}", reply.head);
    assert!(client.ends());
}

#[test]
fn serves_many_connections_at_once_and_stops() {
    let proxy = proxy();
    let idle: Vec<Client> = (0..8).map(|_| Client::new(&proxy)).collect();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                assert_eq!(Client::new(&proxy).get("http://tuf.invalid/index/wo/rd/words").status, 200)
            });
        }
    });
    let address = proxy.address();
    assert!(proxy.stop().is_empty());
    assert!(idle.into_iter().all(Client::ends));
    assert!(TcpStream::connect(address).is_err(), "the port is still open");
}

#[test]
#[ignore = "a part of the tests below, which run it in a process of its own"]
fn holds_connections_until_its_input_ends() {
    let address = std::env::var("TUF_TEST_ADDRESS").expect("run by another test");
    let text = std::env::var("TUF_TEST_SENDS").expect("run by another test");
    let held: Vec<TcpStream> = (0..200)
        .filter_map(|_| {
            let mut stream = TcpStream::connect(&address).ok()?;
            stream.write_all(text.as_bytes()).ok()?;
            Some(stream)
        })
        .collect();
    println!("holding {}", held.len());
    std::io::stdin().read_to_end(&mut Vec::new()).expect("the input ends");
}

/// Another process that holds two hundred connections, on each of which it has sent this.
fn stranger(proxy: &Proxy, sends: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let test = "proxy::holds_connections_until_its_input_ends";
    command.args(["--exact", test, "--ignored", "--nocapture", "--quiet"]);
    command.env("TUF_TEST_ADDRESS", proxy.address().to_string()).env("TUF_TEST_SENDS", sends);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("this program runs again");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !line.starts_with("holding") {
        line.clear();
        assert_ne!(output.read_line(&mut line).expect("text"), 0, "the child ended");
    }
    child.stdout = Some(output.into_inner());
    child
}

/// Whoever has no credential can open connections and say nothing, say a part, or ask in vain: cargo is served all the same.
#[test]
fn rejects_strangers_who_hold_every_connection() {
    for sends in ["", "GET http://tuf.inv", "GET http://tuf.invalid/index/config.json HTTP/1.1\r\n\r\n"] {
        let proxy = proxy();
        let mut before = Client::new(&proxy);
        assert_eq!(before.get("http://tuf.invalid/index/wo/rd/words").status, 200);
        let mut child = stranger(&proxy, sends);
        assert_eq!(Client::new(&proxy).get("http://tuf.invalid/index/wo/rd/words").status, 200, "{sends:?}");
        assert_eq!(before.get("http://tuf.invalid/index/wo/rd/words").status, 200, "{sends:?}");
        drop(child.stdin.take());
        assert!(child.wait().expect("it ended").success());
        assert!(proxy.stop().is_empty());
    }
}

/// One stranger more than the limit ends the oldest, and nobody else.
#[test]
fn keeps_no_more_strangers_than_its_limit() {
    let proxy = proxy();
    let asks = "GET http://tuf.invalid/index/config.json HTTP/1.1\r\n\r\n";
    let mut strangers: Vec<Client> = (0..32).map(|_| Client::new(&proxy)).collect();
    // An answer shows that the connection was accepted, so that their order is known.
    for stranger in &mut strangers {
        assert_eq!(stranger.send(asks).status, 407);
    }
    assert_eq!(strangers[0].send(asks).status, 407, "32 are within the limit");
    let mut more = Client::new(&proxy);
    assert_eq!(more.send(asks).status, 407);
    let mut oldest = strangers.remove(0);
    // If the connection were kept, an answer to this would come.
    let _ = oldest.stream.write_all(asks.as_bytes());
    assert!(oldest.ends(), "33 strangers are kept");
    for stranger in &mut strangers {
        assert_eq!(stranger.send(asks).status, 407);
    }
}

/// What has shown the credential has a limit too: one too many is answered, and not kept.
#[test]
fn keeps_no_more_connections_than_its_limit() {
    let proxy = proxy();
    let mut kept = Vec::new();
    for _ in 0..64 {
        let mut client = Client::new(&proxy);
        assert_eq!(client.get("http://tuf.invalid/index/wo/rd/words").status, 200);
        kept.push(client);
    }
    let mut more = Client::new(&proxy);
    let reply = more.get("http://tuf.invalid/index/wo/rd/words");
    assert_eq!(reply.status, 200);
    assert!(reply.head.contains("connection: close"), "{}", reply.head);
    assert_eq!(kept[0].get("http://tuf.invalid/index/wo/rd/words").status, 200);
}
