//! Repositories whose metadata says something else than it should, signed or on its way.

use tuf_verifier_core::Defect;

use super::world::World;
use crate::json::Json;
use crate::mirror::Mirror;
use crate::repository::Repository;

/// The target that every new repository lists.
pub(super) const APP: &str = "app-1.0.tar.gz";

/// The files of the top-level roles that a device fetches, with the version of each.
const FILES: [(&str, u64); 4] =
    [("2.root.json", 2), ("timestamp.json", 1), ("1.snapshot.json", 1), ("1.targets.json", 1)];

/// A repository that signs this edit of a role's metadata, in its next version where it is root's.
pub(super) fn signed(role: &str, edit: impl Fn(&mut Json) + 'static) -> Repository {
    let mut repository = Repository::new();
    repository.edit(role, edit);
    match role {
        "root" => repository.next_root(),
        _ => repository.publish(),
    };
    repository
}

/// A repository that signs this text as a member of a role's metadata.
pub(super) fn saying(role: &str, member: &'static str, text: &'static str) -> Repository {
    signed(role, move |signed| {
        signed.set(member, Json::raw(text));
    })
}

/// Each role with the file of it that [`signed`] changes.
pub(super) const ROLES: [(&str, &str); 4] = [
    ("root", "2.root.json"),
    ("timestamp", "timestamp.json"),
    ("snapshot", "1.snapshot.json"),
    ("targets", "1.targets.json"),
];

/// The same text as a member of each role's metadata in turn: what is malformed about it.
pub(super) fn malformed_in_each(member: &'static str, text: &'static str, defect: &Defect) -> Vec<World> {
    ROLES
        .iter()
        .map(|(role, file)| World::of(&saying(role, member, text)).malformed(file, defect.clone()))
        .collect()
}

/// Each file in turn, spoiled on its way from an honest repository: what is malformed about it.
pub(super) fn spoiled_in_each(
    spoil: impl Fn(Mirror, &'static str, u64) -> Mirror,
    defect: &Defect,
) -> Vec<World> {
    let mut honest = Repository::new();
    honest.next_root();
    FILES
        .iter()
        .map(|(file, version)| {
            let spoiled = spoil(honest.mirror.clone(), file, *version);
            World::seen_through(&spoiled).malformed(file, defect.clone())
        })
        .collect()
}

/// A mirror on which `"version": N` of a file's own header is written in another way.
pub(super) fn with_version_written(mirror: Mirror, file: &str, version: u64, written: &str) -> Mirror {
    let honest = format!("\"version\": {version}, \"expires\"");
    mirror.tampering(file, &honest, &format!("{written}, \"expires\""))
}
