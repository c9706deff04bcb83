//! Metadata that needs keys, hashes or forms which are not supported: not accepted, and not called an attack.
//!
//! It stays an attack if the usable keys alone could have met the threshold, and if not even the unusable ones signed.

use tuf_tests::expected::{
    arbitrary_software, defect_of, no_supported_hash, only_key, unsupported_date, unsupported_keys,
    unsupported_spec_version,
};
use tuf_tests::{
    Answer, Authority, Delegation, Device, Json, Key, Listing, NOW, Repository, Rotation, Scheme, date_time,
};
use tuf_verifier_core::{Defect, Failure, KeyProblem, Unsupported};

const LATTICE: (&str, &str, KeyProblem, u64) = ("lattice", "lattice-9000", KeyProblem::UnknownType, 1);

/// A key of a type that no verifier of today knows, under this keyid.
fn future(keyid: &str) -> Key {
    Key::of(Scheme::Future, keyid).with_keyid(keyid)
}

/// Refreshes a new device from a repository in which this authority signs the timestamp, and so do these keys.
fn refresh(authority: Authority, signers: &[Key]) -> Result<(), Failure> {
    let mut repository = Repository::new();
    repository.rotate("timestamp", authority).sign_with("timestamp", signers).write_root().publish();
    Device::new(&repository).refresh(&repository.mirror).map(|_| ())
}

fn of(threshold: u64, keys: &[Key]) -> Authority {
    Authority { keys: keys.to_vec(), threshold }
}

fn below(threshold: u64, valid: u64) -> Result<(), Failure> {
    Err(arbitrary_software("timestamp", ("root", 1), threshold, valid))
}

#[test]
fn rejects_a_threshold_that_needs_keys_of_an_unknown_type() {
    let keys = [future("f"), Key::new("a")];
    let unsupported = unsupported_keys("timestamp", ("root", 1), 2, 2, &[LATTICE]);
    assert_eq!(unsupported.code(), "unsupported-keys");
    assert_eq!(
        unsupported.to_string(),
        "unsupported keys: 1 of the 2 keys that root version 1 lists for timestamp cannot be used here, and its threshold \
         of 2 needs them: 1 of type \"lattice\" and scheme \"lattice-9000\", a type that a later verifier may know"
    );
    assert_eq!(refresh(of(2, &keys), &keys), Err(unsupported));
}

#[test]
fn rejects_missing_signatures_of_usable_keys_as_an_attack() {
    let keys = [future("f"), Key::new("a"), Key::new("b")];
    let stranger = Key::new("stranger").with_keyid(&keys[2].keyid);
    assert_eq!(refresh(of(2, &keys), &[keys[0].clone(), keys[1].clone(), stranger]), below(2, 1));
    assert_eq!(refresh(of(2, &keys), &keys[..1]), below(2, 0));
}

/// Whoever could verify them would find too few signatures as well.
#[test]
fn rejects_what_the_unusable_keys_did_not_sign_either_as_an_attack() {
    let keys = [future("f"), future("g"), Key::new("a")];
    assert_eq!(refresh(of(3, &keys), &keys[1..]), below(3, 1));
    assert_eq!(refresh(of(1, &keys[..1]), &[]), below(1, 0));
    assert_eq!(refresh(of(1, &keys[..1]), &[Key::new("stranger")]), below(1, 0));
}

#[test]
fn rejects_an_empty_signature_of_an_unusable_key_as_an_attack() {
    let key = future("f");
    let mut repository = Repository::new();
    repository.rotate("timestamp", Authority::any_of(&[key])).write_root();
    repository.edit_envelope("timestamp", |envelope| {
        envelope.at(&["signatures", "0"]).set("sig", "");
    });
    let refused = Device::new(repository.publish()).refresh(&repository.mirror).map(|_| ());
    assert_eq!(refused, below(1, 0));
}

#[test]
fn rejects_one_unusable_key_under_two_keyids_as_an_attack() {
    let twins = ["K", "L"].map(future);
    assert_eq!(refresh(of(2, &twins), &twins), below(2, 0));
}

#[test]
fn accepts_a_threshold_that_usable_keys_meet_beside_unusable_ones() {
    let keys = [future("f"), future("g"), Key::new("a")];
    assert_eq!(refresh(of(1, &keys), &keys), Ok(()));
}

/// Each kind is named once, with how many keys are of it.
#[test]
fn rejects_keys_of_several_kinds_and_names_each() {
    let broken = Key::new("broken").with_keyid("broken");
    let odd = Key::new("odd").with_keyid("odd");
    let keys = [future("f"), future("g"), broken, odd];
    let mut repository = Repository::new();
    repository.rotate("timestamp", of(3, &keys));
    repository.edit("root", |signed| {
        signed.at(&["keys", "broken", "keyval"]).set("public", "zz");
        signed.at(&["keys", "odd"]).set("scheme", "ed25519-2099");
    });
    let failure = Device::new(repository.write_root().publish()).refresh(&repository.mirror).unwrap_err();
    let Failure::Unsupported(Unsupported::Keys { unusable, listed: 4, threshold: 3, .. }) = failure else {
        panic!("{failure:?}");
    };
    let mut kinds: Vec<_> =
        unusable.iter().map(|keys| (&*keys.keytype, &*keys.scheme, keys.why.code(), keys.count)).collect();
    kinds.sort_unstable();
    let expected = [
        ("ed25519", "ed25519", "unreadable", 1),
        ("ed25519", "ed25519-2099", "unknown-scheme", 1),
        ("lattice", "lattice-9000", "unknown-type", 2),
    ];
    assert_eq!(kinds, expected);
}

/// A hostile root may list thousands of kinds, each with a long name.
#[test]
fn rejects_many_kinds_of_keys_in_few_words() {
    let keys: Vec<_> = (0..40).map(|number| Key::new("x").with_keyid(&number.to_string())).collect();
    let mut repository = Repository::new();
    repository.rotate("timestamp", of(40, &keys));
    repository.edit("root", |signed| {
        for (keyid, key) in signed.at(&["keys"]).members() {
            if keyid.len() < 3 {
                key.set("keytype", format!("{keyid}{}", "x".repeat(1_000)).as_str());
            }
        }
    });
    let failure = Device::new(repository.write_root().publish()).refresh(&repository.mirror).unwrap_err();
    assert_eq!(failure.code(), "unsupported-keys");
    let words = failure.to_string();
    assert!(words.starts_with("unsupported keys: 40 of the 40 keys") && words.len() < 2_000, "{words}");
}

#[test]
fn rejects_a_trusted_root_that_only_unusable_keys_sign() {
    let mut repository = Repository::new();
    repository.rotate("root", Authority::any_of(&[future("f")])).write_root().publish();
    let refused = Device::new(&repository).start().unwrap_err();
    assert_eq!(refused, unsupported_keys("root", ("root", 1), 1, 1, &[LATTICE]));
}

#[test]
fn rejects_a_delegated_role_that_only_unusable_keys_sign() {
    let mut repository = Repository::new();
    let authority = Authority::any_of(&[future("f")]);
    repository
        .delegate("targets", Delegation { authority, ..Delegation::paths("team", &["team/*"]) })
        .add_target("team", "team/app", b"1");
    repository.publish();
    let refused = Device::new(&repository).find(&repository.mirror, "team/app").unwrap_err();
    assert_eq!(refused, unsupported_keys("team", ("targets", 1), 1, 1, &[LATTICE]));
    let found = Device::new(&repository).find(&repository.mirror, "app-1.0.tar.gz");
    assert!(matches!(found, Ok(Answer::Found(_))), "a role that is not searched is no obstacle");
}

#[test]
fn rejects_a_rotation_to_unusable_keys() {
    let mut repository = Repository::new();
    let rotation = Rotation::to(Authority::any_of(&[future("f")]), &["targets-1"]);
    repository.add_rotation("targets", rotation).publish();
    let refused = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
    let Failure::Unsupported(unsupported) = refused else { panic!("{refused:?}") };
    assert_eq!(unsupported.code(), "unsupported-keys");
}

/// Another mirror may have metadata that is supported, or is not forged.
#[test]
fn recovers_from_unsupported_metadata_when_supported_metadata_is_offered() {
    let mut repository = Repository::new();
    let honest = repository.mirror.clone();
    repository.edit("timestamp", |signed| _ = signed.set("spec_version", "2.0.0")).publish();
    let unsupported = unsupported_spec_version("timestamp.json", "2.0.0");
    Device::new_for(&honest).refuses("timestamp.json", &repository.mirror, &unsupported, &honest);
}

#[test]
fn rejects_a_listing_with_hashes_of_unknown_algorithms_alone() {
    let mut repository = Repository::new();
    repository.listing = Listing::Everything;
    repository.edit("timestamp", |signed| {
        let hashes = Json::object([("md5", "00"), ("sha1", "00")]);
        signed.at(&["meta", "snapshot.json"]).set("hashes", hashes);
    });
    let refused = Device::new(repository.publish()).refresh(&repository.mirror).unwrap_err();
    assert_eq!(refused, no_supported_hash("snapshot", &["md5", "sha1"]));
    assert_eq!(
        refused.to_string(),
        "no supported hash: snapshot is listed with md5, sha1; supported are sha256, sha384, sha512"
    );
}

#[test]
fn rejects_an_unsupported_text_in_few_words() {
    let long = "2".repeat(5_000);
    let mut repository = Repository::new();
    let text = long.clone();
    repository.edit("timestamp", move |signed| _ = signed.set("spec_version", text.as_str())).publish();
    let refused = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
    let shown = format!("{}\u{2026}", &long[..64]);
    assert_eq!(refused, unsupported_spec_version("timestamp.json", &shown));
}

/// The date says when it is, in words that are not read: nobody can say that it has not expired.
#[test]
fn rejects_an_expired_date_in_a_form_that_is_not_read() {
    let text = date_time(NOW - 1).replace('T', " ");
    let mut repository = Repository::new();
    let written = text.clone();
    repository.edit("timestamp", move |signed| _ = signed.set("expires", written.as_str())).publish();
    let refused = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
    assert_eq!(refused, unsupported_date("timestamp.json", &text));
}

#[test]
fn rejects_an_expiry_that_is_no_date_as_malformed() {
    let mut repository = Repository::new();
    repository.edit("timestamp", |signed| _ = signed.set("expires", "never")).publish();
    let refused = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
    let expected = Defect::Field { field: "expires", expected: "a date-time YYYY-MM-DDTHH:MM:SSZ" };
    assert_eq!(defect_of("timestamp.json", refused), expected);
}

#[test]
fn rejects_a_key_whose_scheme_has_no_such_key() {
    for (keytype, scheme, why) in [
        ("ecdsa", "ecdsa-sha2-nistp256", KeyProblem::Unreadable),
        ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", KeyProblem::Unreadable),
        ("ecdsa", "ecdsa-sha2-nistp224", KeyProblem::UnknownScheme),
        ("ecdsa-sha2-nistp224", "ecdsa-sha2-nistp224", KeyProblem::UnknownType),
        ("rsa", "rsassa-pss-sha256", KeyProblem::Unreadable),
        ("rsa", "rsassa-pss-sha224", KeyProblem::UnknownScheme),
        ("ml-dsa", "ml-dsa-65/1", KeyProblem::Unreadable),
        ("ml-dsa", "ml-dsa-65/2", KeyProblem::UnknownScheme),
    ] {
        let mut repository = Repository::new();
        repository.rotate("timestamp", Authority::any_of(&[Key::new("odd").with_keyid("odd")]));
        repository.edit("root", move |signed| {
            signed.at(&["keys", "odd"]).set("keytype", keytype).set("scheme", scheme);
        });
        let refused = Device::new(repository.write_root().publish()).refresh(&repository.mirror).unwrap_err();
        assert_eq!(refused, only_key(keytype, scheme, why));
    }
}
