//! What metadata may look like: the verdicts on which clients part ways.

use tuf_tests::expected::{defect_of, unsupported_spec_version};
use tuf_tests::{Device, Json, Repository};
use tuf_verifier_core::{Defect, Failure};

/// What the files of the top-level roles but root are called here.
const FILES: [(&str, &str); 3] =
    [("timestamp", "timestamp.json"), ("snapshot", "1.snapshot.json"), ("targets", "1.targets.json")];

/// Refreshes from a repository in which the signed part of one role was edited before it was signed.
fn refresh(role: &str, edit: impl Fn(&mut Json) + 'static) -> Result<(), Failure> {
    let mut repository = Repository::new();
    repository.edit(role, edit).publish();
    Device::new(&repository).refresh(&repository.mirror).map(|_| ())
}

/// What is malformed in each role with this edit.
fn defects(edit: impl Fn(&mut Json) + Copy + 'static) -> Vec<Defect> {
    FILES.iter().map(|(role, file)| defect_of(file, refresh(role, edit).unwrap_err())).collect()
}

/// Whether the same edit of root is malformed as well, in the pinned one and in the next one.
fn root_defect(edit: impl Fn(&mut Json) + Copy + 'static) -> Defect {
    let [pinned, next] = of_root(edit);
    let pinned = defect_of("root.json", pinned);
    assert_eq!(defect_of("2.root.json", next), pinned);
    pinned
}

/// Why the same edit of root is not accepted, in the pinned one and in the next one.
fn of_root(edit: impl Fn(&mut Json) + Copy + 'static) -> [Failure; 2] {
    let mut repository = Repository::new();
    repository.edit("root", edit).next_root();
    let next = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
    let mut device = Device::new(&repository);
    device.pinned = repository.mirror.file("2.root.json").to_vec();
    [device.start().unwrap_err(), next]
}

/// An edit that sets one member of the signed part to this text.
fn set(key: &'static str, text: &'static str) -> impl Fn(&mut Json) + Copy + 'static {
    move |signed| {
        signed.set(key, Json::raw(text));
    }
}

#[test]
fn rejects_a_key_that_is_there_twice_in_signed_metadata() {
    let twice = |signed: &mut Json| {
        signed.push("expires", "2099-01-01T00:00:00Z");
    };
    for defect in defects(twice).into_iter().chain([root_defect(twice)]) {
        assert_eq!(defect, Defect::Json("the same name twice in one object"));
    }
}

#[test]
fn rejects_a_key_that_is_there_twice_in_the_envelope() {
    let mut repository = Repository::new();
    repository.edit_envelope("timestamp", |envelope| {
        let other = envelope.at(&["signed"]).clone();
        envelope.push("signed", other);
    });
    let failure = Device::new(repository.publish()).refresh(&repository.mirror).unwrap_err();
    assert_eq!(defect_of("timestamp.json", failure), Defect::Json("the same name twice in one object"));
}

#[test]
fn rejects_a_target_name_that_is_there_twice() {
    let failure = refresh("targets", |signed| {
        let target = signed.at(&["targets", "app-1.0.tar.gz"]).clone();
        signed.at(&["targets"]).push("app-1.0.tar.gz", target);
    });
    let defect = defect_of("1.targets.json", failure.unwrap_err());
    assert_eq!(defect, Defect::Json("the same name twice in one object"));
}

#[test]
fn rejects_versions_that_are_not_positive_integers() {
    for version in
        ["1.0", "1e0", "0", "-1", "-0", "01", "\"1\"", "null", "true", "[1]", "18446744073709551616"]
    {
        for defect in
            defects(set("version", version)).into_iter().chain([root_defect(set("version", version))])
        {
            let expected = matches!(defect, Defect::Json(_) | Defect::Field { field: "version", .. });
            assert!(expected, "{version}: {defect:?}");
        }
    }
}

#[test]
fn rejects_listed_versions_that_are_not_positive_integers() {
    for version in ["1.0", "0", "-1", "\"1\""] {
        for (role, file, listed) in [
            ("timestamp", "timestamp.json", "snapshot.json"),
            ("snapshot", "1.snapshot.json", "targets.json"),
        ] {
            let refused = refresh(role, move |signed| {
                signed.at(&["meta", listed]).set("version", Json::raw(version));
            });
            let defect = defect_of(file, refused.unwrap_err());
            let expected = matches!(defect, Defect::Json(_) | Defect::Field { field: "version", .. });
            assert!(expected, "{version}: {defect:?}");
        }
    }
}

/// 4.6: the timestamp "MUST only include a description of the snapshot.json file".
#[test]
fn rejects_a_timestamp_that_lists_more_than_the_snapshot() {
    for listed in ["root.json", "targets.json", "Snapshot.json", "a.json"] {
        let refused = refresh("timestamp", move |signed| {
            let snapshot = signed.at(&["meta", "snapshot.json"]).clone();
            signed.at(&["meta"]).push(listed, snapshot);
        });
        let expected = Defect::Field { field: "meta", expected: "an object of snapshot.json alone" };
        assert_eq!(defect_of("timestamp.json", refused.unwrap_err()), expected, "{listed}");
    }
}

#[test]
fn accepts_specification_versions_1_x() {
    for version in ["\"1.0\"", "\"1.0.0\"", "\"1.0.34\"", "\"1.99\"", "\"1.0.0\""] {
        for (role, _) in FILES {
            assert_eq!(refresh(role, set("spec_version", version)), Ok(()), "{role} {version}");
        }
    }
}

#[test]
fn rejects_other_specification_versions() {
    for version in ["2.0.0", "0.9", "10.0", "1", "", "one", "1.x", "1.0.0.0", "1.0.0.0.0", " 1.0"] {
        let edit = move |signed: &mut Json| _ = signed.set("spec_version", version);
        for (role, file) in FILES {
            assert_eq!(refresh(role, edit), Err(unsupported_spec_version(file, version)), "{role}");
        }
        let [pinned, next] = of_root(edit);
        assert_eq!(pinned, unsupported_spec_version("root.json", version));
        assert_eq!(next, unsupported_spec_version("2.root.json", version));
    }
}

#[test]
fn rejects_expiries_that_are_no_date() {
    for expires in [
        "\"2099-02-30T00:00:00Z\"",
        "\"2099-02-28T24:00:00Z\"",
        "\"2099\"",
        "\"never\"",
        "4070908800",
        "null",
    ] {
        for defect in
            defects(set("expires", expires)).into_iter().chain([root_defect(set("expires", expires))])
        {
            assert!(matches!(defect, Defect::Field { field: "expires", .. }), "{expires}: {defect:?}");
        }
    }
}

#[test]
fn rejects_metadata_without_a_required_field() {
    for field in ["_type", "spec_version", "version", "expires"] {
        let without = move |signed: &mut Json| {
            signed.remove(field);
        };
        for defect in defects(without).into_iter().chain([root_defect(without)]) {
            assert_eq!(defect, Defect::MissingField(field));
        }
    }
    for field in ["keys", "roles"] {
        let without = move |signed: &mut Json| {
            signed.remove(field);
        };
        assert_eq!(root_defect(without), Defect::MissingField(field));
    }
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let without = move |signed: &mut Json| {
            signed.at(&["roles"]).remove(role);
        };
        assert_eq!(root_defect(without), Defect::MissingField(role));
    }
}

#[test]
fn rejects_the_metadata_of_another_role() {
    for (defect, (role, _)) in defects(set("_type", "\"mirrors\"")).iter().zip(FILES) {
        assert_eq!(*defect, Defect::WrongType { expected: role });
    }
    assert_eq!(root_defect(set("_type", "\"Root\"")), Defect::WrongType { expected: "root" });
    let repository = Repository::new();
    for (_, file) in FILES {
        let swapped = repository.mirror.clone().passing_off("1.root.json", file);
        let failure = Device::new(&repository).refresh(&swapped).unwrap_err();
        assert!(matches!(defect_of(file, failure), Defect::WrongType { .. }));
    }
}

#[test]
fn accepts_unknown_fields_of_any_kind() {
    for value in [
        Json::raw("null"),
        Json::raw("[]"),
        Json::object([("a", Json::object([("b", Json::array([Json::raw("-5")]))]))]),
        Json::from("\u{0}\u{1f}\"\\\n"),
        Json::raw("123456789012345678901234567890"),
    ] {
        for (role, _) in FILES {
            let unknown = value.clone();
            let edit = move |signed: &mut Json| {
                signed.set("x-unknown", unknown.clone());
            };
            assert_eq!(refresh(role, edit), Ok(()), "{role} {value:?}");
        }
    }
}

#[test]
fn rejects_a_target_without_hashes() {
    let failure = refresh("targets", |signed| {
        signed.at(&["targets", "app-1.0.tar.gz"]).set("hashes", Json::Object(Vec::new()));
    });
    let defect = defect_of("1.targets.json", failure.unwrap_err());
    assert!(matches!(defect, Defect::Field { field: "hashes", .. }), "{defect:?}");
}

#[test]
fn rejects_a_custom_that_is_no_object() {
    for custom in ["1", "\"text\"", "[]", "null"] {
        let failure = refresh("targets", move |signed| {
            signed.at(&["targets", "app-1.0.tar.gz"]).set("custom", Json::raw(custom));
        });
        let defect = defect_of("1.targets.json", failure.unwrap_err());
        assert!(matches!(defect, Defect::Field { field: "custom", .. }), "{custom}: {defect:?}");
    }
}
