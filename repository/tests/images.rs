//! Container images as targets: from a real registry, from an OCI layout, from a list.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use crate::command::Desk;
use serde_json::{Value, json};
use tempfile::TempDir;
use tuf_oci::registry::{DirectTransport, Location, ManifestName, Payload, Registry};
use tuf_oci::{Algorithm, Digest, MediaType};
use tuf_test_server::DockerRegistry;

fn sha256(bytes: &[u8]) -> Digest {
    Digest::of(Algorithm::Sha256, bytes)
}

/// The manifest of an image with one layer.
fn manifest(layer: &str) -> Vec<u8> {
    let descriptor = |media_type: &str, bytes: &[u8]| json!({ "mediaType": media_type, "digest": sha256(bytes).to_string(), "size": bytes.len() });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::OciManifest.name(),
        "config": descriptor("application/vnd.oci.image.config.v1+json", b"{}"),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", layer.as_bytes())],
    });
    serde_json::to_vec(&manifest).expect("JSON")
}

/// An index of these manifests, which names itself as one or leaves it to others to say.
fn index(manifests: &[&[u8]], media_type: Option<&str>) -> Vec<u8> {
    let platforms = ["amd64", "arm64"];
    let entry = |(at, bytes): (usize, &&[u8])| {
        json!({
            "mediaType": MediaType::OciManifest.name(), "digest": sha256(bytes).to_string(), "size": bytes.len(),
            "platform": { "architecture": platforms[at], "os": "linux" },
        })
    };
    let manifests: Vec<Value> = manifests.iter().enumerate().map(entry).collect();
    let mut index = json!({ "schemaVersion": 2, "manifests": manifests });
    if let Some(media_type) = media_type {
        index["mediaType"] = json!(media_type);
    }
    serde_json::to_vec(&index).expect("JSON")
}

fn push(registry: &Registry, manifests: &[(ManifestName<'_>, MediaType, &[u8])]) {
    for blob in [b"{}".as_slice(), b"amd64", b"arm64", b"v2"] {
        registry.push_blob(&sha256(blob), Payload::Bytes(blob)).expect("taken");
    }
    for (name, media_type, bytes) in manifests {
        registry.push_manifest(*name, *media_type, bytes).expect("taken");
    }
}

fn registry(host: &str) -> Registry {
    let location = Location::parse(&format!("oci+http://{host}/team/app")).expect("a location");
    let transport = Arc::new(DirectTransport::new(None, "test").expect("usable settings"));
    Registry::new(location, None, transport).expect("usable settings")
}

/// The targets of a published role.
fn targets(desk: &Desk, version: u64) -> BTreeMap<String, Value> {
    let path = desk.repository().join(format!("metadata/{version}.images.json"));
    let metadata: Value = serde_json::from_slice(&fs::read(path).expect("published")).expect("JSON");
    serde_json::from_value(metadata["signed"]["targets"].clone()).expect("targets")
}

fn entry(bytes: &[u8], media_type: MediaType) -> Value {
    json!({
        "length": bytes.len(),
        "hashes": { "sha256": sha256(bytes).hex() },
        "custom": { "oci": { "v": 1, "mediaType": media_type.name() } },
    })
}

fn desk(name: &str) -> Desk {
    let desk = Desk::with_repository();
    desk.ok(&["key", "new", "images", "--unencrypted"]);
    desk.ok(&["image", "delegate", name, "--key=images"]);
    desk
}

#[test]
fn an_index_of_a_registry_is_listed_with_its_children() {
    let folder = TempDir::new().expect("a folder");
    let test = "an_index_of_a_registry_is_listed_with_its_children";
    let Some(server) = DockerRegistry::start(test, folder.path(), "") else { return };
    let (amd64, arm64) = (manifest("amd64"), manifest("arm64"));
    let both = index(&[&amd64, &arm64], Some(MediaType::OciIndex.name()));
    let [amd64_digest, arm64_digest, digest] = [&amd64, &arm64, &both].map(|bytes| sha256(bytes));
    let tag = "v1".parse().expect("a tag");
    push(
        &registry(server.host()),
        &[
            (ManifestName::Digest(&amd64_digest), MediaType::OciManifest, &amd64),
            (ManifestName::Digest(&arm64_digest), MediaType::OciManifest, &arm64),
            (ManifestName::Tag(&tag), MediaType::OciIndex, &both),
        ],
    );
    let name = format!("{}/team/app", server.host());
    let desk = desk(&name);
    let printed = desk.ok(&["image", "add", &format!("{name}:v1"), "--from-registry", "--plain-http"]);
    let mut expected = BTreeMap::from([
        (format!("oci/{name}/_tags/v1"), entry(&both, MediaType::OciIndex)),
        (format!("oci/{name}/_digests/sha256/{}", digest.hex()), entry(&both, MediaType::OciIndex)),
        (format!("oci/{name}/_digests/sha256/{}", amd64_digest.hex()), entry(&amd64, MediaType::OciManifest)),
        (format!("oci/{name}/_digests/sha256/{}", arm64_digest.hex()), entry(&arm64, MediaType::OciManifest)),
    ]);
    let mut paths: Vec<&str> = printed.lines().collect();
    paths.sort_unstable();
    assert_eq!(paths, expected.keys().map(String::as_str).collect::<Vec<_>>());
    desk.ok(&["publish"]);
    assert_eq!(targets(&desk, 1), expected);

    // Again: nothing is new.
    assert_eq!(desk.ok(&["image", "add", &format!("{name}:v1"), "--from-registry", "--plain-http"]), "");
    // The tag moves; what it was stays to be pulled by digest, until it is removed.
    let second = manifest("v2");
    push(&registry(server.host()), &[(ManifestName::Tag(&tag), MediaType::OciManifest, &second)]);
    let stale = format!("{name}:v1@{digest}");
    desk.refused(&["image", "add", &stale, "--from-registry", "--plain-http"], "the tag is sha256:");
    desk.ok(&["image", "add", &format!("{name}:v1"), "--from-registry", "--plain-http"]);
    let removed = desk.ok(&["image", "remove", &format!("{name}@{amd64_digest}")]);
    assert_eq!(removed, format!("oci/{name}/_digests/sha256/{}\n", amd64_digest.hex()));
    desk.ok(&["publish"]);
    expected.insert(format!("oci/{name}/_tags/v1"), entry(&second, MediaType::OciManifest));
    let digest = sha256(&second);
    expected.insert(
        format!("oci/{name}/_digests/sha256/{}", digest.hex()),
        entry(&second, MediaType::OciManifest),
    );
    expected.remove(&format!("oci/{name}/_digests/sha256/{}", amd64_digest.hex()));
    assert_eq!(targets(&desk, 2), expected);

    let absent = format!("{name}:v9");
    desk.refused(&["image", "add", &absent, "--from-registry", "--plain-http"], "/team/app has no v9");
    let reference = format!("{name}@{}", sha256(b"x"));
    desk.refused(
        &["image", "add", &reference, "--from-registry", "--plain-http"],
        "/team/app has no sha256:",
    );
}

/// A layout with these entries of its index, and these blobs.
fn layout(desk: &Desk, entries: &[(&[u8], MediaType, &str)], blobs: &[&[u8]]) -> String {
    let entry = |(bytes, media_type, name): &(&[u8], MediaType, &str)| {
        json!({
            "mediaType": media_type.name(), "digest": sha256(bytes).to_string(), "size": bytes.len(),
            "annotations": { "org.opencontainers.image.ref.name": name },
        })
    };
    let entries: Vec<Value> = entries.iter().map(entry).collect();
    desk.write("layout/index.json", &json!({ "schemaVersion": 2, "manifests": entries }).to_string());
    for bytes in blobs {
        let name = format!("layout/blobs/sha256/{}", sha256(bytes).hex());
        desk.write(&name, std::str::from_utf8(bytes).expect("UTF-8"));
    }
    desk.path().join("layout").display().to_string()
}

const NAME: &str = "registry.example/team/app";

#[test]
fn a_layout_is_listed() {
    let desk = desk(NAME);
    let (amd64, arm64) = (manifest("amd64"), manifest("arm64"));
    let both = index(&[&amd64, &arm64], None);
    let entries: &[(&[u8], MediaType, &str)] =
        &[(&both, MediaType::OciIndex, "v1"), (&amd64, MediaType::OciManifest, "v2")];
    let folder = layout(&desk, entries, &[&both, &amd64, &arm64]);
    let printed = desk.ok(&["image", "add", &format!("{NAME}:v1"), "--layout", &folder]);
    assert_eq!(printed.lines().count(), 4);
    let digest = sha256(&amd64);
    let by_digest = desk.ok(&["image", "add", &format!("{NAME}:v2@{digest}"), "--layout", &folder]);
    assert_eq!(by_digest, format!("oci/{NAME}/_tags/v2\n"));
    desk.ok(&["publish"]);
    let listed = targets(&desk, 1);
    assert_eq!(listed.len(), 5);
    assert_eq!(listed[&format!("oci/{NAME}/_tags/v1")], entry(&both, MediaType::OciIndex));
    assert_eq!(listed[&format!("oci/{NAME}/_tags/v2")], entry(&amd64, MediaType::OciManifest));
    // A manifest that an index names twice is one.
    let other = manifest("v2");
    let twice = index(&[&other, &other], None);
    let folder = layout(&desk, &[(&twice, MediaType::OciIndex, "v3")], &[&twice, &other]);
    let printed = desk.ok(&["image", "add", &format!("{NAME}:v3"), "--layout", &folder]);
    assert_eq!(printed.lines().count(), 3, "its tag, its digest, and its child");
    // The file of a target is the manifest.
    let file = format!("targets/oci/{NAME}/_tags/{}.v1", sha256(&both).hex());
    assert_eq!(fs::read(desk.repository().join(file)).expect("published"), both);
}

#[test]
fn rejects_layouts_that_contradict_themselves() {
    let desk = desk(NAME);
    let amd64 = manifest("amd64");
    let both = index(&[&amd64], None);
    let add = |folder: &str, message: &str| {
        desk.refused(&["image", "add", &format!("{NAME}:v1"), "--layout", folder], message)
    };
    add("nowhere", "could not read nowhere/index.json");
    let folder = layout(&desk, &[(&both, MediaType::OciIndex, "v2")], &[&both, &amd64]);
    add(&folder, "index.json has no registry.example/team/app:v1");
    let twice: &[(&[u8], MediaType, &str)] =
        &[(&both, MediaType::OciIndex, "v1"), (&amd64, MediaType::OciManifest, "v1")];
    add(&layout(&desk, twice, &[]), "it has several manifests for registry.example/team/app:v1");
    add(&layout(&desk, &[(&amd64, MediaType::OciIndex, "v1")], &[]), "the layout says");
    let path = format!("layout/blobs/sha256/{}", sha256(&amd64).hex());
    desk.write(&path, "other bytes");
    let folder = layout(&desk, &[(&both, MediaType::OciIndex, "v1")], &[]);
    add(&folder, "its bytes have another digest");
    fs::remove_file(desk.path().join(path)).expect("removed");
    add(&folder, "could not read");
    // A child that is longer than its index says.
    let mut lying: Value = serde_json::from_slice(&both).expect("JSON");
    lying["manifests"][0]["size"] = json!(1);
    let lying = serde_json::to_vec(&lying).expect("JSON");
    let folder = layout(&desk, &[(&lying, MediaType::OciIndex, "v1")], &[&lying, &amd64]);
    add(&folder, "of 1 bytes, it is");
}

#[test]
fn rejects_an_index_whose_manifests_do_not_fit_into_memory() {
    let desk = desk(NAME);
    let refused = |entries: Vec<Value>, message: &str| {
        let bytes = serde_json::to_vec(&json!({"schemaVersion": 2, "manifests": entries})).expect("JSON");
        let folder = layout(&desk, &[(&bytes, MediaType::OciIndex, "v1")], &[&bytes]);
        desk.refused(&["image", "add", &format!("{NAME}:v1"), "--layout", &folder], message);
    };
    let child = |number: u64, size: u64| {
        let digest = sha256(&number.to_be_bytes()).to_string();
        json!({"mediaType": MediaType::OciManifest.name(), "digest": digest, "size": size})
    };
    // Neither of them is fetched: they are not there.
    refused(vec![child(0, 33 << 20)], "have more than 33554432 bytes [image]");
    refused(
        (0..1001).map(|number| child(number, 2)).collect(),
        "has more manifests than are listed here [image]",
    );
}

/// A device has no end, and a pipe may never have a writer.
#[test]
#[cfg(unix)]
fn rejects_what_is_no_regular_file() {
    let desk = desk(NAME);
    let reference = format!("{NAME}:v1");
    let place = desk.path().join("irregular/index.json");
    fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    let refused = || {
        let digests = place.to_str().expect("UTF-8");
        let args: [&[&str]; 3] = [
            &["image", "add", &reference, "--layout=irregular"],
            &["image", "add", &reference, "--digests", digests],
            &["target", "add", "a", digests],
        ];
        for args in args {
            desk.refused(args, "it is not a regular file");
        }
    };
    std::os::unix::fs::symlink("/dev/zero", &place).expect("a link");
    refused();
    fs::remove_file(&place).expect("the link");
    assert!(std::process::Command::new("mkfifo").arg(&place).status().expect("mkfifo").success());
    refused();
}

#[test]
fn a_list_is_listed_without_the_bytes() {
    let desk = desk(NAME);
    let (amd64, both) = (manifest("amd64"), index(&[&manifest("amd64")], None));
    let line =
        |bytes: &[u8], media_type: MediaType| format!("{} {} {media_type}\n", sha256(bytes), bytes.len());
    let text =
        format!("# v1\n\n{}{}", line(&both, MediaType::OciIndex), line(&amd64, MediaType::OciManifest));
    let list = desk.write("list", &text).display().to_string();
    let printed = desk.ok(&["image", "add", &format!("{NAME}:v1"), "--digests", &list]);
    assert_eq!(printed.lines().count(), 3);
    desk.ok(&["publish"]);
    let listed = targets(&desk, 1);
    assert_eq!(listed[&format!("oci/{NAME}/_tags/v1")], entry(&both, MediaType::OciIndex));
    assert!(!desk.repository().join("targets").join("oci").exists());

    // The same bytes as another kind of manifest are another answer.
    let text = line(&both, MediaType::DockerManifestList);
    let list = desk.write("list", &text).display().to_string();
    let printed = desk.ok(&["image", "add", &format!("{NAME}:v1"), "--digests", &list]);
    assert_eq!(printed.lines().count(), 2);

    let sha512 = Digest::of(Algorithm::Sha512, b"x");
    for (text, message) in [
        ("".to_owned(), "list has no line with a digest"),
        ("sha256:00 1 x\n".to_owned(), "line 1: a sha256 digest has 64 digits, not 2"),
        (format!("{} -1 x\n", sha256(b"x")), "line 1: \"-1\" is no number of bytes"),
        (format!("{} 1 text/html\n", sha256(b"x")), "line 1: \"text/html\" is no media type"),
        (format!("\n{} 1\n", sha256(b"x")), "is not DIGEST SIZE MEDIA-TYPE"),
        (format!("{sha512} 1 {}\n", MediaType::OciIndex), "only sha256 digests are"),
    ] {
        let list = desk.write("list", &text).display().to_string();
        desk.refused(&["image", "add", &format!("{NAME}:v1"), "--digests", &list], message);
    }
    let list = desk.write("list", &line(&amd64, MediaType::OciManifest)).display().to_string();
    let other = format!("{NAME}@{}", sha256(b"other"));
    desk.refused(&["image", "add", &other, "--digests", &list], "the list begins with sha256:");
}

#[test]
fn rejects_names_that_others_read_otherwise_and_what_is_not_delegated() {
    let desk = desk(NAME);
    let list = desk.write("list", "").display().to_string();
    for reference in [
        "busybox",
        "team/app:v1",
        "registry.example/team/app",
        "registry.example/Team/app:v1",
        "a.example/x/../y:v1",
    ] {
        let help =
            desk.refused(&["image", "add", reference, "--digests", &list], &format!("{reference:?}: "));
        assert!(help.starts_with("write it out"), "{help}");
    }
    desk.refused(&["image", "delegate", "registry.example", "--key=images"], "it is not REGISTRY/REPOSITORY");
    desk.refused(&["image", "remove", &format!("{NAME}:v1")], "role images lists no target");
    let amd64 = manifest("amd64");
    let line = format!("{} {} {}\n", sha256(&amd64), amd64.len(), MediaType::OciManifest);
    let list = desk.write("list", &line).display().to_string();
    let args = ["image", "add", "registry.example/team/billing:v1", "--digests", &list];
    desk.refused(&args, "role images may not list oci/registry.example/team/billing/_tags/v1");
    desk.refused(
        &["image", "add", &format!("{NAME}:v1"), "--role=other", "--digests", &list],
        "no role \"other\"",
    );
}
