//! Limits that no setting raises: what one file may list. Each is met by one item more, and as many as that are accepted.

use tuf_tests::expected::{defect_of, listed_too_long};
use tuf_tests::{Answer, Authority, Delegation, Device, Json, Key, Listing, MultiRole, Repository, Rotation};
use tuf_verifier_core::{Defect, Failure, Settings};

/// A list of this many items, as JSON text that is signed as it is.
fn list(count: usize, item: impl Fn(usize) -> String) -> Json {
    let items: Vec<String> = (0..count).map(item).collect();
    Json::raw(&format!("[{}]", items.join(",")))
}

/// What a file of this name has too many of, and the limit.
fn surplus(file: &str, failure: Failure) -> (&'static str, usize) {
    match defect_of(file, failure) {
        Defect::TooMany { what, limit } => (what, limit),
        other => panic!("{other:?}"),
    }
}

/// Sees that `targets.json` may have `limit` of something and no more. `edit` puts a number of them into its signed part.
fn limits(what: &'static str, limit: usize, edit: impl Fn(&mut Json, usize) + Copy + 'static) {
    limits_where(what, limit, |repository, count| {
        repository.edit("targets", move |signed| edit(signed, count));
    });
}

/// As [`limits`]; `edit` changes the repository.
fn limits_where(what: &'static str, limit: usize, edit: impl Fn(&mut Repository, usize)) {
    let refresh = |count: usize| {
        let mut repository = Repository::new();
        repository.listing = Listing::Everything;
        repository.delegate_to_roles("targets", MultiRole::new("release", 1, &["a"], &["x/*"]));
        edit(&mut repository, count);
        repository.publish();
        Device::new(&repository).refresh(&repository.mirror)
    };
    refresh(limit).expect("as many as the limit");
    let failure = refresh(limit + 1).expect_err("one more than the limit");
    assert_eq!(surplus("1.targets.json", failure), (what, limit));
}

/// Replaces the delegations by this many in the form of the specification (4.5).
fn delegate(signed: &mut Json, count: usize, role: impl Fn(usize) -> String) {
    signed.remove("keys_for_delegations");
    signed.set("delegations", Json::object([("keys", Json::raw("{}")), ("roles", list(count, role))]));
}

#[test]
fn rejects_too_many_delegations() {
    limits("delegations of one role", Settings::MAX_LISTED_DELEGATIONS, |signed, count| {
        let role =
            |n| format!(r#"{{"keyids":[],"name":"{n}","paths":[],"terminating":false,"threshold":1}}"#);
        delegate(signed, count, role);
    });
}

#[test]
fn rejects_too_many_keyids_of_a_delegated_role() {
    limits("keyids of one role", Settings::MAX_KEYIDS, |signed, count| {
        delegate(signed, 1, |_| {
            let keyids = list(count, |n| format!("\"{n}\"")).canonical();
            format!(r#"{{"keyids":{keyids},"name":"a","paths":[],"terminating":false,"threshold":1}}"#)
        });
    });
}

#[test]
fn rejects_a_role_name_that_is_too_long() {
    limits("bytes of a role name", Settings::MAX_ROLE_NAME, |signed, count| {
        let name = "x".repeat(count);
        delegate(signed, 1, |_| {
            format!(r#"{{"keyids":[],"name":"{name}","paths":[],"terminating":false,"threshold":1}}"#)
        });
    });
}

#[test]
fn rejects_too_many_multi_role_delegations() {
    limits("delegations of one role", Settings::MAX_LISTED_DELEGATIONS, |signed, count| {
        let delegation = |n| {
            format!(
                r#"{{"min_roles_in_agreement":1,"name":"{n}","paths":[],"roleinfo":[{{"keyids":[],"rolename":"r","threshold":1}}],"terminating":false}}"#
            )
        };
        signed.set("delegations", list(count, delegation));
    });
}

#[test]
fn rejects_too_many_roles_of_a_multi_role_delegation() {
    limits("roles of one delegation", Settings::MAX_LISTED_DELEGATIONS, |signed, count| {
        let info = |n| format!(r#"{{"keyids":[],"rolename":"{n}","threshold":1}}"#);
        signed.at(&["delegations", "0"]).set("roleinfo", list(count, info));
    });
}

#[test]
fn rejects_too_many_keys_of_a_rotate_file() {
    let find = |count: usize| {
        let labels: Vec<String> = (0..count).map(|n| format!("key {n}")).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let mut repository = Repository::new();
        repository.delegate("targets", Delegation::paths("team", &["x/*"])).add_target("team", "x/app", b"1");
        repository.add_rotation("team", Rotation::to(Authority::of(1, &labels), &["team"])).publish();
        Device::new(&repository).find(&repository.mirror, "x/app")
    };
    let limit = Settings::MAX_KEYIDS;
    assert!(matches!(find(limit), Ok(Answer::Found(_))));
    let failure = find(limit + 1).expect_err("one more than the limit");
    assert_eq!(surplus("rotate/team.rotate.1", failure), ("keys of one rotate file", limit));
}

/// Adds signatures of keys that nobody lists to those of `targets.json`, until there are this many.
fn sign(repository: &mut Repository, count: usize) {
    repository.edit_envelope("targets", move |envelope| {
        let signatures = envelope.at(&["signatures"]).elements();
        let worthless = |n| Json::raw(&format!(r#"{{"keyid":"{n}","sig":"00"}}"#));
        signatures.extend((signatures.len()..count).map(worthless));
    });
}

#[test]
fn rejects_too_many_signatures() {
    limits_where("signatures of one file", Settings::MAX_SIGNATURES, sign);
}

/// Each signature is verified over the whole file: of one that is twice as long there may be half as many.
#[test]
fn rejects_too_many_signatures_of_a_long_file() {
    for (padding, most) in [(4_190_000, 512), (8_380_000, 256)] {
        assert_eq!(Settings::MAX_SIGNED_BYTES / (padding + 1_000), most, "the number for this length");
        limits_where("signatures of so long a file", most, |repository, count| {
            repository.edit("targets", move |signed| {
                signed.set("x-padding", Json::Text("x".repeat(padding)));
            });
            sign(repository, count);
        });
    }
}

const APP: &str = "app-1.0.tar.gz";

#[test]
fn rejects_too_many_hashes_of_a_target() {
    limits("hashes of one file", Settings::MAX_HASHES, |signed, count| {
        let hashes: Vec<String> = (0..count).map(|n| format!(r#""h{n:02}":"00""#)).collect();
        signed.at(&["targets", APP]).set("hashes", Json::raw(&format!("{{{}}}", hashes.join(","))));
    });
}

/// The limits of what may be listed are settings. A file that is listed with as many bytes is asked for.
#[test]
fn rejects_a_listed_length_above_the_limit_before_a_byte_is_fetched() {
    let limit = Settings::default().listed_max_length;
    for (lister, listed, file) in
        [("timestamp", "snapshot.json", "1.snapshot.json"), ("snapshot", "targets.json", "1.targets.json")]
    {
        let asked = |length: u64| {
            let mut repository = Repository::new();
            repository.edit(lister, move |signed| {
                signed.at(&["meta", listed]).set("length", length);
            });
            repository.publish();
            let mut device = Device::new(&repository);
            let mut drive = device.start().expect("a root");
            let failure = drive.refresh(&repository.mirror).expect_err("it is shorter than that");
            (drive.fetched().contains(&file), failure)
        };
        let refused = listed_too_long(file, limit + 1, "listed-max-length", limit);
        assert_eq!(asked(limit + 1), (false, refused));
        let (is_asked, failure) = asked(limit);
        assert_eq!((is_asked, failure.code()), (true, "mix-and-match"), "{file}");
    }
}

#[test]
fn rejects_a_listed_length_of_a_target_above_the_limit() {
    let limit = Settings::default().target_file_max_length;
    let find = |length: u64| {
        let mut repository = Repository::new();
        repository.edit("targets", move |signed| {
            signed.at(&["targets", APP]).set("length", length);
        });
        Device::new(&repository).find(&repository.publish().mirror, APP)
    };
    assert!(matches!(find(limit), Ok(Answer::Found(_))));
    let refused = listed_too_long(APP, limit + 1, "target-file-max-length", limit);
    assert_eq!(find(limit + 1).expect_err("one byte more than the limit"), refused);
}

/// Rotate files and the metadata of a delegated role, which a search asks for.
#[test]
fn rejects_a_listed_length_above_the_limit_in_a_search() {
    let limit = Settings::default().listed_max_length;
    for (listed, file) in [("rotate/team.rotate.1", "rotate/team.rotate.1"), ("team.json", "1.team.json")] {
        let find = |length: u64| {
            let mut repository = Repository::new();
            repository
                .delegate("targets", Delegation::paths("team", &["x/*"]))
                .add_target("team", "x/app", b"1");
            repository.add_rotation("team", Rotation::to(Authority::one("key 0"), &["team"]));
            repository.sign_with("team", &[Key::new("key 0")]);
            repository.edit("snapshot", move |signed| {
                signed.at(&["meta", listed]).set("length", length);
            });
            Device::new(&repository).find(&repository.publish().mirror, "x/app")
        };
        let refused = listed_too_long(file, limit + 1, "listed-max-length", limit);
        assert_eq!(find(limit + 1).expect_err("one byte more than the limit"), refused);
        assert_eq!(find(limit).expect_err("it is shorter than that").code(), "mix-and-match", "{file}");
    }
}
