//! Seeds that are metadata: the signed part of a file, which the target signs, or a whole file.

use tuf_tests::{Json, sha256};

use super::Seed;
use crate::role_json::{KEYID, parts, public, signed};

pub(super) fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (name, part) in [
        ("root", parts::root(2)),
        ("root_with_keys_of_other_types", with_other_keys()),
        ("timestamp", parts::timestamp()),
        ("timestamp_with_everything_listed", timestamp()),
        ("snapshot", parts::snapshot()),
        ("targets_with_a_target", with_targets()),
        ("targets_that_delegate_by_paths", parts::delegating("paths", &["*", "dir/*.tgz"])),
        ("targets_that_delegate_by_hashes", parts::delegating("path_hash_prefixes", &["", "0", "ab"])),
        ("targets_that_delegate_in_a_way_not_understood", parts::delegating("by", &["rumour"])),
        ("targets_with_bins", with_bins()),
        ("targets_that_delegate_to_several_roles", with_several_roles()),
        ("rotate", parts::rotate()),
        ("rotate_to_no_key", with_no_key()),
        ("targets_in_old_forms", in_old_forms()),
    ] {
        seeds.push(Seed::new("role_json", name, part.text()));
        let whole = signed(&part.canonical(), part.text().as_bytes());
        seeds.push(Seed::new("role_json", &format!("{name}_signed"), whole));
    }
    seeds
}

fn with_other_keys() -> Json {
    let mut root = parts::root(2);
    for (keytype, scheme, public) in [
        ("ecdsa", "ecdsa-sha2-nistp256", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"),
        ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "04aabb"),
        ("rsa", "rsassa-pss-sha256", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"),
        ("ml-dsa", "ml-dsa-65/1", "aabb"),
        ("unknown", "unknown", ""),
    ] {
        let key = Json::object([
            ("keytype", Json::from(keytype)),
            ("scheme", scheme.into()),
            ("keyval", Json::object([("public", public)])),
        ]);
        root.at(&["keys"]).set(keytype, key);
        root.at(&["roles", "timestamp", "keyids"]).elements().push(keytype.into());
    }
    root
}

fn timestamp() -> Json {
    let mut timestamp = parts::timestamp();
    let listed = timestamp.at(&["meta", "snapshot.json"]);
    listed.set("length", 1).set("hashes", hashes());
    timestamp
}

fn with_targets() -> Json {
    let entry = Json::object([("length", Json::from(3)), ("hashes", hashes())]);
    let mut custom = entry.clone();
    custom.set("custom", Json::object([("n", Json::raw("123456789012345678901234567890"))]));
    let mut targets = parts::targets();
    targets.set("targets", Json::object([("app", entry), ("dir/app-1.0.tgz", custom)]));
    targets
}

fn hashes() -> Json {
    Json::object([("sha256", sha256(b"app")), ("blake9", "00".into())])
}

fn with_bins() -> Json {
    let bins = Json::object([
        ("keyids", Json::array([KEYID])),
        ("threshold", 1.into()),
        ("bit_length", 1.into()),
        ("name_prefix", "bin".into()),
    ]);
    let delegations = Json::object([("keys", Json::object([(KEYID, public())])), ("succinct_roles", bins)]);
    parts::header("targets", 1, [("targets", Json::Object(Vec::new())), ("delegations", delegations)])
}

fn in_old_forms() -> Json {
    let mut targets = parts::targets();
    targets.set("expires", "2030-01-01T00:00:00.123+01:00");
    targets
}

/// Two roles, both of which must agree (TAP 3).
fn with_several_roles() -> Json {
    let info = |role: &str| {
        Json::object([
            ("rolename", Json::from(role)),
            ("keyids", Json::array([KEYID])),
            ("threshold", 1.into()),
        ])
    };
    let delegation = Json::object([
        ("name", Json::from("both")),
        ("roleinfo", Json::array([info("b"), info("c")])),
        ("min_roles_in_agreement", 2.into()),
        ("paths", Json::array(["*", "dir/*"])),
        ("terminating", true.into()),
    ]);
    let mut targets = with_targets();
    targets.set("keys_for_delegations", Json::object([(KEYID, public())]));
    targets.set("delegations", Json::array([delegation]));
    targets
}

fn with_no_key() -> Json {
    let mut rotate = parts::rotate();
    rotate.set("keys", Json::Object(Vec::new()));
    rotate
}
