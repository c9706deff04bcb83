//! Somebody with stolen keys who can write to what is served.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tuf_repository::SigningKey;
use tuf_repository::metadata::{
    MetaFile, Metadata, Signed, Snapshot, TargetFile, Targets, Timestamp, seal, sha256_hex,
};

use crate::world::World;

/// What is served, and the stolen keys.
pub(crate) struct Thief<'w> {
    world: &'w World,
    folder: &'w Path,
}

impl<'w> Thief<'w> {
    pub(crate) fn of(world: &'w World, folder: &'w Path) -> Self {
        Self { world, folder }
    }

    /// Signs what is served anew, with this version of timestamp and snapshot.
    pub(crate) fn plant_online(&self, version: u64) {
        let timestamp: Timestamp = self.read("timestamp.json");
        let listed = timestamp.meta["snapshot.json"].version;
        let mut snapshot: Snapshot = self.read(&format!("{listed}.snapshot.json"));
        snapshot.version = version;
        self.publish(&snapshot, version);
    }

    /// Publishes this version of a targets role, with a target that the publisher never listed, signed by the key of that name.
    pub(crate) fn plant_targets(&self, role: &str, key: &str, version: u64, online: u64) {
        let timestamp: Timestamp = self.read("timestamp.json");
        let listed = timestamp.meta["snapshot.json"].version;
        let mut snapshot: Snapshot = self.read(&format!("{listed}.snapshot.json"));
        let before = snapshot.meta[&format!("{role}.json")].version;
        let mut targets: Targets = self.read(&format!("{before}.{role}.json"));
        targets.version = version;
        let (evil, bytes) = (format!("{role}/evil"), b"evil");
        let folder = self.folder.join("targets").join(role);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("{}.evil", sha256_hex(bytes))), bytes).expect("a file");
        let target = TargetFile {
            length: bytes.len() as u64,
            hashes: [("sha256".to_owned(), sha256_hex(bytes))].into(),
            custom: None,
            unrecognized: serde_json::Map::new(),
        };
        targets.targets.insert(evil, target);
        let bytes = self.write(&format!("{version}.{role}.json"), &targets, key);
        snapshot.meta.insert(format!("{role}.json"), MetaFile::describe(version, &bytes));
        snapshot.version = online;
        self.publish(&snapshot, online);
    }

    /// Has what is served of a targets role say that this key has not signed yet, as other tools write it.
    pub(crate) fn leave_room_for(&self, role: &str, keyid: &str, online: u64) {
        let timestamp: Timestamp = self.read("timestamp.json");
        let listed = timestamp.meta["snapshot.json"].version;
        let mut snapshot: Snapshot = self.read(&format!("{listed}.snapshot.json"));
        let version = snapshot.meta[&format!("{role}.json")].version;
        let path = self.folder.join("metadata").join(format!("{version}.{role}.json"));
        let mut text: serde_json::Value =
            serde_json::from_slice(&fs::read(&path).expect("metadata")).expect("JSON");
        let signatures = text["signatures"].as_array_mut().expect("signatures");
        signatures.push(serde_json::json!({"keyid": keyid, "sig": ""}));
        let bytes = text.to_string().into_bytes();
        fs::write(path, &bytes).expect("a file");
        snapshot.meta.insert(format!("{role}.json"), MetaFile::describe(version, &bytes));
        snapshot.version = online;
        self.publish(&snapshot, online);
    }

    fn publish(&self, snapshot: &Snapshot, version: u64) {
        let bytes = self.write(&format!("{version}.snapshot.json"), snapshot, "snapshot");
        let mut timestamp: Timestamp = self.read("timestamp.json");
        timestamp.version = version;
        timestamp.meta.insert("snapshot.json".to_owned(), MetaFile::describe(version, &bytes));
        self.write("timestamp.json", &timestamp, "timestamp");
    }

    fn key(&self, name: &str) -> &Arc<SigningKey> {
        &self.world.keys[name]
    }

    fn read<M: Metadata>(&self, name: &str) -> M {
        let bytes = fs::read(self.folder.join("metadata").join(name)).expect("metadata");
        serde_json::from_slice::<Signed<M>>(&bytes).expect("metadata").signed
    }

    fn write<M: Metadata>(&self, name: &str, document: &M, key: &str) -> Vec<u8> {
        let bytes = seal(document, [&**self.key(key)]).expect("signed");
        fs::write(self.folder.join("metadata").join(name), &bytes).expect("a file");
        bytes
    }
}
