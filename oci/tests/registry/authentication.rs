//! Authentication as a real registry asks for it.

use std::fs;

use tempfile::TempDir;
use tuf_oci::registry::{ManifestName, Payload, RegistryError};
use tuf_oci::{Algorithm, Digest, Tag};
use tuf_test_server::DockerRegistry;

use crate::token_server::{PASSWORD, TokenServer};
use crate::{client, credentials};

/// `publisher` with the password `wombat`, by bcrypt, the one hash that the registry takes.
const HTPASSWD: &str = "publisher:$2y$05$abcdefghijklmnopqrstuu6g/lqb5fRMcLVsKSifRxV/yY/6QXP3G\n";

fn status(error: &RegistryError) -> (u16, &str) {
    match error {
        RegistryError::Status { status, code, .. } => (*status, code.as_deref().unwrap_or_default()),
        other => panic!("{other}"),
    }
}

fn root() -> Tag {
    "1.root.json".parse().expect("a tag")
}

#[test]
fn basic() {
    let folder = TempDir::new().expect("a folder");
    let passwords = folder.path().join("htpasswd");
    fs::write(&passwords, HTPASSWD).expect("a file");
    let section = format!("auth: {{htpasswd: {{realm: r, path: '{}'}}}}\n", passwords.display());
    let Some(server) = DockerRegistry::start("basic", folder.path(), &section) else { return };
    let digest = Digest::of(Algorithm::Sha256, b"bytes");

    let known = client(server.host(), "team/app", credentials("publisher", "wombat"));
    assert!(known.push_blob(&digest, Payload::Bytes(b"bytes")).expect("taken"));
    assert!(known.manifest(ManifestName::Tag(&root()), None).expect("an answer").is_none());

    for given in [None, credentials("publisher", "wrong"), credentials("other", "wombat")] {
        let unknown = client(server.host(), "team/app", given);
        let error = unknown.manifest(ManifestName::Tag(&root()), None).expect_err("refused");
        assert_eq!(status(&error), (401, "UNAUTHORIZED"));
        assert!(unknown.blob(&digest, 0, None).is_err());
    }
}

#[test]
fn tokens() {
    let folder = TempDir::new().expect("a folder");
    let tokens = TokenServer::start(folder.path());
    let Some(server) = DockerRegistry::start("tokens", folder.path(), &tokens.configuration()) else {
        return;
    };
    let digest = Digest::of(Algorithm::Sha256, b"bytes");

    let publisher = client(server.host(), "team/app", credentials("publisher", PASSWORD));
    assert!(publisher.push_blob(&digest, Payload::Bytes(b"bytes")).expect("taken"));
    let another = Digest::of(Algorithm::Sha256, b"more");
    assert!(publisher.push_blob(&another, Payload::Bytes(b"more")).expect("taken"));
    // One token served all of it.
    let asked = tokens.server.seen();
    let targets: Vec<_> = asked.iter().map(|seen| seen.target()).collect();
    assert_eq!(targets, ["/token?service=the%20registry&scope=repository%3Ateam%2Fapp%3Apull%2Cpush"]);

    let anyone = client(server.host(), "team/app", None);
    let blob = anyone.blob(&digest, 0, None).expect("an answer").expect("a blob");
    assert_eq!(blob.read(5).expect("read"), b"bytes");
    let error = anyone.push_blob(&Digest::of(Algorithm::Sha256, b"third"), Payload::Bytes(b"third"));
    assert_eq!(status(&error.expect_err("a token that does not allow it")).0, 401);

    let wrong = client(server.host(), "team/app", credentials("publisher", "wrong"));
    let error = wrong.blob(&digest, 0, None).expect_err("refused by the token server");
    assert_eq!(status(&error).0, 401);
    assert!(error.to_string().ends_with("/token"), "{error}");
}
