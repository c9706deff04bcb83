//! A registry that lies: what it says of a manifest (HEAD) and what it sends (GET) are two things.

use tuf_test_server::{Answer, Request, Server};

use crate::image::{Image, Layout};

/// What the registry says and sends for whatever tag or digest it is asked for first.
#[derive(Clone, Debug)]
pub(crate) struct HostileRegistry {
    /// The media type that it claims.
    pub(crate) media_type: String,
    /// The digest that it claims, `ALGORITHM:HEX`.
    pub(crate) digest: String,
    /// The length that it claims when it is asked for no body.
    pub(crate) length: usize,
    /// The body that it sends.
    pub(crate) body: Vec<u8>,
    /// A digest for which it sends other bytes.
    pub(crate) swapped: Option<(String, Vec<u8>)>,
}

impl HostileRegistry {
    /// An honest answer for this image, to be spoiled.
    pub(crate) fn honest(image: &Image) -> Self {
        Self {
            media_type: image.media_type.into(),
            digest: image.digest(),
            length: image.bytes.len(),
            body: image.bytes.clone(),
            swapped: None,
        }
    }

    /// Serves it; everything else is as the layout has it. Any name is a repository.
    pub(crate) fn serve(self, layout: &Layout) -> Server {
        let layout = layout.clone();
        Server::start(move |request| self.answer(request, &layout)).expect("a server")
    }

    fn answer(&self, request: &Request, layout: &Layout) -> Answer {
        let (kind, name) = request.path.rsplit_once('/').unwrap_or_default();
        if kind.ends_with("/manifests") && (!name.contains(':') || name == self.digest) {
            let length = if request.method == "HEAD" { self.length } else { self.body.len() };
            return self.manifest(request, length, &self.body);
        }
        let swapped = self.swapped.as_ref().filter(|(digest, _)| digest == name);
        let bytes = swapped.map(|(_, bytes)| bytes.clone()).or_else(|| layout.blob(name));
        match bytes {
            Some(bytes) => Answer::Bytes(bytes),
            None => Answer::Status(404),
        }
    }

    fn manifest(&self, request: &Request, length: usize, body: &[u8]) -> Answer {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nDocker-Content-Digest: {}\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n",
            self.media_type, self.digest
        );
        let body = if request.method == "HEAD" { &[] } else { body };
        Answer::Raw([head.as_bytes(), body].concat())
    }
}
