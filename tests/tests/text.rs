//! Text and numbers of metadata are taken as they are: nothing is normalised, rounded or repaired.

use tuf_tests::expected::{arbitrary_software, defect_of};
use tuf_tests::{Answer, Device, Json, Repository};
use tuf_verifier_core::Defect;

#[test]
fn accepts_huge_integers_in_custom_as_they_are() {
    let custom = "{\"b\": 9007199254740993, \"a\": [123456789012345678901234567890, -18446744073709551617]}";
    let mut repository = Repository::new();
    repository.role("targets").targets[0].custom = Some(Json::raw(custom));
    let canonical = "{\"a\":[123456789012345678901234567890,-18446744073709551617],\"b\":9007199254740993}";
    repository.edit("targets", move |signed| {
        signed.at(&["targets", "app-1.0.tar.gz"]).set("custom", Json::raw(canonical));
    });
    match Device::new(repository.publish()).find(&repository.mirror, "app-1.0.tar.gz").unwrap() {
        Answer::Found(target) => assert_eq!(target.custom.as_deref(), Some(canonical)),
        Answer::NotFound(reason) => panic!("{reason:?}"),
    }
}

#[test]
fn rejects_a_huge_integer_that_was_changed_after_signing() {
    let mut repository = Repository::new();
    repository.edit("targets", |signed| {
        signed.at(&["targets", "app-1.0.tar.gz"]).set("custom", Json::raw("{\"n\":9007199254740993}"));
    });
    let spoiled = repository.publish().mirror.clone();
    let spoiled = spoiled.tampering("1.targets.json", "9007199254740993", "9007199254740992");
    let failure = Device::new(&repository).refresh(&spoiled).unwrap_err();
    assert_eq!(failure, arbitrary_software("targets", ("root", 1), 1, 0));
}

#[test]
fn rejects_text_that_was_normalised_after_signing() {
    for (signed, served) in [("\u{e9}", "e\u{301}"), ("e\u{301}", "\u{e9}")] {
        let mut repository = Repository::new();
        repository.add_target("targets", signed, b"1").publish();
        let spoiled = repository.mirror.clone().tampering("1.targets.json", signed, served);
        let failure = Device::new(&repository).refresh(&spoiled).unwrap_err();
        assert_eq!(failure, arbitrary_software("targets", ("root", 1), 1, 0));
    }
}

#[test]
fn accepts_honest_names_in_any_normal_form_and_keeps_them_apart() {
    let mut repository = Repository::new();
    repository.add_target("targets", "\u{e9}", b"composed").add_target("targets", "e\u{301}", b"decomposed!");
    let mut device = Device::new(repository.publish());
    for (path, length) in [("\u{e9}", 8), ("e\u{301}", 11)] {
        match device.find(&repository.mirror, path).unwrap() {
            Answer::Found(target) => assert_eq!(target.length, length),
            Answer::NotFound(reason) => panic!("{reason:?}"),
        }
    }
}

#[test]
fn accepts_names_whose_order_differs_between_code_points_and_utf_16() {
    let mut repository = Repository::new();
    for path in ["\u{10000}", "\u{e000}", "\u{ffff}", "a", "\"", "\\u0041"] {
        repository.add_target("targets", path, path.as_bytes());
    }
    let mut device = Device::new(repository.publish());
    assert!(matches!(device.find(&repository.mirror, "\u{10000}"), Ok(Answer::Found(_))));
    assert!(matches!(device.find(&repository.mirror, "\u{e000}"), Ok(Answer::Found(_))));
}

#[test]
fn rejects_invalid_utf_8_and_lone_surrogates() {
    let repository = Repository::new();
    let honest = String::from_utf8(repository.mirror.file("timestamp.json").to_vec()).unwrap();
    let with = |bytes: &[u8]| [br#"{"x": ""#, bytes, b"\", ", &honest.as_bytes()[1..]].concat();
    for (bytes, words) in [
        (&b"\xff"[..], "invalid UTF-8"),
        (b"\xed\xa0\x80", "invalid UTF-8"),
        (br"\ud800", "a lone surrogate in a string"),
        (br"\udfff", "a lone surrogate in a string"),
    ] {
        let spoiled = repository.mirror.clone().replacing("timestamp.json", with(bytes));
        let failure = Device::new(&repository).refresh(&spoiled).unwrap_err();
        assert_eq!(defect_of("timestamp.json", failure), Defect::Json(words));
    }
    let harmless = repository.mirror.clone().replacing("timestamp.json", with("ü".as_bytes()));
    assert!(Device::new(&repository).refresh(&harmless).is_ok(), "what is not signed may say anything");
}

#[test]
fn accepts_any_layout_of_the_same_tree() {
    let mut repository = Repository::new();
    repository.edit_envelope("targets", |envelope| {
        let signatures = envelope.at(&["signatures"]).clone();
        envelope.remove("signatures").push("signatures", signatures).push("x", Json::raw("\t[ 1 ]\r\n"));
        envelope.at(&["signed"]).members().reverse();
        envelope.at(&["signed", "targets", "app-1.0.tar.gz"]).members().reverse();
    });
    let mirror = repository.publish().mirror.clone();
    let escaped = mirror.tampering("1.targets.json", "app-1.0.tar.gz", "\\u0061pp\\u002d1.0.tar\\u002Egz");
    let answer = Device::new(&repository).find(&escaped, "app-1.0.tar.gz").unwrap();
    assert!(matches!(answer, Answer::Found(_)));
}
