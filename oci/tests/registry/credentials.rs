//! Files with credentials.

use std::fs;

use tempfile::TempDir;
use tuf_oci::registry::{Credentials, RegistryError};

fn read(text: &str, host: &str) -> Result<Option<Credentials>, RegistryError> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("config.json");
    fs::write(&path, text).expect("a file");
    Credentials::from_auth_file(&path, host)
}

fn pair(user: &str, password: &str) -> Credentials {
    Credentials::new(user, password).expect("a user name")
}

#[test]
fn accepts_both_forms_of_an_entry() {
    let text = r#"{"auths":{"a.example":{"auth":"dXNlcjpzZTpjcmV0"},"b.example:5000":{"username":"u","password":"p"}},"x":1}"#;
    assert_eq!(read(text, "a.example").expect("read"), Some(pair("user", "se:cret")));
    assert_eq!(read(text, "b.example:5000").expect("read"), Some(pair("u", "p")));
    assert_eq!(read(text, "b.example").expect("read"), None);
    let hub = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"dXNlcjpzZTpjcmV0"}}}"#;
    assert_eq!(read(hub, "docker.io").expect("read"), Some(pair("user", "se:cret")));
}

#[test]
fn rejects_files_that_leave_it_to_others_and_shows_none_of_their_content() {
    for (text, reason) in [
        (
            "{\"auths\":{\"a.example\":{\"auth\":\"c2VjcmV0\"}}}",
            "a.example: `auth` is not Base64 of `user:password`",
        ),
        (
            "{\"auths\":{\"a.example\":{\"auth\":\"?secret\"}}}",
            "a.example: `auth` is not Base64 of `user:password`",
        ),
        (
            "{\"auths\":{\"a.example\":{\"identitytoken\":\"secret\"}}}",
            "a.example: identity tokens are not supported",
        ),
        ("{\"credsStore\":\"desktop\"}", "a.example: helper programs with credentials are not run"),
        (
            "{\"credHelpers\":{\"a.example\":\"x\"}}",
            "a.example: helper programs with credentials are not run",
        ),
        ("{\"auths\":\"secret\"}", "it is no file with credentials"),
        ("secret", "it is no file with credentials"),
    ] {
        let error = read(text, "a.example").expect_err(text);
        assert_eq!(error.code(), "registry-unusable");
        assert!(error.to_string().ends_with(reason), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn no_debug_output_shows_credentials() {
    assert_eq!(format!("{:?}", pair("user", "secret")), "Credentials { .. }");
    assert!(Credentials::new("a:b", "c").is_err());
    assert!(Credentials::new("", "c").is_err());
}
