//! The environment of the cargo that builds: the user's, without what could lead it to other sources.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use tuf_files::{Owners, SearchPath};

use crate::cargo_config;
use crate::overlay::Overlay;

/// Variables with these prefixes are taken away.
const REMOVED_PREFIXES: [&str; 9] = [
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
    // Our own settings: a repository's URL may carry a password.
    "CARGO_TUF_",
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
/// not verified. PATH loses the folders that somebody else can change. Variables of the toolchain (RUSTC, RUSTFLAGS, RUSTUP_TOOLCHAIN, …) are the user's and stay.
pub fn prepare(
    command: &mut Command,
    overlay: &Overlay,
    proxy_url: &str,
    current: &Path,
    inherited: impl Iterator<Item = (OsString, OsString)>,
) {
    for (name, value) in inherited {
        if is_removed(&name) {
            command.env_remove(name);
        } else if is_program(&name) && is_relative(Path::new(&value)) {
            // The user wrote it for the current folder, and cargo runs in another.
            command.env(name, current.join(value));
        }
    }
    command.env("PATH", search_path().to_value());
    command.env("CARGO_HOME", overlay.home()).env("CARGO_HTTP_PROXY", proxy_url);
    // No protocol has this name, so git fetches nothing: neither for cargo nor for one that a build script starts.
    command.env("GIT_ALLOW_PROTOCOL", "none").env("CARGO_NET_GIT_FETCH_WITH_CLI", "true");
}

/// Where cargo finds what it starts by a name: rustc, the linker and git.
pub(crate) fn search_path() -> SearchPath {
    SearchPath::of_this_process().without(|folder| Owners::of_this_process().check(folder).is_err())
}

/// Paths of the programs that cargo starts by these variables in the place of others, when they are written for the folder
/// `current`.
pub fn programs(current: &Path, inherited: impl Iterator<Item = (OsString, OsString)>) -> Vec<PathBuf> {
    let named = inherited.filter(|(name, _)| is_program(name));
    named.filter_map(|(_, value)| cargo_config::program_in(&value.to_string_lossy(), current)).collect()
}

/// Variables that name a program: one of a path, or a name that is looked for in PATH.
fn is_program(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let name = name.strip_prefix("CARGO_BUILD_").unwrap_or(&name);
    ["RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOC"].contains(&name)
        || (name.starts_with("CARGO_TARGET_") && (name.ends_with("_LINKER") || name.ends_with("_RUNNER")))
}

/// A path of more than a name that starts from the current folder.
pub(crate) fn is_relative(path: &Path) -> bool {
    path.is_relative() && path.components().count() > 1
}

fn is_removed(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    REMOVED.contains(&&*name) || REMOVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
