//! Thresholds and signatures.

use tuf_verifier_core::Defect;

use super::keys::{below, timestamp_of};
use super::row::Answer::{Refuses, Takes};
use super::row::{Row, Section};
use super::signed::{APP, signed};
use super::world::{End, World};
use crate::expected::signed_twice;
use crate::json::Json;
use crate::key::Key;
use crate::repository::Repository;
use crate::role::Authority;
use crate::scheme::Scheme;

pub(super) fn section() -> Section {
    Section {
        title: "Thresholds",
        about: "A threshold counts valid signatures of distinct key material.",
        rows: [counted_once(), thresholds(), signatures()].into_iter().flatten().collect(),
    }
}

fn counted_once() -> Vec<Row> {
    vec![
        Row::of(
            "one-key-under-two-keyids",
            "threshold 2, met by one key that is listed and signs under two keyids",
        )
        .measured(Takes, Takes)
        .because("5.4.2: signatures by a threshold of keys; four of the five peers count it twice (2026-11)")
        .worlds(|| {
            let twins = |scheme| {
                let twins = ["x", "y"].map(|keyid| Key::of(scheme, "a").with_keyid(keyid));
                below(timestamp_of(Authority { keys: twins.to_vec(), threshold: 2 }, &twins), 2, 1)
            };
            Scheme::SUPPORTED.map(twins).into()
        }),
        Row::of("one-key-written-in-two-ways", "the same, once in upper-case hexadecimal")
            .measured(Takes, Takes)
            .because("the same: the material counts, not how it is written")
            .worlds(|| {
                let keys = ["x", "y"].map(|keyid| Key::new("a").with_keyid(keyid));
                let mut repository = Repository::new();
                repository.rotate("timestamp", Authority { keys: keys.to_vec(), threshold: 2 });
                repository.edit("root", |signed| {
                    let Json::Text(public) = signed.at(&["keys", "y", "keyval", "public"]) else {
                        panic!("no text")
                    };
                    public.make_ascii_uppercase();
                });
                vec![below(World::of(repository.write_root().publish()), 2, 1)]
            }),
        Row::of(
            "either-keyid-of-one-key",
            "threshold 1, met by one key that is listed under two keyids and signs under one",
        )
        .measured(Takes, Takes)
        .because("TAP 12: both keyids are the key's")
        .worlds(|| {
            let twins = ["x", "y"].map(|keyid| Key::new("a").with_keyid(keyid));
            vec![timestamp_of(Authority::any_of(&twins), &twins[1..]).finding(APP, "targets")]
        }),
        Row::of("duplicate-signatures", "threshold 2, and one key's signature twice")
            .measured(Refuses, Refuses)
            .because("4.2.1: a keyid signs once; 5.4.2: the threshold counts keys")
            .worlds(|| {
                let keys = ["a", "b"].map(Key::new);
                let signers = [keys[0].clone(), keys[0].clone()];
                let world = timestamp_of(Authority { keys: keys.to_vec(), threshold: 2 }, &signers);
                vec![world.refreshing(End::Refused(signed_twice("timestamp.json")))]
            }),
        Row::of("keyid-listed-twice", "a role that lists one keyid twice")
            .measured(Refuses, Refuses)
            .because("4.3: keyids of a role are distinct, or its threshold means nothing")
            .worlds(|| {
                let repository = signed("root", |signed| {
                    let keyids = signed.at(&["roles", "timestamp", "keyids"]).elements();
                    keyids.push(keyids[0].clone());
                });
                let defect = Defect::Field { field: "keyids", expected: "an array of distinct strings" };
                vec![World::of(&repository).malformed("2.root.json", defect)]
            }),
    ]
}

fn thresholds() -> Vec<Row> {
    const THRESHOLD: Defect =
        Defect::Field { field: "threshold", expected: "an integer from 1 to 18446744073709551615" };
    let refused = |name, input, text: &'static str, defect: Defect| {
        Row::of(name, input).because("4.3: an integer greater than 0").worlds(move || {
            let repository = signed("root", move |signed| {
                signed.at(&["roles", "timestamp"]).set("threshold", Json::raw(text));
            });
            vec![World::of(&repository).malformed("2.root.json", defect.clone())]
        })
    };
    vec![
        refused("threshold-zero", "a timestamp role of threshold 0", "0", THRESHOLD)
            .measured(Refuses, Refuses),
        refused("threshold-negative", "a timestamp role of threshold −1", "-1", THRESHOLD)
            .measured(Refuses, Refuses),
        refused("threshold-as-text", "a timestamp role of threshold `\"1\"`", "\"1\"", THRESHOLD)
            .measured(Refuses, Refuses),
        refused("threshold-null", "a timestamp role of threshold `null`", "null", THRESHOLD)
            .measured(Refuses, Refuses),
        Row::of("threshold-above-the-number-of-keys", "threshold 3 of two keys, both of which sign")
            .measured(Refuses, Refuses)
            .because("5.4.2: it cannot be met")
            .worlds(|| {
                let keys = ["a", "b"].map(Key::new);
                vec![below(timestamp_of(Authority { keys: keys.to_vec(), threshold: 3 }, &keys), 3, 2)]
            }),
        Row::of("threshold-without-keys", "threshold 1 of no key")
            .measured(Refuses, Refuses)
            .because("5.4.2: it cannot be met")
            .worlds(|| vec![below(timestamp_of(Authority::of(1, &[]), &[Key::new("a")]), 1, 0)]),
    ]
}

fn signatures() -> Vec<Row> {
    vec![
        Row::of(
            "empty-signature-beside-good-ones",
            "an empty `sig` of a listed key beside a threshold of others",
        )
        .measured(Takes, Takes)
        .because("repositories carry them while they collect signatures; it counts for nothing")
        .worlds(|| {
            let keys = ["a", "b"].map(Key::new);
            let mut repository = Repository::new();
            repository.rotate("timestamp", Authority::any_of(&keys)).write_root();
            repository.edit_envelope("timestamp", |envelope| {
                envelope.at(&["signatures", "0"]).set("sig", "");
            });
            vec![World::of(repository.publish()).finding(APP, "targets")]
        }),
        Row::of(
            "signature-that-is-none",
            "`sig` empty, short, no hexadecimal, or 64 zero bytes, of the only key",
        )
        .measured(Refuses, Refuses)
        .because("5.4.2: no valid signature")
        .worlds(|| {
            ["", "00", "zz", &"00".repeat(64)]
                .map(|sig| {
                    let (mut repository, sig) = (Repository::new(), sig.to_owned());
                    repository.edit_envelope("timestamp", move |envelope| {
                        envelope.at(&["signatures", "0"]).set("sig", sig.as_str());
                    });
                    below(World::of(repository.publish()), 1, 0)
                })
                .into()
        }),
        Row::of(
            "signature-by-a-stranger-beside-good-ones",
            "a signature by a key that nobody lists, beside a threshold",
        )
        .measured(Takes, Takes)
        .because("5.4.2: it counts for nothing")
        .worlds(|| {
            let (key, stranger) = (Key::new("a"), Key::new("stranger"));
            let authority = Authority::any_of(std::slice::from_ref(&key));
            vec![timestamp_of(authority, &[stranger, key]).finding(APP, "targets")]
        }),
        Row::of("no-signature-at-all", "`signatures` is empty")
            .measured(Refuses, Refuses)
            .because("5.4.2: nothing was checked, which is never success")
            .worlds(|| vec![below(timestamp_of(Authority::one("a"), &[]), 1, 0)]),
    ]
}
