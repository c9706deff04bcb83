//! A registry that sends or takes one byte now and then is not waited for without an end.

use std::error::Error;
use std::fs::File;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tuf_oci::registry::http::{Request, Response};
use tuf_oci::registry::{Body, Location, ManifestName, Payload, Registry, RepositoryFile, Transport};
use tuf_oci::{Algorithm, Digest};

/// Answers every request with a status by its method, and remembers what it was given as a deadline.
#[derive(Default)]
struct Recorded(Mutex<Vec<(String, Option<Duration>)>>);

impl Transport for Recorded {
    fn send(
        &self,
        request: Request<()>,
        _: Payload<'_>,
        deadline: Option<Duration>,
    ) -> Result<Response<Body>, Box<dyn Error + Send + Sync>> {
        let method = request.method().to_string();
        let status = match method.as_str() {
            "POST" => 202,
            "PUT" => 201,
            _ => 404,
        };
        self.0.lock().expect("requests").push((method, deadline));
        let answer = Response::builder().status(status).header("Location", "/v2/a/blobs/uploads/1");
        Ok(answer.body(Body::builder().data(""))?)
    }
}

fn sparse(length: u64) -> File {
    let file = tempfile::tempfile().expect("a file");
    file.set_len(length).expect("a length");
    file
}

#[test]
fn every_request_has_a_deadline() {
    let transport = Arc::new(Recorded::default());
    let location = Location::parse("oci+http://127.0.0.1:1/a").expect("a location");
    let registry =
        Registry::new(location, None, Arc::<Recorded>::clone(&transport)).expect("usable settings");
    let (tag, digest) = (RepositoryFile::metadata("a").tag(), Digest::of(Algorithm::Sha256, b""));
    assert!(registry.manifest(ManifestName::Tag(&tag), None).expect("an answer").is_none());
    assert!(registry.blob(&digest, 0, None).expect("an answer").is_none());
    assert!(!registry.has_blob(&digest, 0).expect("an answer"));
    registry.push_blob(&digest, Payload::File(&sparse(640 * 1024))).expect("taken");
    registry.push_manifest(ManifestName::Tag(&tag), RepositoryFile::MEDIA_TYPE, b"{}").expect("taken");
    let minute = Duration::from_secs(60);
    registry.blob(&digest, 0, Some(Duration::from_secs(5))).expect("an answer");
    let deadlines = transport.0.lock().expect("requests").clone();
    let expected = [
        ("GET", minute),
        ("GET", minute),
        ("HEAD", minute),
        ("HEAD", minute),
        ("POST", minute),
        ("PUT", minute + Duration::from_secs(10)),
        ("PUT", minute),
        ("GET", Duration::from_secs(5)),
    ];
    assert_eq!(deadlines, expected.map(|(method, deadline)| (method.to_owned(), Some(deadline))));
}

#[test]
fn a_body_that_is_not_taken_has_a_deadline() {
    // Whatever connects is kept by the system, and nobody reads from it.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let settings = ureq::Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(5)));
    let agent = settings.build().new_agent();
    let request = Request::put(url).body(()).expect("a request");
    let sent = Payload::File(&sparse(64 << 20)).send(&agent, request, Some(Duration::from_millis(50)));
    match sent.map(drop) {
        Err(ureq::Error::Timeout(ureq::Timeout::SendBody)) => {}
        other => panic!("{other:?}"),
    }
}

/// A server that never ends its headers, or never begins them: the deadline is for the whole answer, not for its body alone.
#[test]
fn a_request_without_a_body_ends_at_its_deadline_whatever_the_server_is_at() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", silent.local_addr().expect("an address"));
    let transport = tuf_oci::registry::DirectTransport::new(None, "test").expect("usable settings");
    let request = Request::builder().uri(url).body(()).expect("a request");
    let refused = transport.send(request, Payload::Nothing, Some(Duration::from_millis(100)));
    let refused = refused.map(drop).expect_err("no answer").to_string();
    assert_eq!(refused, "timeout: global");
}
