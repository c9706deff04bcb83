//! The documents of a repository: typed, written compactly, signed over their canonical form (specification,
//! chapter 4).
//!
//! Fields that are not known here are kept as they were read.

mod delegations;
mod expiry;
mod key;
mod multi_role;
mod root;
mod rotate;
mod scope;
mod signed;
mod snapshot;
mod targets;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

pub use delegations::{
    DelegatedRole, DelegatedRoles, Delegations, ListedDelegation, ListedRole, SuccinctRoles,
};
pub use expiry::{format as format_expiry, parse_time};
pub use key::Key;
pub use multi_role::{MultiRole, RoleInfo};
pub use root::{Role, Root};
pub use rotate::{Rotate, RotatedKeys};
pub use scope::Scope;
pub(crate) use signed::canonical;
pub use signed::{Metadata, Signature, Signed, seal};
pub use snapshot::{MetaFile, Snapshot, Timestamp};
pub use targets::{TargetFile, Targets};

/// Name of the root role.
pub const ROOT: &str = "root";
/// Name of the timestamp role.
pub const TIMESTAMP: &str = "timestamp";
/// Name of the snapshot role.
pub const SNAPSHOT: &str = "snapshot";
/// Name of the top-level targets role.
pub const TARGETS: &str = "targets";
/// The top-level roles.
pub const TOP_LEVEL: [&str; 4] = [ROOT, TIMESTAMP, SNAPSHOT, TARGETS];

/// The version of the specification that documents are written to.
pub const SPEC_VERSION: &str = "1.0.34";

/// Lower-case hexadecimal SHA-256 of some bytes.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest;
    base16ct::lower::encode_string(&sha2::Sha256::digest(bytes))
}

fn spec_version() -> String {
    SPEC_VERSION.to_owned()
}

/// Reads the fields that a document's type does not name. The tag `_type` is written by the type.
fn unrecognized<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let mut fields = Map::deserialize(deserializer)?;
    fields.remove("_type");
    Ok(fields)
}
