//! An image with nothing in it.

use std::env::consts::ARCH;

use serde_json::json;
use tuf_oci::{Algorithm, Digest};

/// The media type of its manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A manifest, and the content that it names.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) manifest: Vec<u8>,
    pub(super) manifest_digest: Digest,
    content: [(Digest, Vec<u8>); 2],
}

impl Image {
    /// An image for this machine with one empty layer; the text is in it, so that it is like no other.
    pub(super) fn with(text: &str) -> Self {
        // The end of an archive in which nothing is.
        let layer = vec![0; 1_024];
        let layer_digest = digest(&layer);
        let rootfs = json!({"type": "layers", "diff_ids": [layer_digest.to_string()]});
        let config = json!({
            "architecture": architecture(), "os": "linux", "config": {"Labels": {"canary": text}}, "rootfs": rootfs,
        });
        let config = config.to_string().into_bytes();
        let config_digest = digest(&config);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": config_digest.to_string(), "size": config.len(),
            },
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar",
                "digest": layer_digest.to_string(), "size": layer.len(),
            }],
        });
        let manifest = manifest.to_string().into_bytes();
        let manifest_digest = digest(&manifest);
        Self { manifest, manifest_digest, content: [(config_digest, config), (layer_digest, layer)] }
    }

    /// The content of a digest.
    pub(super) fn content(&self, digest: &str) -> Option<&[u8]> {
        let found = self.content.iter().find(|(known, _)| known.to_string() == digest);
        found.map(|(_, bytes)| bytes.as_slice())
    }
}

fn digest(bytes: &[u8]) -> Digest {
    Digest::of(Algorithm::Sha256, bytes)
}

/// This machine's architecture, as images name it.
fn architecture() -> &'static str {
    match ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        "loongarch64" => "loong64",
        other => other,
    }
}
