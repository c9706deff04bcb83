//! What somebody who has stolen the timestamp key can publish, for `cargo xtask demo`.
//!
//! `adversary expired|forged-snapshot|older-snapshot KEY METADATA`: writes into the metadata folder of a mirror.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use tuf_repository::metadata::{MetaFile, Signed, Snapshot, Timestamp, seal};
use tuf_repository::{KeyFile, KeyType, SigningKey, UnixTime};

const DAY: i64 = 86_400;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [attack, key, metadata] = arguments.as_slice() else {
        bail!("usage: adversary expired|forged-snapshot|older-snapshot KEY METADATA");
    };
    let stolen = KeyFile::read(Path::new(key))?.open(None)?;
    let metadata = Path::new(metadata);
    match attack.as_str() {
        "expired" => expired(&stolen, metadata),
        "forged-snapshot" => forged_snapshot(&stolen, metadata),
        "older-snapshot" => older_snapshot(&stolen, metadata),
        other => bail!("no such attack: {other}"),
    }
}

/// The current timestamp as it would be had it been signed two days ago.
fn expired(key: &SigningKey, metadata: &Path) -> Result<()> {
    let mut timestamp: Timestamp = read(metadata, "timestamp.json")?;
    timestamp.expires = UnixTime(timestamp.expires.0 - 2 * DAY);
    write(metadata, "timestamp.json", &seal(&timestamp, [key])?)
}

/// A snapshot signed by a key of one's own, and a timestamp that names it.
fn forged_snapshot(key: &SigningKey, metadata: &Path) -> Result<()> {
    let mut timestamp: Timestamp = read(metadata, "timestamp.json")?;
    let listed = snapshot_of(&mut timestamp)?;
    let mut snapshot: Snapshot = read(metadata, &format!("{}.snapshot.json", listed.version))?;
    snapshot.version += 1;
    let forged = seal(&snapshot, [&SigningKey::generate(KeyType::Ed25519)?])?;
    write(metadata, &format!("{}.snapshot.json", snapshot.version), &forged)?;
    *listed = MetaFile::describe(snapshot.version, &forged);
    timestamp.version += 1;
    write(metadata, "timestamp.json", &seal(&timestamp, [key])?)
}

/// A new timestamp that names the snapshot before the current one.
fn older_snapshot(key: &SigningKey, metadata: &Path) -> Result<()> {
    let mut timestamp: Timestamp = read(metadata, "timestamp.json")?;
    let listed = snapshot_of(&mut timestamp)?;
    let version = listed.version.checked_sub(1).context("there is an older snapshot")?;
    let name = format!("{version}.snapshot.json");
    let older = fs::read(metadata.join(&name)).with_context(|| format!("there is a {name}"))?;
    *listed = MetaFile::describe(version, &older);
    timestamp.version += 1;
    write(metadata, "timestamp.json", &seal(&timestamp, [key])?)
}

fn snapshot_of(timestamp: &mut Timestamp) -> Result<&mut MetaFile> {
    timestamp.meta.get_mut("snapshot.json").context("a timestamp lists a snapshot")
}

fn read<M: DeserializeOwned>(metadata: &Path, name: &str) -> Result<M> {
    let bytes = fs::read(metadata.join(name)).with_context(|| format!("cannot read {name}"))?;
    Ok(serde_json::from_slice::<Signed<M>>(&bytes)?.signed)
}

fn write(metadata: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    fs::write(metadata.join(name), bytes).with_context(|| format!("cannot write {name}"))
}
