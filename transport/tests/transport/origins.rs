//! Scheme, host and port.

use tuf_transport::{Location, LocationError, Origin, port_of};
use ureq::http::uri::Authority;

fn origin(text: &str) -> Origin {
    Location::parse(text).expect(text).origin().clone()
}

#[test]
fn is_scheme_host_and_port() {
    let (plain, encrypted) = (origin("http://A.example/x?y"), origin("https://[::1]:8443/"));
    assert_eq!((plain.is_https(), plain.host(), plain.port()), (false, "a.example", 80));
    assert_eq!((encrypted.is_https(), encrypted.host(), encrypted.port()), (true, "::1", 8443));
    assert_eq!(origin("https://a.example/").port(), 443);
    assert_eq!(plain.to_string(), "http://a.example");
    assert_eq!(encrypted.to_string(), "https://[::1]:8443");
    assert_eq!(origin("https://a.example:80/").to_string(), "https://a.example:80");
}

#[test]
fn differs_where_any_of_the_three_does() {
    assert_eq!(origin("http://a.example:80/x"), origin("http://A.example/y"));
    for other in ["https://a.example:80/", "http://a.example:81/", "http://b.example/", "http://a.example./"]
    {
        assert_ne!(origin(other), origin("http://a.example/"), "{other}");
    }
}

#[test]
fn tells_this_machine_by_its_name_and_addresses() {
    for text in [
        "http://localhost/",
        "http://LOCALHOST:1/",
        "https://127.0.0.1/",
        "http://127.9.9.9/",
        "http://[::1]/",
    ] {
        assert!(origin(text).is_loopback(), "{text}");
    }
    for text in [
        "http://a.example/",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "http://128.0.0.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://[::2]/",
    ] {
        assert!(!origin(text).is_loopback(), "{text}");
    }
}

#[test]
fn reads_the_port_of_any_authority() {
    let port = |text: &'static str| port_of(&Authority::from_static(text));
    assert_eq!(port("proxy.example"), Ok(None));
    assert_eq!(port("user:1@proxy.example"), Ok(None));
    assert_eq!(port("user:1@proxy.example:2"), Ok(Some(2)));
    assert_eq!(port("[::1]:65535"), Ok(Some(65_535)));
    for text in ["proxy.example:", "proxy.example:+1", "proxy.example:x", "proxy.example:65536"] {
        assert_eq!(port(text), Err(LocationError::Port), "{text}");
    }
}
