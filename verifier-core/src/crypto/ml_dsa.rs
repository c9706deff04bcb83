//! Schemes `ml-dsa-44/1`, `ml-dsa-65/1` and `ml-dsa-87/1`: FIPS 204 as the draft of TAP 21 has it, keys as PEM.

use alloc::sync::Arc;

use ml_dsa::{EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, VerifyingKey};
use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::AnyRef;
use pkcs8::spki::AssociatedAlgorithmIdentifier;

use super::scheme::{Material, Scheme};
use super::{Algorithm, Message, pem};

/// What is signed begins so, and goes on with the SHA-512 digest of the message. The last byte is the version that
/// the names of the schemes end in.
const PREFIX: &[u8] = b"tuf\x01";

/// Whether the scheme is one of these.
pub(super) fn knows(scheme: &str) -> bool {
    matches!(scheme, "ml-dsa-44/1" | "ml-dsa-65/1" | "ml-dsa-87/1")
}

/// Reads a PEM `PUBLIC KEY` (RFC 9881).
pub(super) fn parse(scheme: &str, public: &str) -> Option<Arc<dyn Scheme>> {
    let (label, der) = pem::read(public)?;
    if label != pem::PUBLIC_KEY {
        return None;
    }
    let info = SubjectPublicKeyInfoRef::try_from(der.as_bytes()).ok()?;
    match scheme {
        "ml-dsa-44/1" => MlDsaKey::<MlDsa44>::of(&info),
        "ml-dsa-65/1" => MlDsaKey::<MlDsa65>::of(&info),
        "ml-dsa-87/1" => MlDsaKey::<MlDsa87>::of(&info),
        _ => None,
    }
}

/// An ML-DSA public key of the parameter set `P`, as it is encoded.
///
/// The key is expanded into a matrix of up to 56 polynomials, which is most of the work of a verification. That is
/// done when there is a well-formed signature.
struct MlDsaKey<P: MlDsaParams>(EncodedVerifyingKey<P>);

impl<P> MlDsaKey<P>
where
    P: MlDsaParams + AssociatedAlgorithmIdentifier<Params = AnyRef<'static>> + 'static,
{
    fn of(info: &SubjectPublicKeyInfoRef<'_>) -> Option<Arc<dyn Scheme>> {
        if info.algorithm != P::ALGORITHM_IDENTIFIER {
            return None;
        }
        let encoded = EncodedVerifyingKey::<P>::try_from(info.subject_public_key.as_bytes()?).ok()?;
        Some(Arc::new(Self(encoded)))
    }
}

impl<P: MlDsaParams> Scheme for MlDsaKey<P> {
    /// Pure ML-DSA with an empty context.
    fn verifies(&self, message: &Message<'_>, signature: &[u8]) -> bool {
        let Ok(signature) = Signature::<P>::try_from(signature) else {
            return false;
        };
        let signed = [PREFIX, message.digest(Algorithm::Sha512)].concat();
        VerifyingKey::<P>::decode(&self.0).verify_with_context(&signed, &[], &signature)
    }

    fn material(&self) -> Material {
        Material::new("ML-DSA", self.0.as_slice())
    }
}
