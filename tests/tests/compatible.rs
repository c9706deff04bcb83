//! `Profile::Compatible`, the default: what real repositories carry beside the specification's forms, taken and reported.
//! `Profile::Strict` takes none of it.

use tuf_tests::expected::{arbitrary_software, defect_of, rollback, unsupported_date, unsupported_keys};
use tuf_tests::{Answer, Authority, DAY, Delegation, Device, Json, Key, NOW, Repository, Rotation, Scheme};
use tuf_verifier_core::{Basis, Defect, KeyProblem, Profile, Report, UnixTime, Waived, Waiver};

/// A repository in which a role's expiry is written like this.
fn expiring(role: &str, expires: &str) -> Repository {
    let mut repository = Repository::new();
    let text = expires.to_owned();
    repository.edit(role, move |signed| _ = signed.set("expires", &*text));
    if role == "root" {
        repository.next_root();
    }
    repository.publish();
    repository
}

fn strict(repository: &Repository) -> Device {
    let mut device = Device::new(repository);
    device.settings.profile = Profile::Strict;
    device
}

fn date_form(role: &str) -> Waiver {
    Waiver { check: Waived::DateForm { role: role.into() }, why: Basis::Compatible }
}

#[test]
fn accepts_dates_with_a_fraction_or_an_offset_and_reports_them() {
    for (text, expires) in [
        ("2027-01-16T08:00:00.5Z", NOW + DAY),
        ("2027-01-16T08:00:00.123456789123456789Z", NOW + DAY),
        ("2027-01-16T10:30:00+02:30", NOW + DAY),
        ("2027-01-16T04:00:00-04:00", NOW + DAY),
        ("2027-01-16T08:00:00-00:00", NOW + DAY),
        ("2027-01-15T23:59:59.999+00:00", NOW + DAY - 8 * 3600 - 1),
        ("2027-01-17T07:59:00+23:59", NOW + DAY),
    ] {
        let repository = expiring("timestamp", text);
        let report = Device::new(&repository).refresh(&repository.mirror).unwrap();
        assert_eq!(report.timestamp.expires, UnixTime(expires), "{text}");
        assert_eq!(report.waived, [date_form("timestamp")], "{text}");
        assert_eq!(
            report.waived[0].to_string(),
            "the expiry of timestamp is written in another form than the specification's (4.2.3): the compatible profile \
             reads it as well"
        );
    }
}

#[test]
fn rejects_dates_in_a_form_that_is_not_read() {
    for text in [
        "2027-01-16",
        "2027-01-16T08:00:00",
        "2027-01-16T08:00:00.Z",
        "2027-01-16T08:00:00.5",
        "2027-01-16T08:00:00,5Z",
        "2027-01-16T08:00:00.5z",
        "2027-01-16t08:00:00Z",
        "2027-01-16 08:00:00Z",
        "2027-01-16T08:00:00+0200",
        "2027-01-16T08:00:00+2:00",
        "2027-01-16T08:00:00+24:00",
        "2027-01-16T08:00:00+00:60",
        "2027-01-16T08:00:00 +02:00",
        "2027-01-16T08:00:00\u{2212}02:00",
        "2027-01-16T08:00:60.5Z",
        "2027-01-16T08:00:00.5Z ",
    ] {
        let repository = expiring("timestamp", text);
        for mut device in [Device::new(&repository), strict(&repository)] {
            let refused = device.refresh(&repository.mirror).unwrap_err();
            assert_eq!(refused, unsupported_date("timestamp.json", text), "{text}");
        }
    }
}

#[test]
fn rejects_what_is_no_date() {
    for text in [
        "",
        "never",
        "2027-02-29T08:00:00.5Z",
        "2027-01-16T24:00:00Z",
        "2027-01-16T08:60:00Z",
        "2027-01-16T08:00:61Z",
        "12027-01-16T08:00:00.5Z",
        "\u{0662}\u{0660}27-01-16T08:00:00Z",
    ] {
        let repository = expiring("timestamp", text);
        let refused = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
        let expected = Defect::Field { field: "expires", expected: "a date-time YYYY-MM-DDTHH:MM:SSZ" };
        assert_eq!(defect_of("timestamp.json", refused), expected, "{text}");
    }
}

#[test]
fn rejects_other_forms_of_dates_in_the_strict_profile() {
    for text in ["2027-01-16T08:00:00.5Z", "2027-01-16T10:00:00+02:00"] {
        let repository = expiring("timestamp", text);
        let refused = strict(&repository).refresh(&repository.mirror).unwrap_err();
        assert_eq!(refused, unsupported_date("timestamp.json", text));
    }
}

#[test]
fn reports_each_role_whose_date_has_another_form() {
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let repository = expiring(role, "2027-06-01T00:00:00.000Z");
        let report = Device::new(&repository).refresh(&repository.mirror).unwrap();
        assert_eq!(report.waived, [date_form(role)]);
    }
}

#[test]
fn the_specifications_forms_are_reported_by_neither_profile() {
    let repository = Repository::new();
    assert_eq!(Device::new(&repository).refresh(&repository.mirror).unwrap().waived, []);
    assert_eq!(strict(&repository).refresh(&repository.mirror).unwrap().waived, []);
}

#[test]
fn an_offset_cannot_move_an_expiry() {
    // 07:59:59 UTC, one second before the update starts, whatever the text looks like.
    let repository = expiring("timestamp", "2027-01-15T23:59:59+16:00");
    let refused = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
    assert_eq!(refused, tuf_tests::expected::freeze("timestamp", 1, NOW - 1));
}

/// With the target, since the role is known only after the refresh.
#[test]
fn reports_delegated_roles_with_the_target() {
    let mut repository = Repository::new();
    repository
        .delegate("targets", Delegation::paths("team", &["team/*"]))
        .add_target("team", "team/app", b"1");
    repository.edit("team", |signed| _ = signed.set("expires", "2027-06-01T00:00:00.000Z"));
    repository.publish();
    let Answer::Found(target) = Device::new(&repository).find(&repository.mirror, "team/app").unwrap() else {
        panic!("it is listed");
    };
    assert_eq!(target.waived, [date_form("team")]);
    let Answer::Found(other) = Device::new(&repository).find(&repository.mirror, "app-1.0.tar.gz").unwrap()
    else {
        panic!("it is listed");
    };
    assert_eq!(other.waived, []);
}

/// The key `old`, and what writes its description in an old form.
fn old_key() -> (Key, impl Fn(&mut Json) + 'static) {
    let key = Key::of(Scheme::EcdsaP256, "old").with_keyid("old");
    let point = key.point();
    let describe = move |keys: &mut Json| {
        let key = keys.at(&["old"]);
        key.set("keytype", "ecdsa-sha2-nistp256");
        key.at(&["keyval"]).set("public", point.as_str());
    };
    (key, describe)
}

/// The key `old` signed the first rotate file of a role.
fn signed_rotation(role: &str) -> Waiver {
    let check = Waived::KeyForm { role: format!("rotate/{role}.rotate.1").into(), keyid: "old".into() };
    Waiver { check, why: Basis::Compatible }
}

#[test]
fn reports_the_key_in_an_old_form_that_signed_a_rotate_file() {
    let (key, describe) = old_key();
    let mut repository = Repository::new();
    repository.rotate("targets", Authority::any_of(std::slice::from_ref(&key)));
    repository.edit("root", move |signed| describe(signed.at(&["keys"])));
    let rotation = Rotation { signers: vec![key], ..Rotation::to(Authority::one("targets-2"), &[]) };
    repository.add_rotation("targets", rotation).write_root().publish();
    let report = Device::new(&repository).refresh(&repository.mirror).unwrap();
    assert_eq!(report.waived, [signed_rotation("targets")]);
}

#[test]
fn reports_the_key_in_an_old_form_that_signed_the_rotate_file_of_a_delegated_role() {
    let (key, describe) = old_key();
    let mut repository = Repository::new();
    let authority = Authority::any_of(std::slice::from_ref(&key));
    let team = Delegation { authority, ..Delegation::paths("team", &["team/*"]) };
    repository.delegate("targets", team).add_target("team", "team/app", b"1");
    repository.edit("targets", move |signed| describe(signed.at(&["delegations", "keys"])));
    let rotation = Rotation { signers: vec![key], ..Rotation::to(Authority::one("team-2"), &[]) };
    repository.add_rotation("team", rotation).publish();
    let Answer::Found(target) = Device::new(&repository).find(&repository.mirror, "team/app").unwrap() else {
        panic!("it is listed");
    };
    assert_eq!(target.waived, [signed_rotation("team")]);
}

/// One key under two keyids: `hex`, listed as Sigstore's first roots list keys, and `pem`, as its later ones do.
fn in_two_forms(label: &str) -> [Key; 2] {
    ["hex", "pem"].map(|form| Key::of(Scheme::EcdsaP256, label).with_keyid(&format!("{label}-{form}")))
}

/// Writes each key whose keyid ends in `-hex` as a point in hexadecimal, and what old roots have beside it.
fn write_old_forms(signed: &mut Json, points: &[(String, String)]) {
    for (keyid, key) in signed.at(&["keys"]).members() {
        if let Some((_, point)) = points.iter().find(|(listed, _)| *listed == *keyid) {
            key.set("keytype", "ecdsa-sha2-nistp256");
            key.set("keyid_hash_algorithms", Json::array(["sha256", "sha512"]));
            key.at(&["keyval"]).set("public", point.as_str());
        }
    }
    signed.set("spec_version", "1.0");
}

/// Roots as Sigstore's were. The first has this expiry, and lists the keys of every role in hexadecimal. The second lists the same keys in PEM, under other keyids. Both list three root keys and demand two.
fn moving_to_pem(first_expiry: &'static str) -> Repository {
    let root = ["root-a", "root-b", "root-c"].map(in_two_forms);
    let top = ["timestamp", "snapshot", "targets"].map(|role| (role, in_two_forms(role)));
    let points: Vec<_> = root
        .iter()
        .chain(top.iter().map(|(_, forms)| forms))
        .map(|[hex, _]| (hex.keyid.clone(), hex.point()))
        .collect();
    let list = |repository: &mut Repository, form: usize| {
        let keys = root.iter().map(|forms| forms[form].clone()).collect();
        repository.rotate("root", Authority { keys, threshold: 2 });
        for (role, forms) in &top {
            repository.rotate(role, Authority::any_of(std::slice::from_ref(&forms[form])));
            repository.sign_with(role, forms);
        }
    };
    let mut repository = Repository::new();
    repository.edit("root", move |signed| {
        write_old_forms(signed, &points);
        if signed.at(&["version"]).text() == "1" {
            signed.set("expires", first_expiry);
        } else {
            signed.set("x-tuf-on-ci-expiry-period", 182_u64);
        }
    });
    list(&mut repository, 0);
    repository.write_root().publish();
    list(&mut repository, 1);
    repository
}

fn key_forms(report: &Report) -> Vec<(&str, &str)> {
    let forms = report.waived.iter().filter_map(|waiver| match &waiver.check {
        Waived::KeyForm { role, keyid } => Some((&**role, &**keyid)),
        _ => None,
    });
    forms.collect()
}

#[test]
fn accepts_roots_whose_keys_go_from_hexadecimal_to_pem_and_reports_the_old_ones() {
    let mut repository = moving_to_pem("2021-12-18T13:28:12.99008-06:00");
    repository.next_root().publish();
    let report = Device::new(&repository).refresh(&repository.mirror).unwrap();
    assert_eq!(report.root.version, 2);
    // The expiry of the first root was not judged, so its form is none of the report's.
    assert_eq!(report.waived.len(), 3, "{:?}", report.waived);
    assert_eq!(key_forms(&report), ["root-a-hex", "root-b-hex", "root-c-hex"].map(|keyid| ("root", keyid)));
}

#[test]
fn reports_the_keys_in_an_old_form_that_signed_the_pinned_root() {
    let mut repository = moving_to_pem("2099-12-18T13:28:12.99008-06:00");
    let report = Device::new(repository.publish()).refresh(&repository.mirror).unwrap();
    let of_root = ["root-a-hex", "root-b-hex", "root-c-hex"].map(|keyid| ("root", keyid));
    let of_others =
        [("timestamp", "timestamp-hex"), ("snapshot", "snapshot-hex"), ("targets", "targets-hex")];
    assert_eq!(key_forms(&report), [&of_root[..], &of_others].concat());
}

#[test]
fn rejects_roots_in_old_forms_in_the_strict_profile() {
    let mut repository = moving_to_pem("2021-12-18T13:28:12.99008-06:00");
    repository.next_root().publish();
    let refused = strict(&repository).refresh(&repository.mirror).unwrap_err();
    assert_eq!(refused, unsupported_date("root.json", "2021-12-18T13:28:12.99008-06:00"));
}

/// 5.3.11: a key that is written in another way has not been rotated, so what it signed stays the floor.
#[test]
fn rejects_a_rollback_after_keys_went_from_hexadecimal_to_pem() {
    let mut repository = moving_to_pem("2099-12-18T13:28:12.99008-06:00");
    repository.timestamp.version = 5;
    let mut device = Device::refreshed(repository.publish());
    repository.timestamp.version = 4;
    repository.next_root().publish();
    let refused = device.refresh(&repository.mirror).unwrap_err();
    assert_eq!(refused, rollback("timestamp", "timestamp", 5, Some(4)));
}

#[test]
fn rejects_a_threshold_met_by_one_key_in_hexadecimal_and_in_pem() {
    let twins = in_two_forms("twin");
    let points = vec![(twins[0].keyid.clone(), twins[0].point())];
    let mut repository = Repository::new();
    repository.rotate("timestamp", Authority { keys: twins.to_vec(), threshold: 2 });
    repository.edit("root", move |signed| write_old_forms(signed, &points));
    repository.write_root().publish();
    let refused = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
    assert_eq!(refused, arbitrary_software("timestamp", ("root", 1), 2, 1));
}

/// The strict profile says which of its keys it does not read, and what would.
#[test]
fn rejects_keys_in_old_forms_in_the_strict_profile_as_unsupported() {
    let keys = [in_two_forms("a")[0].clone(), in_two_forms("b")[0].clone(), Key::new("c")];
    let points: Vec<_> = keys[..2].iter().map(|key| (key.keyid.clone(), key.point())).collect();
    let mut repository = Repository::new();
    repository.rotate("timestamp", Authority { keys: keys.to_vec(), threshold: 2 });
    repository.edit("root", move |signed| write_old_forms(signed, &points));
    repository.write_root().publish();
    assert!(Device::new(&repository).refresh(&repository.mirror).is_ok());
    let refused = strict(&repository).refresh(&repository.mirror).unwrap_err();
    let name = "ecdsa-sha2-nistp256";
    let unusable = [(name, name, KeyProblem::OtherForm, 2)];
    assert_eq!(refused, unsupported_keys("timestamp", ("root", 1), 2, 3, &unusable));
    assert_eq!(
        refused.to_string(),
        "unsupported keys: 2 of the 3 keys that root version 1 lists for timestamp cannot be used here, and its threshold \
         of 2 needs them: 2 of type \"ecdsa-sha2-nistp256\" and scheme \"ecdsa-sha2-nistp256\", in a form that the \
         compatible profile reads"
    );
}
