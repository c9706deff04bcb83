//! A registry that says one thing and does another.

use std::fs::File;

use tuf_oci::registry::{ManifestName, Payload, RegistryError};
use tuf_oci::{Algorithm, Digest, MediaType, Tag};

use crate::client;
use crate::server::{Server, answer};

const OCI: &str = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";

fn serving(headers: String, body: &'static [u8]) -> Server {
    Server::start(move |_| answer(200, &headers, body))
}

fn by_tag(server: &Server) -> Result<MediaType, RegistryError> {
    let tag: Tag = "v1".parse().expect("a tag");
    let manifest = client(&server.host(), "team/app", None).manifest(ManifestName::Tag(&tag), None)?;
    Ok(manifest.expect("a manifest").media_type)
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest::of(Algorithm::Sha256, bytes)
}

#[test]
fn accepts_a_manifest_whatever_else_its_type_says() {
    for header in [OCI, "Content-Type: application/vnd.oci.image.manifest.v1+json; charset=utf-8\r\n"] {
        assert_eq!(by_tag(&serving(header.to_owned(), b"{}")).expect("taken"), MediaType::OciManifest);
    }
}

#[test]
fn rejects_a_manifest_that_is_not_of_the_digest_asked_for() {
    let server = serving(OCI.to_owned(), b"{\"other\":1}");
    let asked = sha256(b"{}");
    let registry = client(&server.host(), "team/app", None);
    let error = registry.manifest(ManifestName::Digest(&asked), None).expect_err("another manifest");
    assert!(
        matches!(&error, RegistryError::Digest { expected, .. } if *expected == asked.to_string()),
        "{error}"
    );
}

#[test]
fn rejects_a_digest_header_that_the_bytes_do_not_have() {
    let of_others =
        [sha256(b"others").to_string(), Digest::of(Algorithm::Sha512, b"others").to_string(), "x".to_owned()];
    for claimed in of_others {
        let error =
            by_tag(&serving(format!("{OCI}Docker-Content-Digest: {claimed}\r\n"), b"{}")).expect_err("a lie");
        assert!(matches!(&error, RegistryError::Digest { expected, .. } if *expected == claimed), "{error}");
    }
    let honest = Digest::of(Algorithm::Sha512, b"{}");
    let server = serving(format!("{OCI}Docker-Content-Digest: {honest}\r\n"), b"{}");
    assert_eq!(by_tag(&server).expect("the truth in another algorithm"), MediaType::OciManifest);
}

#[test]
fn rejects_a_media_type_that_the_manifest_contradicts_or_that_is_none() {
    let index = b"{\"mediaType\":\"application/vnd.oci.image.index.v1+json\"}";
    let error = by_tag(&serving(OCI.to_owned(), index)).expect_err("two types");
    assert!(
        error.to_string().contains("and the manifest in it \"application/vnd.oci.image.index.v1+json\""),
        "{error}"
    );
    for header in ["", "Content-Type: text/html\r\n"] {
        let error = by_tag(&serving(header.to_owned(), b"{}")).expect_err("no type");
        assert!(error.to_string().ends_with("is no media type of a manifest or an index"), "{error}");
    }
    let error = by_tag(&serving(OCI.to_owned(), b"<html>")).expect_err("no JSON");
    assert_eq!(error.code(), "registry-protocol");
}

#[test]
fn rejects_a_manifest_without_end() {
    let long: &'static [u8] = vec![b' '; 4 * 1024 * 1024 + 1].leak();
    let error = by_tag(&serving(OCI.to_owned(), long)).expect_err("too long");
    assert!(matches!(error, RegistryError::TooLong { limit: 4_194_304, .. }), "{error}");
}

#[test]
fn rejects_a_part_of_a_blob_that_begins_elsewhere() {
    let server = Server::start(|_| answer(206, "Content-Range: bytes 3-4/5\r\n", b"es"));
    let error =
        client(&server.host(), "team/app", None).blob(&sha256(b"bytes"), 2, None).expect_err("another part");
    assert_eq!(error.code(), "registry-protocol");
}

#[test]
fn rejects_an_upload_that_goes_on_elsewhere() {
    let other = Server::start(|_| answer(201, "", b""));
    let to = format!("Location: http://{}/upload\r\n", other.host());
    let server = Server::start(move |seen| match seen.target().ends_with("/uploads/") {
        true => answer(202, &to, b""),
        false => answer(404, "", b""),
    });
    let registry = client(&server.host(), "team/app", None);
    let error = registry.push_blob(&sha256(b"bytes"), Payload::Bytes(b"bytes")).expect_err("elsewhere");
    assert!(
        matches!(error, RegistryError::Redirect { reason: "an upload goes on at the same origin", .. }),
        "{error}"
    );
    assert!(other.seen().is_empty());
}

#[test]
fn rejects_an_upload_that_the_registry_does_not_confirm() {
    let claimed = sha256(b"others");
    let server = Server::start(move |_| answer(201, &format!("Docker-Content-Digest: {claimed}\r\n"), b""));
    let tag: Tag = "v1".parse().expect("a tag");
    let registry = client(&server.host(), "team/app", None);
    let error =
        registry.push_manifest(ManifestName::Tag(&tag), MediaType::OciManifest, b"{}").expect_err("a lie");
    assert_eq!(error.code(), "registry-digest");
    let empty = File::open("/dev/null").expect("a file");
    let error = registry.push_blob(&sha256(b""), Payload::File(&empty)).expect_err("no status for a HEAD");
    assert!(matches!(error, RegistryError::Status { status: 201, .. }), "{error}");
}

#[test]
fn statuses_are_no_answers() {
    let body = b"{\"errors\":[{\"code\":\"DENIED\",\"message\":\"secret\"}]}";
    for (status, headers, shown) in
        [(403, "", " (DENIED)"), (500, "", " (DENIED)"), (429, "Retry-After: 7\r\n", " (DENIED)")]
    {
        let server = Server::start(move |_| answer(status, headers, body));
        let error = by_tag(&server).expect_err("no answer");
        let RegistryError::Status { retry_after, .. } = &error else { panic!("{error}") };
        assert_eq!(retry_after.map(|wait| wait.as_secs()), (status == 429).then_some(7));
        assert!(
            error.to_string().starts_with(&format!("the registry answered {status}{shown} for http://")),
            "{error}"
        );
    }
}
