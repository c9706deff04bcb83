//! Delegations to several roles, so many of which must say the same of a target (TAP 3), and how they are written: an array
//! in place of the object of the specification, and its keys beside it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::metadata::delegations::beside_scope;
use crate::metadata::{DelegatedRole, DelegatedRoles, Delegations, Key, Scope};

/// One delegation to several roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiRole {
    /// Name of the delegation, which is that of no role.
    pub name: String,
    /// The target paths that the roles are trusted with together.
    #[serde(flatten)]
    pub scope: Scope,
    /// Whether the search ends with it for those paths, also if the roles do not agree.
    pub terminating: bool,
    /// How many of the roles must say the same of a target, at least 1.
    pub min_roles_in_agreement: u64,
    /// The roles in the order of their priority, each once.
    pub roleinfo: Vec<RoleInfo>,
    /// Fields that are not known here.
    #[serde(flatten, deserialize_with = "beside_scope")]
    pub unrecognized: Map<String, Value>,
}

/// One role of such a delegation, which has targets metadata of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleInfo {
    /// Name of the role.
    pub rolename: String,
    /// Keyids, each once.
    pub keyids: Vec<String>,
    /// Signatures by distinct keys that are needed, at least 1.
    pub threshold: u64,
    /// Fields that are not known here.
    #[serde(flatten)]
    pub unrecognized: Map<String, Value>,
}

impl MultiRole {
    /// A delegation to one role in this form. It has the name of its role.
    #[must_use]
    pub fn of_one(role: DelegatedRole) -> Self {
        let DelegatedRole { name, keyids, threshold, scope, terminating, unrecognized } = role;
        let only = RoleInfo { rolename: name.clone(), keyids, threshold, unrecognized: Map::new() };
        Self { name, scope, terminating, min_roles_in_agreement: 1, roleinfo: vec![only], unrecognized }
    }
}

/// The two fields of targets metadata that delegations are written in.
#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    delegations: Option<Form>,
    #[serde(default)]
    keys_for_delegations: Option<BTreeMap<String, Key>>,
}

enum Form {
    /// The form of the specification (4.5), bins among them (TAP 15).
    Object(Delegations),
    Array(Vec<MultiRole>),
}

/// Reads the delegations of targets metadata in either form. One of the two fields of TAP 3 alone is refused, as the verifier
/// does.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(fields: D) -> Result<Option<Delegations>, D::Error> {
    match Fields::deserialize(fields)? {
        Fields { delegations: None, keys_for_delegations: None } => Ok(None),
        Fields { delegations: Some(Form::Object(object)), keys_for_delegations: None } => Ok(Some(object)),
        Fields { delegations: Some(Form::Array(list)), keys_for_delegations: Some(keys) } => {
            let roles = DelegatedRoles::MultiRole(list);
            Ok(Some(Delegations { keys, roles, unrecognized: Map::new() }))
        }
        Fields { keys_for_delegations: None, .. } => Err(D::Error::missing_field("keys_for_delegations")),
        Fields { .. } => {
            Err(D::Error::custom("keys_for_delegations stands only beside delegations that are an array"))
        }
    }
}

/// Writes the delegations of targets metadata in the form that they have.
pub(super) fn serialize<S: Serializer>(
    delegations: &Option<Delegations>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_map(None)?;
    match delegations {
        None => {}
        Some(Delegations { roles: DelegatedRoles::MultiRole(list), keys, .. }) => {
            fields.serialize_entry("delegations", list)?;
            fields.serialize_entry("keys_for_delegations", keys)?;
        }
        Some(object) => fields.serialize_entry("delegations", object)?,
    }
    fields.end()
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherForm;
        impl<'de> Visitor<'de> for EitherForm {
            type Value = Form;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("delegations: an object, or an array")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Form, A::Error> {
                Delegations::deserialize(MapAccessDeserializer::new(map)).map(Form::Object)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Form, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Form::Array)
            }
        }
        deserializer.deserialize_any(EitherForm)
    }
}
