//! ECDSA signatures as metadata has them.

use crate::signer::SignerProblem;

/// `r` and `s`, each as long as the curve's order and one after the other, become DER, by the scheme of metadata.
///
/// # Errors
/// [`SignerProblem::WrongKind`] for a scheme without such signatures; [`SignerProblem::BadOutput`].
pub(super) fn der(scheme: &str, r_s: &[u8]) -> Result<Vec<u8>, SignerProblem> {
    let der = match scheme {
        "ecdsa-sha2-nistp256" => {
            p256::ecdsa::Signature::from_slice(r_s).map(|one| one.to_der().as_bytes().to_vec())
        }
        "ecdsa-sha2-nistp384" => {
            p384::ecdsa::Signature::from_slice(r_s).map(|one| one.to_der().as_bytes().to_vec())
        }
        "ecdsa-sha2-nistp521" => {
            p521::ecdsa::Signature::from_slice(r_s).map(|one| one.to_der().as_bytes().to_vec())
        }
        other => return Err(SignerProblem::WrongKind(format!("{other} has no signatures of two numbers"))),
    };
    der.map_err(|_| SignerProblem::BadOutput(format!("no ECDSA signature: {} bytes", r_s.len())))
}
