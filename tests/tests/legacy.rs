//! `Profile::Legacy`: what old repositories carry beside the specification's forms, taken on request and reported.

use tuf_tests::expected::defect_of;
use tuf_tests::{Answer, Authority, DAY, Delegation, Device, Json, Key, NOW, Repository, Rotation, Scheme};
use tuf_verifier_core::{Basis, Defect, Profile, UnixTime, Waived, Waiver};

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

fn legacy(repository: &Repository) -> Device {
    let mut device = Device::new(repository);
    device.settings.profile = Profile::Legacy;
    device
}

fn date_form(role: &str) -> Waiver {
    Waiver { check: Waived::DateForm { role: role.into() }, why: Basis::Legacy }
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
        let report = legacy(&repository).refresh(&repository.mirror).unwrap();
        assert_eq!(report.timestamp.expires, UnixTime(expires), "{text}");
        assert_eq!(report.waived, [date_form("timestamp")], "{text}");
        assert_eq!(
            report.waived[0].to_string(),
            "the expiry of timestamp is not in the specification's form (4.2.3): the legacy profile allows it"
        );
    }
}

#[test]
fn rejects_what_is_no_date_either() {
    for text in [
        "",
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
        "2027-02-29T08:00:00.5Z",
        "2027-01-16T08:00:60.5Z",
        "2027-01-16T08:00:00.5Z ",
        "12027-01-16T08:00:00.5Z",
        "\u{0662}\u{0660}27-01-16T08:00:00Z",
    ] {
        let repository = expiring("timestamp", text);
        let refused = legacy(&repository).refresh(&repository.mirror).unwrap_err();
        let expected = Defect::Field { field: "expires", expected: "a date-time YYYY-MM-DDTHH:MM:SSZ" };
        assert_eq!(defect_of("timestamp.json", refused), expected, "{text}");
    }
}

#[test]
fn the_specifications_profile_takes_none_of_it() {
    for text in ["2027-01-16T08:00:00.5Z", "2027-01-16T10:00:00+02:00"] {
        let repository = expiring("timestamp", text);
        let refused = Device::new(&repository).refresh(&repository.mirror).unwrap_err();
        assert!(matches!(defect_of("timestamp.json", refused), Defect::Field { field: "expires", .. }));
    }
}

#[test]
fn reports_each_role_whose_date_has_another_form() {
    for role in ["root", "timestamp", "snapshot", "targets"] {
        let repository = expiring(role, "2027-06-01T00:00:00.000Z");
        let report = legacy(&repository).refresh(&repository.mirror).unwrap();
        assert_eq!(report.waived, [date_form(role)]);
    }
}

#[test]
fn the_specifications_forms_are_reported_by_neither_profile() {
    let repository = Repository::new();
    assert_eq!(legacy(&repository).refresh(&repository.mirror).unwrap().waived, []);
    assert_eq!(Device::new(&repository).refresh(&repository.mirror).unwrap().waived, []);
}

#[test]
fn an_offset_cannot_move_an_expiry() {
    // 07:59:59 UTC, one second before the update starts, whatever the text looks like.
    let repository = expiring("timestamp", "2027-01-15T23:59:59+16:00");
    let refused = legacy(&repository).refresh(&repository.mirror).unwrap_err();
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
    let Answer::Found(target) = legacy(&repository).find(&repository.mirror, "team/app").unwrap() else {
        panic!("it is listed");
    };
    assert_eq!(target.waived, [date_form("team")]);
    let Answer::Found(other) = legacy(&repository).find(&repository.mirror, "app-1.0.tar.gz").unwrap() else {
        panic!("it is listed");
    };
    assert_eq!(other.waived, []);
}

/// The key `old`, and what makes its description one of the legacy profile's.
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
    Waiver { check, why: Basis::Legacy }
}

#[test]
fn reports_the_legacy_key_that_signed_a_rotate_file() {
    let (key, describe) = old_key();
    let mut repository = Repository::new();
    repository.rotate("targets", Authority::any_of(std::slice::from_ref(&key)));
    repository.edit("root", move |signed| describe(signed.at(&["keys"])));
    let rotation = Rotation { signers: vec![key], ..Rotation::to(Authority::one("targets-2"), &[]) };
    repository.add_rotation("targets", rotation).write_root().publish();
    let report = legacy(&repository).refresh(&repository.mirror).unwrap();
    assert_eq!(report.waived, [signed_rotation("targets")]);
}

#[test]
fn reports_the_legacy_key_that_signed_the_rotate_file_of_a_delegated_role() {
    let (key, describe) = old_key();
    let mut repository = Repository::new();
    let authority = Authority::any_of(std::slice::from_ref(&key));
    let team = Delegation { authority, ..Delegation::paths("team", &["team/*"]) };
    repository.delegate("targets", team).add_target("team", "team/app", b"1");
    repository.edit("targets", move |signed| describe(signed.at(&["delegations", "keys"])));
    let rotation = Rotation { signers: vec![key], ..Rotation::to(Authority::one("team-2"), &[]) };
    repository.add_rotation("team", rotation).publish();
    let Answer::Found(target) = legacy(&repository).find(&repository.mirror, "team/app").unwrap() else {
        panic!("it is listed");
    };
    assert_eq!(target.waived, [signed_rotation("team")]);
}
