//! Versions that a device has seen are floors.

use super::delegations::with_team;
use super::row::Answer::Refuses;
use super::row::Row;
use super::store::{at_version_3, update};
use super::world::World;
use crate::date::DAY;
use crate::expected::rollback;

/// Older metadata, with the store whole and with a part of it corrupt or expired.
pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::of("older-timestamp-after-a-newer-one", "the timestamp that was served before the last one")
            .measured(Refuses, Refuses)
            .because("5.4.3.1")
            .worlds(|| {
                let mut repository = with_team();
                let old = repository.mirror.clone();
                let world = World::of(repository.release()).then(&old);
                vec![world.refused(rollback("timestamp", "timestamp", 2, Some(1)))]
            }),
        Row::of("older-snapshot-in-a-newer-timestamp", "timestamp 4 that lists snapshot 2 after snapshot 3")
            .measured(Refuses, Refuses)
            .because("5.4.3.2")
            .worlds(|| {
                let (mut repository, _) = at_version_3();
                let world = World::of(&repository);
                repository.timestamp.version = 4;
                repository.snapshot.version = 2;
                let refused = rollback("timestamp", "snapshot", 3, Some(2));
                vec![world.then(&repository.publish().mirror).refused(refused)]
            }),
        Row::of(
            "older-role-in-a-newer-snapshot",
            "snapshot 4 that lists version 2 of a delegated role after 3",
        )
        .measured(Refuses, Refuses)
        .because("5.5.5")
        .worlds(|| {
            let (mut repository, _) = at_version_3();
            let world = World::of(&repository);
            repository.role("team").header.version = 2;
            let refused = rollback("snapshot", "team", 3, Some(2));
            vec![world.then(&repository.release().mirror).refused(refused)]
        }),
        Row::of("role-dropped-from-a-newer-snapshot", "snapshot 4 that no longer lists a delegated role")
            .measured(Refuses, Refuses)
            .because("5.5.5: a role that was listed must be listed")
            .worlds(|| {
                let (mut repository, _) = at_version_3();
                let world = World::of(&repository);
                repository.edit("snapshot", |signed| {
                    signed.at(&["meta"]).remove("team.json");
                });
                let refused = rollback("snapshot", "team", 3, None);
                vec![world.then(&repository.release().mirror).refused(refused)]
            }),
        Row::of(
            "corrupt-timestamp-keeps-the-snapshot-floor",
            "`timestamp.json` corrupt, and a timestamp that lists an older snapshot",
        )
        .because("5.4.3.2: healing must not be a way back")
        .story("refuses: `rollback`", || {
            let (mut repository, mut device) = at_version_3();
            device.store.insert("timestamp.json".into(), b"?".to_vec());
            repository.timestamp.version = 4;
            repository.snapshot.version = 2;
            let refused = device.refresh(&repository.publish().mirror).map(|_| ());
            assert_eq!(refused, Err(rollback("timestamp", "snapshot", 3, Some(2))));
        }),
        Row::of(
            "corrupt-snapshot-keeps-the-timestamp-floor",
            "`snapshot.json` corrupt, and an older timestamp",
        )
        .because("5.4.3.1")
        .story("refuses: `rollback`", || {
            let (mut repository, mut device) = at_version_3();
            device.store.insert("snapshot.json".into(), b"?".to_vec());
            repository.timestamp.version = 2;
            let refused = device.refresh(&repository.publish().mirror).map(|_| ());
            assert_eq!(refused, Err(rollback("timestamp", "timestamp", 3, Some(2))));
        }),
        Row::of(
            "corrupt-timestamp-and-snapshot-keep-the-floors",
            "`timestamp.json` and `snapshot.json` corrupt, and older files of both",
        )
        .because("5.4.3.1, 5.4.3.2: the last good ones are kept a second time")
        .story("refuses: `rollback`", || {
            let (repository, mut device) = at_version_3();
            for file in ["timestamp.json", "snapshot.json"] {
                device.store.insert(file.into(), b"?".to_vec());
            }
            let mut older = repository.clone();
            older.timestamp.version = 2;
            let refused = device.clone().refresh(&older.publish().mirror).map(|_| ());
            assert_eq!(refused, Err(rollback("timestamp", "timestamp", 3, Some(2))));
            older.timestamp.version = 4;
            older.snapshot.version = 2;
            let refused = device.clone().refresh(&older.publish().mirror).map(|_| ());
            assert_eq!(refused, Err(rollback("timestamp", "snapshot", 3, Some(2))));
            assert!(update(&mut device, &repository.mirror).is_ok());
        }),
        Row::of(
            "expired-snapshot-keeps-its-floors",
            "a stored snapshot that has expired, and a newer one that lists an older role",
        )
        .because("5.5.5: a version that was seen is a floor, expired or not")
        .story("refuses: `rollback`", || {
            let (mut repository, mut device) = at_version_3();
            device.now = repository.snapshot.expires;
            repository.timestamp.version = 4;
            repository.timestamp.expires = device.now + DAY;
            repository.snapshot.expires = device.now + DAY;
            repository.role("team").header.version = 2;
            let refused = device.refresh(&repository.publish().mirror).map(|_| ());
            assert_eq!(refused, Err(rollback("snapshot", "team", 3, Some(2))));
        }),
        Row::of(
            "timestamp-is-not-stored-before-it-was-judged",
            "a newer timestamp that lists an older snapshot",
        )
        .because("5.4.3.2 comes before 5.4.5")
        .story("refuses: `rollback`, and the store is as it was", || {
            let (repository, mut device) = at_version_3();
            let before = device.store.clone();
            let mut rolled_back = repository.clone();
            rolled_back.timestamp.version = 4;
            rolled_back.snapshot.version = 2;
            let refused = device.refresh(&rolled_back.publish().mirror).map(|_| ());
            assert_eq!(refused, Err(rollback("timestamp", "snapshot", 3, Some(2))));
            assert_eq!(device.store, before);
            assert!(update(&mut device, &repository.mirror).is_ok());
        }),
    ]
}
