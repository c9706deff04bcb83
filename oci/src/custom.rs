//! What the `custom` object of a target says of a manifest: `{"oci": {"v": 1, "mediaType": "…"}}`.

use serde_json::{Map, Value, json};

use crate::descriptor::MediaType;

/// The version of the form.
pub const CUSTOM_VERSION: u64 = 1;

/// A media type becomes the `custom` object of a target.
#[must_use]
pub fn to_custom(media_type: MediaType) -> Value {
    json!({ "oci": { "v": CUSTOM_VERSION, "mediaType": media_type.name() } })
}

/// The `custom` object of a target, as JSON text, becomes the media type that it lists.
///
/// Members beside `oci`, and beside those of this version in it, are passed over: they may be another application's.
///
/// # Errors
/// There is none, or it is of another version or form.
pub fn media_type_of(custom: Option<&str>) -> Result<MediaType, CustomError> {
    let custom: Map<String, Value> = serde_json::from_str(custom.ok_or(CustomError::Absent)?)
        .map_err(|error| CustomError::Form(error.to_string()))?;
    let oci = custom.get("oci").ok_or(CustomError::Absent)?;
    match oci.get("v").and_then(Value::as_u64) {
        Some(CUSTOM_VERSION) => {}
        Some(version) => return Err(CustomError::Version(version)),
        None => return Err(CustomError::Form("it has no version \"v\"".to_owned())),
    }
    let name = oci.get("mediaType").and_then(Value::as_str);
    let name = name.ok_or_else(|| CustomError::Form("it has no text \"mediaType\"".to_owned()))?;
    name.parse().map_err(|_| CustomError::MediaType(name.to_owned()))
}

/// Why a target lists no media type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomError {
    /// The target has no `custom` object, or no `oci` in it.
    #[error("the target has no custom object \"oci\"")]
    Absent,
    /// A version that is not known.
    #[error("the target's custom object \"oci\" has version {0}, only {CUSTOM_VERSION} is known")]
    Version(u64),
    /// Another form.
    #[error("the target's custom object \"oci\" cannot be read: {0}")]
    Form(String),
    /// A media type that is none of a manifest.
    #[error("the target lists {0:?}, which is no media type of a manifest or an index")]
    MediaType(String),
}
