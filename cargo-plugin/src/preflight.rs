//! What in the user's cargo configuration contradicts a verified build, found before anything is fetched.

use toml::Value;

use crate::cargo_config::{CargoConfig, Layer, Origin};
use crate::exit_status::ExitStatus;
use crate::overlay::SOURCE;

/// Tables that a `--config` argument may not touch: the overlay sets them, or they name other sources.
const RESERVED: [&str; 7] = ["http", "include", "install", "net", "registries", "registry", "source"];

/// Looks for settings that would make cargo fail without a word of why, or use code that is not verified.
///
/// # Errors
/// The first such setting.
pub fn check(config: &CargoConfig) -> Result<(), Conflict> {
    config.layers().iter().try_for_each(check_layer)
}

fn check_layer(layer: &Layer) -> Result<(), Conflict> {
    let conflict = |key: &str, kind| Conflict { key: key.to_owned(), layer: layer.name.clone(), kind };
    for key in ["patch", "paths"] {
        if layer.value(&[key]).is_some() {
            return Err(conflict(key, ConflictKind::ReplacesPackages));
        }
    }
    if layer.origin == Origin::Argument
        && let Some(key) = RESERVED.iter().find(|key| layer.value(&[key]).is_some())
    {
        return Err(conflict(key, ConflictKind::Reserved));
    }
    let Some(sources) = layer.value(&["source"]).and_then(Value::as_table) else { return Ok(()) };
    if sources.contains_key(SOURCE) {
        return Err(conflict(&format!("source.{SOURCE}"), ConflictKind::SameName));
    }
    let default = sources.get("crates-io").and_then(Value::as_table);
    if let Some(key) = default.into_iter().flat_map(toml::Table::keys).find(|key| *key != "replace-with") {
        return Err(conflict(&format!("source.crates-io.{key}"), ConflictKind::RedefinesDefault));
    }
    Ok(())
}

/// A setting that contradicts a verified build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{layer} sets `{key}`, {}", kind.sentence())]
pub struct Conflict {
    /// The setting.
    pub key: String,
    /// The file or argument that has it.
    pub layer: String,
    /// What is wrong with it.
    pub kind: ConflictKind,
}

/// What is wrong with a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// It builds from folders, or from other sources, in place of verified packages.
    ReplacesPackages,
    /// It names a source as this command does.
    SameName,
    /// It says in its own way what the default registry is.
    RedefinesDefault,
    /// The argument sets what this command sets itself.
    Reserved,
}

impl ConflictKind {
    fn sentence(self) -> &'static str {
        match self {
            Self::ReplacesPackages => "which replaces packages by code that the repository does not cover",
            Self::SameName => "and cargo tuf-install defines a source of the same name",
            Self::RedefinesDefault => "and cargo tuf-install replaces the same source by the verified one",
            Self::Reserved => "which cargo tuf-install sets itself to keep the build verified",
        }
    }
}

impl Conflict {
    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            ConflictKind::ReplacesPackages => "not-covered",
            _ => "cargo-config-conflict",
        }
    }

    /// The exit status.
    #[must_use]
    pub fn status(&self) -> ExitStatus {
        match self.kind {
            ConflictKind::ReplacesPackages => ExitStatus::NotCovered,
            _ => ExitStatus::Usage,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> String {
        match self.kind {
            ConflictKind::SameName => "rename the source, or remove it".to_owned(),
            ConflictKind::RedefinesDefault => {
                "remove the setting, or name the mirror in a source of its own and use `replace-with`"
                    .to_owned()
            }
            ConflictKind::ReplacesPackages | ConflictKind::Reserved => {
                format!("remove `{}`, or use plain `cargo install`, which verifies nothing", self.key)
            }
        }
    }
}
