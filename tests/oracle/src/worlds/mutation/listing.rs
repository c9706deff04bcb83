//! What timestamp and snapshot list.

use tuf_tests::{Json, sha512};

use super::{Mutation, On, mutation};
use crate::worlds::scene::{Scene, member, remove, set};

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub(super) const ALL: &[Mutation] = &[
    mutation("listed-version-forward", On::Listing, |scene| in_entry(scene, "version", "999")),
    mutation("listed-version-back", On::Listing, |scene| in_entry(scene, "version", "1")),
    mutation("listed-version-zero", On::Listing, |scene| in_entry(scene, "version", "0")),
    mutation("listed-version-negative", On::Listing, |scene| in_entry(scene, "version", "-1")),
    mutation("listed-version-a-string", On::Listing, |scene| in_entry(scene, "version", "\"1\"")),
    mutation("listed-version-missing", On::Listing, |scene| {
        let entry = entry(scene);
        scene.signed(move |json| remove(json, &["meta", &entry, "version"]));
    }),
    mutation("listed-length-too-small", On::Listing, |scene| in_entry(scene, "length", "10")),
    mutation("listed-length-too-great", On::Listing, |scene| in_entry(scene, "length", "100000")),
    mutation("listed-length-zero", On::Listing, |scene| in_entry(scene, "length", "0")),
    mutation("listed-length-negative", On::Listing, |scene| in_entry(scene, "length", "-1")),
    mutation("listed-length-a-string", On::Listing, |scene| in_entry(scene, "length", "\"500\"")),
    mutation("listed-hash-wrong", On::Listing, |scene| hashes(scene, &[("sha256", ZEROS)])),
    mutation("listed-hash-wrong-beside-a-right-one", On::Listing, |scene| digests(scene, "sha256", ZEROS)),
    mutation("listed-hash-in-capitals", On::Listing, |scene| {
        let (entry, digest) = (entry(scene), digest(scene).to_uppercase());
        scene.signed(move |json| {
            set(json, &["meta", &entry, "hashes"], Json::object([("sha256", digest.clone())]))
        });
    }),
    mutation("listed-hash-no-digest", On::Listing, |scene| hashes(scene, &[("sha256", "zz")])),
    mutation("listed-hash-empty", On::Listing, |scene| hashes(scene, &[("sha256", "")])),
    mutation("listed-hash-of-an-unknown-algorithm", On::Listing, |scene| {
        hashes(scene, &[("sha3000", ZEROS)]);
    }),
    mutation("listed-hash-of-an-unknown-algorithm-beside", On::Listing, |scene| {
        digests(scene, "sha3000", ZEROS);
    }),
    mutation("listed-hashes-none", On::Listing, |scene| hashes(scene, &[])),
    mutation("listed-hashes-an-array", On::Listing, |scene| in_entry(scene, "hashes", "[]")),
    mutation("listed-hashes-null", On::Listing, |scene| in_entry(scene, "hashes", "null")),
    mutation("listed-entry-missing", On::Listing, |scene| {
        let entry = entry(scene);
        scene.signed(move |json| remove(json, &["meta", &entry]));
    }),
    mutation("listed-entry-null", On::Listing, |scene| {
        let entry = entry(scene);
        scene.signed(move |json| set(json, &["meta", &entry], Json::raw("null")));
    }),
    mutation("listed-entry-of-nobody", On::Listing, |scene| {
        scene.signed(|json| set(json, &["meta", "ghost.json"], Json::raw(r#"{"version": 3}"#)));
    }),
    mutation("listed-entry-of-nobody-malformed", On::Listing, |scene| {
        scene.signed(|json| set(json, &["meta", "ghost.json"], Json::raw(r#"{"version": "x"}"#)));
    }),
    mutation("listed-entry-without-its-ending", On::Listing, |scene| {
        let entry = entry(scene);
        scene.signed(move |json| {
            if let Some(found) = member(json, &["meta", &entry]).cloned() {
                remove(json, &["meta", &entry]);
                set(json, &["meta", entry.trim_end_matches(".json")], found);
            }
        });
    }),
    mutation("listed-entry-with-more-members", On::Listing, |scene| in_entry(scene, "x-note", "[1]")),
    mutation("listed-entry-of-root", On::Listing, |scene| {
        scene.signed(|json| set(json, &["meta", "root.json"], Json::raw(r#"{"version": 1}"#)));
    }),
];

/// The file name of one entry of the attacked role.
fn entry(scene: &mut Scene<'_>) -> String {
    if scene.role == "timestamp" {
        return "snapshot.json".to_owned();
    }
    let names: Vec<String> = scene.repository.targets.keys().cloned().collect();
    let name = if scene.random.chance(60) { "targets".to_owned() } else { scene.random.pick(&names) };
    format!("{name}.json")
}

fn in_entry(scene: &mut Scene<'_>, name: &'static str, value: &'static str) {
    let entry = entry(scene);
    scene.signed(move |json| set(json, &["meta", &entry, name], Json::raw(value)));
}

fn hashes(scene: &mut Scene<'_>, hashes: &'static [(&str, &str)]) {
    let entry = entry(scene);
    scene.signed(move |json| {
        set(json, &["meta", &entry, "hashes"], Json::object(hashes.iter().copied()));
    });
}

/// A hash beside the right SHA-512.
fn digests(scene: &mut Scene<'_>, algorithm: &'static str, digest: &'static str) {
    let (entry, sha512) = (entry(scene), sha512(&bytes(scene)));
    scene.signed(move |json| {
        let hashes = Json::object([("sha512", sha512.clone()), (algorithm, digest.to_owned())]);
        set(json, &["meta", &entry, "hashes"], hashes);
    });
}

fn digest(scene: &Scene<'_>) -> String {
    tuf_tests::sha256(&bytes(scene))
}

/// The bytes of what the attacked role lists first: the snapshot, or the targets role.
fn bytes(scene: &Scene<'_>) -> Vec<u8> {
    let listed = if scene.role == "timestamp" { "snapshot" } else { "targets" };
    let mut fresh = scene.repository.clone();
    fresh.publish();
    fresh.mirror.file(&scene.file_of(listed)).to_vec()
}
