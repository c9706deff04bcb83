//! Keys and thresholds: every scheme, opaque keyids, distinct key material.

use tuf_tests::expected::{arbitrary_software, defect_of, only_key};
use tuf_tests::{Authority, Device, Json, Key, Repository, Scheme};
use tuf_verifier_core::{Defect, Failure, KeyProblem};

/// Refreshes a new device from a repository in which this authority signs the timestamp, and so do these keys.
fn refresh(authority: Authority, signers: &[Key]) -> Result<(), Failure> {
    let mut repository = Repository::new();
    repository.rotate("timestamp", authority).sign_with("timestamp", signers).write_root().publish();
    Device::new(&repository).refresh(&repository.mirror).map(|_| ())
}

fn below(threshold: u64, valid: u64) -> Result<(), Failure> {
    Err(arbitrary_software("timestamp", ("root", 1), threshold, valid))
}

/// What is malformed about root metadata after this edit of its timestamp role.
fn malformed_role(edit: impl Fn(&mut Json) + 'static) -> Defect {
    let mut repository = Repository::new();
    repository.edit("root", move |signed| edit(signed.at(&["roles", "timestamp"]))).write_root();
    let failure = Device::new(&repository).start().unwrap_err();
    defect_of("root.json", failure)
}

#[test]
fn accepts_every_supported_scheme_in_every_role() {
    for scheme in Scheme::SUPPORTED {
        let mut repository = Repository::new();
        for role in ["root", "timestamp", "snapshot", "targets"] {
            repository.rotate(role, Authority::any_of(&[Key::of(scheme, role)]));
        }
        repository.write_root().publish().next_root();
        let report = Device::new(&repository).refresh(&repository.mirror);
        assert_eq!(report.map(|report| report.root.version), Ok(2), "{scheme:?}");
    }
}

#[test]
fn rejects_a_wrong_signature_of_every_supported_scheme() {
    for scheme in Scheme::SUPPORTED {
        let mut repository = Repository::new();
        repository.rotate("timestamp", Authority::any_of(&[Key::of(scheme, "a")])).write_root().publish();
        let spoiled = repository.mirror.clone().tampering("timestamp.json", "27-", "28-");
        let refused = Device::new(&repository).refresh(&spoiled).unwrap_err();
        assert_eq!(Err(refused), below(1, 0), "{scheme:?}");
    }
}

#[test]
fn rejects_another_key_of_the_same_scheme() {
    for scheme in [Scheme::Ed25519, Scheme::EcdsaP256, Scheme::EcdsaP384] {
        let (right, wrong) = (Key::of(scheme, "right"), Key::of(scheme, "wrong"));
        let passed_off = wrong.with_keyid(&right.keyid);
        assert_eq!(refresh(Authority::any_of(&[right]), &[passed_off]), below(1, 0), "{scheme:?}");
    }
}

#[test]
fn accepts_a_threshold_met_by_keys_of_different_schemes() {
    let keys = Scheme::SUPPORTED.map(|scheme| Key::of(scheme, "x"));
    let authority = Authority { keys: keys.to_vec(), threshold: 4 };
    assert_eq!(refresh(authority.clone(), &keys), Ok(()));
    assert_eq!(refresh(authority, &keys[1..]), below(4, 3));
}

#[test]
fn accepts_a_threshold_met_by_two_keys_of_one_scheme() {
    for scheme in [Scheme::Ed25519, Scheme::EcdsaP256, Scheme::EcdsaP384] {
        let keys = ["a", "b"].map(|label| Key::of(scheme, label));
        let authority = Authority { keys: keys.to_vec(), threshold: 2 };
        assert_eq!(refresh(authority, &keys), Ok(()), "{scheme:?}");
    }
}

#[test]
fn accepts_more_signatures_than_needed() {
    let keys = ["a", "b", "c", "stranger"].map(Key::new);
    assert_eq!(refresh(Authority::of(2, &["a", "b", "c"]), &keys), Ok(()));
}

#[test]
fn accepts_keyids_that_are_no_digest() {
    for keyid in ["", "1", "the timestamp key", "ABCDEF", "\"\\\u{1}ü😀"] {
        let key = Key::new("a").with_keyid(keyid);
        assert_eq!(refresh(Authority::any_of(std::slice::from_ref(&key)), &[key]), Ok(()), "{keyid}");
    }
}

#[test]
fn rejects_a_threshold_met_by_one_key_with_two_keyids() {
    for scheme in Scheme::SUPPORTED {
        let twins = ["x", "y"].map(|keyid| Key::of(scheme, "a").with_keyid(keyid));
        let authority = Authority { keys: twins.to_vec(), threshold: 2 };
        assert_eq!(refresh(authority, &twins), below(2, 1), "{scheme:?}");
    }
}

#[test]
fn rejects_a_threshold_met_by_one_key_that_is_written_in_two_ways() {
    let (plain, shouted) = (Key::new("a").with_keyid("x"), Key::new("a").with_keyid("y"));
    let mut repository = Repository::new();
    repository.rotate("timestamp", Authority { keys: vec![plain, shouted], threshold: 2 });
    repository.edit("root", |signed| {
        let Json::Text(public) = signed.at(&["keys", "y", "keyval", "public"]) else { panic!("no text") };
        public.make_ascii_uppercase();
    });
    let refused = Device::new(repository.write_root().publish()).refresh(&repository.mirror).unwrap_err();
    assert_eq!(Err(refused), below(2, 1));
}

#[test]
fn accepts_one_of_two_keyids_of_a_key_where_one_signature_is_enough() {
    let twins = ["x", "y"].map(|keyid| Key::new("a").with_keyid(keyid));
    assert_eq!(refresh(Authority::any_of(&twins), &twins[1..]), Ok(()));
    let wrong_first = [Key::new("stranger").with_keyid("x"), twins[1].clone()];
    assert_eq!(refresh(Authority::any_of(&twins), &wrong_first), Ok(()));
}

#[test]
fn accepts_keys_of_unknown_types_beside_known_ones() {
    let future = Key::of(Scheme::Future, "f");
    let keys = [future.clone(), Key::new("a"), Key::new("b")];
    let authority = Authority { keys: keys.to_vec(), threshold: 2 };
    assert_eq!(refresh(authority.clone(), &keys), Ok(()));
    assert_eq!(refresh(authority, &keys[..2]), below(2, 1));
}

#[test]
fn accepts_unusable_keys_beside_usable_ones() {
    for public in ["", "00", "zz", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
        let mut repository = Repository::new();
        let broken = Key::new("broken").with_keyid("broken");
        repository.rotate("timestamp", Authority::any_of(&[broken, Key::new("good")]));
        repository.edit("root", move |signed| {
            signed.at(&["keys", "broken", "keyval"]).set("public", public);
        });
        let mut device = Device::new(repository.write_root().publish());
        assert!(device.refresh(&repository.mirror).is_ok(), "{public}");
        repository.sign_with("timestamp", &[Key::new("broken").with_keyid("broken")]).publish();
        assert_eq!(Device::new(&repository).refresh(&repository.mirror).map(|_| ()), below(1, 0), "{public}");
    }
}

#[test]
fn accepts_keys_whose_scheme_does_not_fit_their_type_as_unknown_ones() {
    for (keytype, scheme) in [("rsa", "ed25519"), ("ed25519", "rsassa-pss-sha256"), ("ed25519", "")] {
        let mut repository = Repository::new();
        let odd = Key::new("odd").with_keyid("odd");
        repository.rotate("timestamp", Authority::any_of(std::slice::from_ref(&odd)));
        repository.edit("root", move |signed| {
            signed.at(&["keys", "odd"]).set("keytype", keytype).set("scheme", scheme);
        });
        repository.write_root().publish();
        let unsupported = only_key(keytype, scheme, KeyProblem::UnknownScheme);
        assert_eq!(Device::new(&repository).refresh(&repository.mirror), Err(unsupported));
    }
}

#[test]
fn rejects_an_rsa_key_of_fewer_than_2048_bits() {
    let short = Key::of(Scheme::ShortRsa, "s");
    let unsupported = only_key("rsa", "rsassa-pss-sha256", KeyProblem::Unreadable);
    assert_eq!(refresh(Authority::any_of(std::slice::from_ref(&short)), &[short]), Err(unsupported));
}

#[test]
fn rejects_an_ed25519_key_of_small_order() {
    let neutral = format!("01{}", "00".repeat(31));
    let mut repository = Repository::new();
    repository.rotate("timestamp", Authority::any_of(&[Key::new("weak").with_keyid("weak")]));
    let public = neutral.clone();
    repository.edit("root", move |signed| {
        signed.at(&["keys", "weak", "keyval"]).set("public", public.as_str());
    });
    let forged = neutral + &"00".repeat(32);
    repository.edit_envelope("timestamp", move |envelope| {
        envelope.at(&["signatures", "0"]).set("sig", forged.as_str());
    });
    repository.write_root().publish();
    assert_eq!(Device::new(&repository).refresh(&repository.mirror).map(|_| ()), below(1, 0));
}

#[test]
fn accepts_keyids_without_a_key() {
    let mut repository = Repository::new();
    repository.edit("root", |signed| {
        signed.at(&["roles", "timestamp", "keyids"]).elements().insert(0, "nobody".into());
    });
    assert!(Device::new(repository.write_root().publish()).refresh(&repository.mirror).is_ok());
}

#[test]
fn accepts_keys_that_are_assigned_to_no_role_and_does_not_count_them() {
    let idle = Key::new("idle");
    let mut repository = Repository::new();
    let listed = idle.clone();
    repository.edit("root", move |signed| {
        signed.at(&["keys"]).set(&listed.keyid, listed.public());
    });
    assert!(Device::new(repository.write_root().publish()).refresh(&repository.mirror).is_ok());
    repository.sign_with("timestamp", &[idle]).publish();
    assert_eq!(Device::new(&repository).refresh(&repository.mirror).map(|_| ()), below(1, 0));
}

#[test]
fn rejects_thresholds_that_are_not_positive() {
    for threshold in ["0", "-1", "1.0", "\"1\"", "null", "18446744073709551616"] {
        let defect = malformed_role(move |role| {
            role.set("threshold", Json::raw(threshold));
        });
        assert!(!matches!(defect, Defect::MissingField(_)), "{threshold}: {defect:?}");
    }
    let missing = malformed_role(|role| {
        role.remove("threshold");
    });
    assert_eq!(missing, Defect::MissingField("threshold"));
}

#[test]
fn rejects_thresholds_that_are_higher_than_there_are_keys() {
    assert_eq!(refresh(Authority::of(3, &["a", "b"]), &["a", "b"].map(Key::new)), below(3, 2));
    assert_eq!(refresh(Authority::of(u64::MAX, &["a"]), &[Key::new("a")]), below(u64::MAX, 1));
    assert_eq!(refresh(Authority::of(1, &[]), &[]), below(1, 0));
}

#[test]
fn rejects_a_keyid_that_is_listed_twice() {
    let defect = malformed_role(|role| {
        let keyid = role.at(&["keyids", "0"]).clone();
        role.at(&["keyids"]).elements().push(keyid);
    });
    assert!(matches!(defect, Defect::Field { field: "keyids", .. }), "{defect:?}");
}

#[test]
fn rejects_signatures_that_are_no_signature() {
    for sig in ["", "00", "zz", &"00".repeat(64), &"ff".repeat(64), &"0".repeat(127)] {
        let mut repository = Repository::new();
        let text = sig.to_owned();
        repository.edit_envelope("timestamp", move |envelope| {
            envelope.at(&["signatures", "0"]).set("sig", text.as_str());
        });
        repository.publish();
        assert_eq!(Device::new(&repository).refresh(&repository.mirror).map(|_| ()), below(1, 0), "{sig}");
    }
}

#[test]
fn rejects_a_signature_with_half_a_byte_more() {
    for scheme in Scheme::SUPPORTED {
        let mut repository = Repository::new();
        repository.rotate("timestamp", Authority::any_of(&[Key::of(scheme, "a")])).write_root();
        repository.edit_envelope("timestamp", |envelope| {
            let Json::Text(sig) = envelope.at(&["signatures", "0", "sig"]) else { panic!("no text") };
            sig.push('0');
        });
        repository.publish();
        assert_eq!(
            Device::new(&repository).refresh(&repository.mirror).map(|_| ()),
            below(1, 0),
            "{scheme:?}"
        );
    }
}

#[test]
fn rejects_a_pinned_root_that_its_own_keys_did_not_sign() {
    let mut repository = Repository::new();
    repository.rotate("root", Authority::of(2, &["a", "b"])).sign_with("root", &[Key::new("a")]).write_root();
    let failure = Device::new(&repository).start().unwrap_err();
    assert_eq!(failure, arbitrary_software("root", ("root", 1), 2, 1));
}

/// Roots, each signed by three keys of a scheme, all of which must sign. The keys verify more than one root, and may be prepared
/// for that.
fn roots_of_three(scheme: Scheme, count: u64) -> Repository {
    let keys = ["a", "b", "c"].map(|label| Key::of(scheme, label));
    let mut repository = Repository::new();
    repository.rotate("root", Authority { threshold: 3, ..Authority::any_of(&keys) }).write_root();
    (1..count).for_each(|_| {
        repository.next_root();
    });
    repository
}

const CURVES: [Scheme; 3] = [Scheme::EcdsaP256, Scheme::EcdsaP384, Scheme::EcdsaP521];

#[test]
fn accepts_many_roots_of_the_same_keys() {
    for scheme in CURVES {
        let repository = roots_of_three(scheme, 12);
        let report = Device::new(&repository).refresh(&repository.mirror);
        assert_eq!(report.map(|report| report.root.version), Ok(12), "{scheme:?}");
    }
}

#[test]
fn rejects_a_wrong_signature_by_a_key_that_has_verified_before() {
    for scheme in CURVES {
        let repository = roots_of_three(scheme, 5);
        let fifth = String::from_utf8(repository.mirror.file("5.root.json").to_vec()).unwrap();
        let fourth = String::from_utf8(repository.mirror.file("4.root.json").to_vec()).unwrap();
        let signature =
            |root: &str| root.split_once("\"sig\": \"").unwrap().1.split_once('"').unwrap().0.to_owned();
        // The key's own signature of the version before, and its own signature with r and s in each other's place.
        let (own, before) = (signature(&fifth), signature(&fourth));
        for wrong in [before, swapped(&own)] {
            let spoiled = repository.mirror.clone().tampering("5.root.json", &own, &wrong);
            let refused = Device::new(&repository).refresh(&spoiled).unwrap_err();
            assert_eq!(refused, arbitrary_software("root", ("root", 4), 3, 2), "{scheme:?}");
        }
    }
}

/// A signature in DER, its two integers in each other's place.
fn swapped(signature: &str) -> String {
    let long = signature.starts_with("3081");
    let (head, body) = signature.split_at(if long { 6 } else { 4 });
    let length = usize::from_str_radix(&body[2..4], 16).unwrap();
    let (r, s) = body.split_at(4 + 2 * length);
    [head, s, r].concat()
}

#[test]
fn rejects_a_root_whose_keyid_stands_for_another_key_than_before() {
    let (old, new) = (Key::of(Scheme::EcdsaP256, "old"), Key::of(Scheme::EcdsaP256, "new").with_keyid("k"));
    let mut repository = Repository::new();
    repository.rotate("root", Authority::any_of(&[old.with_keyid("k")])).write_root().next_root();
    // The signature under this keyid is verified with the key of each root, not once for both.
    repository
        .rotate("root", Authority::any_of(&[new]))
        .sign_with("root", &[old.with_keyid("k")])
        .next_root();
    let refused = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
    assert_eq!(refused, arbitrary_software("root", ("root", 3), 1, 0));
}
