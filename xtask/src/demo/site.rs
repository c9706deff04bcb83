//! The one URL that clients know, and whatever answers there.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tuf_test_server::{Answer, Request, Server, from_folder};

/// What answers at the URL.
#[derive(Clone)]
pub(super) enum Shown {
    /// A static file server over this folder.
    Folder(PathBuf),
    /// The same, but the timestamp has no end.
    EndlessTimestamp(PathBuf),
    /// Connections are refused.
    Nothing,
}

/// A loopback port at which one thing after the other is shown.
pub(super) struct Site {
    server: Option<Server>,
    url: String,
    shown: Arc<Mutex<Shown>>,
}

impl Site {
    /// Opens a port.
    pub(super) fn open() -> Result<Self> {
        let shown = Arc::new(Mutex::new(Shown::Nothing));
        let server = {
            let shown = Arc::clone(&shown);
            let now = move || shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Server::start(move |request| answer(&now(), request)).context("no loopback port can be opened")?
        };
        Ok(Self { url: server.url(), server: Some(server), shown })
    }

    /// From now on, this is shown. After [`Shown::Nothing`] nothing else can be.
    pub(super) fn show(&mut self, next: Shown) {
        if matches!(next, Shown::Nothing) {
            self.server = None;
        }
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

fn answer(shown: &Shown, request: &Request) -> Answer {
    match shown {
        Shown::EndlessTimestamp(_) if request.path.ends_with("/timestamp.json") => Answer::Endless,
        Shown::Folder(folder) | Shown::EndlessTimestamp(folder) => from_folder(folder, request),
        Shown::Nothing => Answer::Status(404),
    }
}
