//! A small HTTP/1.1 server on the loopback interface, at a port that the system chooses.
//!
//! It serves a folder as a static file server does, or whatever a closure answers. Each connection has its own
//! thread and stays open between requests. Dropping the [`Server`] closes the port and every connection.

mod answer;
mod azurite;
mod connection;
mod docker_registry;
mod moto;
mod plain;
mod skip;

pub use answer::{Answer, Request, from_folder};
pub use azurite::Azurite;
pub use docker_registry::DockerRegistry;
pub use moto::Moto;
pub use plain::Object;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    open: Arc<Open>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves the regular files below `folder`; anything else is 404.
    ///
    /// # Errors
    /// Where no loopback port can be opened.
    pub fn folder(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        Self::start(move |request| from_folder(&folder, request))
    }

    /// Serves what `answer` says, from many threads at once.
    ///
    /// # Errors
    /// Where no loopback port can be opened.
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let open = Arc::new(Open::default());
        let accepting = {
            let open = Arc::clone(&open);
            std::thread::spawn(move || accept(&listener, &open, &Arc::new(answer)))
        };
        Ok(Self { address, open, accepting: Some(accepting) })
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.open.stopping.store(true, Ordering::Release);
        // A connection wakes the accepting thread; where it is refused, that thread has ended already.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(accepting) = self.accepting.take()
            && woken
        {
            // A panic there has been printed; there is nothing left to stop.
            let _ = accepting.join();
        }
        for stream in self.open.connections.lock().unwrap_or_else(PoisonError::into_inner).values() {
            // The peer may have closed it first.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// The open connections, by number, so that stopping can close them.
#[derive(Debug, Default)]
struct Open {
    stopping: AtomicBool,
    connections: Mutex<HashMap<u64, TcpStream>>,
}

fn accept<F>(listener: &TcpListener, open: &Arc<Open>, answer: &Arc<F>)
where
    F: Fn(&Request) -> Answer + Send + Sync + 'static,
{
    for (number, stream) in (0_u64..).zip(listener.incoming()) {
        if open.stopping.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(copy) = stream.try_clone() else { continue };
        open.connections.lock().unwrap_or_else(PoisonError::into_inner).insert(number, copy);
        let (open, answer) = (Arc::clone(open), Arc::clone(answer));
        std::thread::spawn(move || {
            // A client that goes away in the middle is its own business.
            let _ = connection::serve(stream, answer.as_ref());
            open.connections.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        });
    }
}
