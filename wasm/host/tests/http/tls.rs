//! Encrypted connections, and whom they are with.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;
use tuf_verifier_host::source::HttpSourceBuilder;
use tuf_verifier_host::{HttpSource, SourceError};

use crate::server::{Reply, Server, answer, ok, read_head};
use crate::{build, failure, fetch};

/// An authority of this test's own, with its certificate in a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("valid parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("a file");
        Self { issuer, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// An HTTPS server with a certificate of this authority for this host.
    fn serve(&self, host: &str) -> Server {
        self.answering(host, answer(200, "", b"{}"))
    }

    /// Such a server that sends these bytes for every request.
    fn answering(&self, host: &str, reply: Vec<u8>) -> Server {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![host.to_owned()]).expect("valid parameters");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("the key fits");
        let config = Arc::new(config);
        Server::start_with(move |stream, _, _| {
            let connection = ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
            let mut stream = StreamOwned::new(connection, stream);
            while read_head(&mut stream)?.is_some() {
                stream.write_all(&reply)?;
            }
            Ok(())
        })
    }
}

fn https(server: &Server) -> HttpSourceBuilder {
    let base = format!("https://127.0.0.1:{}/", server.address().port());
    HttpSource::builder(&base, &base).direct().retries(0)
}

#[test]
fn trusts_the_authority_of_a_file() {
    let authority = Authority::new();
    let source = build(https(&authority.serve("127.0.0.1")).ca_file(authority.file()));
    assert_eq!(fetch(&source).expect("an answer"), Some(b"{}".to_vec()));
    assert_eq!(fetch(&source).expect("an answer"), Some(b"{}".to_vec()));
}

#[test]
fn refuses_an_unknown_authority() {
    let authority = Authority::new();
    let server = authority.serve("127.0.0.1");
    for builder in [https(&server), https(&server).ca_file(Authority::new().file())] {
        let error = failure(&build(builder.retries(2)));
        assert!(matches!(error, SourceError::Tls { .. }), "{error:?}");
        assert_eq!(error.code(), "source-tls");
    }
}

#[test]
fn refuses_the_certificate_of_another_host() {
    let authority = Authority::new();
    let error = failure(&build(https(&authority.serve("other.example")).ca_file(authority.file())));
    assert!(matches!(error, SourceError::Tls { .. }), "{error:?}");
}

#[test]
fn refuses_a_server_that_does_not_encrypt() {
    let server = Server::start_with(|mut stream, _, _| stream.write_all(&answer(200, "", b"{}")));
    let error = failure(&build(https(&server)));
    assert!(matches!(error, SourceError::Tls { .. }), "{error:?}");
}

#[test]
fn encrypts_through_a_proxy() {
    let authority = Authority::new();
    let server = authority.serve("repository.invalid");
    let address = server.address();
    let proxy = Server::start(move |_| Reply::Tunnel(address));
    let base = "https://repository.invalid/metadata";
    let builder = HttpSource::builder(base, base).proxy(&proxy.url()).no_proxy("").retries(0);
    assert_eq!(
        fetch(&build(builder.clone().ca_file(authority.file()))).expect("an answer"),
        Some(b"{}".to_vec())
    );
    assert_eq!(proxy.paths(), ["repository.invalid:443"]);
    let error = failure(&build(builder.ca_file(Authority::new().file())));
    assert!(matches!(error, SourceError::Tls { .. }), "{error:?}");
}

/// Also where the origin behind http is allowed by name: whoever is on the way there could read and change everything.
#[test]
fn rejects_a_redirect_from_https_to_http() {
    let authority = Authority::new();
    let open = Server::start(|_| ok(b"{}"));
    let reply = answer(302, &format!("Location: {}/a\r\n", open.url()), b"moved");
    let server = authority.answering("127.0.0.1", reply);
    let builder = https(&server).ca_file(authority.file()).allow_redirect_origin(&open.url());
    match failure(&build(builder)) {
        SourceError::Redirect { to, reason, .. } => {
            assert_eq!((to, reason), (format!("{}/a", open.url()), "it is not behind https"));
        }
        other => panic!("{other:?}"),
    }
    assert!(open.seen().is_empty(), "it was asked");
}

#[test]
fn refuses_a_ca_file_that_cannot_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let builder = HttpSource::builder("https://a.example", "https://a.example").ca_file(&path);
    let key = KeyPair::generate().expect("a key").serialize_pem();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    let empty = "the CA file has no certificate in PEM form";
    for (content, words) in [
        (None, "the CA file cannot be read: "),
        (Some(""), empty),
        (Some("text"), empty),
        (Some(key.as_str()), empty),
        (Some(broken), "the CA file is no valid PEM"),
    ] {
        if let Some(content) = content {
            fs::write(&path, content).expect("a file");
        }
        match builder.clone().build() {
            Err(SourceError::Unusable { location, reason }) => {
                assert_eq!(location, path.display().to_string());
                assert!(reason.starts_with(words), "{reason}");
            }
            Err(other) => panic!("{content:?}: {other:?}"),
            Ok(_) => panic!("{content:?} was accepted"),
        }
    }
}
