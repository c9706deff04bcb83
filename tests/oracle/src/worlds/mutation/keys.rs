//! Keys, keyids, thresholds and roles, in root metadata and in delegations.

use tuf_tests::{Authority, Json, Key, Scheme};

use super::{Mutation, On, mutation};
use crate::worlds::scene::{Scene, member, push_front, remove, set};

pub(super) const ALL: &[Mutation] = &[
    mutation("threshold-zero", On::Keys, |scene| in_role(scene, "threshold", "0")),
    mutation("threshold-negative", On::Keys, |scene| in_role(scene, "threshold", "-1")),
    mutation("threshold-a-string", On::Keys, |scene| in_role(scene, "threshold", "\"1\"")),
    mutation("threshold-with-a-fraction", On::Keys, |scene| in_role(scene, "threshold", "1.5")),
    mutation("threshold-beyond-its-keys", On::Keys, |scene| in_role(scene, "threshold", "9")),
    mutation("threshold-missing", On::Keys, |scene| {
        let role = attacked(scene);
        scene.signed(move |json| remove(json, &path(&role, &["threshold"])));
    }),
    mutation("keyids-none", On::Keys, |scene| in_role(scene, "keyids", "[]")),
    mutation("keyids-a-string", On::Keys, |scene| in_role(scene, "keyids", "\"abc\"")),
    mutation("keyids-of-numbers", On::Keys, |scene| in_role(scene, "keyids", "[1]")),
    mutation("keyid-twice", On::Keys, |scene| {
        of_keyids(scene, |keyids| keyids.extend(keyids.first().cloned()));
    }),
    mutation("keyid-of-no-key", On::Keys, |scene| {
        of_keyids(scene, |keyids| keyids.push(Json::from("nobody")));
    }),
    mutation("keyids-in-reverse-order", On::Keys, |scene| of_keyids(scene, |keyids| keyids.reverse())),
    mutation("role-with-more-members", On::Keys, |scene| in_role(scene, "x-note", "[\"text\"]")),
    mutation("one-key-under-two-keyids", On::Keys, |scene| {
        authority(scene, |_| Authority { threshold: 2, keys: two_names() });
    }),
    mutation("one-key-under-two-keyids-beside-another", On::Keys, |scene| {
        authority(scene, |_| Authority {
            threshold: 2,
            keys: [two_names(), vec![Key::new("another")]].concat(),
        });
    }),
    mutation("keyid-opaque", On::Keys, |scene| {
        authority(scene, |_| Authority::any_of(&[Key::new("opaque").with_keyid("chosen by hand / ü")]));
    }),
    mutation("keyid-empty", On::Keys, |scene| {
        authority(scene, |_| Authority::any_of(&[Key::new("opaque").with_keyid("")]));
    }),
    mutation("keyid-named-proto", On::Keys, |scene| {
        authority(scene, |_| Authority::any_of(&[Key::new("opaque").with_keyid("__proto__")]));
    }),
    mutation("key-of-an-unknown-type-beside", On::Keys, |scene| {
        authority(scene, |mut authority| {
            authority.keys.push(Key::of(Scheme::Future, "future"));
            authority
        });
    }),
    mutation("key-of-an-unknown-type-alone", On::Keys, |scene| {
        authority(scene, |_| Authority::any_of(&[Key::of(Scheme::Future, "future")]));
    }),
    mutation("key-too-short", On::Keys, |scene| {
        authority(scene, |_| Authority::any_of(&[Key::of(Scheme::ShortRsa, "short")]));
    }),
    mutation("key-of-every-scheme", On::Keys, |scene| {
        authority(scene, |_| {
            let keys = Scheme::SUPPORTED.map(|scheme| Key::of(scheme, "every"));
            Authority { threshold: 4, keys: keys.to_vec() }
        });
    }),
    mutation("key-unassigned", On::Keys, |scene| {
        let keys = key_objects(scene);
        scene.signed(move |json| set(json, &path(&keys, &["spare"]), Key::new("spare").public()));
    }),
    mutation("key-unassigned-of-an-unknown-type", On::Keys, |scene| {
        let (keys, key) = (key_objects(scene), Key::of(Scheme::Future, "future"));
        scene.signed(move |json| set(json, &path(&keys, &["spare"]), key.public()));
    }),
    mutation("key-unassigned-malformed", On::Keys, |scene| {
        let keys = key_objects(scene);
        scene.signed(move |json| set(json, &path(&keys, &["spare"]), Json::raw("{}")));
    }),
    mutation("key-unassigned-without-public", On::Keys, |scene| {
        let keys = key_objects(scene);
        let key = r#"{"keytype": "ed25519", "keyval": {}, "scheme": "ed25519"}"#;
        scene.signed(move |json| set(json, &path(&keys, &["spare"]), Json::raw(key)));
    }),
    mutation("key-of-another-scheme", On::Keys, |scene| in_first_key(scene, "scheme", "\"ed448\"")),
    mutation("key-of-another-type", On::Keys, |scene| in_first_key(scene, "keytype", "\"rsa\"")),
    mutation("key-with-more-members", On::Keys, |scene| in_first_key(scene, "x-note", "[1]")),
    mutation("key-with-hash-algorithms", On::Keys, |scene| {
        in_first_key(scene, "keyid_hash_algorithms", r#"["sha256", "sha512"]"#);
    }),
    mutation("key-without-a-value", On::Keys, |scene| in_first_key(scene, "keyval", "{}")),
    mutation("key-value-a-string", On::Keys, |scene| in_first_key(scene, "keyval", "\"abc\"")),
    mutation("key-value-not-hexadecimal", On::Keys, |scene| {
        in_first_key(scene, "keyval", r#"{"public": "not digits"}"#);
    }),
    mutation("key-value-a-number", On::Keys, |scene| in_first_key(scene, "keyval", r#"{"public": 7}"#)),
    mutation("key-value-with-more-members", On::Keys, |scene| {
        let keys = key_objects(scene);
        scene.signed(move |json| {
            if let Some(Json::Object(members)) = member(json, &path(&keys, &[]))
                && let Some((_, key)) = members.first_mut()
            {
                push_front(key, &["keyval", "certificate"], Json::from("text"));
            }
        });
    }),
    mutation("role-unlisted", On::Root, |scene| {
        let role = attacked(scene);
        scene.signed(move |json| remove(json, &path(&role, &[])));
    }),
    mutation("role-null", On::Root, |scene| {
        let role = attacked(scene);
        scene.signed(move |json| set(json, &path(&role, &[]), Json::raw("null")));
    }),
    mutation("role-of-mirrors", On::Root, |scene| {
        scene.signed(|json| {
            if let Some(snapshot) = member(json, &["roles", "snapshot"]).cloned() {
                set(json, &["roles", "mirrors"], snapshot);
            }
        });
    }),
    mutation("consistent-snapshot-missing", On::Root, |scene| {
        scene.repository.consistent_snapshot = None;
    }),
    mutation("consistent-snapshot-a-string", On::Root, |scene| {
        scene.signed(|json| set(json, &["consistent_snapshot"], "true"));
    }),
    mutation("consistent-snapshot-null", On::Root, |scene| {
        scene.signed(|json| set(json, &["consistent_snapshot"], Json::raw("null")));
    }),
    mutation("consistent-snapshot-a-number", On::Root, |scene| {
        scene.signed(|json| set(json, &["consistent_snapshot"], Json::raw("1")));
    }),
    mutation("keys-of-a-role-rotated-away", On::Root, |scene| {
        let role = top_level(scene);
        scene.repository.rotate(role, Authority::one("rotated"));
        let before = scene.repository.authorities["root"].keys.clone();
        if role != "root" {
            scene.repository.sign_with(role, &before);
        }
    }),
];

/// The path of the keys and threshold of one role in the attacked document.
fn attacked(scene: &mut Scene<'_>) -> Vec<String> {
    let place = match scene.role.as_str() {
        "root" => vec!["roles", top_level(scene)],
        _ => vec!["delegations", "roles", "0"],
    };
    place.into_iter().map(str::to_owned).collect()
}

fn top_level(scene: &mut Scene<'_>) -> &'static str {
    scene.random.pick(&["root", "timestamp", "snapshot", "targets"])
}

/// The path of the key objects in the attacked document.
fn key_objects(scene: &Scene<'_>) -> Vec<String> {
    let place: &[&str] = if scene.role == "root" { &["keys"] } else { &["delegations", "keys"] };
    place.iter().map(|&step| step.to_owned()).collect()
}

fn path<'a>(place: &'a [String], rest: &[&'a str]) -> Vec<&'a str> {
    place.iter().map(String::as_str).chain(rest.iter().copied()).collect()
}

fn in_role(scene: &mut Scene<'_>, name: &'static str, value: &'static str) {
    let role = attacked(scene);
    scene.signed(move |json| set(json, &path(&role, &[name]), Json::raw(value)));
}

fn of_keyids(scene: &mut Scene<'_>, change: fn(&mut Vec<Json>)) {
    let role = attacked(scene);
    scene.signed(move |json| {
        if let Some(Json::Array(keyids)) = member(json, &path(&role, &["keyids"])) {
            change(keyids);
        }
    });
}

fn in_first_key(scene: &mut Scene<'_>, name: &'static str, value: &'static str) {
    let keys = key_objects(scene);
    scene.signed(move |json| {
        if let Some(Json::Object(members)) = member(json, &path(&keys, &[]))
            && let Some((_, key)) = members.first_mut()
        {
            set(key, &[name], Json::raw(value));
        }
    });
}

/// Gives one role another authority, whose keys sign for it.
fn authority(scene: &mut Scene<'_>, change: fn(Authority) -> Authority) {
    if scene.role == "root" {
        let role = scene.random.pick(&["timestamp", "snapshot", "targets"]);
        let before = scene.repository.authorities[role].clone();
        scene.repository.rotate(role, change(before));
        return;
    }
    let role = scene.role.clone();
    if let Some(delegation) = scene.repository.role(&role).delegations.first_mut() {
        delegation.authority = change(delegation.authority.clone());
        let name = delegation.name.clone();
        scene.repository.role(&name).header.version += 1;
    }
}

fn two_names() -> Vec<Key> {
    let key = Key::new("doubled");
    vec![key.with_keyid("one name"), key.with_keyid("another name")]
}
