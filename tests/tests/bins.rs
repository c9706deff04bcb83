//! Hashed bins: delegations by prefixes of the path's digest, and succinct ones (TAP 15).

use tuf_tests::expected::{arbitrary_software, defect_of};
use tuf_tests::{Answer, Authority, Delegation, Device, Json, Key, Repository, Succinct, sha256};
use tuf_verifier_core::{Defect, NotFound};

const PATH: &str = "x/app";

fn role_of(answer: Answer) -> String {
    match answer {
        Answer::Found(target) => target.role.into(),
        Answer::NotFound(reason) => panic!("{reason:?}"),
    }
}

#[test]
fn accepts_hash_prefixes_of_the_path() {
    let hash = sha256(PATH.as_bytes());
    let other = if hash.starts_with('0') { "1" } else { "0" };
    for (prefixes, covered) in [
        (vec![&hash[..1]], true),
        (vec![&hash[..7]], true),
        (vec![hash.as_str()], true),
        (vec![other, &hash[..2]], true),
        (vec![other], false),
        (vec![&hash[1..3]], false),
        (vec![], false),
    ] {
        let mut repository = Repository::new();
        repository.delegate("targets", Delegation::prefixes("bin", &prefixes)).add_target("bin", PATH, b"1");
        let answer = Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap();
        assert_eq!(matches!(answer, Answer::Found(_)), covered, "{prefixes:?}");
    }
}

#[test]
fn accepts_succinct_bins_of_every_width() {
    for bit_length in [1, 3, 4, 5, 8] {
        let bins = Succinct { authority: Authority::one("bins"), bit_length, name_prefix: "bin".into() };
        let mut repository = Repository::new();
        repository.delegate_bins("targets", bins.clone());
        for path in ["a", "b/c", "d/e/f", "ü"] {
            repository.add_target(&bins.bin_of(path), path, path.as_bytes());
        }
        repository.publish();
        let mut device = Device::new(&repository);
        for path in ["a", "b/c", "d/e/f", "ü"] {
            assert_eq!(role_of(device.find(&repository.mirror, path).unwrap()), bins.bin_of(path));
        }
        assert_eq!(device.find(&repository.mirror, "none").unwrap(), Answer::NotFound(NotFound::Absent));
    }
}

#[test]
fn accepts_the_bin_names_of_the_proposal() {
    let bins =
        |bit_length| Succinct { authority: Authority::one("b"), bit_length, name_prefix: "alice.hbd".into() };
    let names: Vec<String> = bins(11).bins().collect();
    assert_eq!(
        (names[0].as_str(), names[2047].as_str(), names.len()),
        ("alice.hbd-000", "alice.hbd-7ff", 2048)
    );
    let leading = u32::from_str_radix(&sha256(PATH.as_bytes())[..8], 16).unwrap();
    let name = format!("alice.hbd-{leading:08x}");
    let mut repository = Repository::new();
    repository.role("targets").succinct = Some(bins(32));
    repository.add_target(&name, PATH, b"1");
    assert_eq!(role_of(Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap()), name);
}

#[test]
fn rejects_a_bin_that_was_not_signed_by_the_keys_of_the_bins() {
    let bins =
        Succinct { authority: Authority::of(2, &["a", "b"]), bit_length: 2, name_prefix: "bin".into() };
    let mut repository = Repository::new();
    repository.delegate_bins("targets", bins.clone());
    let bin = bins.bin_of(PATH);
    repository.sign_with(&bin, &[Key::new("a")]).add_target(&bin, PATH, b"1").publish();
    let failure = Device::new(&repository).find(&repository.mirror, PATH).unwrap_err();
    assert_eq!(failure, arbitrary_software(&bin, ("targets", 1), 2, 1));
}

#[test]
fn rejects_bit_lengths_that_there_are_not() {
    for bits in ["0", "33", "-1", "4294967297", "\"8\"", "null"] {
        let mut repository = Repository::new();
        let bins = Succinct { authority: Authority::one("b"), bit_length: 1, name_prefix: "bin".into() };
        repository.delegate_bins("targets", bins);
        repository.edit("targets", move |signed| {
            signed.at(&["delegations", "succinct_roles"]).set("bit_length", Json::raw(bits));
        });
        let failure = Device::new(repository.publish()).refresh(&repository.mirror).unwrap_err();
        let defect = defect_of("1.targets.json", failure);
        assert!(matches!(defect, Defect::Field { field: "bit_length", .. }), "{bits}: {defect:?}");
    }
}

/// `targets` delegates to `a`, which delegates to bins, and then to `b`, which lists [`PATH`].
fn bins_before_another_role() -> Repository {
    let bins = Succinct { authority: Authority::one("bins"), bit_length: 2, name_prefix: "bin".into() };
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("a", &["x/*"])).delegate_bins("a", bins);
    repository.delegate("targets", Delegation::paths("b", &["x/*"])).add_target("b", PATH, b"1");
    repository
}

#[test]
fn bins_do_not_end_the_search() {
    let mut repository = bins_before_another_role();
    assert_eq!(role_of(Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap()), "b");
    repository.edit("a", |signed| {
        signed.at(&["delegations", "succinct_roles"]).set("terminating", true);
    });
    assert_eq!(role_of(Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap()), "b");
}

#[test]
fn bins_end_the_search_where_the_delegation_to_their_delegator_does() {
    let mut repository = bins_before_another_role();
    repository.role("targets").delegations[0].terminating = true;
    let answer = Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap();
    assert_eq!(answer, Answer::NotFound(NotFound::Absent));
}

#[test]
fn accepts_bins_whose_numbers_begin_with_zeros() {
    for bit_length in [5, 9, 12, 16] {
        let bins = Succinct { authority: Authority::one("b"), bit_length, name_prefix: "bin".into() };
        let path =
            (0..).map(|number| format!("path-{number}")).find(|path| bins.bin_of(path).starts_with("bin-0"));
        let path = path.unwrap();
        let name = bins.bin_of(&path);
        assert_eq!(name.len(), "bin-".len() + bit_length.div_ceil(4) as usize);
        let mut repository = Repository::new();
        repository.role("targets").succinct = Some(bins);
        repository.add_target(&name, &path, b"1").publish();
        assert_eq!(role_of(Device::new(&repository).find(&repository.mirror, &path).unwrap()), name);
    }
}

#[test]
fn accepts_name_prefixes_of_any_characters() {
    for (prefix, encoded) in [
        ("", ""),
        ("../../bin", "..%2F..%2Fbin"),
        ("b\u{fc}cher \"\\%", "b%C3%BCcher%20%22%5C%25"),
        ("targets", "targets"),
        ("bin-0", "bin-0"),
    ] {
        let bins = Succinct { authority: Authority::one("b"), bit_length: 1, name_prefix: prefix.into() };
        let name = bins.bin_of(PATH);
        let mut repository = Repository::new();
        repository.delegate_bins("targets", bins).add_target(&name, PATH, b"1").publish();
        let mut device = Device::new(&repository);
        assert_eq!(role_of(device.find(&repository.mirror, PATH).unwrap()), name);
        let file = format!("{encoded}-{}.json", &name[name.len() - 1..]);
        assert_eq!(device.stored(&file), repository.mirror.file(&format!("1.{file}")));
    }
}

#[test]
fn rejects_bins_without_what_they_need() {
    for member in ["keyids", "threshold", "bit_length", "name_prefix"] {
        let mut repository = bins_before_another_role();
        repository.edit("a", move |signed| {
            signed.at(&["delegations", "succinct_roles"]).remove(member);
        });
        let failure = Device::new(repository.publish()).find(&repository.mirror, PATH).unwrap_err();
        assert_eq!(defect_of("1.a.json", failure), Defect::MissingField(member));
    }
}
