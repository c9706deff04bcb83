//! Honest repositories, and what happens to them between two refreshes.

use tuf_tests::{Authority, DAY, Delegation, Key, Listing, NOW, Repository, Scheme, Succinct};

use super::random::Random;
use super::scene::{header, touch};

const TOP_LEVEL: [&str; 4] = ["root", "timestamp", "snapshot", "targets"];
const DELEGATED: [&str; 4] = ["alpha", "beta", "gamma", "delta"];
const PATTERNS: [&str; 9] =
    ["alpha/*", "beta/*", "*", "*/*", "a*/o?e", "files/*.txt", "deep/*/*", "al?ha/*", "readme.txt"];
const PATHS: [&str; 9] = [
    "readme.txt",
    "alpha/one",
    "alpha/two",
    "beta/one",
    "files/a.txt",
    "deep/er/x",
    "app 1.0.txt",
    "files/日本.txt",
    "none",
];

/// A published repository: keys, thresholds, delegations and listings by chance.
pub(super) fn begin(random: &mut Random) -> Repository {
    let mut repository = Repository::new();
    repository.consistent_snapshot = Some(random.chance(75));
    repository.listing = if random.chance(50) { Listing::Everything } else { Listing::Versions };
    for role in TOP_LEVEL {
        let authority = authority(random, role);
        repository.rotate(role, authority);
    }
    if random.chance(20) {
        let online = authority(random, "online");
        repository.rotate("timestamp", online.clone()).rotate("snapshot", online);
    }
    delegate(&mut repository, random);
    let names: Vec<String> = repository.targets.keys().cloned().collect();
    for name in names {
        add_targets(&mut repository, random, &name, 0);
    }
    repository.write_root().publish();
    repository
}

/// What happens until the next refresh: the time passes, roles change, keys rotate. Says what did.
pub(super) fn go_on(
    repository: &mut Repository,
    random: &mut Random,
    now: &mut i64,
    step: usize,
) -> Vec<String> {
    const PASSING: [i64; 7] = [0, 3_600, 6 * 3_600, DAY - 1, 2 * DAY, 8 * DAY, 100 * DAY];
    let passed = random.pick(&PASSING);
    *now += passed;
    let mut happened = vec![format!("{passed} s passed")];
    for _ in 0..random.below(3) {
        happened.push(change(repository, random, step));
    }
    if random.chance(90) {
        renew(repository, *now);
    }
    repository.publish();
    happened
}

/// The names of the roles that somebody may attack.
pub(super) fn roles(repository: &Repository) -> Vec<String> {
    let top = ["root", "timestamp", "snapshot"].map(str::to_owned);
    top.into_iter().chain(repository.targets.keys().cloned()).collect()
}

/// Target paths to look for: two that somebody lists, where there are any, and one that may be nobody's.
pub(super) fn paths(repository: &Repository, random: &mut Random) -> Vec<String> {
    let listed = repository.targets.values().flat_map(|role| &role.targets);
    let listed: Vec<String> = listed.map(|target| target.path.clone()).collect();
    let mut paths = vec![random.pick(&PATHS).to_owned()];
    for _ in 0..listed.len().min(2) {
        paths.push(random.pick(&listed));
    }
    paths.sort();
    paths.dedup();
    paths
}

fn authority(random: &mut Random, label: &str) -> Authority {
    let count = random.pick(&[1, 1, 1, 2, 3]);
    let generation = random.below(1_000_000);
    let keys: Vec<Key> = (0..count).map(|key| one(random, &format!("{label}-{generation}-{key}"))).collect();
    Authority { threshold: 1 + random.below(keys.len()) as u64, keys }
}

fn one(random: &mut Random, label: &str) -> Key {
    let scheme = match random.below(100) {
        0..85 => Scheme::Ed25519,
        85..96 => Scheme::EcdsaP256,
        _ => Scheme::EcdsaP384,
    };
    let key = Key::of(scheme, label);
    match random.below(100) {
        0..10 => key.with_keyid(label),
        // There is one RSA key. It can stand where nobody else has it.
        10..12 if label.starts_with("timestamp") && label.ends_with("-0") => {
            Key::of(Scheme::RsaPssSha256, label)
        }
        _ => key,
    }
}

fn delegate(repository: &mut Repository, random: &mut Random) {
    if random.chance(12) {
        let bit_length = random.pick(&[1, 2, 3, 5]);
        let succinct =
            Succinct { authority: authority(random, "bins"), bit_length, name_prefix: "bin".into() };
        repository.delegate_bins("targets", succinct);
        return;
    }
    let mut delegators = vec!["targets".to_owned()];
    for name in DELEGATED.iter().take(random.below(DELEGATED.len() + 1)) {
        let delegator = random.pick(&delegators);
        let found = delegation(random, name);
        repository.delegate(&delegator, found.clone());
        // A diamond: another role delegates to the same one, with the same keys or with its own.
        if random.chance(20) {
            let other = random.pick(&delegators);
            let again = if random.chance(60) { found } else { delegation(random, name) };
            if other != delegator {
                repository.delegate(&other, again);
            }
        }
        // A cycle: back to a role that leads here.
        if random.chance(10) && delegators.len() > 1 {
            let back = random.pick(&delegators[1..]);
            let again = delegation(random, &back);
            repository.delegate(name, again);
        }
        delegators.push((*name).to_owned());
    }
}

fn delegation(random: &mut Random, name: &str) -> Delegation {
    let mut found = if random.chance(75) {
        let own = format!("{name}/*");
        let patterns = [own.as_str(), random.pick(&PATTERNS), random.pick(&PATTERNS)];
        Delegation::paths(name, &patterns[random.below(2)..])
    } else {
        let digits: Vec<String> =
            (0..16).filter(|_| random.chance(60)).map(|digit| format!("{digit:x}")).collect();
        Delegation::prefixes(name, &digits.iter().map(String::as_str).collect::<Vec<_>>())
    };
    found.authority = authority(random, name);
    found.terminating = random.chance(25);
    found
}

fn add_targets(repository: &mut Repository, random: &mut Random, role: &str, step: usize) {
    for _ in 0..random.below(4) {
        let path = random.pick(&PATHS);
        repository.add_target(role, path, format!("{path} of step {step}\n").as_bytes());
    }
}

fn change(repository: &mut Repository, random: &mut Random, step: usize) -> String {
    let targets: Vec<String> = repository.targets.keys().cloned().collect();
    let role = random.pick(&targets);
    match random.below(10) {
        0..4 => {
            add_targets(repository, random, &role, step);
            touch(repository, &role);
            format!("{role} listed more")
        }
        4 => {
            repository.role(&role).targets.pop();
            touch(repository, &role);
            format!("{role} listed less")
        }
        5 => rotate(repository, random, 1),
        6 => rotate(repository, random, 2),
        7 => rotate_delegated(repository, random, &role),
        8 => {
            repository.consistent_snapshot = repository.consistent_snapshot.map(|before| !before);
            repository.next_root();
            touch(repository, "snapshot");
            "consistent snapshots were switched".to_owned()
        }
        _ => {
            let name = random.pick(&["snapshot", "timestamp"]);
            header(repository, name).version += 10;
            touch(repository, name);
            format!("{name} jumped ahead")
        }
    }
}

/// New keys for one top-level role, in so many root metadata files; two may lead back to the old keys.
fn rotate(repository: &mut Repository, random: &mut Random, times: usize) -> String {
    let role = random.pick(&TOP_LEVEL);
    let before = repository.authorities[role].clone();
    for time in 0..times {
        let back = time == 1 && random.chance(50);
        let next = if back { before.clone() } else { authority(random, role) };
        repository.rotate(role, next).next_root();
    }
    let back = times == 2 && repository.authorities[role] == before;
    // Fresh versions come with fresh keys: a recovery from a fast-forward attack begins like this.
    if role != "root" && random.chance(30) {
        let header = header(repository, role);
        header.version = header.version.saturating_sub(5).max(1);
    }
    touch(repository, if role == "root" { "timestamp" } else { role });
    format!("{role} rotated{}", if back { " and back" } else { "" })
}

fn rotate_delegated(repository: &mut Repository, random: &mut Random, delegator: &str) -> String {
    let next = authority(random, "next");
    let Some(delegation) = repository.role(delegator).delegations.first_mut() else {
        return "nothing".to_owned();
    };
    delegation.authority = next;
    let name = delegation.name.clone();
    touch(repository, delegator);
    header(repository, &name).version += 1;
    format!("{delegator} gave {name} other keys")
}

/// Lets everything that expires within the hour last longer again.
fn renew(repository: &mut Repository, now: i64) {
    for role in roles(repository) {
        let header = header(repository, &role);
        if header.expires > now + 3_600 {
            continue;
        }
        header.expires = now + if role == "timestamp" { DAY } else { 90 * DAY };
        match role.as_str() {
            "root" => drop(repository.next_root()),
            role => touch(repository, role),
        }
    }
}

/// Gives every role that was spoiled in a copy of the repository a version that the copy has not used.
///
/// Root versions cannot be skipped: there the two share their numbers.
pub(super) fn skip_versions_of(spoiled: &Repository, repository: &mut Repository) {
    let mut spoiled = spoiled.clone();
    for role in roles(repository).into_iter().filter(|role| role != "root") {
        let (used, own) = (header(&mut spoiled, &role).version, header(repository, &role));
        if used > own.version && used - own.version < 1_000 {
            own.version = used + 1;
        }
    }
}

/// When every world begins.
pub(super) const BEGINNING: i64 = NOW;
