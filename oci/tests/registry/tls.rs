//! What a registry behind https may lead to. The transport answers by itself: no rule depends on who encrypts.

use std::error::Error;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tuf_oci::registry::http::header::AUTHORIZATION;
use tuf_oci::registry::http::{Request, Response};
use tuf_oci::registry::{Body, Credentials, DirectTransport, Location, Payload, Registry, Transport};
use tuf_oci::{Algorithm, Digest};

/// URL and `Authorization` of a request.
type Asked = (String, Option<String>);

type Answer = Result<Response<Body>, Box<dyn Error + Send + Sync>>;

/// Answers requests for `https://registry.example` with this status and header, and all others with 200.
#[derive(Default)]
struct Scripted {
    status: u16,
    header: (&'static str, String),
    seen: Mutex<Vec<Asked>>,
}

impl Transport for Scripted {
    fn send(&self, request: Request<()>, _: Payload<'_>, _: Option<Duration>) -> Answer {
        let url = request.uri().to_string();
        let authorization = request.headers().get(AUTHORIZATION);
        let authorization = authorization.map(|value| value.to_str().expect("ASCII").to_owned());
        let is_registry = url.starts_with("https://registry.example/") && authorization.is_none();
        self.seen.lock().expect("no thread panicked").push((url, authorization));
        let response = match is_registry {
            true => Response::builder().status(self.status).header(self.header.0, &self.header.1),
            false => Response::builder().status(200),
        };
        Ok(response.body(Body::builder().data("{\"token\":\"abc\"}"))?)
    }
}

/// Asks for a blob. Gives how that ended, and the requests.
fn ask(status: u16, header: (&'static str, String)) -> (Result<bool, String>, Vec<Asked>) {
    let transport = Arc::new(Scripted { status, header, ..Scripted::default() });
    let location = Location::parse("oci://registry.example/team/app").expect("a location");
    let credentials = Credentials::new("user", "secret").expect("a user name");
    let carried: Arc<dyn Transport> = Arc::clone(&transport) as _;
    let registry = Registry::new(location, Some(credentials), carried).expect("usable settings");
    let blob = registry.blob(&Digest::of(Algorithm::Sha256, b"x"), 0, None);
    let outcome = blob.map(|blob| blob.is_some()).map_err(|error| error.to_string());
    let seen = transport.seen.lock().expect("no thread panicked").clone();
    (outcome, seen)
}

fn challenge(realm: &str) -> (&'static str, String) {
    ("WWW-Authenticate", format!("Bearer realm=\"{realm}\""))
}

#[test]
fn a_token_server_behind_https_is_shown_the_credentials() {
    let (outcome, seen) = ask(401, challenge("https://auth.example/token"));
    assert_eq!(outcome, Ok(true));
    let shown: Vec<_> = seen.iter().map(|(_, authorization)| authorization.as_deref()).collect();
    assert_eq!(shown, [None, Some("Basic dXNlcjpzZWNyZXQ="), Some("Bearer abc")]);
}

#[test]
fn rejects_a_token_server_without_https_even_on_this_machine() {
    for realm in ["http://auth.example/token", "http://127.0.0.1:1/token"] {
        let (outcome, seen) = ask(401, challenge(realm));
        let error = outcome.expect_err("credentials in the open");
        assert!(error.ends_with("its token server: it is not behind https"), "{error}");
        assert_eq!(seen.len(), 1);
    }
}

#[test]
fn rejects_a_redirect_that_leaves_https() {
    let (outcome, seen) = ask(307, ("Location", "http://registry.example/blob".to_owned()));
    let error = outcome.expect_err("in the open");
    assert!(error.ends_with("which is not followed: it is not behind https"), "{error}");
    assert_eq!(seen.len(), 1);
    let (outcome, seen) = ask(307, ("Location", "https://store.example/blob".to_owned()));
    assert_eq!(outcome, Ok(true));
    assert_eq!(seen[1], ("https://store.example/blob".to_owned(), None));
}

#[test]
fn rejects_a_ca_file_without_certificates() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let refused = || DirectTransport::new(Some(&path), "test").expect_err("nobody is trusted");
    let error = refused();
    assert_eq!(error.code(), "registry-unusable");
    assert!(error.to_string().starts_with(&format!("{}: the CA file cannot be read: ", path.display())));
    for (content, reason) in [
        ("text", "the CA file has no certificate in PEM form"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", "the CA file is no valid PEM"),
    ] {
        fs::write(&path, content).expect("a file");
        assert_eq!(refused().to_string(), format!("{}: {reason}", path.display()));
    }
}
