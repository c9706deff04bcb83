//! Absolute URLs: what is one, and what people are shown of it.

use tuf_transport::{Location, LocationError};

#[test]
fn accepts_absolute_urls() {
    for (text, shown) in [
        ("http://repository.example", "http://repository.example/"),
        ("https://repository.example/a/b", "https://repository.example/a/b"),
        ("HTTPS://Repository.Example:443/A", "https://repository.example/A"),
        ("http://repository.example:8080/", "http://repository.example:8080/"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("http://127.0.0.1:0/%2e%2e", "http://127.0.0.1:0/%2e%2e"),
    ] {
        assert_eq!(Location::parse(text).expect(text).to_string(), shown);
    }
}

#[test]
fn rejects_everything_else() {
    for (text, error) in [
        ("", LocationError::Unreadable),
        ("#https://repository.example/", LocationError::Unreadable),
        ("http://", LocationError::Unreadable),
        ("http:///a", LocationError::Unreadable),
        ("http://repository.example/a b", LocationError::Unreadable),
        ("http://repository.example/\r\nHost: evil.example", LocationError::Unreadable),
        ("http://[::1/", LocationError::Unreadable),
        ("repository.example", LocationError::Scheme),
        ("/a", LocationError::Scheme),
        ("ftp://repository.example/", LocationError::Scheme),
        ("httpss://repository.example/", LocationError::Scheme),
        ("http://:80/", LocationError::Host),
        ("http://user@repository.example/", LocationError::Credentials),
        ("http://user:hunter2@repository.example/", LocationError::Credentials),
        ("http://repository.example@evil.example/", LocationError::Credentials),
        ("http://repository.example:/", LocationError::Port),
        ("http://repository.example:port/", LocationError::Port),
        ("http://repository.example:+80/", LocationError::Port),
        ("http://repository.example:65536/", LocationError::Port),
        ("http://[::1]80/", LocationError::Port),
    ] {
        let refused = Location::parse(text).expect_err(text);
        assert_eq!(refused, error, "{text}");
        assert_eq!(refused.to_string(), refused.reason());
    }
    assert_eq!(
        Location::parse(&format!("http://repository.example/{}", "a".repeat(100_000))),
        Err(LocationError::Unreadable)
    );
}

#[test]
fn says_what_is_wrong_in_words() {
    for (error, words) in [
        (LocationError::Unreadable, "this is no URL"),
        (LocationError::Scheme, "only http and https URLs are supported"),
        (LocationError::Host, "the URL has no host"),
        (LocationError::Credentials, "the URL has credentials in a place where none may be"),
        (LocationError::Port, "the URL has a port that is no number from 0 to 65535"),
    ] {
        assert_eq!(error.reason(), words);
    }
}

#[test]
fn shows_no_query_and_sends_no_fragment() {
    let location = Location::parse("https://store.example/blob?signature=hunter2#part").expect("a URL");
    assert_eq!(location.uri().to_string(), "https://store.example/blob?signature=hunter2");
    assert_eq!(location.to_string(), "https://store.example/blob");
    assert_eq!(format!("{location:?}"), "Location(\"https://store.example/blob\")");
}

#[test]
fn tells_urls_apart_by_their_queries() {
    let parse = |text| Location::parse(text).expect("a URL");
    assert_ne!(parse("http://a.example/a?b=1"), parse("http://a.example/a?b=2"));
    assert_eq!(parse("http://a.example/a#b"), parse("http://A.example/a#c"));
}

#[test]
fn a_parameter_is_appended_and_encoded() {
    let location = Location::parse("https://auth.example/token").expect("a URL");
    let location = location.with_parameter("service", "a b&c=d").expect("a URL");
    let location = location.with_parameter("scope", "repository:a/b:pull,push#ä").expect("a URL");
    assert_eq!(
        location.uri().to_string(),
        "https://auth.example/token?service=a%20b%26c%3Dd&scope=repository%3Aa%2Fb%3Apull%2Cpush%23%C3%A4"
    );
    let long = location.with_parameter("scope", &"a".repeat(100_000));
    assert_eq!(long, Err(LocationError::Unreadable));
}
