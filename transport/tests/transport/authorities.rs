//! Whom encrypted connections trust.

use std::fs;

use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;
use tuf_transport::tls::{self, CaFileError, CaFileProblem};
use ureq::tls::{RootCerts, TlsConfig};

/// A certificate in PEM form, and its key.
fn certificate() -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["a.example".to_owned()]).expect("valid parameters");
    (params.self_signed(&key).expect("a certificate").pem(), key.serialize_pem())
}

/// What comes of a file with this content.
fn configured(folder: &TempDir, content: &str) -> Result<TlsConfig, CaFileError> {
    let path = folder.path().join("ca.pem");
    fs::write(&path, content).expect("a file");
    tls::configuration(Some(&path))
}

#[test]
fn the_system_decides_unless_told_otherwise() {
    let configuration = tls::configuration(None).expect("no settings that could be wrong");
    assert!(matches!(configuration.root_certs(), RootCerts::PlatformVerifier));
    assert!(!configuration.disable_verification());
}

#[test]
fn the_certificates_of_a_file_are_the_only_authorities() {
    let folder = tempfile::tempdir().expect("a folder");
    let ((one, key), (another, _)) = (certificate(), certificate());
    let file = format!("A comment.\n{one}{key}{another}");
    let configuration = configured(&folder, &file).expect("two certificates");
    let RootCerts::Specific(trusted) = configuration.root_certs() else { panic!("others are trusted") };
    assert_eq!(trusted.len(), 2);
    assert!(!configuration.disable_verification());
}

#[test]
fn rejects_a_file_without_certificates() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, key) = certificate();
    for (content, words) in [
        ("", "the CA file has no certificate in PEM form"),
        ("text", "the CA file has no certificate in PEM form"),
        (&key, "the CA file has no certificate in PEM form"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", "the CA file is no valid PEM"),
    ] {
        let error = configured(&folder, content).expect_err(words);
        let path = folder.path().join("ca.pem");
        assert_eq!(error.problem.to_string(), words);
        assert_eq!(error.path, path);
        assert_eq!(error.to_string(), format!("{}: {words}", path.display()));
    }
}

#[test]
fn rejects_a_file_that_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().join("absent.pem"), folder.path().to_owned()] {
        let error = tls::configuration(Some(&path)).expect_err("no file");
        assert!(matches!(error.problem, CaFileProblem::Unreadable(_)), "{error}");
        assert!(error.problem.to_string().starts_with("the CA file cannot be read: "), "{error}");
        assert_eq!(error.path, path);
    }
}

#[test]
fn rejects_a_file_with_one_broken_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, _) = certificate();
    let error = configured(&folder, &format!("{one}-----BEGIN CERTIFICATE-----\nAA!\n"));
    assert_eq!(error.expect_err("half a file").problem.to_string(), "the CA file is no valid PEM");
}
