//! What targets say of media types.

use tuf_oci::{CustomError, MediaType, media_type_of, to_custom};

#[test]
fn what_is_written_is_read() {
    for media_type in MediaType::ALL {
        assert_eq!(media_type_of(Some(&to_custom(media_type).to_string())), Ok(media_type));
    }
    let text = to_custom(MediaType::OciIndex).to_string();
    assert_eq!(text, r#"{"oci":{"mediaType":"application/vnd.oci.image.index.v1+json","v":1}}"#);
}

#[test]
fn other_members_are_other_applications() {
    let text = r#"{"a":1,"oci":{"b":2,"v":1,"mediaType":"application/vnd.oci.image.index.v1+json"}}"#;
    assert_eq!(media_type_of(Some(text)), Ok(MediaType::OciIndex));
}

#[test]
fn rejects_what_lists_no_media_type() {
    assert_eq!(media_type_of(None), Err(CustomError::Absent));
    assert_eq!(media_type_of(Some("{}")), Err(CustomError::Absent));
    assert_eq!(media_type_of(Some(r#"{"oci":{"v":2}}"#)), Err(CustomError::Version(2)));
    let json = r#"{"oci":{"v":1,"mediaType":"application/json"}}"#;
    assert_eq!(media_type_of(Some(json)), Err(CustomError::MediaType("application/json".to_owned())));
    for text in [
        r#"{"oci":1}"#,
        r#"{"oci":{}}"#,
        r#"{"oci":{"v":1}}"#,
        r#"{"oci":{"v":"1"}}"#,
        "[1]",
        "",
        r#"{"oci":[1,"application/vnd.oci.image.index.v1+json"]}"#,
    ] {
        assert!(matches!(media_type_of(Some(text)), Err(CustomError::Form(_))), "{text}");
    }
}
