//! Public keys and signatures as SSH writes them (RFC 4253, 5656, 8332, 8709), as metadata has them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use pkcs8::EncodePublicKey as _;
use pkcs8::der::asn1::{BitStringRef, UintRef};
use pkcs8::der::{AnyRef, Encode as _};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{ObjectIdentifier, SubjectPublicKeyInfoRef};
use sha2::{Digest as _, Sha256};
use ssh_encoding::Decode as _;

use crate::metadata::Key;
use crate::signer::{SignerProblem, ecdsa};

/// A public key of an agent.
#[derive(Clone, Debug)]
pub(super) struct SshKey {
    /// The key as SSH writes it.
    pub(super) blob: Vec<u8>,
    pub(super) comment: String,
}

impl SshKey {
    /// `SHA256:` and the digest in base64, as `ssh-add -l` prints it.
    pub(super) fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.blob)))
    }

    /// The key object. RSA keys of agents have the scheme `rsa-pkcs1v15-sha256` if none is given.
    ///
    /// # Errors
    /// [`SignerProblem::WrongKind`] for a key or a scheme that an agent cannot sign metadata with.
    pub(super) fn public(&self, scheme: Option<&str>) -> Result<Key, SignerProblem> {
        let mut rest = self.blob.as_slice();
        let name = string(&mut rest).and_then(|name| String::from_utf8(name).ok()).unwrap_or_default();
        let (spki, scheme) = match name.as_str() {
            "ssh-ed25519" => (ed25519(rest), scheme),
            "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => {
                (curve(&name, rest), scheme)
            }
            "ssh-rsa" => (rsa(rest), Some(rsa_scheme(scheme)?)),
            other => return Err(SignerProblem::WrongKind(no_kind(other))),
        };
        let spki = spki.ok_or_else(|| {
            SignerProblem::WrongKind(format!("the agent's key of the kind {name} is malformed"))
        })?;
        Key::from_spki(&spki, scheme).map_err(|error| SignerProblem::WrongKind(error.to_string()))
    }
}

/// A signature as the agent writes it becomes that of a scheme of metadata.
///
/// # Errors
/// [`SignerProblem::WrongKind`] for a signature of another scheme, such as the SHA-1 one of old agents.
pub(super) fn signature(scheme: &str, answer: &[u8]) -> Result<Vec<u8>, SignerProblem> {
    let (expected, number) = match scheme {
        "ed25519" => ("ssh-ed25519", 0),
        "ecdsa-sha2-nistp256" => ("ecdsa-sha2-nistp256", 32),
        "ecdsa-sha2-nistp384" => ("ecdsa-sha2-nistp384", 48),
        "ecdsa-sha2-nistp521" => ("ecdsa-sha2-nistp521", 66),
        "rsa-pkcs1v15-sha256" => ("rsa-sha2-256", 0),
        "rsa-pkcs1v15-sha512" => ("rsa-sha2-512", 0),
        other => return Err(SignerProblem::WrongKind(format!("agents do not sign by the scheme {other}"))),
    };
    let mut rest = answer;
    let format = string(&mut rest).unwrap_or_default();
    if format != expected.as_bytes() {
        let format = String::from_utf8_lossy(&format).into_owned();
        return Err(SignerProblem::WrongKind(format!("the agent signed by {format:?}, not by {expected}")));
    }
    let malformed = || SignerProblem::WrongKind("the agent's signature is malformed".to_owned());
    let bytes = string(&mut rest).ok_or_else(malformed)?;
    if number == 0 {
        return Ok(bytes);
    }
    let mut rest = bytes.as_slice();
    let r = string(&mut rest).and_then(|r| of_length(&r, number)).ok_or_else(malformed)?;
    let s = string(&mut rest).and_then(|s| of_length(&s, number)).ok_or_else(malformed)?;
    ecdsa::der(scheme, &[r, s].concat())
}

fn string(rest: &mut &[u8]) -> Option<Vec<u8>> {
    Vec::decode(rest).ok()
}

/// A positive `mpint` becomes a number of a fixed length: leading zeros go or come.
fn of_length(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let number = number.get(start..)?;
    let padding = length.checked_sub(number.len())?;
    Some([vec![0; padding], number.to_vec()].concat())
}

/// Why an agent's key of another kind signs no metadata.
fn no_kind(name: &str) -> String {
    match name {
        sk if sk.starts_with("sk-") => format!(
            "a FIDO key ({sk}) cannot sign metadata: it signs a counter besides what it is given, which no TUF client expects"
        ),
        certificate if certificate.contains("-cert-") => {
            format!("{certificate} is a certificate: name the key that belongs to it")
        }
        other => format!("keys of the kind {other:?} do not sign metadata"),
    }
}

/// The schemes that the agent's flags can ask for.
fn rsa_scheme(scheme: Option<&str>) -> Result<&str, SignerProblem> {
    match scheme {
        None => Ok("rsa-pkcs1v15-sha256"),
        Some(scheme @ ("rsa-pkcs1v15-sha256" | "rsa-pkcs1v15-sha512")) => Ok(scheme),
        Some(other) => Err(SignerProblem::WrongKind(format!(
            "agents sign with RSA keys by rsa-pkcs1v15-sha256 and rsa-pkcs1v15-sha512 alone, not by {other}"
        ))),
    }
}

fn ed25519(mut rest: &[u8]) -> Option<Vec<u8>> {
    let point = <[u8; 32]>::try_from(string(&mut rest)?).ok()?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&point).ok()?;
    Some(key.to_public_key_der().ok()?.as_bytes().to_vec())
}

fn curve(name: &str, mut rest: &[u8]) -> Option<Vec<u8>> {
    let _curve = string(&mut rest)?;
    let point = string(&mut rest)?;
    let document = match name {
        "ecdsa-sha2-nistp256" => p256::PublicKey::from_sec1_bytes(&point).ok()?.to_public_key_der(),
        "ecdsa-sha2-nistp384" => p384::PublicKey::from_sec1_bytes(&point).ok()?.to_public_key_der(),
        _ => p521::PublicKey::from_sec1_bytes(&point).ok()?.to_public_key_der(),
    };
    Some(document.ok()?.as_bytes().to_vec())
}

fn rsa(mut rest: &[u8]) -> Option<Vec<u8>> {
    const RSA: ObjectIdentifier = rsa::pkcs1::ALGORITHM_OID;
    let (exponent, modulus) = (string(&mut rest)?, string(&mut rest)?);
    let (public_exponent, modulus) = (UintRef::new(&exponent).ok()?, UintRef::new(&modulus).ok()?);
    let key = rsa::pkcs1::RsaPublicKey { modulus, public_exponent }.to_der().ok()?;
    let algorithm = AlgorithmIdentifierRef { oid: RSA, parameters: Some(AnyRef::NULL) };
    let subject_public_key = BitStringRef::from_bytes(&key).ok()?;
    SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().ok()
}
