//! Where a registry redirects to.

use tuf_oci::registry::RegistryError;
use tuf_oci::{Algorithm, Digest};

use crate::server::{Server, answer};
use crate::{client, credentials};

fn digest() -> Digest {
    Digest::of(Algorithm::Sha256, b"bytes")
}

fn redirecting(to: String) -> Server {
    Server::start(move |seen| match seen.header("authorization") {
        None => answer(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", b""),
        Some(_) => answer(307, &format!("Location: {to}\r\n"), b""),
    })
}

#[test]
fn a_blob_elsewhere_is_fetched_without_credentials() {
    let store = Server::start(|_| answer(200, "", b"bytes"));
    let server = redirecting(format!("http://{}/blob?signature=secret", store.host()));
    let registry = client(&server.host(), "team/app", credentials("user", "secret"));
    let blob = registry.blob(&digest(), 0, None).expect("an answer").expect("a blob");
    assert_eq!(blob.location(), format!("http://{}/blob", store.host()));
    assert_eq!(blob.read(5).expect("read"), b"bytes");
    assert_eq!(store.seen()[0].target(), "/blob?signature=secret");
    assert_eq!(store.seen()[0].header("authorization"), None);
}

#[test]
fn a_path_is_one_of_the_same_origin() {
    let server = Server::start(|seen| match seen.target() {
        "/store/blob?x=/../y" => answer(200, "", b"bytes"),
        _ => answer(307, "Location: /../store/a/../blob?x=/../y#part\r\n", b""),
    });
    let registry = client(&server.host(), "team/app", None);
    let blob = registry.blob(&digest(), 0, None).expect("an answer").expect("a blob");
    assert_eq!(blob.location(), format!("http://{}/store/blob", server.host()));
    assert_eq!(blob.read(5).expect("read"), b"bytes");
}

#[test]
fn a_challenge_from_elsewhere_is_not_answered() {
    let store = Server::start(|_| answer(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", b""));
    let to = format!("Location: http://{}/blob\r\n", store.host());
    let server = Server::start(move |_| answer(307, &to, b""));
    let registry = client(&server.host(), "team/app", credentials("user", "secret"));
    let error = registry.blob(&digest(), 0, None).expect_err("refused");
    assert_eq!(error.to_string(), format!("the registry answered 401 for http://{}/blob", store.host()));
    assert_eq!(store.seen().len(), 1);
}

#[test]
fn rejects_loops_and_places_that_are_none() {
    for (to, reason) in [
        ("/v2/again", "there were too many redirects before"),
        ("", "this is no URL"),
        ("blob", "it is no http or https URL"),
        ("../blob", "this is no URL"),
        ("//127.0.0.1/blob", "it is no http or https URL"),
        ("ftp://127.0.0.1/blob", "it is no http or https URL"),
        ("http://user:password@127.0.0.1/blob", "it has a user name"),
    ] {
        let server = redirecting(to.to_owned());
        let registry = client(&server.host(), "team/app", credentials("user", "secret"));
        let error = registry.blob(&digest(), 0, None).expect_err(to);
        assert!(matches!(&error, RegistryError::Redirect { reason: said, .. } if *said == reason), "{error}");
        assert!(server.seen().len() <= 7, "{to}");
        assert!(!error.to_string().contains("password"), "{error}");
    }
}
