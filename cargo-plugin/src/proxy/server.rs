//! The listener: one thread a connection, all of them ended by [`Proxy::stop`].
//!
//! Every process of the machine can connect, also one of another user. So connections that have not shown the credential
//! have a small number of their own: one more ends the oldest of them. A client that shows it with its first request is
//! never in the way of that, and what has shown it is never ended for others. No time limit is needed.

use std::io::{self, BufReader};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::request::{self, NoRequest};
use super::response::Response;
use super::{Credential, VerifiedFiles, routes};
use crate::failure::Failure;

/// Most connections at a time that have shown the credential; cargo uses two for each host.
const MOST_KNOWN: usize = 64;

/// Most connections at a time that have not.
const MOST_STRANGERS: usize = 32;

/// A proxy that is listening.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    #[cfg(unix)]
    socket: TcpListener,
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
            known: AtomicUsize::new(0),
            refusals: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        #[cfg(unix)]
        let socket = listener.try_clone()?;
        let listener = thread::Builder::new()
            .name("proxy".to_owned())
            .spawn(move || accept(&listener, &accepting, &files))?;
        Ok(Self {
            address,
            #[cfg(unix)]
            socket,
            shared,
            listener: Some(listener),
        })
    }

    /// The listening socket in a form that programs inherit which are started while it is kept. They do not use it: as
    /// long as one of them lives, nobody else can listen at the address and be taken for this proxy.
    ///
    /// # Errors
    /// The process has too many open files.
    #[cfg(unix)]
    pub fn inherited(&self) -> io::Result<TcpListener> {
        use nix::fcntl::{FcntlArg, FdFlag, fcntl};
        let socket = self.socket.try_clone()?;
        fcntl(&socket, FcntlArg::F_SETFD(FdFlag::empty()))?;
        Ok(socket)
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
    /// In the order of arrival.
    connections: Mutex<Vec<Connection>>,
    /// Connections that have shown the credential.
    known: AtomicUsize,
    refusals: Mutex<Vec<Failure>>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    thread: JoinHandle<()>,
    standing: Arc<Standing>,
}

/// What is known of the client of a connection.
#[derive(Debug, Default)]
struct Standing {
    /// It has shown the credential.
    is_known: AtomicBool,
    /// Its connection was ended, and its thread will see it.
    is_ended: AtomicBool,
}

impl Connection {
    fn is_stranger(&self) -> bool {
        !self.standing.is_known.load(Ordering::SeqCst) && !self.standing.is_ended.load(Ordering::SeqCst)
    }

    fn end(&self) {
        self.standing.is_ended.store(true, Ordering::SeqCst);
        let _ = self.stream.shutdown(Shutdown::Both);
    }
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
        let strangers = || connections.iter().filter(|connection| connection.is_stranger());
        if strangers().count() >= MOST_STRANGERS {
            strangers().next().into_iter().for_each(Connection::end);
        }
        let Ok(reading) = stream.try_clone() else { continue };
        let (shared, files, standing) = (Arc::clone(shared), Arc::clone(files), Arc::<Standing>::default());
        let own = Arc::clone(&standing);
        let spawned = thread::Builder::new().spawn(move || {
            // The client went away: there is nobody to tell.
            let _ = serve(&reading, &shared, &own, &*files);
            let _ = reading.shutdown(Shutdown::Both);
            if own.is_known.load(Ordering::SeqCst) {
                shared.known.fetch_sub(1, Ordering::SeqCst);
            }
        });
        if let Ok(thread) = spawned {
            connections.push(Connection { stream, thread, standing });
        }
    }
}

fn serve(
    stream: &TcpStream,
    shared: &Shared,
    standing: &Standing,
    files: &dyn VerifiedFiles,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let request = match request::read(&mut reader, &shared.credential) {
            Ok(request) => request,
            Err(NoRequest::Closed) => return Ok(()),
            Err(NoRequest::Malformed) => return Response::bad_request().write(&mut writer, false),
        };
        let mut keep_alive = request.keep_alive;
        if request.authorized && !standing.is_known.swap(true, Ordering::SeqCst) {
            // One too many gets its answer, and the connection ends with it.
            keep_alive &= shared.known.fetch_add(1, Ordering::SeqCst) < MOST_KNOWN;
        }
        let response = routes::answer(&request, files, &|failure| lock(&shared.refusals).push(failure));
        response.write(&mut writer, keep_alive)?;
        if !keep_alive {
            return Ok(());
        }
    }
}

/// A thread that panicked holding one of these lists left it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
