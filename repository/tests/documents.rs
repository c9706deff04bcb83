//! Documents as they are written and read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tuf_repository::metadata::{Delegations, Root, Signed, Snapshot, Targets, Timestamp, format_expiry};
use tuf_repository::{KeyType, SigningKey, UnixTime, metadata};

#[test]
fn dates_are_written_as_the_specification_says() {
    let cases = [
        (0, "1970-01-01T00:00:00Z"),
        (498_705_660, "1985-10-21T01:21:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_868_799, "2000-02-29T23:59:59Z"),
        (1_767_225_600, "2026-01-01T00:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (i64::MAX, "9999-12-31T23:59:59Z"),
    ];
    for (seconds, text) in cases {
        assert_eq!(format_expiry(UnixTime(seconds)), text);
        let document = timestamp(text);
        if seconds < i64::MAX {
            assert_eq!(document.expect("a timestamp").expires, UnixTime(seconds));
        }
    }
    for text in
        ["", "2026-01-01", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T00:00:00+01:00"]
    {
        assert!(timestamp(text).is_err(), "{text:?}");
    }
}

fn timestamp(expires: &str) -> Result<Timestamp, serde_json::Error> {
    serde_json::from_value(serde_json::json!({
        "_type": "timestamp", "spec_version": "1.0.0", "version": 1, "expires": expires, "meta": {},
    }))
}

#[test]
fn unknown_fields_survive() {
    let text = r#"{"signatures":[],"signed":{"_type":"targets","spec_version":"1.0.34","version":1,
        "expires":"2030-01-01T00:00:00Z","x-list":[1,{"a":null}],"targets":{"a":{"length":1,
        "hashes":{"sha256":"00"},"custom":{"b":{}},"x-note":"n"}},"delegations":{"keys":{},"roles":[]}}}"#;
    survives::<Signed<Targets>>(&serde_json::from_str(text).expect("JSON"));
}

/// Reads a document, and sees that it is written as it was.
fn survives<D: Serialize + DeserializeOwned>(text: &Value) {
    let document: D = serde_json::from_value(text.clone()).expect("a document");
    assert_eq!(serde_json::to_value(&document).expect("JSON"), *text);
}

fn key() -> Value {
    json!({"keytype": "ed25519", "scheme": "ed25519", "x-owner": "@somebody", "keyval": {"public": "00", "x-note": 1}})
}

#[test]
fn unknown_fields_of_every_object_survive() {
    let role =
        json!({"keyids": ["k"], "threshold": 1, "x-tuf-on-ci-expiry-period": 365, "x-list": [{"a": null}]});
    survives::<Signed<Root>>(&json!({
        "x-envelope": 1, "signatures": [{"keyid": "k", "sig": "00", "x-note": {}}],
        "signed": {"_type": "root", "spec_version": "1.0.34", "version": 1, "expires": "2030-01-01T00:00:00Z",
            "consistent_snapshot": true, "keys": {"k": key()}, "x-note": {"a": [1]},
            "roles": {"root": role, "timestamp": role, "snapshot": role, "targets": role}},
    }));
    let listed = json!({"version": 1, "length": 2, "hashes": {"sha256": "00"}, "x-note": "n"});
    survives::<Signed<Snapshot>>(
        &json!({"signatures": [], "signed": {"_type": "snapshot", "spec_version": "1.0.34",
        "version": 1, "expires": "2030-01-01T00:00:00Z", "meta": {"targets.json": listed}, "x-note": 1}}),
    );
    survives::<Signed<Timestamp>>(
        &json!({"signatures": [], "signed": {"_type": "timestamp", "spec_version": "1.0.34",
        "version": 1, "expires": "2030-01-01T00:00:00Z", "meta": {"snapshot.json": listed}, "x-note": 1}}),
    );
    let delegated = json!({"name": "a", "keyids": ["k"], "threshold": 1, "terminating": false, "x-note": {"b": 2},
        "paths": ["*"]});
    let by_hash = json!({"name": "b", "keyids": ["k"], "threshold": 1, "terminating": true, "x-note": 3,
        "path_hash_prefixes": ["00"]});
    survives::<Delegations>(&json!({"keys": {"k": key()}, "roles": [delegated, by_hash], "x-note": [4]}));
    survives::<Delegations>(&json!({"keys": {}, "x-note": 5, "succinct_roles":
        {"keyids": ["k"], "threshold": 1, "bit_length": 4, "name_prefix": "bin", "x-note": 6}}));
}

/// The one that is not looked at would be kept like a field that nobody knows, and signed.
#[test]
fn rejects_two_forms_of_one_delegation() {
    let role = json!({"name": "a", "keyids": [], "threshold": 1, "terminating": false, "paths": ["a"],
        "path_hash_prefixes": ["00"]});
    let bins = json!({"keyids": [], "threshold": 1, "bit_length": 4, "name_prefix": "bin"});
    let cases = [
        (json!({"keys": {}, "roles": [role]}), "it has both paths and path_hash_prefixes"),
        (json!({"keys": {}, "roles": [], "succinct_roles": bins}), "it has both roles and succinct_roles"),
    ];
    for (text, reason) in cases {
        let refused = serde_json::from_value::<Delegations>(text).expect_err("two forms");
        assert!(refused.to_string().contains(reason), "{refused}");
    }
}

#[test]
fn sealed_bytes_carry_every_signature_and_the_document() {
    let keys: Vec<_> = (0..2).map(|_| SigningKey::generate(KeyType::Ed25519).expect("a key")).collect();
    let mut document = Targets::empty();
    document.version = 7;
    let bytes = metadata::seal(&document, &keys).expect("signed bytes");
    let read: Signed<Targets> = serde_json::from_slice(&bytes).expect("a document");
    assert_eq!(read.signed, document);
    let keyids: Vec<_> = read.signatures.iter().map(|signature| signature.keyid.as_str()).collect();
    assert_eq!(keyids, [keys[0].keyid(), keys[1].keyid()]);
    assert!(serde_json::from_slice::<Signed<Root>>(&bytes).is_err());
}
