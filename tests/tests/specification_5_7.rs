//! 5.7, fetch target.

use tuf_tests::expected::{digest, endless_data, length, no_supported_hash, wrong_software};
use tuf_tests::recorded::TargetCheck;
use tuf_tests::{Answer, Device, Drive, Mirror, Repository, TargetFile, hex, sha256, sha384, sha512};
use tuf_verifier_core::{Failure, Hash, Misuse, NotFound, Target};

const PATH: &str = "bin/app";
const CONTENT: &[u8] = b"the bytes of the application";

/// A repository that lists [`PATH`] with both hashes.
fn listing_both_hashes() -> Repository {
    let mut repository = Repository::new();
    repository.add_target("targets", PATH, CONTENT);
    let target = repository.role("targets").targets.last_mut().unwrap();
    target.hashes.push(("sha512".into(), sha512(CONTENT)));
    repository.publish();
    repository
}

/// What a search of the drive finds.
fn found(drive: &mut Drive<'_>, mirror: &Mirror, path: &str) -> Target {
    drive.refresh(mirror).unwrap();
    match drive.find(mirror, path).unwrap() {
        Answer::Found(target) => target,
        Answer::NotFound(reason) => panic!("{path}: {reason:?}"),
    }
}

/// A verification of [`PATH`] that has begun.
fn check(repository: &Repository) -> TargetCheck {
    let mut device = Device::new(repository);
    let mut drive = device.start().unwrap();
    found(&mut drive, &repository.mirror, PATH);
    drive.check().unwrap()
}

/// Finds [`PATH`] and verifies the right bytes.
fn install(repository: &Repository) -> Result<(), Failure> {
    let mut device = Device::new(repository);
    let mut drive = device.start()?;
    drive.refresh(&repository.mirror)?;
    drive.find(&repository.mirror, PATH)?;
    let mut check = drive.check()?;
    check.write(CONTENT)?;
    check.finish()
}

fn hash(algorithm: &str, digest: String) -> Hash {
    Hash { algorithm: algorithm.into(), digest: digest.into() }
}

#[test]
fn step_5_7_1_gives_what_the_trusted_metadata_says_of_the_target() {
    let repository = listing_both_hashes();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    let target = found(&mut drive, &repository.mirror, PATH);
    let expected = Target {
        path: PATH.into(),
        length: CONTENT.len() as u64,
        hashes: vec![hash("sha256", sha256(CONTENT)), hash("sha512", sha512(CONTENT))],
        custom: None,
        role: "targets".into(),
        fetch_path: format!("bin/{}.app", sha256(CONTENT)),
        waived: Vec::new(),
    };
    assert_eq!(target, expected);
}

#[test]
fn step_5_7_2_answers_that_there_is_no_such_target() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    let answer = drive.find(&repository.mirror, "no/such/target").unwrap();
    assert_eq!(answer, Answer::NotFound(NotFound::Absent));
    assert_eq!(drive.check().unwrap_err(), Failure::Misuse(Misuse::NothingFound));
}

#[test]
fn step_5_7_3_accepts_the_listed_bytes_in_any_pieces() {
    let repository = listing_both_hashes();
    for size in [1, 7, CONTENT.len()] {
        let mut check = check(&repository);
        for piece in CONTENT.chunks(size) {
            check.write(piece).unwrap();
        }
        check.finish().unwrap();
    }
}

#[test]
fn step_5_7_3_accepts_an_empty_target() {
    let mut repository = Repository::new();
    repository.add_target("targets", PATH, b"").publish();
    check(&repository).finish().unwrap();
    let failure = check(&repository).write(b"x").unwrap_err();
    assert_eq!(failure, endless_data(PATH, 0));
}

#[test]
fn step_5_7_3_refuses_more_bytes_than_listed_as_soon_as_they_come() {
    let mut check = check(&listing_both_hashes());
    check.write(CONTENT).unwrap();
    let failure = endless_data(PATH, CONTENT.len() as u64);
    assert_eq!(check.write(b"x").unwrap_err(), failure);
    let finished = Failure::Misuse(Misuse::CheckFinished);
    assert_eq!(check.write(b"").unwrap_err(), finished);
    assert_eq!(check.finish().unwrap_err(), finished);
}

#[test]
fn step_5_7_3_refuses_fewer_bytes_than_listed() {
    let mut check = check(&listing_both_hashes());
    check.write(&CONTENT[1..]).unwrap();
    let size = CONTENT.len() as u64;
    assert_eq!(check.finish().unwrap_err(), wrong_software(PATH, length(size, size - 1)));
}

#[test]
fn step_5_7_3_refuses_other_bytes_of_the_same_length() {
    let mut check = check(&listing_both_hashes());
    check.write(&CONTENT.to_ascii_uppercase()).unwrap();
    assert_eq!(check.finish().unwrap_err(), wrong_software(PATH, digest("sha256")));
    assert_eq!(check.finish().unwrap_err(), Failure::Misuse(Misuse::CheckFinished));
}

#[test]
fn step_5_7_3_compares_every_supported_hash() {
    for (wrong, others) in [("sha256", "sha512"), ("sha512", "sha256")] {
        let mut repository = Repository::new();
        repository.add_target("targets", PATH, CONTENT);
        let right = if others == "sha256" { sha256(CONTENT) } else { sha512(CONTENT) };
        let zeros = if wrong == "sha256" { "00".repeat(32) } else { "00".repeat(64) };
        repository.role("targets").targets.last_mut().unwrap().hashes =
            vec![(wrong.into(), zeros), (others.into(), right)];
        let mut check = check(repository.publish());
        check.write(CONTENT).unwrap();
        assert_eq!(check.finish().unwrap_err(), wrong_software(PATH, digest(wrong)));
    }
}

#[test]
fn step_5_7_3_compares_a_hash_of_each_supported_algorithm() {
    for (algorithm, right) in
        [("sha256", sha256(CONTENT)), ("sha384", sha384(CONTENT)), ("sha512", sha512(CONTENT))]
    {
        let mut repository = Repository::new();
        repository.add_target("targets", PATH, CONTENT);
        repository.role("targets").targets.last_mut().unwrap().hashes = vec![(algorithm.into(), right)];
        assert_eq!(install(repository.publish()), Ok(()), "{algorithm}");
    }
}

#[test]
fn step_5_7_3_skips_hashes_of_unknown_algorithms() {
    let mut repository = listing_both_hashes();
    let hashes = &mut repository.role("targets").targets.last_mut().unwrap().hashes;
    hashes.insert(0, ("blake9".into(), "00".repeat(4)));
    let mut check = check(repository.publish());
    check.write(CONTENT).unwrap();
    check.finish().unwrap();
}

#[test]
fn step_5_7_3_refuses_a_target_of_which_nothing_could_be_checked() {
    let mut repository = listing_both_hashes();
    let hashes = &mut repository.role("targets").targets.last_mut().unwrap().hashes;
    *hashes = vec![("blake9".into(), "00".repeat(4))];
    repository.publish();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    let failure = drive.find(&repository.mirror, PATH).unwrap_err();
    assert_eq!(failure, no_supported_hash(PATH, &["blake9"]));
    assert_eq!(drive.check().unwrap_err(), Failure::Misuse(Misuse::NothingFound));
    assert!(drive.find(&repository.mirror, "app-1.0.tar.gz").is_ok(), "another target can be found");
}

#[test]
fn step_5_7_3_refuses_a_digest_that_is_none_even_beside_a_right_one() {
    for digest in ["", "00", "zz".repeat(32).as_str(), &sha256(CONTENT)[1..]] {
        let mut repository = listing_both_hashes();
        let hashes = &mut repository.role("targets").targets.last_mut().unwrap().hashes;
        *hashes = vec![("sha256".into(), digest.into()), ("sha512".into(), sha512(CONTENT))];
        repository.publish();
        assert!(install(&repository).is_err(), "{digest:?}");
    }
}

#[test]
fn step_5_7_3_accepts_digests_that_the_host_computed() {
    let repository = listing_both_hashes();
    let hashes =
        [hash("sha512", sha512(CONTENT)), hash("md5", hex(&[0; 16])), hash("sha256", sha256(CONTENT))];
    check(&repository).check_digests(CONTENT.len() as u64, &hashes).unwrap();
}

#[test]
fn step_5_7_3_refuses_wrong_digests_that_the_host_computed() {
    let repository = listing_both_hashes();
    let size = CONTENT.len() as u64;
    let [right256, right512] = [hash("sha256", sha256(CONTENT)), hash("sha512", sha512(CONTENT))];
    let wrong256 = hash("sha256", sha256(b"other"));
    let wrong512 = hash("sha512", sha512(b"other"));
    let judge = |length, hashes: &[Hash]| check(&repository).check_digests(length, hashes).unwrap_err();
    let both = [right256.clone(), right512.clone()];
    assert_eq!(judge(size, &[wrong256, right512.clone()]), wrong_software(PATH, digest("sha256")));
    assert_eq!(judge(size, &[right256.clone(), wrong512]), wrong_software(PATH, digest("sha512")));
    assert_eq!(judge(size - 1, &both), wrong_software(PATH, length(size, size - 1)));
    assert_eq!(judge(size + 1, &both), endless_data(PATH, size));
    let not_given = |algorithm: &str| Failure::Misuse(Misuse::DigestNotGiven(algorithm.into()));
    assert_eq!(judge(size, &[right256]), not_given("sha512"));
    assert_eq!(judge(size, &[right512]), not_given("sha256"));
}

#[test]
fn step_5_7_3_names_the_file_by_a_hash_where_snapshots_are_consistent() {
    let cases = [("app", Some(true), format!("{}.app", sha256(CONTENT))), ("app", Some(false), "app".into())];
    for (path, consistent, fetch_path) in cases {
        let mut repository = Repository::new();
        repository.consistent_snapshot = consistent;
        repository.next_root().add_target("targets", path, CONTENT).publish();
        let mut device = Device::new(&repository);
        let mut drive = device.start().unwrap();
        let target = found(&mut drive, &repository.mirror, path);
        assert_eq!(target.fetch_path, fetch_path);
        assert_eq!(repository.mirror.targets[&target.fetch_path], CONTENT);
    }
}

#[test]
fn step_5_7_3_keeps_the_fetch_path_below_the_base_url() {
    let cases = [
        ("a b/ü?#.txt", "a%20b/%C3%BC%3F%23.txt"),
        ("100%/%2e%2e/x", "100%25/%252e%252e/x"),
        ("~user/a+b@c.tgz", ""),
    ];
    for (path, encoded) in cases {
        let mut repository = Repository::new();
        repository.consistent_snapshot = Some(false);
        repository.next_root();
        repository.role("targets").targets.push(TargetFile::new(path, CONTENT));
        let mut device = Device::new(repository.publish());
        let mut drive = device.start().unwrap();
        let target = found(&mut drive, &repository.mirror, path);
        if encoded.is_empty() {
            assert!(target.fetch_path.starts_with('~') && target.fetch_path.ends_with("c.tgz"));
        } else {
            assert_eq!(target.fetch_path, encoded);
        }
    }
}
