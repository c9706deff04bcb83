//! What targets metadata lists of a target.

use tuf_tests::{Json, TargetFile, sha512};

use super::{Mutation, On, mutation};
use crate::worlds::scene::{Scene, member, remove, set};

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub(super) const ALL: &[Mutation] = &[
    mutation("target-length-smaller", On::Lists, |scene| in_target(scene, "length", "1")),
    mutation("target-length-greater", On::Lists, |scene| in_target(scene, "length", "1000")),
    mutation("target-length-zero", On::Lists, |scene| in_target(scene, "length", "0")),
    mutation("target-length-negative", On::Lists, |scene| in_target(scene, "length", "-1")),
    mutation("target-length-a-string", On::Lists, |scene| in_target(scene, "length", "\"9\"")),
    mutation("target-length-missing", On::Lists, |scene| without(scene, "length")),
    mutation("target-hash-wrong", On::Lists, |scene| one_hash(scene, "sha256", ZEROS)),
    mutation("target-hash-no-digest", On::Lists, |scene| one_hash(scene, "sha256", "zz")),
    mutation("target-hash-empty", On::Lists, |scene| one_hash(scene, "sha256", "")),
    mutation("target-hash-of-an-unknown-algorithm", On::Lists, |scene| one_hash(scene, "sha3000", ZEROS)),
    mutation("target-hash-in-capitals", On::Lists, |scene| {
        hashes(scene, |target| {
            target.hashes.iter_mut().for_each(|(_, digest)| *digest = digest.to_uppercase())
        });
    }),
    mutation("target-hash-of-an-unknown-algorithm-beside", On::Lists, |scene| {
        hashes(scene, |target| target.hashes.push(("sha3000".to_owned(), ZEROS.to_owned())));
    }),
    mutation("target-hash-wrong-beside-a-right-one", On::Lists, |scene| {
        hashes(scene, |target| target.hashes.push(("sha512".to_owned(), sha512(b"another file"))));
    }),
    mutation("target-hash-no-digest-beside-a-right-one", On::Lists, |scene| {
        hashes(scene, |target| target.hashes.push(("sha512".to_owned(), "zz".to_owned())));
    }),
    mutation("target-hashes-none", On::Lists, |scene| in_target(scene, "hashes", "{}")),
    mutation("target-hashes-an-array", On::Lists, |scene| in_target(scene, "hashes", "[]")),
    mutation("target-hashes-missing", On::Lists, |scene| without(scene, "hashes")),
    mutation("target-custom-an-object", On::Lists, |scene| {
        in_target(scene, "custom", r#"{"a": [1, "b"], "c": null}"#);
    }),
    mutation("target-custom-an-array", On::Lists, |scene| in_target(scene, "custom", "[1]")),
    mutation("target-custom-null", On::Lists, |scene| in_target(scene, "custom", "null")),
    mutation("target-with-more-members", On::Lists, |scene| in_target(scene, "x-note", "\"text\"")),
    mutation("target-null", On::Lists, |scene| {
        if let Some(path) = listed(scene) {
            scene.signed(move |json| set(json, &["targets", &path], Json::raw("null")));
        }
    }),
    mutation("target-listed-twice", On::Lists, |scene| {
        if let Some(path) = listed(scene) {
            scene.signed(move |json| {
                let again = member(json, &["targets", &path]).cloned();
                if let (Some(again), Some(Json::Object(members))) = (again, member(json, &["targets"])) {
                    members.push((path.clone(), again));
                }
            });
        }
    }),
    mutation("target-named-with-a-percent-sign", On::Targets, |scene| named(scene, "per%20cent.txt")),
    mutation("target-named-with-a-question-mark", On::Targets, |scene| named(scene, "what?.txt")),
    mutation("target-named-with-a-number-sign", On::Targets, |scene| named(scene, "no#1.txt")),
    mutation("target-named-with-a-plus-sign", On::Targets, |scene| named(scene, "a+b&c=d.txt")),
    mutation("target-named-decomposed", On::Targets, |scene| named(scene, "e\u{301}.txt")),
    mutation("target-named-beyond-16-bits", On::Targets, |scene| named(scene, "\u{1f600}.txt")),
    mutation("target-named-up", On::Targets, |scene| named(scene, "../up.txt")),
    mutation("target-named-up-inside", On::Targets, |scene| named(scene, "a/../b.txt")),
    mutation("target-named-from-the-top", On::Targets, |scene| named(scene, "/top.txt")),
    mutation("target-named-with-an-empty-segment", On::Targets, |scene| named(scene, "a//b.txt")),
    mutation("target-named-with-a-dot-segment", On::Targets, |scene| named(scene, "./a.txt")),
    mutation("target-named-with-a-backslash", On::Targets, |scene| named(scene, "a\\b.txt")),
    mutation("target-named-with-a-control", On::Targets, |scene| named(scene, "a\u{1}b.txt")),
    mutation("target-named-as-a-url", On::Targets, |scene| named(scene, "https://other.example/a.txt")),
    mutation("target-named-as-a-folder", On::Targets, |scene| named(scene, "folder/")),
    mutation("target-named-empty", On::Targets, |scene| named(scene, "")),
    mutation("target-named-proto", On::Targets, |scene| named(scene, "__proto__")),
    mutation("target-named-constructor", On::Targets, |scene| named(scene, "constructor")),
    mutation("unlisted-target-named-constructor", On::Targets, |scene| {
        scene.targets.push("constructor".to_owned());
    }),
    mutation("unlisted-target-named-proto", On::Targets, |scene| {
        scene.targets.push("__proto__".to_owned());
    }),
];

/// A path that the attacked role lists; the client will look for it.
fn listed(scene: &mut Scene<'_>) -> Option<String> {
    let of_role = &scene.repository.targets.get(&scene.role)?.targets;
    let paths: Vec<String> = of_role.iter().map(|target| target.path.clone()).collect();
    let path = scene.random.pick(&paths);
    if !scene.targets.contains(&path) {
        scene.targets.push(path.clone());
    }
    Some(path)
}

fn in_target(scene: &mut Scene<'_>, name: &'static str, value: &'static str) {
    if let Some(path) = listed(scene) {
        scene.signed(move |json| set(json, &["targets", &path, name], Json::raw(value)));
    }
}

fn without(scene: &mut Scene<'_>, name: &'static str) {
    if let Some(path) = listed(scene) {
        scene.signed(move |json| remove(json, &["targets", &path, name]));
    }
}

fn one_hash(scene: &mut Scene<'_>, algorithm: &'static str, digest: &'static str) {
    if let Some(path) = listed(scene) {
        let hashes = Json::object([(algorithm, digest)]);
        scene.signed(move |json| set(json, &["targets", &path, "hashes"], hashes.clone()));
    }
}

fn hashes(scene: &mut Scene<'_>, change: fn(&mut TargetFile)) {
    let Some(path) = listed(scene) else { return };
    let role = scene.role.clone();
    let targets = &mut scene.repository.role(&role).targets;
    if let Some(target) = targets.iter_mut().find(|target| target.path == path) {
        change(target);
    }
}

/// Lists and publishes a target of an odd name, which the client will look for.
fn named(scene: &mut Scene<'_>, path: &str) {
    let role = scene.role.clone();
    scene.repository.add_target(&role, path, b"oddly named\n");
    scene.targets.push(path.to_owned());
}
