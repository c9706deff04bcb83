//! `page_worlds FOLDER`: writes what the servers of the demonstration page (`host-examples/browser`) offer, one folder a
//! mirror with `metadata/` and `targets/`, and `trusted-root.json`.
//!
//! The project `lantern` has 2-of-3 keys where people sign and single keys where machines do. Expiries are counted from the
//! present time, so that a page needs no other clock than its own: the honest timestamp is good for a day.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, io};

use tuf_tests::{Authority, DAY, Delegation, Header, Key, Listing, Mirror, Repository, Rotation};

const LINUX: &str = "releases/linux/lantern-2.1.tar.gz";
const WINDOWS: &str = "releases/windows/lantern-2.1.zip";

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).ok_or_else(|| io::Error::other("usage: page_worlds FOLDER"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?.as_secs();
    let now = i64::try_from(now).map_err(io::Error::other)?;
    write(Path::new(&folder), now)
}

fn write(folder: &Path, now: i64) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let before = first_publication(now);
    let honest = second_publication(&before);
    fs::create_dir_all(folder)?;
    fs::write(folder.join("trusted-root.json"), honest.mirror.file("1.root.json"))?;
    let mirrors = [
        ("honest", honest.mirror.clone()),
        ("foreign-keys", foreign_keys(&honest)),
        ("one-stolen-key", one_stolen_key(&honest)),
        ("replay", before.mirror.clone()),
        ("older-snapshot", older_snapshot(&honest)),
        ("expired", expired(&honest, now)),
        ("half-copied", half_copied(&honest)),
        ("changed-target", changed_target(&honest)),
        ("revoked", revoked(&honest)),
        ("portal", honest.mirror.clone().replacing("timestamp.json", PORTAL)),
        ("withheld", honest.mirror.clone().withholding("timestamp.json")),
    ];
    for (name, mirror) in mirrors {
        mirror.publish_to(&folder.join(name))?;
    }
    Ok(())
}

/// What a network answers before one has signed in to it.
const PORTAL: &str =
    "<!doctype html><title>Sign in</title><p>Welcome to the free Wi-Fi of the Harbour Hotel.</p>\n";

/// The project as it was before its last release. Who trusts the first root follows two more to the present one.
fn first_publication(now: i64) -> Repository {
    let mut repository = Repository::new();
    repository.mirror = Mirror::default();
    repository.listing = Listing::Everything;
    repository.root = Header { version: 1, expires: now + 365 * DAY };
    // Two of three people are enough, and come.
    for (role, signers) in [("root", [1, 2]), ("targets", [1, 3]), ("releases", [2, 3])] {
        repository.sign_with(role, &signers.map(|number| Key::new(&format!("{role}-{number}"))));
    }
    repository.rotate("root", people("root")).write_root();
    repository.rotate("targets", people("targets")).next_root();
    repository.rotate("timestamp", Authority::one("timestamp-2")).next_root();
    repository.timestamp = Header { version: 40, expires: now + DAY / 2 };
    repository.snapshot = Header { version: 16, expires: now + 7 * DAY };
    write_targets(&mut repository, now);
    repository.publish();
    repository
}

fn write_targets(repository: &mut Repository, now: i64) {
    repository.role("targets").targets.clear();
    let releases =
        Delegation { authority: people("releases"), ..Delegation::paths("releases", &["releases/*/*"]) };
    let plugins = Authority::of(1, &["plugins-1", "plugins-2"]);
    let plugins = Delegation { authority: plugins, ..Delegation::paths("plugins", &["plugins/*"]) };
    repository.delegate("targets", releases.terminating()).delegate("targets", plugins);
    repository.delegate("releases", Delegation::paths("linux", &["releases/linux/*"]));
    repository.delegate("releases", Delegation::paths("windows", &["releases/windows/*"]));
    for (role, version, days) in
        [("targets", 6, 90), ("releases", 9, 60), ("linux", 12, 30), ("windows", 8, 30), ("plugins", 3, 30)]
    {
        repository.role(role).header = Header { version, expires: now + days * DAY };
    }
    repository.add_target(
        "targets",
        "install.sh",
        b"#!/bin/sh\n# Asks for lantern's newest release, and verifies it.\n",
    );
    repository.add_target("plugins", "plugins/fog.js", b"export const density = 0.4;\n");
    repository.add_target("linux", "releases/linux/lantern-2.0.tar.gz", &content("lantern 2.0 for Linux"));
}

/// The last release: what honest mirrors have.
fn second_publication(before: &Repository) -> Repository {
    let mut repository = before.clone();
    repository.add_target("linux", LINUX, &content("lantern 2.1 for Linux"));
    repository.add_target("windows", WINDOWS, &content("lantern 2.1 for Windows"));
    repository.role("linux").header.version += 1;
    repository.role("windows").header.version += 1;
    repository.timestamp.expires += DAY / 2;
    repository.release();
    repository
}

/// Somebody signs a whole new release with a key of their own.
fn foreign_keys(honest: &Repository) -> Mirror {
    honest.with_stolen_keys_of(&[]).release().mirror.clone()
}

/// Thieves have the keys of the machines, and one of the three keys of `releases`, two of which must sign.
fn one_stolen_key(honest: &Repository) -> Mirror {
    let mut thief = honest.clone();
    thief.sign_with("releases", &[Key::new("releases-1")]);
    thief.role("releases").header.version += 1;
    thief.snapshot.version += 1;
    thief.timestamp.version += 1;
    thief.write_targets("releases").write_snapshot().write_timestamp().mirror.clone()
}

/// Thieves have the key of timestamp, and sign a newer one that lists the snapshot before the last.
fn older_snapshot(honest: &Repository) -> Mirror {
    let mut thief = honest.clone();
    thief.timestamp.version += 1;
    thief.snapshot.version -= 1;
    thief.write_timestamp().mirror.clone()
}

/// A newer timestamp, rightly signed, whose time ended an hour ago.
fn expired(honest: &Repository, now: i64) -> Mirror {
    let mut frozen = honest.clone();
    frozen.timestamp = Header { version: honest.timestamp.version + 1, expires: now - 3_600 };
    frozen.write_timestamp().mirror.clone()
}

/// A newer release, of which the file of `linux` is still the one before.
fn half_copied(honest: &Repository) -> Mirror {
    let mut newer = honest.clone();
    newer.add_target("linux", LINUX, &content("lantern 2.1 for Linux, again"));
    newer.role("linux").header.version += 1;
    let (old, new) = (honest.targets["linux"].header.version, newer.targets["linux"].header.version);
    newer.release().mirror.clone().passing_off(&format!("{old}.linux.json"), &format!("{new}.linux.json"))
}

/// Other bytes in the place of a target, as many as are listed.
fn changed_target(honest: &Repository) -> Mirror {
    let mut mirror = honest.mirror.clone();
    for (path, bytes) in &mut mirror.targets {
        if path.ends_with("lantern-2.1.tar.gz") {
            bytes.reverse();
        }
    }
    mirror
}

/// The owners of `plugins` lost their keys to somebody, and have said so with a rotation to no key (TAP 20).
fn revoked(honest: &Repository) -> Mirror {
    let mut warned = honest.clone();
    warned.add_rotation("plugins", Rotation::to_null(&["plugins-1"]));
    warned.release().mirror.clone()
}

/// Three people hold a key each, two of whom must sign.
fn people(role: &str) -> Authority {
    let labels = [1, 2, 3].map(|number| format!("{role}-{number}"));
    Authority::of(2, &[&labels[0], &labels[1], &labels[2]])
}

/// Some kilobytes that tell what they are.
fn content(text: &str) -> Vec<u8> {
    (1..=200).flat_map(|line| format!("{line:04} {text}\n").into_bytes()).collect()
}
