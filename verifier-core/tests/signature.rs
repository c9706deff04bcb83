//! One signature by one key, judged outside of metadata.
#![allow(clippy::expect_used, reason = "a test ends so")]

use tuf_verifier_core::{KeyProblem, key_material, verify_signature};

/// RFC 8032, section 7.1, test 2.
const KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

fn signature() -> Vec<u8> {
    let digits = SIGNATURE.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).expect("digits"), 16).expect("a byte"))
        .collect()
}

#[test]
fn accepts_a_signature_of_the_message_alone() {
    let judge =
        |message: &[u8], signature: &[u8]| verify_signature("ed25519", "ed25519", KEY, message, signature);
    assert_eq!(judge(&[0x72], &signature()), Ok(true));
    assert_eq!(judge(&[0x73], &signature()), Ok(false));
    assert_eq!(judge(&[0x72], &signature().split_off(1)), Ok(false));
    assert_eq!(judge(&[0x72], &[]), Ok(false));
}

#[test]
fn says_why_a_key_is_not_usable() {
    let judge =
        |keytype: &str, public: &str| verify_signature(keytype, "ed25519", public, &[0x72], &signature());
    assert_eq!(judge("gpg", KEY), Err(KeyProblem::UnknownType));
    assert_eq!(judge("ed25519", KEY.trim_start_matches("3d")), Err(KeyProblem::Unreadable));
    assert_eq!(judge("ed25519", ""), Err(KeyProblem::Unreadable));
}

#[test]
fn one_key_is_one_material_in_every_spelling() {
    let of = |scheme: &str, public: &str| key_material("ed25519", scheme, public);
    let material = of("ed25519", KEY).expect("a key");
    assert_eq!(of("ed25519", &KEY.to_uppercase()), Ok(material.clone()));
    let other = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_ne!(of("ed25519", other), Ok(material));
    assert_eq!(of("ed448", KEY), Err(KeyProblem::UnknownScheme));
    assert_eq!(of("ed25519", "3d"), Err(KeyProblem::Unreadable));
}

/// The point of a curve counts, however it is encoded and under whichever of the names that repositories give its type.
#[cfg(feature = "ecdsa-p256")]
#[test]
fn one_point_is_one_material_in_pem_and_in_hexadecimal() {
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVbW81qm4gDLAbYE78/Fe4pV7cuCR\n\
        N5gFWP0h2DSDhIoBuA/xV3XXXz6lgSkQqHzipRpSYkhUmIx+Uylla4cvFQ==\n\
        -----END PUBLIC KEY-----\n";
    const POINT: &str = "0355b5bcd6a9b88032c06d813bf3f15ee2957b72e09137980558fd21d83483848a";
    let scheme = "ecdsa-sha2-nistp256";
    let material = key_material("ecdsa", scheme, PEM).expect("a key");
    assert_eq!(key_material("ecdsa", scheme, &PEM.replace('\n', "\r\n")), Ok(material.clone()));
    assert_eq!(key_material(scheme, scheme, POINT), Ok(material));
}
