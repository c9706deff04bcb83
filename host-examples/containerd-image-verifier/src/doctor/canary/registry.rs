//! A registry on the loopback interface, with one image under every name.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::image::{Image, MANIFEST};

/// The header in which a request that comes from containerd's folders of hosts has the registry's secret.
pub(super) const SECRET: &str = "x-tuf-image-verifier-canary";

/// A running registry; dropping it stops it.
#[derive(Debug)]
pub(super) struct Registry {
    address: SocketAddr,
    canary: String,
    secret: String,
    asked: Arc<AtomicUsize>,
    _running: oneshot::Sender<()>,
}

impl Registry {
    /// Starts one at a port that the system chooses.
    ///
    /// # Errors
    /// No port, no random number or no thread is to be had.
    pub(super) fn start() -> io::Result<Self> {
        let number = getrandom::u64().map_err(io::Error::other)?;
        let canary = format!("canary-{number:016x}");
        let halves = [getrandom::u64(), getrandom::u64()];
        let [first, second] = halves.map(|half| half.map_err(io::Error::other));
        let secret = format!("{:016x}{:016x}", first?, second?);
        let asked = Arc::new(AtomicUsize::new(0));
        let image = Image::with(&canary);
        let served = Arc::new(Served { image, secret: secret.clone(), asked: Arc::clone(&asked) });
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let (running, stopped) = oneshot::channel::<()>();
        let serve = move || {
            runtime.spawn(accept(listener, served));
            // The other end is dropped, and then the runtime with every connection.
            let _: Result<(), _> = runtime.block_on(stopped);
        };
        thread::Builder::new().name("registry".to_owned()).spawn(serve)?;
        Ok(Self { address, canary, secret, asked, _running: running })
    }

    /// `127.0.0.1:PORT`
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A name for a repository that no other has.
    pub(super) fn canary(&self) -> &str {
        &self.canary
    }

    /// What requests must have in the header [`SECRET`] to be counted.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// How often the image's content was asked for with the secret: every local user can connect to this port, and read the
    /// canary's name in the arguments of the programs that pull it. A runtime resolves a name, lets verifiers judge what it is, and
    /// only then asks for more than the manifest.
    pub(super) fn content_was_asked_for(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

struct Served {
    image: Image,
    secret: String,
    asked: Arc<AtomicUsize>,
}

async fn accept(listener: TcpListener, served: Arc<Served>) {
    loop {
        // Whoever went away before is not answered.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let served = Arc::clone(&served);
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let answer = served.answer(&request);
                async { Ok::<_, Infallible>(answer) }
            });
            // A connection that breaks off is seen by who pulls.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

impl Served {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        if path == "/v2/" {
            return ok("application/json", b"{}");
        }
        if let Some((_, digest)) = path.split_once("/blobs/") {
            if request.headers().get(SECRET).is_some_and(|given| given.as_bytes() == self.secret.as_bytes()) {
                self.asked.fetch_add(1, Ordering::SeqCst);
            }
            return match self.image.content(digest) {
                Some(bytes) => ok("application/octet-stream", bytes),
                None => missing(),
            };
        }
        if !path.contains("/manifests/") {
            return missing();
        }
        let mut answer = ok(MANIFEST, &self.image.manifest);
        let digest = HeaderValue::from_str(&self.image.manifest_digest.to_string());
        answer
            .headers_mut()
            .extend(digest.map(|digest| (HeaderName::from_static("docker-content-digest"), digest)));
        answer
    }
}

fn ok(media_type: &'static str, bytes: &[u8]) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(bytes.to_vec()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

fn missing() -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}
