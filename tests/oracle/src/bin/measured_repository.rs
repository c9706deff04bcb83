//! The repositories that `cargo xtask bench` measures clients with.
//!
//! `measured-repository FOLDER COUNT`: one targets role with this many targets, the first of which has a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Map;
use tuf_repository::metadata::{
    MetaFile, Metadata, Role, Root, SPEC_VERSION, Snapshot, TOP_LEVEL, TargetFile, Targets, Timestamp, seal,
    sha256_hex,
};
use tuf_repository::{KeyType, SigningKey, UnixTime};

const DAY: i64 = 86_400;
const CONTENT: &[u8] = b"A small target.\n";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count] = arguments.as_slice() else { bail!("usage: measured-repository FOLDER COUNT") };
    let folder = Path::new(folder);
    let key = SigningKey::generate(KeyType::Ed25519)?;
    let expires = UnixTime(tuf_verifier_host::UnixTime::now().seconds() + DAY);
    publish(folder, "1.root.json", &root(&key, expires), &key)?;
    let targets = Targets { version: 1, expires, targets: targets(count.parse()?), ..Targets::empty() };
    let listed = publish(folder, "1.targets.json", &targets, &key)?;
    let snapshot = Snapshot {
        spec_version: SPEC_VERSION.to_owned(),
        version: 1,
        expires,
        meta: BTreeMap::from([("targets.json".to_owned(), listed)]),
        unrecognized: Map::new(),
    };
    let listed = publish(folder, "1.snapshot.json", &snapshot, &key)?;
    let timestamp = Timestamp {
        spec_version: SPEC_VERSION.to_owned(),
        version: 1,
        expires,
        meta: BTreeMap::from([("snapshot.json".to_owned(), listed)]),
        unrecognized: Map::new(),
    };
    publish(folder, "timestamp.json", &timestamp, &key)?;
    store(
        &folder.join("targets/packages").join(format!("{}.package-000000.tar.gz", sha256_hex(CONTENT))),
        CONTENT,
    )
}

fn root(key: &SigningKey, expires: UnixTime) -> Root {
    let role = Role { keyids: vec![key.keyid().to_owned()], threshold: 1 };
    Root {
        spec_version: SPEC_VERSION.to_owned(),
        version: 1,
        expires,
        consistent_snapshot: true,
        keys: BTreeMap::from([(key.keyid().to_owned(), key.public().clone())]),
        roles: TOP_LEVEL.map(|name| (name.to_owned(), role.clone())).into(),
        unrecognized: Map::new(),
    }
}

fn targets(count: u64) -> BTreeMap<String, TargetFile> {
    let described = |number: u64| {
        let path = format!("packages/package-{number:06}.tar.gz");
        let (length, sha256) = match number {
            0 => (u64::try_from(CONTENT.len()).unwrap_or(u64::MAX), sha256_hex(CONTENT)),
            _ => (1_000 + number, sha256_hex(path.as_bytes())),
        };
        let hashes = BTreeMap::from([("sha256".to_owned(), sha256)]);
        (path, TargetFile { length, hashes, custom: None, unrecognized: Map::new() })
    };
    (0..count).map(described).collect()
}

fn publish<M: Metadata>(folder: &Path, name: &str, signed: &M, key: &SigningKey) -> Result<MetaFile> {
    let bytes = seal(signed, [key])?;
    store(&folder.join("metadata").join(name), &bytes)?;
    Ok(MetaFile::describe(signed.version(), &bytes))
}

fn store(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::create_dir_all(file.parent().context("a file is in a folder")?)?;
    fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}
