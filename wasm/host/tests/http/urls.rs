//! Base URLs, and names that may not lead out of them.

use tuf_verifier_host::source::HttpSourceBuilder;
use tuf_verifier_host::{HttpSource, Source, SourceError};

use crate::server::{Reply, Server, answer, ok};
use crate::{failure, fetch, shown, source};

#[test]
fn takes_base_urls_with_and_without_a_slash() {
    for base in ["", "/", "/tuf", "/tuf/"] {
        let server = Server::start(|_| ok(b"{}"));
        let url = format!("{}{base}", server.url());
        fetch(&HttpSource::builder(&url, &url).direct().build().expect("usable")).expect("an answer");
        assert_eq!(server.paths(), [format!("{}/1.root.json", base.trim_end_matches('/'))]);
    }
}

#[test]
fn refuses_base_urls_that_cannot_work() {
    for url in [
        "",
        "repository.example",
        "/srv/tuf",
        "file:///srv/tuf",
        "ftp://repository.example/",
        "http://",
        "http:///tuf",
        "http://user:hunter2@/tuf",
        "http://repository.example:port/",
        "http://repository.example:65536/",
        "http://repository.example:+80/",
        "http://[::1/",
        "http://repository.example/?signature=hunter2",
        "http://repository.example/#hunter2",
        "http://repository.example/a/../b",
        "http://repository.example/a b",
        "http://user:hun/ter2@repository.example/",
        "http://user:?hunter2@repository.example/",
        "HTTP://user:hunter2@repository.example/\u{1}",
    ] {
        for (metadata, targets) in [(url, "http://a.example"), ("http://a.example", url)] {
            match HttpSource::builder(metadata, targets).direct().build() {
                Err(error @ SourceError::Unusable { .. }) => {
                    assert!(!shown(&error).contains("ter2"), "{error:?}")
                }
                Err(other) => panic!("{url}: {other:?}"),
                Ok(_) => panic!("{url} was accepted"),
            }
        }
    }
}

#[test]
fn refuses_other_settings_that_cannot_work() {
    let builder = || HttpSource::builder("http://a.example", "http://a.example").direct();
    for origin in ["", "a.example", "http://a.example/path", "http://user:hunter2@a.example", "*"] {
        match builder().allow_redirect_origin(origin).build() {
            Err(error @ SourceError::Unusable { .. }) => {
                assert!(!shown(&error).contains("ter2"), "{error:?}")
            }
            Err(other) => panic!("{origin}: {other:?}"),
            Ok(_) => panic!("{origin} was accepted"),
        }
    }
    assert!(matches!(builder().user_agent("a\r\nb").build(), Err(SourceError::Unusable { .. })));
}

#[test]
fn refuses_names_that_lead_elsewhere() {
    let server = Server::start(|_| ok(b"{}"));
    let source = source(&server);
    for name in [
        "",
        "/etc/passwd",
        "//evil.example/a",
        "http://evil.example/a",
        "..",
        "../a.json",
        "a/../../b",
        "a/..",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "%2e%2e/a",
        ".%2E/a",
        "%2e/a",
        "a\\b",
        "..\\a",
        "a?b",
        "a#b",
        "a b",
        "a\r\nHost: evil.example",
        "ä.json",
        "%",
        "%2",
        "%zz",
        "a%2",
    ] {
        assert!(matches!(source.metadata(name, 10), Err(SourceError::Name { .. })), "{name:?}");
        assert!(matches!(source.target(name), Err(SourceError::Name { .. })), "{name:?}");
    }
    assert!(matches!(source.metadata(&"a".repeat(100_000), 10), Err(SourceError::Name { .. })));
    assert!(server.seen().is_empty());
}

#[test]
fn sends_names_as_they_are() {
    let names =
        ["1.root.json", "..%2Frole.json", "%3F.json", "2.a%2Fb%5C.json", "a:b@c/(d)+e~f", "...", "%25.json"];
    let server = Server::start(|_| ok(b"{}"));
    let source = source(&server);
    for name in names {
        assert!(source.metadata(name, 10).expect("an answer").is_some(), "{name}");
    }
    assert_eq!(server.paths(), names.map(|name| format!("/metadata/{name}")));
}

#[test]
fn shows_no_credentials() {
    let server = Server::start(|_| Reply::Close(answer(500, "", b"")));
    let base = format!("http://user:hunter2@{}/", server.address());
    let source = HttpSource::builder(&base, &base).direct().retries(0).build().expect("usable");
    let error = failure(&source);
    let builder = HttpSource::builder(&base, &base).proxy(&base);
    let text = format!("{}{source:?}{builder:?}", shown(&error));
    assert!(!text.contains("hunter2") && !text.contains("user"), "{text}");
    assert!(error.to_string().contains(&format!("{}/1.root.json", server.url())), "{error}");
    // user:hunter2
    assert_eq!(server.seen()[0].header("authorization"), Some("Basic dXNlcjpodW50ZXIy"));
}

/// Whoever is on the way would read them, and could use them from then on.
#[test]
fn rejects_credentials_that_would_cross_a_network_without_https() {
    let refused = |builder: HttpSourceBuilder| {
        let error = builder.build().expect_err("credentials without https");
        assert_eq!(error.code(), "source-unusable");
        let text = error.to_string();
        assert!(text.ends_with("credentials are not sent through a network without https"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    };
    let (secret, open) = ("http://user:hunter2@repository.example/", "http://repository.example/");
    refused(HttpSource::builder(secret, open).direct());
    refused(HttpSource::builder(open, secret).direct());
    refused(HttpSource::builder("http://user:hunter2@127.0.0.1.example/", open).direct());
    // Behind a proxy, this machine is another one.
    let loopback = "http://user:hunter2@127.0.0.1/";
    refused(HttpSource::builder(loopback, open).proxy("http://proxy.example:3128"));
    for accepted in [
        HttpSource::builder("https://user:hunter2@repository.example/", open)
            .proxy("http://proxy.example:3128"),
        HttpSource::builder(loopback, open).direct(),
        HttpSource::builder(loopback, open).proxy("http://proxy.example:3128").no_proxy("127.0.0.1"),
        HttpSource::builder("http://user:hunter2@[::1]:8080/", "http://u:p@localhost/").direct(),
    ] {
        accepted.build().expect("nobody can read them");
    }
}
