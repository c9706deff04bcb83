//! A registry that lies, stalls, or is not there: never a verdict about the repository.

use std::time::Duration;

use tuf_oci::registry::RepositoryFile;
use tuf_verifier_host::source::{Resume, Timeouts};
use tuf_verifier_host::{OciSource, Source, SourceError};

use crate::server::{Reply, Seen, Server, answer};
use crate::{builder, manifest, rest, source};

const TYPE: &str = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";
const BYTES: &[u8] = b"{\"the\":\"metadata\"}";

fn host(server: &Server) -> String {
    server.address().to_string()
}

/// A registry with the one metadata file `1.root.json` and the target `app`, whose blob is served as told.
fn serving(blob: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
    let (root, app) = (RepositoryFile::metadata("1.root.json"), RepositoryFile::target("app"));
    Server::start(move |seen| {
        let tag = seen.path().rsplit('/').next().unwrap_or_default();
        match [&root, &app].into_iter().find(|file| file.tag().as_str() == tag) {
            Some(file) => Reply::Send(answer(200, TYPE, &manifest(file, BYTES))),
            None if seen.path().contains("/blobs/") => blob(seen),
            None => Reply::Send(answer(404, "", b"")),
        }
    })
}

fn send(bytes: &'static [u8]) -> impl Fn(&Seen) -> Reply + Send + Sync {
    move |_| Reply::Send(answer(200, "", bytes))
}

fn root(server: &Server) -> Result<Option<Vec<u8>>, SourceError> {
    source(&host(server)).metadata("1.root.json", 100)
}

#[test]
fn reads_the_blob_that_a_tag_names() {
    let server = serving(send(BYTES));
    assert_eq!(root(&server).expect("an answer"), Some(BYTES.to_vec()));
    assert_eq!(source(&host(&server)).metadata("2.root.json", 100).expect("an answer"), None);
    let whole = rest(&source(&host(&server)), "app", Resume::default()).expect("an answer");
    assert_eq!(whole.1, BYTES);
}

#[test]
fn metadata_of_another_digest_is_no_answer() {
    let error = root(&serving(send(b"{\"other\":1}"))).expect_err("other bytes");
    assert_eq!(error.code(), "source-protocol");
    assert!(error.to_string().ends_with("have another digest"), "{error}");
}

#[test]
fn encoded_metadata_is_no_answer() {
    let server = serving(|_| Reply::Send(answer(200, "Content-Encoding: gzip\r\n", BYTES)));
    let error = root(&server).expect_err("encoded");
    assert!(error.to_string().contains("the answer is encoded"), "{error}");
}

#[test]
fn metadata_that_is_too_long_is_read_no_further() {
    let server = serving(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()));
    let bytes = root(&server).expect("an answer").expect("a file");
    assert_eq!(bytes.len(), 101);
}

#[test]
fn a_blob_that_is_missing_is_no_absent_file() {
    let error = root(&serving(|_| Reply::Send(answer(404, "", b"")))).expect_err("a hole");
    assert_eq!(error.code(), "source-protocol");
    assert!(error.to_string().ends_with("which a tag names"), "{error}");
}

#[test]
fn a_tag_of_something_else_is_no_file() {
    let image = b"{\"schemaVersion\":2,\"layers\":[]}";
    let server = Server::start(|_| Reply::Send(answer(200, TYPE, image)));
    let error = root(&server).expect_err("an image");
    assert_eq!(error.code(), "source-protocol");
    assert!(error.to_string().contains("it is no manifest of a file"), "{error}");
}

#[test]
fn a_registry_that_stalls_runs_into_a_time_limit() {
    let limits = Timeouts {
        idle: Duration::from_millis(100),
        metadata: Duration::from_millis(100),
        ..Timeouts::default()
    };
    let stalled = serving(|_| Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{".to_vec()));
    let dripping = serving(|_| Reply::Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n".to_vec()));
    for server in [stalled, dripping] {
        let source = builder(&host(&server)).timeouts(limits.clone()).build().expect("usable settings");
        let error = source.metadata("1.root.json", 10_000).expect_err("no end");
        assert_eq!(error.code(), "source-timeout", "{error}");
    }
    let server = Server::start(|_| Reply::Drip(format!("HTTP/1.1 200 OK\r\n{TYPE}\r\n").into_bytes()));
    let source = builder(&host(&server)).timeouts(limits).build().expect("usable settings");
    assert_eq!(source.metadata("1.root.json", 100).expect_err("no end").code(), "source-timeout");
}

#[test]
fn errors_have_the_codes_of_every_source() {
    for (status, code) in [(401, "source-status"), (403, "source-status"), (500, "source-status")] {
        let server = Server::start(move |_| Reply::Send(answer(status, "", b"")));
        assert_eq!(root(&server).expect_err("no answer").code(), code);
    }
    let server = Server::start(|_| Reply::Send(answer(307, "Location: ftp://a/b\r\n", b"")));
    assert_eq!(root(&server).expect_err("no answer").code(), "source-redirect");
    let nobody = source("127.0.0.1:1").metadata("1.root.json", 1).expect_err("nobody");
    assert_eq!(nobody.code(), "source-unreachable");
    assert_eq!(source("127.0.0.1:1").metadata("../x", 1).expect_err("a name").code(), "source-name");
    assert_eq!(source("127.0.0.1:1").metadata("%ff", 1).expect_err("a name").code(), "source-name");
}

#[test]
fn a_client_is_told_how_often_to_ask() {
    let source = builder("registry.example").retries(1).build().expect("usable settings");
    assert_eq!(source.retry().count, 1);
}

#[test]
fn rejects_settings_that_cannot_work() {
    let refused = |builder: tuf_verifier_host::source::OciSourceBuilder| {
        builder.build().expect_err("unusable").to_string()
    };
    for location in
        ["", "https://registry.example/a", "oci://registry.example", "oci://registry.example/a:tag"]
    {
        let error = OciSource::builder(location).build().expect_err(location);
        assert_eq!(error.code(), "source-unusable");
    }
    let plain = OciSource::builder("oci+http://registry.example/a").credentials("user", "secret");
    assert_eq!(
        refused(plain),
        "oci+http://registry.example/a: credentials are not sent through a network without https"
    );
    let absent = OciSource::builder("oci://registry.example/a").auth_file("/no/such/file");
    assert!(refused(absent).starts_with("/no/such/file: "));
}

/// Behind a proxy, this machine is another one: whoever is on the way to the proxy would read them.
#[test]
fn rejects_credentials_for_this_machine_that_a_proxy_would_read() {
    let here = || OciSource::builder("oci+http://127.0.0.1:5000/a").credentials("user", "hunter2");
    let proxied = || here().proxy("http://proxy.example:3128");
    let error = proxied().build().expect_err("credentials without https");
    assert_eq!(error.code(), "source-unusable");
    assert_eq!(
        error.to_string(),
        "oci+http://127.0.0.1:5000/a: credentials are not sent through a network without https"
    );
    for accepted in [here().direct(), proxied().no_proxy("127.0.0.1")] {
        accepted.build().expect("nobody can read them");
    }
}
