//! Descriptors as a runtime hands them over.

use tuf_oci::{Descriptor, DescriptorError, DigestError, MAX_DESCRIPTOR, MediaType};

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn written(media_type: &str, digest: &str, size: &str) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}}}"#)
}

fn digest() -> String {
    format!("sha256:{SHA256}")
}

#[test]
fn accepts_every_kind_of_manifest() {
    for media_type in MediaType::ALL {
        let parsed = Descriptor::parse(written(media_type.name(), &digest(), "528").as_bytes());
        let digest = digest().parse().expect("a digest");
        assert_eq!(parsed, Ok(Descriptor { media_type, digest, size: 528 }));
    }
    let indexes = MediaType::ALL.into_iter().filter(|media_type| media_type.is_index());
    assert!(indexes.eq([MediaType::OciIndex, MediaType::DockerManifestList]));
}

#[test]
fn passes_over_other_members() {
    let name = MediaType::OciManifest.name();
    let text = format!(
        r#" {{"annotations":{{"a":"b"}},"mediaType":"{name}","digest":"{}","size":1,"urls":[]}} "#,
        digest()
    );
    assert!(Descriptor::parse(text.as_bytes()).is_ok());
}

#[test]
fn rejects_what_is_no_descriptor() {
    let name = MediaType::OciManifest.name();
    let whole = written(name, &digest(), "1");
    let twice = format!(r#"{{"size":2,{}"#, &whole[1..]);
    let capital = whole.replace("\"size\"", "\"Size\"");
    let cases = [
        "",
        "{}",
        "[]",
        "null",
        &format!(r#"["{name}","{}",1]"#, digest()),
        &whole[..whole.len() - 1],
        &format!("{whole}{whole}"),
        &twice,
        &capital,
        &written(name, &digest(), "-1"),
        &written(name, &digest(), "1.0"),
        &written(name, &digest(), "18446744073709551616"),
        &written(name, &digest(), "\"1\""),
    ];
    for text in cases {
        let error = Descriptor::parse(text.as_bytes()).expect_err(text);
        assert!(matches!(error, DescriptorError::Json(_)), "{text}: {error}");
        assert_eq!(error.code(), "bad-descriptor");
    }
    assert!(matches!(Descriptor::parse(b"\xff"), Err(DescriptorError::Json(_))));
}

#[test]
fn rejects_other_media_types_and_digests() {
    for media_type in ["", "application/json", "application/vnd.docker.distribution.manifest.v1+prettyjws"] {
        let error = Descriptor::parse(written(media_type, &digest(), "1").as_bytes()).expect_err(media_type);
        assert_eq!(error, DescriptorError::MediaType(media_type.to_owned()));
        assert_eq!(error.code(), "unsupported-media-type");
    }
    let error = Descriptor::parse(written(MediaType::OciIndex.name(), "sha1:00", "1").as_bytes());
    assert_eq!(error, Err(DescriptorError::Digest(DigestError::Algorithm)));
}

#[test]
fn rejects_a_descriptor_without_end() {
    let limit = usize::try_from(MAX_DESCRIPTOR).expect("small");
    let whole = written(MediaType::OciManifest.name(), &digest(), "1");
    let padded = |length: usize| whole.clone() + &" ".repeat(length - whole.len());
    assert!(Descriptor::parse(padded(limit).as_bytes()).is_ok());
    assert_eq!(Descriptor::parse(padded(limit + 1).as_bytes()), Err(DescriptorError::TooLong));
}
