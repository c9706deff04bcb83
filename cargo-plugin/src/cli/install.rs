//! `cargo tuf-install`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Parser};
use tuf_verifier_host::long_version;

use super::{EXIT_STATUSES, RepositoryArguments, ShellArguments};
use crate::cargo_config::CargoConfig;
use crate::package::{InvalidSpec, PackageSpec, Wanted};
use crate::repository::Network;

/// Install a Rust binary whose source, and that of all its dependencies, is verified
///
/// The package, its index entry, and every package of its Cargo.lock are verified against the signed metadata of a TUF
/// repository before anything is built. Cargo then builds from these bytes only: it has no other source, and none of
/// its own caches, which it never checks again.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "cargo-tuf-install",
    bin_name = "cargo tuf-install",
    version = long_version(env!("CARGO_PKG_VERSION")),
    disable_version_flag = true,
    after_help = EXIT_STATUSES
)]
pub struct InstallArguments {
    /// The package, such as `hexyl`, `hexyl@0.17.0` or `hexyl@^0.16`
    #[arg(value_name = "NAME[@VERSION]")]
    pub package: String,
    /// The version, in place of @VERSION
    #[arg(long, alias = "vers", value_name = "VERSION")]
    pub version: Option<String>,
    /// Print the version of cargo-tuf, and the digests of the verifier in it
    #[arg(short = 'V', action = ArgAction::Version)]
    own_version: Option<bool>,

    /// Use the package's own Cargo.lock; this is the default
    #[arg(long)]
    pub locked: bool,
    /// Let cargo choose the newest dependencies; each is verified when cargo asks for it
    #[arg(long, conflicts_with_all = ["locked", "frozen"])]
    pub unlocked: bool,
    /// Both --locked and --offline
    #[arg(long)]
    pub frozen: bool,

    /// Folder to install into
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Install again, also over another package's binary
    #[arg(short, long)]
    pub force: bool,
    /// Build for this target triple
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// Install only this binary (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub bin: Vec<String>,
    /// Install all binaries
    #[arg(long, conflicts_with = "bin")]
    pub bins: bool,
    /// Features to activate, separated by spaces or commas (may be repeated)
    #[arg(short = 'F', long, value_name = "FEATURES")]
    pub features: Vec<String>,
    /// Activate all features
    #[arg(long)]
    pub all_features: bool,
    /// Do not activate the `default` feature
    #[arg(long)]
    pub no_default_features: bool,
    /// Build in debug mode (with the `dev` profile)
    #[arg(long, conflicts_with = "profile")]
    pub debug: bool,
    /// Build with this profile
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Number of parallel jobs
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<String>,
    /// Override a value of cargo's configuration; not one that decides where code comes from
    #[arg(long, value_name = "KEY=VALUE|PATH", action = ArgAction::Append)]
    pub config: Vec<String>,

    /// Which repository, and whom to trust.
    #[command(flatten)]
    pub repository: RepositoryArguments,
    /// What is printed, and how.
    #[command(flatten)]
    pub shell: ShellArguments,
}

impl InstallArguments {
    /// What is to be installed.
    ///
    /// # Errors
    /// No package name or version.
    pub fn spec(&self) -> Result<PackageSpec, InvalidSpec> {
        let mut spec: PackageSpec = self.package.parse()?;
        if let Some(version) = &self.version {
            if spec.wanted != Wanted::Newest {
                return Err(InvalidSpec::Twice);
            }
            spec.wanted = version.parse()?;
        }
        Ok(spec)
    }

    /// Whether the network may be used.
    #[must_use]
    pub fn network(&self, cargo: &CargoConfig) -> Network {
        if self.frozen { Network::Offline } else { self.repository.network(cargo) }
    }

    /// The options that are cargo's own, as a cargo in another folder takes them: files are named from `current`.
    #[must_use]
    pub fn cargo_options(&self, cargo: &CargoConfig, current: &Path) -> Vec<OsString> {
        let mut options: Vec<OsString> = Vec::new();
        for argument in cargo.arguments() {
            options.push("--config".into());
            options.push(argument.clone());
        }
        // A triple, or the file of a custom target, which cargo knows by its name.
        if let Some(target) = &self.target {
            options.push("--target".into());
            let is_file = target.ends_with(".json");
            options.push(if is_file { current.join(target).into() } else { target.into() });
        }
        let mut valued = |name: &str, values: &[String]| {
            options.extend(values.iter().map(|value| OsString::from(format!("{name}={value}"))));
        };
        valued("--bin", &self.bin);
        valued("--features", &self.features);
        valued("--profile", self.profile.as_slice());
        valued("--jobs", self.jobs.as_slice());
        let switches = [
            (self.bins, "--bins"),
            (self.all_features, "--all-features"),
            (self.no_default_features, "--no-default-features"),
            (self.debug, "--debug"),
            (self.shell.quiet, "--quiet"),
            (self.shell.verbose > 1, "--verbose"),
        ];
        options.extend(switches.iter().filter(|(given, _)| *given).map(|(_, name)| OsString::from(name)));
        if let Some(color) = self.shell.color {
            options.push(format!("--color={color}").into());
        }
        options
    }
}
