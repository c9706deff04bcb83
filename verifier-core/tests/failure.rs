//! Every failure has a stable code and a sentence that names the attack and its facts.

use tuf_verifier_core::{
    Defect, Failure, KeyProblem, Malformed, Mismatch, Missing, Misuse, Place, Refusal, UnixTime, Unsupported,
    UnusableKeys,
};

fn malformed(defect: Defect, offset: Option<usize>) -> Failure {
    Failure::Malformed(Malformed { name: "2.root.json".into(), defect, offset })
}

fn unsupported_keys() -> Failure {
    let kinds = [
        ("lattice", KeyProblem::UnknownType),
        ("rsa", KeyProblem::UnknownScheme),
        ("rsa", KeyProblem::Unreadable),
        ("rsa", KeyProblem::OtherForm),
    ];
    let keys = |(keytype, why): (&str, _)| UnusableKeys {
        keytype: keytype.into(),
        scheme: "l".into(),
        why,
        count: 1,
    };
    Failure::Unsupported(Unsupported::Keys {
        role: "snapshot".into(),
        delegator: "root".into(),
        delegator_version: 4,
        threshold: 3,
        listed: 5,
        unusable: kinds.map(keys).into(),
    })
}

/// Each failure with its code and its sentence.
fn failures() -> Vec<(Failure, &'static str, &'static str)> {
    let (role, now) = (|| "snapshot".into(), UnixTime(1_800_000_000));
    let mixed = |mismatch| Failure::Refused(Refusal::MixAndMatch { role: "targets".into(), mismatch });
    let rollback = |subject: &str, offered| {
        Failure::Refused(Refusal::Rollback {
            role: "snapshot".into(),
            subject: subject.into(),
            trusted: 3,
            offered,
        })
    };
    vec![
        (
            Failure::Refused(Refusal::ArbitrarySoftware {
                role: role(),
                delegator: "root".into(),
                delegator_version: 4,
                threshold: 2,
                valid: 1,
            }),
            "arbitrary-software",
            "arbitrary software attack: snapshot has 1 valid signatures by distinct trusted keys, root version 4 demands 2",
        ),
        (
            rollback("snapshot", Some(2)),
            "rollback",
            "rollback attack: snapshot version 2 was offered, version 3 is trusted",
        ),
        (
            rollback("team", Some(2)),
            "rollback",
            "rollback attack: snapshot lists team version 2, version 3 is trusted",
        ),
        (
            rollback("team", None),
            "rollback",
            "rollback attack: snapshot no longer lists team, version 3 is trusted",
        ),
        (
            Failure::Refused(Refusal::Freeze { role: role(), version: 5, expires: UnixTime(0), now }),
            "freeze",
            "freeze attack: snapshot version 5 expired at 1970-01-01T00:00:00Z, the update started at 2027-01-15T08:00:00Z",
        ),
        (
            mixed(Mismatch::Version { listed: 2, offered: 1 }),
            "mix-and-match",
            "mix-and-match attack: targets metadata: version 1 was offered, version 2 is listed",
        ),
        (
            mixed(Mismatch::Length { listed: 20, offered: 10 }),
            "mix-and-match",
            "mix-and-match attack: targets metadata: 10 bytes were offered, 20 bytes are listed",
        ),
        (
            mixed(Mismatch::Digest { algorithm: "sha256".into() }),
            "mix-and-match",
            "mix-and-match attack: targets metadata: the sha256 digest differs from the listed one",
        ),
        (
            mixed(Mismatch::Unlisted),
            "mix-and-match",
            "mix-and-match attack: targets metadata: not listed by the snapshot",
        ),
        (
            Failure::Refused(Refusal::EndlessData {
                name: "timestamp.json".into(),
                limit: 16_384,
                listed: None,
                setting: Some("timestamp-max-length"),
            }),
            "endless-data",
            "endless data attack: timestamp.json is longer than 16384 bytes, the limit of the setting \
             timestamp-max-length",
        ),
        (
            Failure::Refused(Refusal::EndlessData {
                name: "bin/app".into(),
                limit: 10,
                listed: Some(11),
                setting: Some("target-file-max-length"),
            }),
            "endless-data",
            "endless data attack: bin/app is listed with 11 bytes, more than 10, the limit of the setting \
             target-file-max-length",
        ),
        (
            Failure::Refused(Refusal::WrongSoftware {
                path: "bin/app".into(),
                mismatch: Mismatch::Digest { algorithm: "sha512".into() },
            }),
            "wrong-software",
            "wrong software: target bin/app: the sha512 digest differs from the listed one",
        ),
        (
            malformed(Defect::Json("invalid UTF-8"), Some(7)),
            "malformed-json",
            "malformed metadata: 2.root.json: invalid UTF-8 (at byte 7)",
        ),
        (
            malformed(Defect::MissingField("version"), None),
            "malformed-metadata",
            "malformed metadata: 2.root.json: the field version is not there",
        ),
        (
            malformed(Defect::Field { field: "version", expected: "a number" }, None),
            "malformed-metadata",
            "malformed metadata: 2.root.json: the field version must be a number",
        ),
        (
            malformed(Defect::WrongType { expected: "root" }, None),
            "malformed-metadata",
            "malformed metadata: 2.root.json: the field _type is not root",
        ),
        (
            malformed(Defect::TooMany { what: "keyids of one role", limit: 256 }, None),
            "too-many-items",
            "malformed metadata: 2.root.json: more than 256 keyids of one role, a fixed limit",
        ),
        (
            unsupported_keys(),
            "unsupported-keys",
            "unsupported keys: 4 of the 5 keys that root version 4 lists for snapshot cannot be used here, and its threshold of 3 needs them: \
             1 of type \"lattice\" and scheme \"l\", a type that a later verifier may know; \
             1 of type \"rsa\" and scheme \"l\", a scheme that a later verifier, or a build with that scheme, may know; \
             1 of type \"rsa\" and scheme \"l\", whose text is no key of that scheme: its publisher must list it anew; \
             1 of type \"rsa\" and scheme \"l\", in a form that the compatible profile reads",
        ),
        (
            Failure::Unsupported(Unsupported::Hashes {
                name: "a/b".into(),
                listed: vec!["md5".into(), "\u{1b}".into()],
            }),
            "no-supported-hash",
            "no supported hash: a/b is listed with md5, \\u{1b}; supported are sha256, sha384, sha512",
        ),
        (
            Failure::Unsupported(Unsupported::Date { name: "root.json".into(), found: "2027-01-01".into() }),
            "unsupported-date",
            "unsupported date: root.json: the expiry \"2027-01-01\" has a form that is not read; read are \
             YYYY-MM-DDTHH:MM:SSZ and, by the compatible profile, a fraction of a second and an offset \u{b1}HH:MM",
        ),
        (
            Failure::Unsupported(Unsupported::SpecVersion {
                name: "root.json".into(),
                found: "2.0.0".into(),
            }),
            "unsupported-spec-version",
            "unsupported specification: root.json: the field spec_version is \"2.0.0\"; supported is 1.x, a later verifier \
             may read it",
        ),
        (
            Failure::Missing(Missing { name: "timestamp.json".into(), place: Place::Repository }),
            "missing-metadata",
            "missing metadata: the repository has no timestamp.json",
        ),
        (
            Failure::Missing(Missing { name: "timestamp.json".into(), place: Place::Store }),
            "not-in-store",
            "not in the store: timestamp.json is needed, and offline nothing is fetched",
        ),
        (
            Failure::Refused(Refusal::Revoked { role: "alice".into(), version: 2 }),
            "revoked",
            "revoked: the keys of alice have revoked the role, in rotate file 2",
        ),
        (
            Failure::Refused(Refusal::EndlessRotation { role: "alice".into(), limit: 32 }),
            "endless-rotation",
            "endless rotation: alice has more than 32 rotate files",
        ),
        (
            Failure::Refused(Refusal::OtherRootLine { stored: 3, pinned: 1 }),
            "other-root-line",
            "another line of roots: no verified chain joins the pinned root version 1 with root version 3 of the trusted store",
        ),
        (
            Failure::Misuse(Misuse::SameRoot { one: "image".into(), other: "director".into() }),
            "same-root",
            "misuse: the repositories image and director are one: the same keys can sign the root metadata of both, \
              and a threshold of the map counts them twice",
        ),
        (
            Failure::Misuse(Misuse::NothingToAnswer),
            "nothing-to-answer",
            "misuse: no request is waiting for an answer",
        ),
        (Failure::Misuse(Misuse::NotReady), "not-ready", "misuse: the refresh is not finished"),
        (Failure::Misuse(Misuse::NothingFound), "nothing-found", "misuse: no target has been found"),
        (
            Failure::Misuse(Misuse::UnsafePath("../x".into())),
            "unsafe-path",
            "misuse: \"../x\" is no safe target path (relative, no empty, `.` or `..` segment, no backslash, no control character)",
        ),
        (Failure::Misuse(Misuse::CheckFinished), "check-finished", "misuse: this target check is finished"),
        (
            Failure::Misuse(Misuse::DigestNotGiven("sha256".into())),
            "digest-not-given",
            "misuse: the listed sha256 digest was not given",
        ),
    ]
}

#[test]
fn every_failure_has_its_code() {
    for (failure, code, _) in failures() {
        assert_eq!(failure.code(), code);
    }
}

#[test]
fn every_failure_says_what_happened() {
    for (failure, _, sentence) in failures() {
        assert_eq!(failure.to_string(), sentence);
    }
}

#[test]
fn codes_are_kebab_case() {
    for (failure, code, _) in failures() {
        let kebab = |character: char| character.is_ascii_lowercase() || character == '-';
        assert!(code.chars().all(kebab), "{failure}");
    }
}
