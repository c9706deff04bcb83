//! What containerd says at its socket.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use prost::Message;
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};
use tonic::client::Grpc;
use tonic::codegen::Service;
use tonic::codegen::http::Uri;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;
use tuf_verifier_host::with_causes;

use super::messages::{
    CriImage, DeleteImage, Descriptor, Empty, Images, Named, Namespaces, Plugins, Version,
};
use super::{Daemon, NodeError};

/// How long one question may take; a pull has [`PULL`].
const QUESTION: Duration = Duration::from_secs(10);

/// How long a pull may take: longer than ten verifiers of ten seconds each.
const PULL: Duration = Duration::from_secs(120);

/// Bytes of one answer at most: a list of very many images.
const LONGEST: usize = 64 << 20;

/// A connection to containerd.
#[derive(Debug)]
pub(crate) struct Api {
    runtime: Runtime,
    channel: Channel,
}

/// A plugin of a running containerd.
#[derive(Debug)]
pub(crate) struct Plugin {
    /// Such as `io.containerd.grpc.v1`.
    pub(crate) kind: String,
    /// Such as `cri`.
    pub(crate) id: String,
    /// Why it was not started.
    pub(crate) failure: Option<String>,
}

/// An image in containerd's store.
#[derive(Debug)]
pub(crate) struct StoredImage {
    /// The name that it is known by.
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) digest: String,
    /// Bytes of its manifest.
    pub(crate) size: i64,
}

impl Api {
    /// Connects to a containerd. Every connection is to the process that was checked.
    ///
    /// # Errors
    /// Nobody answers there, or another process does.
    pub(crate) fn connect(daemon: &Daemon) -> Result<Self, NodeError> {
        let failed = |reason: String| NodeError::Request { method: "a connection", reason };
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|e| failed(e.to_string()))?;
        // Nothing is looked up by this name: the connector has the path.
        let endpoint = Endpoint::from_static("http://containerd").connect_timeout(QUESTION);
        let replaced = Arc::new(AtomicBool::new(false));
        let connector =
            Connector { socket: daemon.socket.clone(), pid: daemon.pid, replaced: Arc::clone(&replaced) };
        let channel = runtime.block_on(endpoint.connect_with_connector(connector));
        let channel = channel.map_err(|error| match replaced.load(Ordering::SeqCst) {
            true => NodeError::Replaced { socket: daemon.socket.clone() },
            false => failed(with_causes(&error)),
        })?;
        Ok(Self { runtime, channel })
    }

    /// Its version, as it writes it.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn version(&self) -> Result<String, NodeError> {
        let answer: Version = self.ask("/containerd.services.version.v1.Version/Version", Empty {}, None)?;
        Ok(answer.version)
    }

    /// Its plugins, those that failed among them.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn plugins(&self) -> Result<Vec<Plugin>, NodeError> {
        let method = "/containerd.services.introspection.v1.Introspection/Plugins";
        let answer: Plugins = self.ask(method, Empty {}, None)?;
        let plugin = |plugin: super::messages::Plugin| Plugin {
            kind: plugin.kind,
            id: plugin.id,
            failure: plugin.init_err.map(|status| status.message),
        };
        Ok(answer.plugins.into_iter().map(plugin).collect())
    }

    /// The namespaces that its images are in.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn namespaces(&self) -> Result<Vec<String>, NodeError> {
        let answer: Namespaces =
            self.ask("/containerd.services.namespaces.v1.Namespaces/List", Empty {}, None)?;
        Ok(answer.namespaces.into_iter().map(|namespace| namespace.name).collect())
    }

    /// The images of a namespace.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn images(&self, namespace: &str) -> Result<Vec<StoredImage>, NodeError> {
        let method = "/containerd.services.images.v1.Images/List";
        let answer: Images = self.ask(method, Empty {}, Some(namespace))?;
        let image = |image: super::messages::Image| {
            let Descriptor { media_type, digest, size } = image.target.unwrap_or_default();
            StoredImage { name: image.name, media_type, digest, size }
        };
        Ok(answer.images.into_iter().map(image).collect())
    }

    /// Deletes an image, what only it needed, and its namespace if nothing else is in it.
    pub(crate) fn forget(&self, namespace: &str, name: &str) {
        let method = "/containerd.services.images.v1.Images/Delete";
        let image = DeleteImage { name: name.to_owned(), sync: true };
        // It is not there, mostly; and a namespace that is in use stays.
        let _: Result<Empty, _> = self.ask(method, image, Some(namespace));
        let method = "/containerd.services.namespaces.v1.Namespaces/Delete";
        let _: Result<Empty, _> = self.ask(method, Named { name: namespace.to_owned() }, None);
    }

    /// Pulls an image as the kubelet does.
    ///
    /// # Errors
    /// The words of containerd.
    pub(crate) fn cri_pull(&self, name: &str) -> Result<(), String> {
        let answer: Result<Empty, Status> =
            self.call("/runtime.v1.ImageService/PullImage", cri_image(name), None, PULL);
        answer.map(|_| ()).map_err(|status| status.message().to_owned())
    }

    /// Removes an image that was pulled so.
    pub(crate) fn cri_remove(&self, name: &str) {
        // It is not there, mostly.
        let _: Result<Empty, _> = self.ask("/runtime.v1.ImageService/RemoveImage", cri_image(name), None);
    }

    fn ask<Q, A>(&self, method: &'static str, question: Q, namespace: Option<&str>) -> Result<A, NodeError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.call(method, question, namespace, QUESTION).map_err(|status| {
            let reason = match status.code() {
                Code::Unimplemented => "it does not know this question".to_owned(),
                _ => status.message().to_owned(),
            };
            NodeError::Request { method, reason }
        })
    }

    fn call<Q, A>(
        &self,
        method: &'static str,
        question: Q,
        namespace: Option<&str>,
        limit: Duration,
    ) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut request = Request::new(question);
        request.set_timeout(limit);
        if let Some(namespace) = namespace {
            let namespace = namespace.parse().map_err(|_| Status::invalid_argument("no namespace"))?;
            request.metadata_mut().insert("containerd-namespace", namespace);
        }
        let mut client = Grpc::new(self.channel.clone()).max_decoding_message_size(LONGEST);
        let answer = async {
            client.ready().await.map_err(|error| Status::unavailable(with_causes(&error)))?;
            client.unary(request, PathAndQuery::from_static(method), ProstCodec::<Q, A>::default()).await
        };
        let answer = self.runtime.block_on(async { tokio::time::timeout(limit, answer).await });
        answer.map_err(|_| Status::deadline_exceeded("no answer in time"))?.map(tonic::Response::into_inner)
    }
}

/// Connects to a socket, as often as the channel asks, and sees that a process of root's with this number listens there.
struct Connector {
    socket: PathBuf,
    pid: i32,
    replaced: Arc<AtomicBool>,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<UnixStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (socket, pid, replaced) = (self.socket.clone(), self.pid, Arc::clone(&self.replaced));
        Box::pin(async move {
            let stream = UnixStream::connect(socket).await?;
            let peer = stream.peer_cred()?;
            if (peer.uid(), peer.pid()) != (0, Some(pid)) {
                replaced.store(true, Ordering::SeqCst);
                return Err(io::Error::other("another process listens at the socket"));
            }
            Ok(TokioIo::new(stream))
        })
    }
}

fn cri_image(name: &str) -> CriImage {
    CriImage { image: Some(Named { name: name.to_owned() }) }
}
