//! What a repository published over time, and what others made of it.

use std::sync::LazyLock;

use tuf_tests::{
    Authority, DAY, Delegation, Key, Listing, Mirror, NOW, Repository, Rotation, STRANGER, Succinct,
};

/// Mirrors of one repository, honest ones of different times first.
pub(super) static MIRRORS: LazyLock<Vec<Mirror>> = LazyLock::new(mirrors);

/// Honest mirrors; those after them are not.
pub const HONEST: u8 = 5;

/// Target paths: of the top-level role, of delegated ones, of none, and one that is not safe.
pub(crate) const PATHS: [&str; 8] = [
    "app-1.0.tar.gz",
    "team/tool.tgz",
    "team/sub/tool.tgz",
    "bins/one",
    "bins/two",
    "hashed",
    "nowhere",
    "../app-1.0.tar.gz",
];

fn mirrors() -> Vec<Mirror> {
    let mut honest = honest();
    let latest = honest.pop().expect("an honest repository was published");
    let older = honest.clone();
    let mut mirrors: Vec<Mirror> = honest.iter().map(|repository| repository.mirror.clone()).collect();
    mirrors.push(latest.mirror.clone());
    mirrors.extend(stolen(&latest));
    mirrors.extend(spoiled(&latest, &older[0]));
    mirrors
}

/// The repository after each of its steps: as it began; two of three keys for targets; delegations; other timestamp
/// and snapshot keys; all hashes listed, and a rotation of the team's keys.
fn honest() -> Vec<Repository> {
    let mut repository = Repository::new();
    let mut steps = vec![repository.clone()];
    let team = ["targets-1", "targets-2", "targets-3"];
    repository
        .rotate("targets", Authority::of(2, &team))
        .rotate("root", Authority::of(2, &["root-1", "root-2"]));
    steps.push(repository.next_root().release().clone());
    delegate(&mut repository);
    steps.push(repository.release().clone());
    repository
        .rotate("timestamp", Authority::one("timestamp-2"))
        .rotate("snapshot", Authority::one("snapshot-2"));
    repository.rotate("root", Authority::of(2, &["root-2", "root-3"]));
    steps.push(repository.next_root().release().clone());
    repository.listing = Listing::Everything;
    repository.add_rotation("team", Rotation::to(Authority::one("team-3"), &["team-1", "team-2"]));
    steps.push(repository.release().clone());
    steps
}

fn delegate(repository: &mut Repository) {
    let mut team = Delegation::paths("team", &["team/*", "team/*/*"]).terminating();
    team.authority = Authority::of(2, &["team-1", "team-2"]);
    repository.delegate("targets", team);
    repository.delegate("team", Delegation::paths("sub", &["team/sub/*"]));
    repository.delegate("sub", Delegation::paths("team", &["team/*"]));
    repository.delegate("targets", Delegation::paths("bins", &["bins/*"]));
    let bins = Succinct { authority: Authority::one("bins"), bit_length: 1, name_prefix: "bin".into() };
    repository.delegate_bins("bins", bins.clone());
    repository.delegate("targets", Delegation::prefixes("hashed", &["0", "1", "2", "3", "4", "5", "6", "7"]));
    repository
        .delegate("targets", Delegation::prefixes("hashed-more", &["8", "9", "a", "b", "c", "d", "e", "f"]));
    repository.add_target("team", "team/tool.tgz", b"a tool").add_target(
        "sub",
        "team/sub/tool.tgz",
        b"another",
    );
    for path in ["bins/one", "bins/two"] {
        repository.add_target(&bins.bin_of(path), path, path.as_bytes());
    }
    for role in ["hashed", "hashed-more"] {
        repository.add_target(role, "hashed", b"by its hash");
    }
}

/// What a thief of some keys publishes.
fn stolen(latest: &Repository) -> Vec<Mirror> {
    let fork = |roles: &[&str]| {
        let mut fork = latest.with_stolen_keys_of(roles);
        fork.add_target("targets", PATHS[0], b"a forgery").add_target("team", PATHS[1], b"a forgery");
        fork
    };
    let mut mirrors = Vec::new();
    for roles in [
        &[][..],
        &["timestamp"],
        &["timestamp", "snapshot"],
        &["timestamp", "snapshot", "team"],
        &["timestamp", "snapshot", "targets"],
        &["timestamp", "snapshot", "targets", "root"],
    ] {
        mirrors.push(fork(roles).next_root().release().mirror.clone());
    }
    let mut below = fork(&["timestamp", "snapshot"]);
    below.sign_with("targets", &[Key::new("targets-1")]).sign_with("team", &[Key::new("team-1")]);
    below.sign_with("root", &[Key::new("root-2")]);
    mirrors.push(below.next_root().release().mirror.clone());
    mirrors
}

/// What is spoiled by who signs it, or on its way.
fn spoiled(latest: &Repository, first: &Repository) -> Vec<Mirror> {
    let mut expired = latest.clone();
    expired.timestamp.expires = NOW - DAY;
    let mut role_expired = latest.clone();
    role_expired.role("team").header.expires = NOW;
    let mut plain = latest.clone();
    plain.consistent_snapshot = Some(false);
    let mut unlisted = latest.clone();
    unlisted.edit("snapshot", |signed| _ = signed.at(&["meta"]).remove("team.json"));
    let mut forwarded = latest.clone();
    forwarded.timestamp.version = u64::MAX;
    forwarded.snapshot.version = u64::MAX;
    let rotated = |rotation: Rotation| {
        let mut rotated = latest.clone();
        rotated.add_rotation("team", rotation).release().mirror.clone()
    };
    let to_stranger = Rotation::to(Authority::one(STRANGER), &[STRANGER]);
    vec![
        rotated(Rotation::to_null(&["team-3"])),
        rotated(to_stranger),
        rotated(Rotation::to(Authority::of(2, &["team-4", "team-5"]), &["team-3"])),
        expired.release().mirror.clone(),
        role_expired.release().mirror.clone(),
        plain.next_root().release().mirror.clone(),
        unlisted.release().mirror.clone(),
        forwarded.publish().mirror.clone(),
        latest.mirror.clone().replaying("timestamp.json", &first.mirror),
        latest.mirror.clone().endlessly("timestamp.json"),
    ]
}
