//! The environment of the cargo that builds: the user's, without what could lead it to other sources.

use std::ffi::{OsStr, OsString};
use std::process::Command;

use crate::overlay::Overlay;

/// Variables with these prefixes are taken away.
const REMOVED_PREFIXES: [&str; 8] = [
    // Cargo ignores these silently. They say that somebody expects a source that is not used.
    "CARGO_SOURCE_",
    // Other registries, and the tokens for them, which no build script needs to see.
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    // The environment counts more than the overlay's configuration, which a nested cargo reads.
    "CARGO_HTTP_",
    "CARGO_NET_",
    // Packages that replace verified ones.
    "CARGO_PATCH_",
    // The publisher's passphrase: a build script is a stranger's program.
    "TUFREPO_",
    // Cargo's own tests move the default registry with these.
    "__CARGO_",
];

/// These variables are taken away.
const REMOVED: [&str; 6] = [
    // Folders in which unverified builds may have left their work.
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_BUILD_DIR",
    // Given as `--root`.
    "CARGO_INSTALL_ROOT",
    // Hosts that are reached without the proxy, even one that is set explicitly.
    "NO_PROXY",
    "no_proxy",
];

/// Gives `command` this environment, with the overlay's CARGO_HOME.
///
/// The proxy is also in the environment: a nested cargo that is given another CARGO_HOME then reaches nothing that is
/// not verified. Variables of the toolchain (RUSTC, RUSTFLAGS, RUSTUP_TOOLCHAIN, …) are the user's and stay.
pub fn prepare(
    command: &mut Command,
    overlay: &Overlay,
    proxy_url: &str,
    inherited: impl Iterator<Item = (OsString, OsString)>,
) {
    for (name, _) in inherited.filter(|(name, _)| is_removed(name)) {
        command.env_remove(name);
    }
    command.env("CARGO_HOME", overlay.home()).env("CARGO_HTTP_PROXY", proxy_url);
}

fn is_removed(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    REMOVED.contains(&&*name) || REMOVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
