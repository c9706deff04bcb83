//! Valid references and the target paths that they map to.

use tuf_oci::{Reference, digest_path, image_of, tag_path};

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn sha384() -> String {
    SHA256.to_owned() + &SHA256[..32]
}

fn sha512() -> String {
    SHA256.repeat(2)
}

fn parse(text: &str) -> Reference {
    Reference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn accepts_tags_and_maps_them() {
    let label = "a".repeat(63);
    let tag = "t".repeat(128);
    let longest = format!("localhost/{}", "a".repeat(245));
    let table = [
        ("registry.example/app:v1", "oci/registry.example/app/_tags/v1"),
        ("registry.example/team/app:v1", "oci/registry.example/team/app/_tags/v1"),
        ("registry.example:5000/a/b/c/d:v1", "oci/registry.example:5000/a/b/c/d/_tags/v1"),
        ("docker.io/library/busybox:latest", "oci/docker.io/library/busybox/_tags/latest"),
        ("index.docker.io/library/busybox:latest", "oci/docker.io/library/busybox/_tags/latest"),
        ("localhost/app:v1", "oci/localhost/app/_tags/v1"),
        ("localhost:5000/app:v1", "oci/localhost:5000/app/_tags/v1"),
        ("registry:5000/app:v1", "oci/registry:5000/app/_tags/v1"),
        ("127.0.0.1:65535/app:v1", "oci/127.0.0.1:65535/app/_tags/v1"),
        ("xn--bcher-kva.example/app:v1", "oci/xn--bcher-kva.example/app/_tags/v1"),
        ("h.example/a.b_c__d-e---f/0:0", "oci/h.example/a.b_c__d-e---f/0/_tags/0"),
        ("h.example/app:_Tag.With-All", "oci/h.example/app/_tags/_Tag.With-All"),
        ("h.example/app:_tags", "oci/h.example/app/_tags/_tags"),
        ("h.example/tags/digests:v1", "oci/h.example/tags/digests/_tags/v1"),
    ];
    for (text, path) in table {
        assert_eq!(tag_path(&parse(text)).as_deref(), Some(path), "{text}");
    }
    for text in [format!("{label}.example/app:v1"), format!("h.example/app:{tag}"), longest + ":v1"] {
        assert_eq!(parse(&text).to_string(), text);
    }
}

#[test]
fn accepts_digests_and_maps_them() {
    let (sha384, sha512) = (sha384(), sha512());
    for (algorithm, hex) in [("sha256", SHA256), ("sha384", &*sha384), ("sha512", &*sha512)] {
        let text = format!("registry.example/team/app@{algorithm}:{hex}");
        let reference = parse(&text);
        let digest = reference.digest().expect("a digest");
        assert_eq!((digest.algorithm().name(), digest.hex()), (algorithm, hex));
        let path = format!("oci/registry.example/team/app/_digests/{algorithm}/{hex}");
        assert_eq!(digest_path(&reference, digest), path);
        assert_eq!((tag_path(&reference), reference.to_string()), (None, text));
    }
}

#[test]
fn a_tag_with_a_digest_has_both_paths() {
    let text = format!("index.docker.io/team/app:v1@sha256:{SHA256}");
    let reference = parse(&text);
    assert_eq!(reference.to_string(), text.replace("index.", ""));
    assert_eq!(tag_path(&reference).as_deref(), Some("oci/docker.io/team/app/_tags/v1"));
    let digest = reference.digest().expect("a digest");
    assert_eq!(digest_path(&reference, digest), format!("oci/docker.io/team/app/_digests/sha256/{SHA256}"));
}

#[test]
fn the_parts_are_those_of_the_text() {
    let reference = parse("registry.example:5000/team/app:v1");
    assert_eq!((reference.host().name(), reference.host().port()), ("registry.example", Some(5000)));
    assert_eq!(reference.host().as_str(), "registry.example:5000");
    assert_eq!(reference.repository().as_str(), "team/app");
    assert_eq!(reference.tag().map(tuf_oci::Tag::as_str), Some("v1"));
    assert_eq!((reference.digest(), reference.name().as_str()), (None, "registry.example:5000/team/app"));
    assert_eq!(parse("localhost/app:v1").host().port(), None);
}

#[test]
fn accepts_the_longest_reference() {
    let text = format!("localhost/{}:{}@sha512:{}", "a".repeat(245), "t".repeat(128), sha512());
    assert_eq!(text.len(), tuf_oci::MAX_REFERENCE);
    let reference = parse(&text);
    let path = tag_path(&reference).expect("a tag");
    assert_eq!(tag_path(&image_of(&path).expect("a path of the scheme")), Some(path));
}
