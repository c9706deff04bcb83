//! A server that answers byte for byte as told, on the loopback interface.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A server at a port that the system chooses. It ends with the test's process.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// The head of a request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Number of the connection, from 0.
    pub(crate) connection: usize,
    head: String,
}

/// What the server does with a request.
pub(crate) enum Reply {
    /// Sends these bytes and waits for the next request.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    Close(Vec<u8>),
    /// Sends these bytes, and nothing more until the client closes.
    Stall(Vec<u8>),
    /// Sends these bytes, and then single ones, a few milliseconds apart, until the client closes.
    Drip(Vec<u8>),
    /// Sends these bytes, and then zeros until the client closes.
    Endless(Vec<u8>),
    /// Accepts a `CONNECT` and carries bytes to this address and back.
    Tunnel(SocketAddr),
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(move |stream, connection, seen| converse(stream, connection, seen, &answer))
    }

    /// Resets each connection as soon as a request arrives.
    pub(crate) fn resetting() -> Self {
        // Closing with unread bytes is a reset.
        Self::start_with(|mut stream, _, _| stream.read_exact(&mut [0]))
    }

    /// Hands each connection to `serve`.
    pub(crate) fn start_with(
        serve: impl Fn(TcpStream, usize, &Mutex<Vec<Seen>>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (serve, record) = (Arc::new(serve), Arc::clone(&seen));
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().flatten().enumerate() {
                let (serve, record) = (Arc::clone(&serve), Arc::clone(&record));
                thread::spawn(move || serve(stream, connection, &record));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far, in the order of arrival.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no thread panicked").clone()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen().iter().map(|seen| seen.path().to_owned()).collect()
    }
}

impl Seen {
    pub(crate) fn method(&self) -> &str {
        self.head.split(' ').next().unwrap_or_default()
    }

    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A whole answer with its length.
pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// 200 with this body.
pub(crate) fn ok(body: &[u8]) -> Reply {
    Reply::Send(answer(200, "", body))
}

/// Reads the head of the next request; none at the end of the connection.
pub(crate) fn read_head(stream: &mut impl Read) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.extend(byte);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

fn converse(
    mut stream: TcpStream,
    connection: usize,
    record: &Mutex<Vec<Seen>>,
    answer: &dyn Fn(&Seen) -> Reply,
) -> io::Result<()> {
    while let Some(head) = read_head(&mut stream)? {
        let seen = Seen { connection, head };
        record.lock().expect("no thread panicked").push(seen.clone());
        match answer(&seen) {
            Reply::Send(bytes) => stream.write_all(&bytes)?,
            Reply::Close(bytes) => return stream.write_all(&bytes),
            Reply::Stall(bytes) => {
                stream.write_all(&bytes)?;
                return io::copy(&mut stream, &mut io::sink()).map(drop);
            }
            Reply::Drip(bytes) => return drip(stream, &bytes),
            Reply::Endless(bytes) => {
                stream.write_all(&bytes)?;
                return io::copy(&mut io::repeat(0), &mut stream).map(drop);
            }
            Reply::Tunnel(address) => return tunnel(stream, address),
        }
    }
    Ok(())
}

fn drip(mut stream: TcpStream, head: &[u8]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(head)?;
    stream.set_read_timeout(Some(Duration::from_millis(4)))?;
    loop {
        match stream.read(&mut [0]) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            _ => return Ok(()),
        }
        stream.write_all(b"x")?;
    }
}

fn tunnel(mut stream: TcpStream, address: SocketAddr) -> io::Result<()> {
    let mut server = TcpStream::connect(address)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut from_client, mut to_server) = (stream.try_clone()?, server.try_clone()?);
    let there = thread::spawn(move || io::copy(&mut from_client, &mut to_server));
    io::copy(&mut server, &mut stream)?;
    drop(there);
    Ok(())
}
