//! The messages of containerd's and the CRI's API that are needed here, by the field numbers of their definitions.
//! Fields that are not needed are left out: a reader skips what it does not know.

use prost::Message;

/// `google.protobuf.Empty`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Empty {}

/// `containerd.services.version.v1.VersionResponse`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Version {
    #[prost(string, tag = "1")]
    pub(super) version: String,
}

/// `containerd.services.introspection.v1.PluginsResponse`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Plugins {
    #[prost(message, repeated, tag = "1")]
    pub(super) plugins: Vec<Plugin>,
}

/// `containerd.services.introspection.v1.Plugin`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Plugin {
    #[prost(string, tag = "1")]
    pub(super) kind: String,
    #[prost(string, tag = "2")]
    pub(super) id: String,
    #[prost(message, optional, tag = "7")]
    pub(super) init_err: Option<Status>,
}

/// `google.rpc.Status`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(string, tag = "2")]
    pub(super) message: String,
}

/// `containerd.services.namespaces.v1.ListNamespacesResponse`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Namespaces {
    #[prost(message, repeated, tag = "1")]
    pub(super) namespaces: Vec<Named>,
}

/// Whatever has a name and nothing else: `Namespace`, `DeleteNamespaceRequest`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Named {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

/// `containerd.services.images.v1.ListImagesResponse`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Images {
    #[prost(message, repeated, tag = "1")]
    pub(super) images: Vec<Image>,
}

/// `containerd.services.images.v1.Image`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Image {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "3")]
    pub(super) target: Option<Descriptor>,
}

/// `containerd.types.Descriptor`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Descriptor {
    #[prost(string, tag = "1")]
    pub(super) media_type: String,
    #[prost(string, tag = "2")]
    pub(super) digest: String,
    #[prost(int64, tag = "3")]
    pub(super) size: i64,
}

/// `containerd.services.images.v1.DeleteImageRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct DeleteImage {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    /// Whether what only this image needed is deleted before the answer.
    #[prost(bool, tag = "2")]
    pub(super) sync: bool,
}

/// `runtime.v1.PullImageRequest`, `runtime.v1.RemoveImageRequest`
#[derive(Clone, PartialEq, Message)]
pub(super) struct CriImage {
    #[prost(message, optional, tag = "1")]
    pub(super) image: Option<Named>,
}
