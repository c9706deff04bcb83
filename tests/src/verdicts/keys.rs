//! Key material and keyids.

use tuf_verifier_core::KeyProblem;

use super::row::Answer::{Refuses, Takes};
use super::row::{Row, Section};
use super::signed::APP;
use super::world::World;
use crate::expected::{arbitrary_software, only_key};
use crate::json::Json;
use crate::key::Key;
use crate::repository::Repository;
use crate::role::Authority;
use crate::scheme::Scheme;

pub(super) fn section() -> Section {
    Section {
        title: "Keys",
        about: "A keyid is opaque (TAP 12). A key that is not understood, or that is none, counts for nothing and \
                breaks nothing.",
        rows: [unknown(), unusable(), keyids()].into_iter().flatten().collect(),
    }
}

fn unknown() -> Vec<Row> {
    vec![
        Row::of("unknown-key-type-beside-known-ones", "a key of type `lattice` beside the one that signs")
            .measured(Refuses, Takes)
            .because("4.2.2: key types are open; three of the five peers break (measured 2026-11)")
            .worlds(|| {
                let keys = [Key::of(Scheme::Future, "f"), Key::new("a")];
                vec![timestamp_of(Authority::any_of(&keys), &keys).finding(APP, "targets")]
            }),
        Row::of("unknown-key-type-alone", "a role whose only key is of type `lattice`")
            .measured(Refuses, Refuses)
            .because("5.4.2: no signature can be verified, so nothing is accepted; but nothing speaks for an attack")
            .worlds(|| {
                let keys = [Key::of(Scheme::Future, "f")];
                let unsupported = only_key("lattice", "lattice-9000", KeyProblem::UnknownType);
                vec![timestamp_of(Authority::any_of(&keys), &keys).refused(unsupported)]
            }),
        Row::of(
            "unknown-scheme-beside-known-ones",
            "an ed25519 key of scheme `ed25519-2099` beside the one that signs",
        )
        .measured(Refuses, Takes)
        .because("4.2.2: schemes are open; three of the five peers break (measured 2026-11)")
        .worlds(|| vec![with_odd_key("ed25519", "ed25519-2099", None).finding(APP, "targets")]),
        Row::of("scheme-of-another-key-type", "an ed25519 key with scheme `rsassa-pss-sha256` alone")
            .measured(Refuses, Takes)
            .because("4.2.2: the scheme says how the key is used, and there is no such use")
            .worlds(|| {
                let odd = Key::new("odd").with_keyid("odd");
                let mut repository = Repository::new();
                repository.rotate("timestamp", Authority::any_of(std::slice::from_ref(&odd)));
                repository.edit("root", |signed| {
                    signed.at(&["keys", "odd"]).set("scheme", "rsassa-pss-sha256");
                });
                let unsupported = only_key("ed25519", "rsassa-pss-sha256", KeyProblem::UnknownScheme);
                vec![World::of(repository.write_root().publish()).refused(unsupported)]
            }),
        Row::of(
            "unknown-key-type-that-did-not-sign",
            "a role whose only key is of type `lattice`, and metadata without a signature of it",
        )
        .measured(Refuses, Refuses)
        .because("5.4.2: whoever knew the type would refuse it too")
        .worlds(|| {
            let keys = [Key::of(Scheme::Future, "f")];
            vec![below(timestamp_of(Authority::any_of(&keys), &[Key::new("stranger")]), 1, 0)]
        }),
        Row::of(
            "unknown-key-type-where-known-ones-would-do",
            "two usable keys and one of type `lattice`, threshold 2, signed by one and by the `lattice` key",
        )
        .measured(Refuses, Refuses)
        .because("5.4.2: the two usable keys could have signed")
        .worlds(|| {
            let keys = [Key::of(Scheme::Future, "f"), Key::new("a"), Key::new("b")];
            let authority = Authority { keys: keys.to_vec(), threshold: 2 };
            vec![below(timestamp_of(authority, &keys[..2]), 2, 1)]
        }),
    ]
}

fn unusable() -> Vec<Row> {
    vec![
        Row::of(
            "unusable-key-beside-usable-ones",
            "public parts that are no key: empty, too short, no hexadecimal, no PEM",
        )
        .measured(Takes, Takes)
        .because("a key that nobody can sign with takes nothing from the threshold that others meet")
        .worlds(|| {
            ["", "00", "zz", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
                .map(|public| with_odd_key("ed25519", "ed25519", Some(public)).finding(APP, "targets"))
                .into()
        }),
        Row::of("rsa-key-of-1024-bits", "a role whose only key is an RSA key of 1,024 bits")
            .measured(Takes, Takes)
            .because("ADR 0003: less than 2,048 bits is no key")
            .worlds(|| {
                let keys = [Key::of(Scheme::ShortRsa, "s")];
                let unsupported = only_key("rsa", "rsassa-pss-sha256", KeyProblem::Unreadable);
                vec![timestamp_of(Authority::any_of(&keys), &keys).refused(unsupported)]
            }),
        Row::of(
            "ed25519-key-of-small-order",
            "the neutral element as a key, and a signature that fits every message",
        )
        .measured(Takes, Takes)
        .because("ADR 0003: anybody can make that signature")
        .worlds(|| {
            let neutral = format!("01{}", "00".repeat(31));
            let mut repository = Repository::new();
            repository.rotate("timestamp", Authority::any_of(&[Key::new("weak").with_keyid("weak")]));
            let (public, forged) = (neutral.clone(), neutral + &"00".repeat(32));
            repository.edit("root", move |signed| {
                signed.at(&["keys", "weak", "keyval"]).set("public", public.as_str());
            });
            repository.edit_envelope("timestamp", move |envelope| {
                envelope.at(&["signatures", "0"]).set("sig", forged.as_str());
            });
            vec![below(World::of(repository.write_root().publish()), 1, 0)]
        }),
    ]
}

fn keyids() -> Vec<Row> {
    vec![
        Row::of("keyid-that-is-no-digest", "keyids such as `1`, a sentence, and text that must be escaped")
            .measured(Takes, Takes)
            .because("TAP 12: keyids are opaque")
            .worlds(|| {
                ["1", "the timestamp key", "ABCDEF", "\"\\ü😀"]
                    .map(|keyid| {
                        let key = [Key::new("a").with_keyid(keyid)];
                        timestamp_of(Authority::any_of(&key), &key).finding(APP, "targets")
                    })
                    .into()
            }),
        Row::of("keyid-without-a-key", "a role that lists a keyid of which there is no key")
            .measured(Takes, Takes)
            .because("4.3: it signs nothing; the threshold is met by others")
            .worlds(|| {
                let mut repository = Repository::new();
                repository.edit("root", |signed| {
                    signed.at(&["roles", "timestamp", "keyids"]).elements().insert(0, "nobody".into());
                });
                vec![World::of(repository.write_root().publish()).finding(APP, "targets")]
            }),
        Row::of(
            "key-present-but-unassigned",
            "a signature by a key that `keys` has and the role does not list",
        )
        .measured(Refuses, Refuses)
        .because("5.4.2: the role's keyids count, not what is in `keys`")
        .worlds(|| {
            let idle = Key::new("idle");
            let mut repository = Repository::new();
            repository.sign_with("timestamp", std::slice::from_ref(&idle));
            repository.edit("root", move |signed| {
                signed.at(&["keys"]).set(&idle.keyid, idle.public());
            });
            vec![below(World::of(repository.write_root().publish()), 1, 0)]
        }),
        Row::of(
            "key-passed-off-under-a-listed-keyid",
            "a signature by another key, with the keyid of the listed one",
        )
        .measured(Refuses, Refuses)
        .because("5.4.2: the signature is verified with the key that root lists")
        .worlds(|| {
            let right = Key::new("right");
            let wrong = Key::new("wrong").with_keyid(&right.keyid);
            vec![below(timestamp_of(Authority::any_of(&[right]), &[wrong]), 1, 0)]
        }),
    ]
}

/// The timestamp role has this authority, and these keys sign it.
pub(super) fn timestamp_of(authority: Authority, signers: &[Key]) -> World {
    let mut repository = Repository::new();
    repository.rotate("timestamp", authority).sign_with("timestamp", signers).write_root().publish();
    World::of(&repository)
}

/// The timestamp has too few signatures.
pub(super) fn below(world: World, threshold: u64, valid: u64) -> World {
    world.refused(arbitrary_software("timestamp", ("root", 1), threshold, valid))
}

/// The timestamp role lists an odd key first, and a good one, which alone signs.
fn with_odd_key(keytype: &'static str, scheme: &'static str, public: Option<&'static str>) -> World {
    let mut repository = Repository::new();
    let good = Key::new("good");
    repository.rotate("timestamp", Authority::any_of(&[Key::new("odd").with_keyid("odd"), good.clone()]));
    repository.sign_with("timestamp", &[good]);
    repository.edit("root", move |signed| {
        let key = signed.at(&["keys", "odd"]);
        key.set("keytype", keytype).set("scheme", scheme);
        if let Some(public) = public {
            key.set("keyval", Json::object([("public", public)]));
        }
    });
    World::of(repository.write_root().publish())
}
