//! Key files that are not PKCS#8, by what they are, and the line that makes PKCS#8 of them.

use std::fmt;

/// A form of key files that is recognised and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtherForm {
    /// `EC PRIVATE KEY`: SEC 1.
    Sec1,
    /// `RSA PRIVATE KEY`: PKCS #1.
    Pkcs1,
    /// `OPENSSH PRIVATE KEY`.
    OpenSsh,
    /// `PUBLIC KEY` and its like.
    Public,
    /// A certificate.
    Certificate,
    /// The JSON of older TUF tools.
    TufJson,
    /// The encrypted text of older versions of securesystemslib.
    Securesystemslib,
    /// PKCS#8 without the armor of PEM.
    Der,
    /// A PuTTY key.
    Putty,
    /// OpenPGP.
    OpenPgp,
}

impl OtherForm {
    /// The form of a file's bytes, if it is one of these.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        // OpenSSL writes `EC PARAMETERS` before a key, and certificates may come with theirs.
        let labels: Vec<_> = text
            .split("-----BEGIN ")
            .skip(1)
            .filter_map(|rest| rest.split_once("-----").map(|(label, _)| label))
            .collect();
        let has = |label: &str| labels.contains(&label);
        let trimmed = text.trim_start();
        Some(match () {
            () if has("EC PRIVATE KEY") => Self::Sec1,
            () if has("RSA PRIVATE KEY") => Self::Pkcs1,
            () if has("OPENSSH PRIVATE KEY") => Self::OpenSsh,
            () if labels.iter().any(|label| label.starts_with("PGP ")) => Self::OpenPgp,
            () if labels.iter().any(|label| label.ends_with("PUBLIC KEY")) => Self::Public,
            () if has("CERTIFICATE") => Self::Certificate,
            () if trimmed.starts_with("PuTTY-User-Key-File") => Self::Putty,
            () if trimmed.starts_with('{') && text.contains("keyval") => Self::TufJson,
            () if text.matches("@@@@").count() >= 3 => Self::Securesystemslib,
            () if bytes.starts_with(&[0x30]) && crate::key::disclosure::has_private_key(bytes) => Self::Der,
            () => return None,
        })
    }

    /// How to make a file of it that is read.
    #[must_use]
    pub fn next_step(self) -> &'static str {
        match self {
            Self::Sec1 | Self::Pkcs1 => {
                "`openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 -in FILE -out NAME.pem` makes PKCS#8 of it"
            }
            Self::OpenSsh => {
                "`ssh-keygen -p -m PKCS8 -f COPY` makes PKCS#8 of a copy (Ed25519: OpenSSH 9.6 or newer); or leave it with an \
                 agent: `tufrepo key import ssh-agent:COMMENT --name NAME`"
            }
            Self::Public => {
                "a private key is needed here; `tufrepo key import FILE --name NAME` takes a public key in PEM"
            }
            Self::Certificate => {
                "`openssl x509 -pubkey -noout -in FILE` prints the public key; the private key is in another file"
            }
            Self::TufJson => {
                "its private key has to be made into PKCS#8 by the tool that wrote it; rotating to a new key is safer"
            }
            Self::Securesystemslib => {
                "decrypt it with a version of securesystemslib below 1.0, and write PKCS#8; rotating to a new key is safer"
            }
            Self::Der => "`openssl pkcs8 -topk8 -inform DER -in FILE -out NAME.pem` makes PEM of it",
            Self::Putty => {
                "`puttygen FILE -O private-openssh -o COPY`, then `ssh-keygen -p -m PKCS8 -f COPY`"
            }
            Self::OpenPgp => "OpenPGP keys do not sign metadata: `tufrepo key new NAME` makes one that does",
        }
    }
}

impl fmt::Display for OtherForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sec1 => "it is a private key in SEC 1 form (\"EC PRIVATE KEY\"), not PKCS#8",
            Self::Pkcs1 => "it is a private key in PKCS #1 form (\"RSA PRIVATE KEY\"), not PKCS#8",
            Self::OpenSsh => "it is a private key in OpenSSH's form, not PKCS#8",
            Self::Public => "it is a public key",
            Self::Certificate => "it is a certificate",
            Self::TufJson => "it is a key object of metadata",
            Self::Securesystemslib => "it is an encrypted key of an old securesystemslib",
            Self::Der => "it is a private key in DER, without the armor of PEM",
            Self::Putty => "it is a PuTTY key",
            Self::OpenPgp => "it is an OpenPGP key",
        })
    }
}
