//! Images that say who they are, made by umoci of busybox.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tuf_tests::sha256;

use crate::parts::Parts;
use crate::process::succeed;

/// The media type of an image's manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of an index of manifests.
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The images that are made; each prints its name.
const NAMES: [&str; 4] = ["v1", "v2", "app", "billing"];

/// A manifest, or an index, as a registry has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Image {
    /// `sha256:…`
    pub(crate) fn digest(&self) -> String {
        format!("sha256:{}", sha256(&self.bytes))
    }
}

/// An OCI layout with all images, and `both`: an index of `v1` and `v2`.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    folder: PathBuf,
}

impl Layout {
    /// Makes the layout in `folder`.
    pub(crate) fn make(parts: &Parts, folder: &Path) -> Self {
        let layout = Self { folder: folder.join("images") };
        succeed(parts.command("umoci").args(["init", "--layout"]).arg(&layout.folder));
        for name in NAMES {
            layout.add(parts, folder, name);
        }
        layout.add_index();
        layout
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The image of this name.
    pub(crate) fn image(&self, name: &str) -> Image {
        let index = self.index();
        let listed = index["manifests"].as_array().expect("manifests").iter();
        let named = |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"] == name;
        let entry = listed.clone().find(named).unwrap_or_else(|| panic!("no image {name}"));
        let bytes = self.blob(entry["digest"].as_str().expect("a digest")).expect("a blob");
        Image { media_type: if name == "both" { INDEX } else { MANIFEST }, bytes }
    }

    /// The bytes of a blob, manifests included.
    pub(crate) fn blob(&self, digest: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join("blobs/sha256").join(digest.strip_prefix("sha256:")?)).ok()
    }

    /// Writes an archive of one image.
    pub(crate) fn archive(&self, parts: &Parts, name: &str) -> PathBuf {
        let archive = self.folder.with_file_name(format!("{name}.tar"));
        let mut skopeo = parts.command("skopeo");
        skopeo.args(["--insecure-policy", "copy", &format!("oci:{}:{name}", self.folder.display())]);
        succeed(skopeo.arg(format!("oci-archive:{}:{name}", archive.display())));
        archive
    }

    /// Copies an image to a registry, to a reference there.
    pub(crate) fn push(&self, parts: &Parts, name: &str, registry: &str, reference: &str) {
        let from = format!("oci:{}:{name}", self.folder.display());
        let mut skopeo = parts.command("skopeo");
        skopeo.args(["--insecure-policy", "copy", "--all", "--dest-tls-verify=false", &from]);
        succeed(skopeo.arg(format!("docker://{registry}/{reference}")));
    }

    fn add(&self, parts: &Parts, folder: &Path, name: &str) {
        let image = format!("{}:{name}", self.folder.display());
        let bundle = folder.join(format!("bundle-{name}"));
        succeed(parts.command("umoci").args(["new", "--image", &image]));
        succeed(parts.command("umoci").args(["unpack", "--image", &image]).arg(&bundle));
        let programs = bundle.join("rootfs/bin");
        fs::create_dir_all(&programs).expect("a folder");
        fs::copy(parts.program("busybox").expect("busybox"), programs.join("busybox")).expect("a copy");
        symlink("busybox", programs.join("cat")).expect("a link");
        fs::write(bundle.join("rootfs/name"), format!("this is {name}\n")).expect("a file");
        succeed(parts.command("umoci").args(["repack", "--image", &image]).arg(&bundle));
        let command = ["--config.cmd", "/bin/cat", "--config.cmd", "/name"];
        succeed(parts.command("umoci").args(["config", "--image", &image]).args(command));
        fs::remove_dir_all(bundle).expect("the bundle is removed");
    }

    /// `v1` for this machine's architecture, `v2` for another.
    fn add_index(&self) {
        let architecture = match std::env::consts::ARCH {
            "aarch64" => ["arm64", "amd64"],
            _ => ["amd64", "arm64"],
        };
        let children = ["v1", "v2"].into_iter().zip(architecture).map(|(name, architecture)| {
            let image = self.image(name);
            json!({
                "mediaType": MANIFEST, "digest": image.digest(), "size": image.bytes.len(),
                "platform": {"os": "linux", "architecture": architecture},
            })
        });
        let children: Vec<Value> = children.collect();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": children}).to_string();
        let digest = sha256(index.as_bytes());
        fs::write(self.folder.join("blobs/sha256").join(&digest), &index).expect("a blob");
        let mut all = self.index();
        all["manifests"].as_array_mut().expect("manifests").push(json!({
            "mediaType": INDEX, "digest": format!("sha256:{digest}"), "size": index.len(),
            "annotations": {"org.opencontainers.image.ref.name": "both"},
        }));
        fs::write(self.folder.join("index.json"), all.to_string()).expect("an index");
    }

    fn index(&self) -> Value {
        let text = fs::read(self.folder.join("index.json")).expect("an index");
        serde_json::from_slice(&text).expect("JSON")
    }
}
