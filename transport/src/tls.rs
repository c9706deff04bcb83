//! Whom encrypted connections trust.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// A file that no authorities can be taken from.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct CaFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: CaFileProblem,
}

/// What is wrong with a file of authorities. The words do not name the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaFileProblem {
    /// It could not be read.
    #[error("the CA file cannot be read: {0}")]
    Unreadable(io::Error),
    /// Something in it looks like PEM, and is not.
    #[error("the CA file is no valid PEM")]
    Pem,
    /// It is readable, and names nobody who could be trusted.
    #[error("the CA file has no certificate in PEM form")]
    Empty,
}

/// Ring computes. The certificates of the PEM file are the authorities, and no others; where there is no file, the
/// operating system decides whom to trust.
///
/// # Errors
/// Why the file cannot be used. No connection is then made, for it would trust others than was asked for.
pub fn configuration(ca_file: Option<&Path>) -> Result<TlsConfig, CaFileError> {
    let roots = match ca_file {
        Some(path) => authorities(path).map_err(|problem| CaFileError { path: path.to_owned(), problem })?,
        None => RootCerts::PlatformVerifier,
    };
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(roots)
        .build())
}

fn authorities(path: &Path) -> Result<RootCerts, CaFileProblem> {
    let pem = fs::read(path).map_err(CaFileProblem::Unreadable)?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(CaFileProblem::Pem),
        }
    }
    match certificates.is_empty() {
        true => Err(CaFileProblem::Empty),
        false => Ok(certificates.into_iter().into()),
    }
}
