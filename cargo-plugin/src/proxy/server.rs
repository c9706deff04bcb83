//! The listener: one thread a connection, all of them ended by [`Proxy::stop`].

use std::io::{self, BufReader};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::request::{self, NoRequest};
use super::response::Response;
use super::{Credential, VerifiedFiles, routes};
use crate::failure::Failure;

/// Most connections at a time; cargo uses two for each host.
const MAX_CONNECTIONS: usize = 64;

/// A proxy that is listening.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens on an ephemeral port of the loopback interface.
    ///
    /// # Errors
    /// The interface has no free port, or the operating system no random numbers.
    pub fn start(files: Arc<dyn VerifiedFiles>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let credential = Credential::random().map_err(io::Error::other)?;
        let shared = Arc::new(Shared {
            credential,
            stopping: AtomicBool::new(false),
            connections: Mutex::default(),
            refusals: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        let listener = thread::Builder::new()
            .name("proxy".to_owned())
            .spawn(move || accept(&listener, &accepting, &files))?;
        Ok(Self { address, shared, listener: Some(listener) })
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL with the credential, for cargo's `http.proxy`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}@{}", self.shared.credential.user_info(), self.address)
    }

    /// Closes every connection, waits for the answers that are being made, and hands out why files were refused, in
    /// order.
    #[must_use]
    pub fn stop(mut self) -> Vec<Failure> {
        for connection in self.close() {
            let _ = connection.thread.join();
        }
        std::mem::take(&mut lock(&self.shared.refusals))
    }

    fn close(&mut self) -> Vec<Connection> {
        let Some(listener) = self.listener.take() else { return Vec::new() };
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener, which is waiting for a connection.
        drop(TcpStream::connect(self.address));
        let _ = listener.join();
        let connections = std::mem::take(&mut *lock(&self.shared.connections));
        for connection in &connections {
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        connections
    }
}

/// Closes every connection without waiting for answers that are being made: nobody reads them.
impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the threads share.
#[derive(Debug)]
struct Shared {
    credential: Credential,
    stopping: AtomicBool,
    connections: Mutex<Vec<Connection>>,
    refusals: Mutex<Vec<Failure>>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    thread: JoinHandle<()>,
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>, files: &Arc<dyn VerifiedFiles>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        // A connection that cannot be served is closed by being dropped: the client sees it and fails.
        let Ok(stream) = stream else { continue };
        let mut connections = lock(&shared.connections);
        connections.retain(|connection| !connection.thread.is_finished());
        if connections.len() >= MAX_CONNECTIONS {
            continue;
        }
        let Ok(reading) = stream.try_clone() else { continue };
        let (shared, files) = (Arc::clone(shared), Arc::clone(files));
        let spawned = thread::Builder::new().spawn(move || {
            // The client went away: there is nobody to tell.
            let _ = serve(&reading, &shared, &*files);
            let _ = reading.shutdown(Shutdown::Both);
        });
        if let Ok(thread) = spawned {
            connections.push(Connection { stream, thread });
        }
    }
}

fn serve(stream: &TcpStream, shared: &Shared, files: &dyn VerifiedFiles) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let request = match request::read(&mut reader, &shared.credential) {
            Ok(request) => request,
            Err(NoRequest::Closed) => return Ok(()),
            Err(NoRequest::Malformed) => return Response::bad_request().write(&mut writer, false),
        };
        let response = routes::answer(&request, files, &|failure| lock(&shared.refusals).push(failure));
        response.write(&mut writer, request.keep_alive)?;
        if !request.keep_alive {
            return Ok(());
        }
    }
}

/// A thread that panicked holding one of these lists left it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
