//! Keys: made, kept in files, read again, and what they sign verified by the core.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::world::{Client, NOW};
use pkcs8::der::Encode as _;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::{PrivateKeyInfoRef, SecretDocument};
use tempfile::TempDir;
use tuf_repository::{
    Error, KeyError, KeyFile, KeyRing, KeyType, Passphrase, Pbkdf2Iterations, Periods, Repository, RoleKeys,
    RsaScheme, Setup, SigningKey,
};

/// Enough for a test, and for nothing else.
const FEW: Pbkdf2Iterations = Pbkdf2Iterations(1000);

const KINDS: [KeyType; 8] = [
    KeyType::Ed25519,
    KeyType::EcdsaP256,
    KeyType::EcdsaP384,
    KeyType::EcdsaP521,
    KeyType::RsaPss { bits: 2048 },
    KeyType::MlDsa44,
    KeyType::MlDsa65,
    KeyType::MlDsa87,
];

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

fn kept(folder: &Path, kind: KeyType, passphrase: Option<&Passphrase>) -> (SigningKey, std::path::PathBuf) {
    let key = SigningKey::generate(kind).expect("a key");
    let path = folder.join(format!("{kind}.pem"));
    KeyFile::create_new(&path, &key, passphrase, FEW).expect("a key file");
    (key, path)
}

#[test]
fn every_kind_comes_back_from_its_file() {
    for secret in [None, Some(passphrase("correct horse"))] {
        let folder = TempDir::new().expect("a temporary folder");
        for kind in KINDS {
            let (key, path) = kept(folder.path(), kind, secret.as_ref());
            let file = KeyFile::read(&path).expect("a key file");
            assert_eq!(file.is_encrypted(), secret.is_some());
            let again = file.open(secret.as_ref()).expect("the key");
            assert_eq!((again.kind(), again.keyid()), (kind, key.keyid()));
            assert_eq!(again.public(), key.public());
        }
    }
}

#[test]
fn the_core_verifies_what_every_kind_signs() {
    for kind in KINDS {
        let folder = TempDir::new().expect("a temporary folder");
        let key = Arc::new(SigningKey::generate(kind).expect("a key"));
        let keys = RoleKeys::single(key.public());
        let setup =
            Setup { root: keys.clone(), timestamp: keys.clone(), snapshot: keys.clone(), targets: keys };
        let ring: KeyRing = [key].into_iter().collect();
        let (repository, state) = (folder.path().join("repo"), folder.path().join("state"));
        Repository::init(&repository, &state, &setup, ring, Periods::default(), NOW)
            .expect("a new repository");
        Client::default().update(&repository, NOW).unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
}

/// An RSA key file does not say which scheme it is for.
#[test]
fn the_core_verifies_what_an_rsa_key_signs_by_each_scheme() {
    let folder = TempDir::new().expect("a temporary folder");
    let (_, path) = kept(folder.path(), KeyType::RsaPss { bits: 2048 }, None);
    for scheme in RsaScheme::ALL {
        let key = KeyFile::read(&path).and_then(|file| file.open(None)).expect("the key");
        let key = key.with_scheme(scheme.name()).expect("the scheme");
        assert_eq!(key.public().scheme, scheme.name());
        let signature = key.sign(b"message").expect("a signature");
        for other in RsaScheme::ALL {
            let mut public = key.public().clone();
            other.name().clone_into(&mut public.scheme);
            let verified = public.verify(b"message", &signature).expect("a key");
            assert_eq!(verified, other == scheme, "{scheme:?} as {other:?}");
        }
    }
    let other = SigningKey::generate(KeyType::Ed25519).and_then(|key| key.with_scheme("rsassa-pss-sha256"));
    assert!(matches!(other, Err(KeyError::OtherScheme { .. })), "{other:?}");
}

/// The document that OpenSSL writes by default has the seed and the expanded key. If they differ, which key is it?
#[test]
fn rejects_an_ml_dsa_key_whose_halves_differ_or_that_has_no_seed() {
    let key = SigningKey::generate(KeyType::MlDsa44).expect("a key");
    let document = key.to_pkcs8().expect("PKCS#8");
    let info: PrivateKeyInfoRef<'_> = document.decode_msg().expect("PKCS#8");
    let seed: [u8; 32] = info.private_key.as_bytes()[2..].try_into().expect("a seed");
    #[expect(deprecated, reason = "the form that is tested")]
    let expanded =
        ml_dsa::SigningKey::<ml_dsa::MlDsa44>::from_seed(&seed.into()).expanded_key().to_expanded();
    let read = |private: Vec<u8>| {
        let info = PrivateKeyInfoRef::new(info.algorithm, OctetStringRef::new(&private).expect("bytes"));
        SigningKey::from_pkcs8(&SecretDocument::encode_msg(&info).expect("DER"))
    };
    let octets = |bytes: &[u8]| OctetStringRef::new(bytes).expect("bytes").to_der().expect("DER");
    let both = |seed: &[u8], expanded: &[u8]| {
        let halves = [octets(seed), octets(expanded)].concat();
        let length = u16::try_from(halves.len()).expect("a length").to_be_bytes();
        [&[0x30, 0x82], &length[..], &halves].concat()
    };

    assert_eq!(read(both(&seed, &expanded)).expect("a key").public(), key.public());
    for (seed, expanded) in
        [(&[0; 32][..], &expanded[..]), (&seed, &expanded[..2559]), (&seed[..31], &expanded)]
    {
        let refused = read(both(seed, expanded));
        assert!(matches!(refused, Err(KeyError::Encoding(_))), "{refused:?}");
    }
    let refused = read(octets(&expanded));
    assert!(matches!(refused, Err(KeyError::NoSeed)), "{refused:?}");
}

#[test]
fn keyids_are_those_of_python_tuf() {
    // The key of the specification's example, and the keyid that securesystemslib computes for it.
    let public = "72378e5bc588793e58f81c8533da64a2e8f1565c1fcc7f253496394ffc52542c";
    let key = tuf_repository::metadata::Key::new("ed25519", "ed25519", public.to_owned());
    let keyid = key.keyid().expect("a keyid");
    assert_eq!(keyid, "1bf1c6e3cdd3d3a8420b19199e27511999850f4b376c4547b2f32fba7e80fca3");
}

#[test]
fn a_file_is_created_once_and_for_its_owner() {
    let folder = TempDir::new().expect("a temporary folder");
    let (key, path) = kept(folder.path(), KeyType::Ed25519, None);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
    }
    let before = fs::read(&path).expect("the file");
    let again = KeyFile::create_new(&path, &key, None, FEW);
    assert!(matches!(again, Err(Error::Io { .. })), "{again:?}");
    assert_eq!(fs::read(&path).expect("the file"), before);
}

#[test]
fn refuses_wrong_missing_and_empty_passphrases() {
    let folder = TempDir::new().expect("a temporary folder");
    let (key, path) = kept(folder.path(), KeyType::Ed25519, Some(&passphrase("correct horse")));
    let file = KeyFile::read(&path).expect("a key file");
    let cause = |result: Result<SigningKey, Error>| match result {
        Err(Error::Key { cause, .. }) => cause,
        other => panic!("{other:?}"),
    };
    assert!(matches!(cause(file.open(None)), KeyError::PassphraseNeeded));
    assert!(matches!(cause(file.open(Some(&passphrase("wrong")))), KeyError::WrongPassphrase));
    let empty = KeyFile::create_new(&folder.path().join("empty.pem"), &key, Some(&passphrase("")), FEW);
    assert!(matches!(empty, Err(Error::Key { cause: KeyError::EmptyPassphrase, .. })), "{empty:?}");
    assert!(!folder.path().join("empty.pem").exists());
}

#[test]
fn refuses_files_that_are_no_private_key() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("key.pem");
    let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAcjeOW8WIeT5Y+ByFM9pkouj\
                  xVlwfzH8lNJY5T/xSVCw=\n-----END PUBLIC KEY-----\n";
    for text in ["", "key", public, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        fs::write(&path, text).expect("a write");
        let read = KeyFile::read(&path).and_then(|file| file.open(None));
        assert!(matches!(read, Err(Error::Key { .. } | Error::Io { .. })), "{text:?}: {read:?}");
    }
}

#[test]
fn short_rsa_keys_are_refused() {
    for text in ["rsa-1024", "rsa-2047", "rsa-8192", "rsa-", "dsa", ""] {
        assert!(text.parse::<KeyType>().is_err(), "{text:?}");
    }
    assert_eq!("rsa".parse(), Ok(KeyType::RsaPss { bits: 3072 }));
    let short = SigningKey::generate(KeyType::RsaPss { bits: 1024 });
    assert!(matches!(short, Err(KeyError::ShortModulus { bits: 1024 })), "{short:?}");
}
