//! Addresses of repositories in registries.

use std::sync::Arc;

use tuf_oci::registry::{Credentials, DirectTransport, Location, Registry};

#[test]
fn accepts_addresses_with_and_without_tls() {
    for text in
        ["oci://registry.example/team/tuf", "oci+http://127.0.0.1:5000/tuf", "oci://docker.io/team/tuf"]
    {
        assert_eq!(Location::parse(text).expect(text).to_string(), text);
    }
    let location = Location::parse("oci://registry.example:5000/team/tuf").expect("a location");
    assert_eq!((location.host(), location.repository()), ("registry.example:5000", "team/tuf"));
}

#[test]
fn rejects_everything_else() {
    for text in [
        "",
        "oci://",
        "registry.example/team",
        "https://registry.example/team",
        "oci://registry.example",
        "oci://registry.example/",
        "oci://Registry.example/team",
        "oci://registry.example/Team",
        "oci://registry.example/team/../x",
        "oci://registry.example/team:tag",
        "oci://registry.example/team?x=1",
        "oci://registry.example//team",
        "oci://user:secret@registry.example/team",
        "oci:/registry.example/team",
        "oci://registry.example/team@sha256:0000000000000000000000000000000000000000000000000000000000000000",
    ] {
        let error = Location::parse(text).expect_err(text);
        assert_eq!(error.code(), "registry-unusable");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn credentials_cross_no_network_without_tls() {
    let registry = |text: &str| {
        let transport = DirectTransport::new(None, "test").expect("no settings that could be wrong");
        let credentials = Credentials::new("user", "secret").expect("a user name");
        Registry::new(Location::parse(text).expect("a location"), Some(credentials), Arc::new(transport))
    };
    for usable in ["oci://registry.example/a", "oci+http://127.0.0.1:5000/a", "oci+http://localhost/a"] {
        assert!(registry(usable).is_ok(), "{usable}");
    }
    let error = registry("oci+http://registry.example/a").expect_err("a network");
    assert!(
        error.to_string().ends_with("credentials are not sent through a network without https"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("secret"));
}
