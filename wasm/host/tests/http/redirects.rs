//! Redirects: within the origin, to allowed origins, and nowhere else.

use tuf_verifier_host::{HttpSource, SourceError};

use crate::server::{Reply, Server, answer, ok};
use crate::{build, builder, failure, fetch, fetch_target, shown, source};

fn redirect(status: u16, to: &str) -> Reply {
    Reply::Send(answer(status, &format!("Location: {to}\r\n"), b"moved"))
}

/// Redirects everything below `/metadata/` and `/targets/` there, and answers the rest.
fn redirecting(status: u16, to: &str) -> Server {
    let to = to.to_owned();
    Server::start(move |seen| match seen.path() {
        path if path.starts_with("/metadata/") || path.starts_with("/targets/") => redirect(status, &to),
        _ => ok(b"{}"),
    })
}

fn refusal(source: &HttpSource) -> (String, &'static str) {
    match failure(source) {
        SourceError::Redirect { to, reason, .. } => (to, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn follows_a_redirect_within_the_origin() {
    let cases = [
        (301, "/moved/1.root.json", "/moved/1.root.json"),
        (302, "../moved/./1.root.json", "/moved/1.root.json"),
        (303, "../../../../a/../b/", "/b/"),
        (307, "/a?token=1", "/a?token=1"),
        (308, "/a#fragment", "/a"),
    ];
    for (status, to, path) in cases {
        let server = redirecting(status, to);
        assert_eq!(fetch(&source(&server)).expect("an answer"), Some(b"{}".to_vec()));
        assert_eq!(server.paths(), ["/metadata/1.root.json", path]);
    }
}

#[test]
fn follows_an_absolute_redirect_within_the_origin() {
    let server = Server::start(|seen| match seen.path() {
        "/targets/a" => redirect(302, &format!("http://{}/b", seen.header("host").unwrap_or_default())),
        "/b" => redirect(302, &format!("//{}/c", seen.header("host").unwrap_or_default())),
        _ => ok(b"bytes"),
    });
    assert_eq!(fetch_target(&source(&server), "a").expect("an answer"), Some(b"bytes".to_vec()));
    assert_eq!(server.paths(), ["/targets/a", "/b", "/c"]);
}

#[test]
fn refuses_another_origin() {
    let other = Server::start(|_| ok(b"{}"));
    let port = other.address().port();
    for to in
        [format!("{}/a", other.url()), format!("//127.0.0.1:{port}/a"), format!("http://localhost:{port}/a")]
    {
        let server = redirecting(302, &to);
        let (shown_to, reason) = refusal(&source(&server));
        assert!(shown_to.ends_with(&format!(":{port}/a")), "{shown_to}");
        assert_eq!(reason, "it is another origin");
    }
    assert!(other.seen().is_empty());
}

#[test]
fn refuses_another_scheme() {
    for to in ["https://127.0.0.1/a", "ftp://127.0.0.1/a", "file:///etc/passwd", "javascript:alert(1)"] {
        refusal(&source(&redirecting(302, to)));
    }
}

/// What may be allowed is an origin with its scheme: `https` does not allow `http`.
#[test]
fn refuses_the_same_host_in_another_scheme() {
    let other = Server::start(|_| ok(b"{}"));
    let server = redirecting(302, &format!("{}/a", other.url()));
    let https = other.url().replace("http:", "https:");
    let source = build(builder(&server).allow_redirect_origin(&https));
    assert_eq!(refusal(&source).1, "it is another origin");
    assert!(other.seen().is_empty());
}

#[test]
fn follows_to_an_allowed_origin() {
    let other = Server::start(|_| ok(b"{}"));
    let server = redirecting(302, &format!("{}/a", other.url()));
    let source = build(builder(&server).allow_redirect_origin(&other.url()));
    assert_eq!(fetch(&source).expect("an answer"), Some(b"{}".to_vec()));
    assert_eq!(other.paths(), ["/a"]);
}

#[test]
fn refuses_a_loop() {
    let server = Server::start(|seen| match seen.path() {
        "/metadata/1.root.json" => redirect(302, "/a"),
        _ => redirect(302, "/metadata/1.root.json"),
    });
    assert_eq!(refusal(&source(&server)).1, "it is a loop");
    assert_eq!(server.paths(), ["/metadata/1.root.json", "/a"]);
    assert_eq!(refusal(&source(&redirecting(302, "1.root.json"))).1, "it is a loop");
}

#[test]
fn refuses_an_endless_chain() {
    let server = Server::start(|seen| redirect(302, &format!("{}x", seen.path())));
    assert_eq!(refusal(&build(builder(&server).max_redirects(3))).1, "there were too many redirects before");
    assert_eq!(server.seen().len(), 4);
    assert_eq!(refusal(&build(builder(&server).max_redirects(0))).1, "there were too many redirects before");
}

#[test]
fn refuses_a_redirect_to_nowhere() {
    let server = Server::start(|_| Reply::Send(answer(302, "", b"")));
    assert_eq!(refusal(&source(&server)).0, "nowhere");
    for to in ["http://", "http:///a", "//", "http://a b/", "\u{1}"] {
        failure(&source(&redirecting(302, to)));
    }
}

#[test]
fn shows_no_secret_of_a_redirect() {
    let other = Server::start(|_| ok(b"{}"));
    let port = other.address().port();
    for to in [
        format!("http://user:hunter2@127.0.0.1:{port}/a"),
        format!("http://127.0.0.1:{port}/a?signature=hunter2"),
        format!("http://127.0.0.1:{port}/a?x=@hunter2"),
        "ftp://user:hunter2@127.0.0.1/a".to_owned(),
        "http://user:hunter2/@[".to_owned(),
    ] {
        let error = failure(&source(&redirecting(302, &to)));
        assert!(!shown(&error).contains("hunter2"), "{to}: {error:?}");
    }
    // The answer of a place that a redirect with a secret in its query led to.
    let server = Server::start(|seen| match seen.path() {
        "/metadata/1.root.json" => redirect(302, "/a?signature=hunter2"),
        _ => Reply::Send(answer(500, "", b"")),
    });
    let error = failure(&source(&server));
    assert!(!shown(&error).contains("hunter2"), "{error:?}");
}

#[test]
fn sends_credentials_to_their_origin_alone() {
    let other = Server::start(|_| ok(b"{}"));
    let server = redirecting(302, &format!("{}/a", other.url()));
    let base = format!("http://us%65r:p%40ss@{}/metadata", server.address());
    let source = HttpSource::builder(&base, &base).direct().allow_redirect_origin(&other.url());
    assert_eq!(fetch(&build(source)).expect("an answer"), Some(b"{}".to_vec()));
    // user:p@ss
    assert_eq!(server.seen()[0].header("authorization"), Some("Basic dXNlcjpwQHNz"));
    assert_eq!(other.seen()[0].header("authorization"), None);
}
