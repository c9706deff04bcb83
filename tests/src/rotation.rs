//! Rotate files (TAP 8), and how a repository writes them.

use crate::json::Json;
use crate::key::Key;
use crate::mirror::percent_encoded;
use crate::repository::Repository;
use crate::role::{Authority, key_objects};

/// One rotate file of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The keys and the threshold that it lists.
    pub authority: Authority,
    /// Who signs it.
    pub signers: Vec<Key>,
    /// The member `role`, where it is another than the role that the file is named after.
    pub role: Option<String>,
    /// The member `version`, where it is another than that of the name.
    pub version: Option<u64>,
    /// The member `keys`, where it is no list of the keys.
    pub keys: Option<Json>,
}

impl Rotation {
    /// A rotation to these keys, signed by those of these labels.
    #[must_use]
    pub fn to(authority: Authority, signers: &[&str]) -> Self {
        let signers = signers.iter().map(|label| Key::new(label)).collect();
        Self { authority, signers, role: None, version: None, keys: None }
    }

    /// A rotation to no key at all, which revokes the role (TAP 20), signed by the keys of these labels.
    #[must_use]
    pub fn to_null(signers: &[&str]) -> Self {
        Self::to(Authority::of(1, &[]), signers)
    }

    fn file(&self, role: &str, version: u64) -> Json {
        let signed = Json::object([
            ("_type", Json::from("rotate")),
            ("version", self.version.unwrap_or(version).into()),
            ("role", self.role.as_deref().unwrap_or(role).into()),
            ("keys", self.keys.clone().unwrap_or_else(|| key_objects([&self.authority]))),
            ("threshold", self.authority.threshold.into()),
        ]);
        let canonical = signed.canonical();
        let sign =
            |key: &Key| Json::object([("keyid", key.keyid.clone()), ("sig", key.sign(canonical.as_bytes()))]);
        let signatures = Json::Array(self.signers.iter().map(sign).collect());
        Json::object([("signatures", signatures), ("signed", signed)])
    }
}

impl Repository {
    /// Adds the next rotate file of a role. It is written with the next publication.
    pub fn add_rotation(&mut self, role: &str, rotation: Rotation) -> &mut Self {
        self.rotations.entry(role.into()).or_default().push(rotation);
        self
    }

    /// Writes all rotate files.
    pub(crate) fn write_rotations(&mut self) {
        for (role, rotations) in &self.rotations {
            for (version, rotation) in (1..).zip(rotations) {
                let bytes = rotation.file(role, version).text().into_bytes();
                self.mirror.metadata.insert(rotate_file(role, version), bytes);
            }
        }
    }

    /// The names of all rotate files as the snapshot lists them, with their files and versions.
    pub(crate) fn rotate_files(&self) -> impl Iterator<Item = (String, String, u64)> {
        self.rotations.iter().flat_map(|(role, rotations)| {
            (1..).zip(rotations).map(move |(version, _)| {
                (format!("rotate/{role}.rotate.{version}"), rotate_file(role, version), version)
            })
        })
    }
}

fn rotate_file(role: &str, version: u64) -> String {
    format!("rotate/{}.rotate.{version}", percent_encoded(role))
}
