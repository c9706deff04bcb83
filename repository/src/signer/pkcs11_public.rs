//! The public key of a token's private key, as a SubjectPublicKeyInfo.

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use pkcs8::EncodePublicKey as _;
use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use pkcs8::der::{self, AnyRef, Decode as _, Encode as _};
use pkcs8::spki::AlgorithmIdentifierRef;

use crate::signer::SignerProblem;
use crate::signer::pkcs11::failed;

/// `id-ecPublicKey` (RFC 5480).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// Reads the public key in DER: from the object of the public key with the same identifier, or, where a token has none, from
/// the private key itself.
pub(super) fn spki(
    session: &Session,
    private: ObjectHandle,
    kind: KeyType,
) -> Result<Vec<u8>, SignerProblem> {
    let values = Values::read(session, object_of(session, private)?)?;
    let built = match kind {
        KeyType::EC => values.curve(),
        KeyType::EC_EDWARDS => values.ed25519(),
        KeyType::RSA => values.rsa(),
        other => {
            return Err(SignerProblem::WrongKind(format!("keys of the type {other} do not sign metadata")));
        }
    };
    built.ok_or_else(|| SignerProblem::WrongKind("the token does not give the key's public key".to_owned()))
}

/// The public key's object, or the private key's.
fn object_of(session: &Session, private: ObjectHandle) -> Result<ObjectHandle, SignerProblem> {
    for attribute in session.get_attributes(private, &[AttributeType::Id]).map_err(failed)? {
        let Attribute::Id(id) = attribute else { continue };
        if id.is_empty() {
            continue;
        }
        let of_kind = session.get_attributes(private, &[AttributeType::KeyType]).map_err(failed)?;
        let mut template = vec![Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id)];
        template.extend(of_kind);
        match session.find_objects(&template).map_err(failed)?.as_slice() {
            [] => {}
            [one] => return Ok(*one),
            several => {
                return Err(SignerProblem::Several {
                    number: several.len(),
                    what: "public keys of this key's identifier",
                });
            }
        }
    }
    Ok(private)
}

/// The attributes that make a public key.
#[derive(Default)]
struct Values {
    parameters: Vec<u8>,
    point: Vec<u8>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Values {
    fn read(session: &Session, object: ObjectHandle) -> Result<Self, SignerProblem> {
        let wanted = [
            AttributeType::EcParams,
            AttributeType::EcPoint,
            AttributeType::Modulus,
            AttributeType::PublicExponent,
        ];
        let mut values = Self::default();
        for attribute in session.get_attributes(object, &wanted).map_err(failed)? {
            match attribute {
                Attribute::EcParams(bytes) => values.parameters = bytes,
                Attribute::EcPoint(bytes) => values.point = bytes,
                Attribute::Modulus(bytes) => values.modulus = bytes,
                Attribute::PublicExponent(bytes) => values.exponent = bytes,
                _ => {}
            }
        }
        Ok(values)
    }

    /// The point. The standard wraps it in an OCTET STRING, and not every token does: a bare point begins with the same
    /// byte, 4, and is no OCTET STRING of the whole length.
    fn point(&self) -> &[u8] {
        <&OctetStringRef>::from_der(&self.point).map_or(&self.point, OctetStringRef::as_bytes)
    }

    fn curve(&self) -> Option<Vec<u8>> {
        let curve: ObjectIdentifier = ObjectIdentifier::from_der(&self.parameters).ok()?;
        let algorithm = AlgorithmIdentifierRef { oid: EC, parameters: Some(AnyRef::from(&curve)) };
        info(algorithm, self.point()).ok()
    }

    /// The parameters are an object identifier or the name of the curve: the length of the point tells Ed25519 from Ed448.
    fn ed25519(&self) -> Option<Vec<u8>> {
        let point = <&[u8; 32]>::try_from(self.point()).ok()?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(point).ok()?;
        Some(key.to_public_key_der().ok()?.as_bytes().to_vec())
    }

    fn rsa(&self) -> Option<Vec<u8>> {
        let modulus = UintRef::new(&self.modulus).ok()?;
        let public_exponent = UintRef::new(&self.exponent).ok()?;
        let key = rsa::pkcs1::RsaPublicKey { modulus, public_exponent }.to_der().ok()?;
        let algorithm =
            AlgorithmIdentifierRef { oid: rsa::pkcs1::ALGORITHM_OID, parameters: Some(AnyRef::NULL) };
        info(algorithm, &key).ok()
    }
}

fn info(algorithm: AlgorithmIdentifierRef<'_>, key: &[u8]) -> der::Result<Vec<u8>> {
    SubjectPublicKeyInfoRef { algorithm, subject_public_key: BitStringRef::from_bytes(key)? }.to_der()
}
