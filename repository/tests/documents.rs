//! Documents as they are written and read.

use tuf_repository::metadata::{Root, Signed, Targets, Timestamp, format_expiry};
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
    let document: Signed<Targets> = serde_json::from_str(text).expect("a document");
    let written = serde_json::to_value(&document).expect("JSON");
    assert_eq!(written, serde_json::from_str::<serde_json::Value>(text).expect("JSON"));
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
