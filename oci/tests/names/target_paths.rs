//! The mapping of references to target paths: injective, with an inverse, and within the reach of patterns.

use std::collections::BTreeMap;

use tuf_oci::{Reference, ReferenceError, TargetPathError, digest_path, image_of, tag_path};
use tuf_verifier_core::{is_safe_path, path_pattern_covers};

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Numbers that are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("small")
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// Words that look like the marks of the scheme, so that a wrong mapping would meet itself.
    fn reference(&mut self) -> String {
        let hosts =
            ["localhost", "h.example", "h.example:5000", "index.docker.io", "docker.io", "127.0.0.1:1"];
        let words = ["tags", "digests", "a", "oci", "sha256", "a__tags", "v1", "library", "a.b", "a-b", "0"];
        let tags = ["_tags", "_digests", "v1", "sha256", "a", "A", "0", "_", "a.b", "a-b", "oci"];
        let mut text = self.one_of(&hosts).to_owned();
        for _ in 0..=self.below(4) {
            text = format!("{text}/{}", self.one_of(&words));
        }
        let version = self.below(3);
        if version != 1 {
            text = format!("{text}:{}", self.one_of(&tags));
        }
        if version != 0 {
            let (algorithm, digits) = [("sha256", 64), ("sha384", 96), ("sha512", 128)][self.below(3)];
            text = format!("{text}@{algorithm}:{}", self.one_of(&["0", "1", "a", "f"]).repeat(digits));
        }
        text
    }
}

#[test]
fn the_mapping_is_injective_and_its_inverse_gives_the_reference_back() {
    let mut numbers = Numbers(5);
    let mut known = BTreeMap::new();
    for _ in 0..20_000 {
        let text = numbers.reference();
        let reference = Reference::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            Reference::parse(&reference.to_string()).as_ref(),
            Ok(&reference),
            "the text is canonical"
        );
        let part = |tag, digest| {
            Reference::new(reference.host().clone(), reference.repository().clone(), tag, digest)
                .expect("a part")
        };
        let by_tag = tag_path(&reference).map(|path| (path, part(reference.tag().cloned(), None)));
        let by_digest = reference.digest().map(|digest| digest_path(&reference, digest));
        let by_digest = by_digest.map(|path| (path, part(None, reference.digest().cloned())));
        for (path, stands_for) in by_tag.into_iter().chain(by_digest) {
            assert_eq!(image_of(&path).as_ref(), Ok(&stands_for), "{path}");
            assert!(is_safe_path(&path), "{path}");
            let before = known.insert(path.clone(), stands_for.clone());
            assert!(before.is_none_or(|before| before == stands_for), "{path} has two meanings");
        }
    }
    assert!(known.len() > 5_000, "{}", known.len());
}

#[test]
fn paths_that_no_reference_maps_to_stand_for_nothing() {
    let scheme = [
        "",
        "oci",
        "oci/",
        "oci/h.example",
        "oci/h.example/app",
        "oci/h.example/app/_tags",
        "oci/h.example/_tags/v1",
        "OCI/h.example/app/_tags/v1",
        "/oci/h.example/app/_tags/v1",
        "oci/h.example/app/_digests/sha256",
        "oci/h.example/app/_Tags/v1",
    ];
    for path in scheme {
        assert_eq!(image_of(path), Err(TargetPathError::Scheme), "{path}");
    }
    let canonical = "oci/index.docker.io/library/app/_tags/v1";
    assert_eq!(image_of(canonical), Err(TargetPathError::NotCanonical));
    let part = |path: &str| match image_of(path) {
        Err(TargetPathError::Part(error)) => error,
        other => panic!("{path}: {other:?}"),
    };
    assert_eq!(part("oci/h.example//app/_tags/v1"), ReferenceError::EmptyComponent);
    assert_eq!(part("oci/h.example/app/_tags/v1/v2"), ReferenceError::Tag { tag: "v1/v2".to_owned() });
    assert_eq!(part("oci/h.example/app/_tags/_tags/v1"), ReferenceError::Tag { tag: "_tags/v1".to_owned() });
    let upper = format!("oci/h.example/app/_digests/sha256/{}", SHA256.to_uppercase());
    assert!(matches!(part(&upper), ReferenceError::Digest(_)));
    let long = format!("oci/h.example/{}/_tags/v1", "a".repeat(250));
    assert_eq!(part(&long), ReferenceError::NameTooLong { length: 260 });
}

#[test]
fn a_pattern_covers_one_repository_and_nothing_else() {
    let tags = "oci/h.example/team/app/_tags/*";
    let digests = "oci/h.example/team/app/_digests/sha256/*";
    let cases = [
        ("h.example/team/app:v1", true),
        ("h.example/team/app:_tags", true),
        ("h.example/team/app:v1.2.3-rc_1", true),
        ("h.example/team/billing:v1", false),
        ("h.example/team/app/sub:v1", false),
        ("h.example/team:v1", false),
        ("h.example/other/team/app:v1", false),
        ("h.example:443/team/app:v1", false),
        ("other.example/team/app:v1", false),
    ];
    for (text, covered) in cases {
        let reference = Reference::parse(text).expect(text);
        let digest = format!("sha256:{SHA256}").parse().expect("a digest");
        let (tag, digest) = (tag_path(&reference).expect("a tag"), digest_path(&reference, &digest));
        assert_eq!(
            (path_pattern_covers(tags, &tag), path_pattern_covers(digests, &digest)),
            (covered, covered)
        );
        assert!(!path_pattern_covers(tags, &digest) && !path_pattern_covers(digests, &tag), "{text}");
    }
    let sha512 = format!("sha512:{}", SHA256.repeat(2)).parse().expect("a digest");
    let reference = Reference::parse("h.example/team/app:v1").expect("a reference");
    assert!(!path_pattern_covers(digests, &digest_path(&reference, &sha512)));
}

#[test]
fn a_star_in_the_place_of_a_repository_does_not_reach_deeper() {
    let pattern = "oci/h.example/team/*/_tags/*";
    for (text, covered) in
        [("h.example/team/app:v1", true), ("h.example/team/a/b:v1", false), ("h.example/team:v1", false)]
    {
        let path = tag_path(&Reference::parse(text).expect(text)).expect("a tag");
        assert_eq!(path_pattern_covers(pattern, &path), covered, "{text}");
    }
}
