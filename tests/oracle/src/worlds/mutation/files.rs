//! Files that are missing, replaced, too long or of another time.

use super::{Mutation, On, mutation};
use crate::worlds::scene::Scene;

pub(super) const ALL: &[Mutation] = &[
    mutation("file-missing", On::Any, |scene| {
        let file = scene.file();
        scene.spoil(move |mirror| drop(mirror.metadata.remove(&file)));
    }),
    mutation("file-of-another-role", On::Any, |scene| {
        let others = ["timestamp", "snapshot", "targets"].into_iter().filter(|role| *role != scene.role);
        let other = scene.random.pick(&others.collect::<Vec<_>>());
        instead(scene, other);
    }),
    mutation("file-of-a-sibling", On::Targets, |scene| {
        let siblings = scene.repository.targets.keys().filter(|role| **role != scene.role);
        let siblings: Vec<String> = siblings.cloned().collect();
        if !siblings.is_empty() {
            let other = scene.random.pick(&siblings);
            instead(scene, &other);
        }
    }),
    mutation("file-of-an-earlier-time", On::Any, |scene| {
        let file = scene.file();
        let old = scene.earlier.iter().rev().find_map(|mirror| mirror.metadata.get(&file)).cloned();
        scene.spoil(move |mirror| mirror.metadata.extend(old.map(|old| (file, old))));
    }),
    mutation("timestamp-of-an-earlier-time", On::Any, |scene| {
        let old = scene.earlier.first().and_then(|mirror| mirror.metadata.get("timestamp.json")).cloned();
        scene.spoil(move |mirror| {
            mirror.metadata.extend(old.map(|old| ("timestamp.json".to_owned(), old)));
        });
    }),
    mutation("everything-of-an-earlier-time", On::Any, |scene| {
        let old = scene.earlier.first().cloned();
        scene.spoil(move |mirror| {
            if let Some(old) = old {
                *mirror = old;
            }
        });
    }),
    mutation("root-repeated", On::Root, |scene| {
        // There is none where an earlier mutation took it away.
        let version = scene.repository.root.version - 1;
        let before = scene.repository.mirror.metadata.get(&format!("{version}.root.json")).cloned();
        scene.bytes(move |bytes| before.unwrap_or(bytes));
    }),
    mutation("file-with-blanks-after", On::Any, |scene| {
        scene.bytes(|bytes| [bytes, vec![b' '; 100]].concat());
    }),
    mutation("file-longer-than-any-limit", On::Any, |scene| {
        let length = match scene.role.as_str() {
            "root" => 512_000,
            "timestamp" => 16_384,
            "snapshot" => 2_000_000,
            _ => 5_000_000,
        };
        scene.bytes(move |mut bytes| {
            bytes.resize(length + 1, b' ');
            bytes
        });
    }),
    mutation("target-files-missing", On::Lists, |scene| {
        scene.spoil(|mirror| mirror.targets.clear());
    }),
    mutation("target-files-changed", On::Lists, |scene| {
        scene.spoil(|mirror| {
            mirror.targets.values_mut().flat_map(|bytes| bytes.first_mut()).for_each(|byte| *byte ^= 1);
        });
    }),
    mutation("target-files-longer", On::Lists, |scene| {
        scene.spoil(|mirror| mirror.targets.values_mut().for_each(|bytes| bytes.push(b'\n')));
    }),
    mutation("target-files-shorter", On::Lists, |scene| {
        scene.spoil(|mirror| mirror.targets.values_mut().for_each(|bytes| bytes.truncate(bytes.len() - 1)));
    }),
];

/// Another role's file under the name of the attacked role's.
fn instead(scene: &mut Scene<'_>, other: &str) {
    let (file, other) = (scene.file(), scene.file_of(other));
    scene.spoil(move |mirror| {
        let bytes = mirror.metadata.get(&other).cloned();
        mirror.metadata.extend(bytes.map(|bytes| (file, bytes)));
    });
}
