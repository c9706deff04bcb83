//! One signature by one key, judged outside of metadata.

use tuf_verifier_core::{KeyProblem, Profile, signs};

/// RFC 8032, section 7.1, test 2.
const KEY: &str = r#"{"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public":
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"}}"#;
const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

#[test]
fn accepts_a_signature_of_the_message_alone() {
    let judge = |message: &[u8], signature: &str| signs(KEY.as_bytes(), message, signature, Profile::Strict);
    assert_eq!(judge(&[0x72], SIGNATURE), Ok(true));
    assert_eq!(judge(&[0x73], SIGNATURE), Ok(false));
    assert_eq!(judge(&[0x72], SIGNATURE.trim_start_matches("92")), Ok(false));
    assert_eq!(judge(&[0x72], "no hexadecimal"), Ok(false));
}

#[test]
fn says_why_a_key_is_not_usable() {
    let judge = |key: &str| signs(key.as_bytes(), &[0x72], SIGNATURE, Profile::Strict);
    assert_eq!(judge(&KEY.replace("\"ed25519\"", "\"gpg\"")), Err(KeyProblem::UnknownType));
    assert_eq!(judge(&KEY.replace("3d40", "3d")), Err(KeyProblem::Unreadable));
    for no_key in ["", "[]", "{}", "{\"keytype\": 1}"] {
        assert_eq!(judge(no_key), Err(KeyProblem::Unreadable), "{no_key}");
    }
}
