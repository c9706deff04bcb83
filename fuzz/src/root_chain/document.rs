//! A plan becomes root metadata, really signed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use ed25519_dalek::{Signer, SigningKey};
use tuf_tests::{Json, date_time, hex};

use super::NOW;
use super::plan::{KEYS, Plan};

/// When an expired root expires: not after the start of the cycle.
pub(super) const EXPIRED: i64 = NOW;

/// The keys of the root role; behind them, two of the timestamp role.
static SECRET: LazyLock<Vec<SigningKey>> =
    LazyLock::new(|| (0..KEYS + 2).map(|key| SigningKey::from_bytes(&[key + 1; 32])).collect());

/// Documents that are kept, at most.
const KEPT: usize = 20_000;

thread_local! {
    /// Most inputs are made of versions that others had already.
    static MADE: RefCell<HashMap<(Plan, u64), Vec<u8>>> = RefCell::default();
}

/// The metadata of a plan that is offered as this version. A pinned root has it whatever its plan says.
pub(super) fn document(plan: &Plan, version: u64) -> Vec<u8> {
    MADE.with_borrow_mut(|made| {
        if made.len() >= KEPT {
            made.clear();
        }
        made.entry((plan.clone(), version)).or_insert_with(|| make(plan, version)).clone()
    })
}

fn make(plan: &Plan, version: u64) -> Vec<u8> {
    let signed = signed(plan, version);
    let canonical = signed.canonical();
    let mut signatures: Vec<Json> = keyids(plan.signers, plan.signed_by_twin)
        .map(|keyid| {
            let key = keyid.parse().unwrap_or(0);
            let broken = keyid != "twin" && plan.broken >> key & 1 == 1;
            let message = if broken { "other bytes" } else { &canonical };
            let signature = SECRET[key].sign(message.as_bytes());
            Json::object([("keyid", keyid), ("sig", hex(&signature.to_bytes()))])
        })
        .collect();
    if plan.repeats_signature {
        signatures.extend(signatures.first().cloned());
    }
    Json::object([("signatures", Json::Array(signatures)), ("signed", signed)]).text().into_bytes()
}

fn signed(plan: &Plan, version: u64) -> Json {
    let version = if version == 1 { 1 } else { plan.version_after(version - 1) };
    let mut listed: Vec<String> = keyids(plan.listed, plan.lists_twin).collect();
    if plan.lists_ghost {
        listed.push("ghost".into());
    }
    if plan.repeats_keyid {
        listed.extend(listed.first().cloned());
    }
    let timestamp = KEYS + u8::from(plan.other_timestamp_key);
    let role = |keyids: Vec<String>, threshold: u64| {
        Json::object([("keyids", Json::array(keyids)), ("threshold", threshold.into())])
    };
    let one = |key: u8| role(vec![key.to_string()], 1);
    let expires = if plan.expired { EXPIRED } else { EXPIRED + 1 };
    Json::object([
        ("_type", Json::from("root")),
        ("spec_version", "1.0.34".into()),
        ("version", version.into()),
        ("expires", date_time(expires).into()),
        ("keys", keys(plan.lists_twin)),
        (
            "roles",
            Json::object([
                ("root", role(listed, plan.threshold)),
                ("timestamp", one(timestamp)),
                ("snapshot", one(0)),
                ("targets", one(0)),
            ]),
        ),
    ])
}

/// The keyids of a set of keys, and of key 0 a second one.
fn keyids(keys: u8, twin: bool) -> impl Iterator<Item = String> {
    let numbers = (0..KEYS).filter(move |key| keys >> key & 1 == 1).map(|key| key.to_string());
    numbers.chain(twin.then(|| "twin".into()))
}

fn keys(twin: bool) -> Json {
    let all = (0..KEYS + 2).map(|key| (key.to_string(), usize::from(key)));
    Json::object(all.chain(twin.then(|| ("twin".into(), 0))).map(|(keyid, key)| {
        let public = hex(SECRET[key].verifying_key().as_bytes());
        let key = Json::object([
            ("keytype", Json::from("ed25519")),
            ("scheme", "ed25519".into()),
            ("keyval", Json::object([("public", public)])),
        ]);
        (keyid, key)
    }))
}
