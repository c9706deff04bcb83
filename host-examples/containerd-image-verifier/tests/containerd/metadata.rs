//! The TUF repository of a test: what it lists of images, and the server that its metadata comes from.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tuf_test_server::{Answer, Request, Server};
use tuf_tests::{DAY, Json, Mirror, Repository, TargetFile, sha256};

use crate::image::Image;

/// Seconds since 1970, by this machine's clock, which the verifier uses too.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    i64::try_from(since.as_secs()).expect("a time that fits")
}

/// A repository that is valid now, lists nothing, and is published.
pub(crate) fn empty() -> Repository {
    let mut repository = Repository::new();
    repository.role("targets").targets.clear();
    repository.root.expires = now() + 365 * DAY;
    repository.snapshot.expires = now() + 7 * DAY;
    repository.timestamp.expires = now() + DAY;
    repository.role("targets").header.expires = now() + 90 * DAY;
    repository.write_root().publish();
    repository
}

/// What metadata says of an image: the length, digest and media type of its manifest.
pub(crate) fn target(path: &str, image: &Image) -> TargetFile {
    let about = Json::object([("v", Json::from(1)), ("mediaType", image.media_type.into())]);
    TargetFile {
        path: path.into(),
        length: image.bytes.len() as u64,
        hashes: vec![("sha256".into(), sha256(&image.bytes))],
        custom: Some(Json::object([("oci", about)])),
    }
}

/// A metadata server whose answers can be exchanged while it runs.
#[derive(Debug)]
pub(crate) struct MetadataServer {
    server: Server,
    serving: Arc<Mutex<Serving>>,
    /// Requests that are never answered wait for this to be dropped.
    _stalled: Sender<()>,
}

#[derive(Debug)]
enum Serving {
    Files(Box<Mirror>),
    Nothing,
}

impl MetadataServer {
    pub(crate) fn start(mirror: Mirror) -> Self {
        let serving = Arc::new(Mutex::new(Serving::Files(Box::new(mirror))));
        let (_stalled, end) = channel();
        let (end, shown) = (Mutex::new(end), Arc::clone(&serving));
        let server = Server::start(move |request| answer(request, &shown, &end)).expect("a server");
        Self { server, serving, _stalled }
    }

    /// The base URL of the metadata.
    pub(crate) fn url(&self) -> String {
        format!("{}/metadata", self.server.url())
    }

    /// Serves these files from now on.
    pub(crate) fn serve(&self, mirror: &Mirror) {
        self.set(Serving::Files(Box::new(mirror.clone())));
    }

    /// Takes requests and answers none.
    pub(crate) fn stall(&self) {
        self.set(Serving::Nothing);
    }

    fn set(&self, serving: Serving) {
        *self.serving.lock().unwrap_or_else(PoisonError::into_inner) = serving;
    }
}

fn answer(request: &Request, serving: &Mutex<Serving>, end: &Mutex<Receiver<()>>) -> Answer {
    {
        let serving = serving.lock().unwrap_or_else(PoisonError::into_inner);
        if let Serving::Files(mirror) = &*serving {
            let name = request.path.strip_prefix("/metadata/").unwrap_or_default();
            return match mirror.metadata.get(name) {
                Some(_) if mirror.endless.contains(name) => Answer::Endless,
                Some(bytes) => Answer::Bytes(bytes.clone()),
                None => Answer::Status(404),
            };
        }
    }
    // Ends with an error when the test has ended.
    let _ = end.lock().unwrap_or_else(PoisonError::into_inner).recv();
    Answer::Status(503)
}
