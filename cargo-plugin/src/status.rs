//! `cargo tuf status`: refresh, and print what is trusted.

use std::path::Path;

use tuf_verifier_host::{UnixTime, component_digest};

use crate::cargo_config::CargoConfig;
use crate::cli::StatusArguments;
use crate::config::Config;
use crate::failure::Failure;
use crate::refresh;
use crate::shell::Shell;

/// Refreshes the metadata and prints the trusted roles as a table on stdout.
///
/// # Errors
/// As the refresh, or nobody reads stdout.
pub fn status(
    arguments: &StatusArguments,
    shell: &Shell,
    cargo: &CargoConfig,
    current: &Path,
) -> Result<(), Failure> {
    let flags = arguments.repository.flags();
    let config = Config::load(current, cargo.home(), |name| std::env::var_os(name), &flags)?;
    let repository = refresh::refresh(&config, cargo, arguments.repository.network(cargo), shell)?;
    shell.clear();
    let report = repository.report();
    let roles = [
        ("root", report.root),
        ("timestamp", report.timestamp),
        ("snapshot", report.snapshot),
        ("targets", report.targets),
    ];
    let mut lines = vec![format!("{:<10} {:>8}  expires", "role", "version")];
    for (name, role) in roles {
        lines.push(format!("{name:<10} {:>8}  {}", role.version, UnixTime::from_seconds(role.expires)));
    }
    lines.push(format!("verified by the component sha256:{}", component_digest()));
    lines.into_iter().try_for_each(|line| shell.result(line)).map_err(Failure::Stdout)
}
