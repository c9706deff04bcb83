//! The mechanism of each scheme, and what it is given.

use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::signer::SignerProblem;

/// What a token is asked to do.
pub(super) struct Preparation {
    pub(super) mechanism: Mechanism<'static>,
    /// The message, or its digest.
    pub(super) data: Vec<u8>,
    /// Whether the answer is `r` and `s`, one after the other.
    pub(super) is_two_numbers: bool,
}

/// Prepares a message for a scheme. Digests are computed here, where the mechanism allows it: many tokens do not offer the
/// mechanisms that hash, or take few bytes.
pub(super) fn preparation(scheme: &str, message: &[u8]) -> Result<Preparation, SignerProblem> {
    let sha256 = || Sha256::digest(message).to_vec();
    let sha384 = || Sha384::digest(message).to_vec();
    let sha512 = || Sha512::digest(message).to_vec();
    let (mechanism, data) = match scheme {
        "ed25519" => (Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure)), message.to_vec()),
        "ecdsa-sha2-nistp256" => (Mechanism::Ecdsa, sha256()),
        "ecdsa-sha2-nistp384" => (Mechanism::Ecdsa, sha384()),
        "ecdsa-sha2-nistp521" => (Mechanism::Ecdsa, sha512()),
        "rsassa-pss-sha256" => (pss(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32), sha256()),
        "rsassa-pss-sha384" => (pss(MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48), sha384()),
        "rsassa-pss-sha512" => (pss(MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64), sha512()),
        // The digest with the name of its algorithm would be made here; every token has these mechanisms.
        "rsa-pkcs1v15-sha256" => (Mechanism::Sha256RsaPkcs, message.to_vec()),
        "rsa-pkcs1v15-sha384" => (Mechanism::Sha384RsaPkcs, message.to_vec()),
        "rsa-pkcs1v15-sha512" => (Mechanism::Sha512RsaPkcs, message.to_vec()),
        other => {
            return Err(SignerProblem::WrongKind(format!("tokens do not sign by the scheme {other} here")));
        }
    };
    let is_two_numbers = matches!(mechanism, Mechanism::Ecdsa);
    Ok(Preparation { mechanism, data, is_two_numbers })
}

/// RSASSA-PSS over a digest, with a salt as long as the digest.
fn pss(hash_alg: MechanismType, mgf: PkcsMgfType, salt: u8) -> Mechanism<'static> {
    Mechanism::RsaPkcsPss(PkcsPssParams { hash_alg, mgf, s_len: u64::from(salt).into() })
}
