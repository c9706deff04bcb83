//! The component answers as the core does where it is called natively: same requests, same store, same words.

use tuf_tests::{
    Answer, Authority, DAY, Delegation, Device, Key, Listing, Mirror, MultiRole, NOW, Repository, Rotation,
    Succinct,
};
use tuf_verifier_core as core;
use tuf_verifier_host::records::{NotFoundReason, RoleState};
use tuf_verifier_host::{Client, Error, Lookup, MemoryStore, NotFound, Report, Store, UnixTime};

use crate::world::{PATH, World, repository};

/// A device whose updates run natively and in the sandbox.
struct Twins {
    native: Device,
    store: MemoryStore,
}

impl Twins {
    fn new(repository: &Repository) -> Self {
        Self { native: Device::new(repository), store: MemoryStore::new() }
    }

    /// Refreshes and searches, both ways, and compares all that can be seen from outside.
    fn update(&mut self, mirror: &Mirror, path: &str) -> String {
        let (fetched, expected) = self.run_natively(mirror, path);
        let world = World::seen_through(mirror);
        let seen = self.run_in_the_sandbox(&world, path);
        assert_eq!(seen, expected);
        assert_eq!(world.requests(), fetched);
        assert_eq!(self.store.names(), self.native.store.keys().cloned().collect::<Vec<_>>());
        for (name, bytes) in &self.native.store {
            assert_eq!(self.store.load(name).unwrap().as_ref(), Some(bytes), "{name}");
        }
        seen
    }

    fn run_natively(&mut self, mirror: &Mirror, path: &str) -> (Vec<String>, String) {
        let mut drive = self.native.start().unwrap();
        let outcome = drive.refresh(mirror).and_then(|report| Ok((report, drive.find(mirror, path)?)));
        let fetched = drive.fetched().into_iter().map(str::to_owned).collect();
        let seen = match outcome {
            Ok((report, answer)) => format!("{} {}", native_report(&report), native_answer(&answer)),
            Err(failure) => format!("{}: {failure}", failure.code()),
        };
        (fetched, seen)
    }

    fn run_in_the_sandbox(&self, world: &World, path: &str) -> String {
        let client = Client::new(self.native.pinned.clone(), world.clone(), self.store.clone());
        let time = UnixTime::from_seconds(self.native.now);
        let outcome = client.reference_time(time).refresh().and_then(|session| {
            let lookup = session.find(path)?;
            Ok((session.report().clone(), lookup))
        });
        match outcome {
            Ok((report, lookup)) => format!("{} {}", sandbox_report(&report), sandbox_answer(&lookup)),
            Err(Error::Failure(failure)) => format!("{}: {failure}", failure.code),
            Err(other) => panic!("no verdict: {other:?}"),
        }
    }
}

fn native_report(report: &core::Report) -> String {
    let state = |state: core::RoleState| (state.version, state.expires.0);
    let notices = report.notices.iter().map(|notice| format!("{} {}", notice.name, notice.why));
    let waived = report.waived.iter().map(|waiver| format!("{waiver}"));
    format!(
        "{:?} {:?} {:?} {:?}",
        [report.root, report.timestamp, report.snapshot, report.targets].map(state),
        [report.consistent_snapshot, report.timestamp_unchanged],
        notices.collect::<Vec<_>>(),
        waived.collect::<Vec<_>>()
    )
}

fn sandbox_report(report: &Report) -> String {
    let state = |state: RoleState| (state.version, state.expires);
    let notices = report.notices.iter().map(|notice| format!("{} {}", notice.name, notice.why));
    let waived = report.waived.iter().map(|waiver| format!("{waiver}"));
    format!(
        "{:?} {:?} {:?} {:?}",
        [report.root, report.timestamp, report.snapshot, report.targets].map(state),
        [report.consistent_snapshot, report.timestamp_unchanged],
        notices.collect::<Vec<_>>(),
        waived.collect::<Vec<_>>()
    )
}

fn native_answer(answer: &Answer) -> String {
    match answer {
        Answer::Found(found) => {
            let hashes =
                found.hashes.iter().map(|hash| (&*hash.algorithm, &*hash.digest)).collect::<Vec<_>>();
            let core::Target { path, length, custom, role, fetch_path, .. } = found;
            format!("{path} {length} {hashes:?} {custom:?} {role} {fetch_path}")
        }
        Answer::NotFound(core::NotFound::Absent) => "absent".into(),
        Answer::NotFound(core::NotFound::BudgetSpent { visited }) => format!("spent {visited}"),
        Answer::NotFound(core::NotFound::UnsupportedDelegation { role }) => format!("unsupported {role}"),
        Answer::NotFound(core::NotFound::Disagreement { delegation }) => format!("disagree {delegation}"),
    }
}

fn sandbox_answer(lookup: &Lookup) -> String {
    match lookup {
        Lookup::Found(found) => {
            let hashes =
                found.hashes.iter().map(|hash| (&*hash.algorithm, &*hash.digest)).collect::<Vec<_>>();
            let (length, custom) = (found.length, &found.custom);
            format!("{} {length} {hashes:?} {custom:?} {} {}", found.path, found.role, found.fetch_path)
        }
        Lookup::NotFound(NotFound { reason, .. }) => match reason {
            NotFoundReason::Absent => "absent".into(),
            NotFoundReason::BudgetSpent(visited) => format!("spent {visited}"),
            NotFoundReason::UnsupportedDelegation(role) => format!("unsupported {role}"),
            NotFoundReason::Disagreement(delegation) => format!("disagree {delegation}"),
        },
    }
}

#[test]
fn honest_repositories() {
    let mut repository = repository();
    let mut twins = Twins::new(&repository);
    twins.update(&repository.mirror, PATH);
    twins.update(&repository.mirror, "no/such/target");
    repository.listing = Listing::Everything;
    repository.next_root().release();
    twins.update(&repository.mirror, PATH);
    repository.consistent_snapshot = Some(false);
    repository.next_root().release();
    twins.update(&repository.mirror, PATH);
}

#[test]
fn a_corrupt_store() {
    let repository = repository();
    let mut twins = Twins::new(&repository);
    twins.update(&repository.mirror, PATH);
    for name in ["root.json", "timestamp.json", "snapshot.json", "targets.json"] {
        twins.native.store.insert(name.into(), b"{".to_vec());
        twins.store.persist(name, b"{").unwrap();
        twins.update(&repository.mirror, PATH);
    }
}

#[test]
fn delegations() {
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths("team", &["team/*"]).terminating());
    repository.add_target("team", "team/tool", b"a tool");
    repository.publish();
    let mut twins = Twins::new(&repository);
    assert!(twins.update(&repository.mirror, "team/tool").contains(" team "));
    assert!(twins.update(&repository.mirror, "team/other").ends_with(" absent"));
    let withheld = repository.mirror.clone().withholding("1.team.json");
    let mut twins = Twins::new(&repository);
    assert!(twins.update(&withheld, "team/tool").starts_with("missing-metadata: "));
}

#[test]
fn every_kind_of_refusal() {
    let mut repository = repository();
    let old = repository.mirror.clone();
    let mut twins = Twins::new(&repository);
    repository.listing = Listing::Everything;
    repository.release();
    let new = repository.mirror.clone();
    twins.update(&new, PATH);
    repository.release();
    let newest = repository.mirror.clone();
    let attacks = [
        ("rollback", new.replaying("timestamp.json", &old)),
        ("endless-data", newest.clone().endlessly("timestamp.json")),
        (
            "arbitrary-software",
            newest.clone().tampering("timestamp.json", "\"version\": 3", "\"version\": 4"),
        ),
        ("malformed-json", newest.clone().replacing("timestamp.json", "{")),
        ("malformed-metadata", newest.clone().passing_off("3.snapshot.json", "timestamp.json")),
        ("missing-metadata", newest.clone().withholding("3.snapshot.json")),
        ("mix-and-match", newest.clone().passing_off("2.targets.json", "3.targets.json")),
    ];
    for (code, mirror) in attacks {
        let seen = twins.update(&mirror, PATH);
        assert!(seen.starts_with(&format!("{code}: ")), "{code}: {seen}");
    }
    twins.native.now = NOW + 100 * 365 * DAY;
    assert!(twins.update(&newest, PATH).starts_with("freeze: "));
}

#[test]
fn bins() {
    let mut repository = repository();
    let authority = Authority::one("bins");
    repository.delegate_bins("targets", Succinct { authority, bit_length: 3, name_prefix: "bin".into() });
    repository.publish();
    let mut twins = Twins::new(&repository);
    twins.update(&repository.mirror, "packages/one");
    twins.update(&repository.mirror, PATH);
}

#[test]
fn multi_role_delegations() {
    let mut repository = repository();
    let release = MultiRole::new("release", 2, &["a", "b", "c"], &["x/*"]).terminating();
    repository.delegate_to_roles("targets", release);
    repository.add_target("b", "x/tool", b"1").add_target("c", "x/tool", b"1").publish();
    let mut twins = Twins::new(&repository);
    assert!(twins.update(&repository.mirror, "x/tool").contains(" b "));
    repository.add_target("c", "x/tool", b"2").release();
    let mut twins = Twins::new(&repository);
    assert!(twins.update(&repository.mirror, "x/tool").ends_with(" disagree release"));
    let withheld = repository.mirror.clone().withholding("1.a.json");
    let mut twins = Twins::new(&repository);
    assert!(twins.update(&withheld, "x/tool").starts_with("missing-metadata: "));
}

#[test]
fn rotate_files() {
    let mut repository = repository();
    repository.delegate("targets", Delegation::paths("team", &["x/*"])).add_target("team", "x/tool", b"1");
    repository.add_rotation("targets", Rotation::to(Authority::one("targets-2"), &["targets-1"]));
    repository.add_rotation("team", Rotation::to(Authority::one("new"), &["team"]));
    repository.sign_with("targets", &[Key::new("targets-2")]).sign_with("team", &[Key::new("new")]).publish();
    let mut twins = Twins::new(&repository);
    for _ in ["from the repository", "from the store"] {
        assert!(twins.update(&repository.mirror, "x/tool").contains(" team "));
    }
    let other = Rotation::to(Authority::one("other"), &["team"]);
    for (rotation, code) in [(other, "mix-and-match: "), (Rotation::to_null(&["team"]), "revoked: ")] {
        repository.rotations.insert("team".into(), vec![rotation]);
        repository.release();
        assert!(twins.update(&repository.mirror, "x/tool").starts_with(code));
    }
    let last = vec![Rotation::to_null(&["targets-1"])];
    repository.rotations.insert("targets".into(), last);
    assert!(twins.update(&repository.release().mirror, PATH).starts_with("revoked: "));
}
