//! Challenges of a registry, and who is shown credentials and tokens.

use tuf_oci::registry::{ManifestName, RegistryError};

use crate::server::{Seen, Server, answer};
use crate::{client, credentials};

/// Base64 of `user:secret`.
const BASIC: &str = "Basic dXNlcjpzZWNyZXQ=";

/// A registry that challenges whoever has no `Authorization`, and has nothing for the others.
fn challenging(challenge: String) -> Server {
    Server::start(move |seen| match seen.header("authorization") {
        None => answer(401, &format!("WWW-Authenticate: {challenge}\r\n"), b""),
        Some(_) => answer(404, "", b""),
    })
}

fn ask(server: &Server, with_credentials: bool) -> Result<bool, RegistryError> {
    let given = if with_credentials { credentials("user", "secret") } else { None };
    let tag = "latest".parse().expect("a tag");
    let registry = client(&server.host(), "team/app", given);
    Ok(registry.manifest(ManifestName::Tag(&tag), None)?.is_some())
}

fn authorizations(server: &Server) -> Vec<Option<String>> {
    server.seen().iter().map(|seen: &Seen| seen.header("authorization").map(str::to_owned)).collect()
}

#[test]
fn nothing_is_shown_before_it_is_asked_for() {
    let server = challenging("Basic realm=\"x\"".to_owned());
    assert!(!ask(&server, true).expect("an answer"));
    assert_eq!(authorizations(&server), [None, Some(BASIC.to_owned())]);
}

#[test]
fn a_token_goes_to_the_registry_and_credentials_to_its_token_server() {
    for (name, form) in [
        ("token", "Bearer realm=\"URL\",service=\"s\""),
        ("access_token", "bEARER  ReaLm = \"URL\" ,foo=bar"),
    ] {
        let tokens =
            Server::start(move |_| answer(200, "", format!("{{\"{name}\":\"abc.d-e_f\"}}").as_bytes()));
        let server = challenging(form.replace("URL", &format!("http://{}/t?a=b", tokens.host())));
        assert!(!ask(&server, true).expect("an answer"));
        assert_eq!(authorizations(&server), [None, Some("Bearer abc.d-e_f".to_owned())]);
        assert_eq!(authorizations(&tokens), [Some(BASIC.to_owned())]);
        assert!(tokens.seen()[0].target().starts_with("/t?a=b&"));
    }
}

#[test]
fn a_bearer_challenge_is_taken_before_a_basic_one() {
    let tokens = Server::start(|_| answer(200, "", b"{\"token\":\"abc\"}"));
    let bearer = format!("Bearer realm=\"http://{}/t\"", tokens.host());
    for both in [format!("Basic realm=\"r\", {bearer}"), format!("{bearer}, Basic realm=\"r\"")] {
        let server = challenging(both);
        assert!(!ask(&server, true).expect("an answer"));
        assert_eq!(authorizations(&server)[1], Some("Bearer abc".to_owned()));
    }
}

#[test]
fn credentials_that_are_asked_for_and_not_given_are_a_status() {
    let server = challenging("Basic realm=\"x\"".to_owned());
    let error = ask(&server, false).expect_err("refused");
    assert_eq!(error.code(), "registry-status");
    assert_eq!(
        error.to_string(),
        format!("the registry answered 401 for http://{}/v2/team/app/manifests/latest", server.host())
    );
    assert_eq!(authorizations(&server), [None]);
}

#[test]
fn challenges_that_are_not_understood_are_a_status() {
    for challenge in [
        "Negotiate",
        "Bearer service=\"s\"",
        "Bearer realm=\"http://127.0.0.1:1/a\", realm=\"http://127.0.0.1:1/b\"",
        "Bearer realm=\"http://127.0.0.1:1/a",
        "=, Basic",
    ] {
        let server = challenging(challenge.to_owned());
        let error = ask(&server, true).expect_err(challenge);
        assert!(matches!(error, RegistryError::Status { status: 401, .. }), "{challenge}: {error}");
        assert_eq!(authorizations(&server), [None], "{challenge}");
    }
}

#[test]
fn rejects_token_servers_that_may_not_be_asked() {
    for (realm, reason) in [
        ("/token", "its token server: it is no http or https URL"),
        ("http://user@127.0.0.1:1/", "its token server: it has a user name"),
        (
            "http://registry.example/",
            "its token server: credentials are not sent through a network without https",
        ),
    ] {
        let server = challenging(format!("Bearer realm=\"{realm}\""));
        let error = ask(&server, true).expect_err(realm);
        assert_eq!(error.code(), "registry-challenge", "{realm}");
        assert!(error.to_string().ends_with(reason), "{error}");
        assert_eq!(authorizations(&server), [None], "{realm}");
    }
}

#[test]
fn rejects_answers_of_a_token_server_without_a_usable_token() {
    let long = format!("{{\"token\":\"{}\"}}", "a".repeat(70_000));
    for body in ["", "{}", "{\"token\":\"\"}", "{\"token\":\"a b\"}", "{\"token\":\"a\\r\\nX: y\"}", &long] {
        let (text, is_long) = (body.to_owned(), body.len() > 65_536);
        let tokens = Server::start(move |_| answer(200, "", text.as_bytes()));
        let server = challenging(format!("Bearer realm=\"http://{}/t\"", tokens.host()));
        let error = ask(&server, true).expect_err("no token");
        let code = if is_long { "registry-too-long" } else { "registry-protocol" };
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_registry_that_is_never_content_is_asked_twice() {
    let server = Server::start(|_| answer(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", b""));
    let error = ask(&server, true).expect_err("refused");
    assert_eq!(error.code(), "registry-status");
    assert_eq!(server.seen().len(), 2);
    assert!(!format!("{error:?} {error}").contains("secret"));
}
