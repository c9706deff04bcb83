//! A crate becomes a core module, the same bytes wherever it is built.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{children, workspace};

/// Bytes of memory that the module may ever have: 1 GiB. Engines without a limit of their own obey it too.
const MAX_MEMORY: u64 = 1 << 30;

/// The guest crate.
pub(super) const PACKAGE: &str = "tuf-verifier-component";

const TARGET: &str = "wasm32-unknown-unknown";

/// The profile, which is also the name of a folder.
pub(crate) const PROFILE: &str = "component";

/// One build of a core module.
pub(super) struct Build {
    /// The crate.
    pub(super) package: &'static str,
    /// Whether the module keeps the sections that say what it was made of.
    pub(super) keeps_sections: bool,
    /// The folder of the workspace.
    pub(super) workspace: PathBuf,
    /// The folder that cargo builds into.
    pub(super) target: PathBuf,
    /// Cargo's own folder, where it is not the usual one.
    pub(super) cargo_home: Option<PathBuf>,
    /// The features of the crate, where they are not the default ones.
    pub(super) features: Option<Vec<String>>,
}

impl Build {
    /// The guest, as it is built for every day's work.
    pub(super) fn of_this_workspace() -> Self {
        Self {
            package: PACKAGE,
            keeps_sections: false,
            workspace: workspace::root(),
            target: workspace::target(),
            cargo_home: None,
            features: None,
        }
    }

    /// Builds. Returns the path of the core module.
    pub(super) fn run(&self) -> Result<PathBuf> {
        let mut command = self.cargo();
        command
            .args(["rustc", "--quiet", "--locked", "--package", self.package])
            .args(["--profile", PROFILE, "--target", TARGET])
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags()?.join("\u{1f}"));
        if let Some(features) = &self.features {
            command.args(["--no-default-features", "--features", &features.join(",")]);
        }
        if !self.keeps_sections {
            command.args(["--", "-Cstrip=symbols"]);
        }
        children::succeed(&mut command)?;
        let module = format!("{}.wasm", self.package.replace('-', "_"));
        Ok(self.target.join(TARGET).join(PROFILE).join(module))
    }

    /// Compiler flags. No path of this machine enters the module: each stands for a place that is always the same.
    fn flags(&self) -> Result<Vec<String>> {
        let compiler = Compiler::of(&self.workspace)?;
        let mut flags = vec![
            // Limbs of 32 bits, which WebAssembly multiplies faster than 64-bit ones: RSA gains two thirds.
            "--cfg=cpubits=\"32\"".to_owned(),
            // SHA-256 gains a third.
            "-Ctarget-feature=+simd128".to_owned(),
            format!("-Clink-arg=--max-memory={MAX_MEMORY}"),
        ];
        let mut remap = |from: &Path, to: &str| -> Result<()> {
            let from = from.to_str().with_context(|| format!("{} is not UTF-8", from.display()))?;
            flags.push(format!("--remap-path-prefix={from}={to}"));
            Ok(())
        };
        remap(&self.workspace, "/src")?;
        for folder in self.registry_sources()? {
            remap(&folder, "/cargo")?;
        }
        remap(&compiler.library, &format!("/rustc/{}", compiler.commit))?;
        Ok(flags)
    }

    /// The folders that hold the sources of the crates that others have published.
    fn registry_sources(&self) -> Result<BTreeSet<PathBuf>> {
        let mut command = self.cargo();
        command.args(["metadata", "--format-version=1", "--locked", "--filter-platform", TARGET]);
        let metadata: serde_json::Value = serde_json::from_str(&children::output(&mut command)?)?;
        let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
        let manifests = packages.iter().filter(|package| !package["source"].is_null());
        Ok(manifests
            .filter_map(|package| Path::new(package["manifest_path"].as_str()?).parent()?.parent())
            .map(Path::to_path_buf)
            .collect())
    }

    fn cargo(&self) -> Command {
        let mut command = workspace::cargo(&[]);
        command.current_dir(&self.workspace).env("CARGO_TARGET_DIR", &self.target).env_remove("RUSTFLAGS");
        if let Some(home) = &self.cargo_home {
            command.env("CARGO_HOME", home);
        }
        command
    }
}

/// The compiler that a workspace uses.
pub(super) struct Compiler {
    /// What it says of itself.
    pub(super) description: String,
    /// The target triple of the machine that it runs on.
    pub(super) host: String,
    /// The commit that it was built from.
    commit: String,
    /// Where the sources of the standard library are, if they are installed.
    library: PathBuf,
}

impl Compiler {
    pub(super) fn of(workspace: &Path) -> Result<Self> {
        let rustc = |arguments: &[&str]| {
            children::output(Command::new("rustc").args(arguments).current_dir(workspace))
        };
        let description = rustc(&["-vV"])?;
        let field = |name: &str| -> Result<String> {
            let value = description.lines().find_map(|line| line.strip_prefix(name));
            Ok(value.with_context(|| format!("rustc -vV prints no {name}"))?.trim().to_owned())
        };
        let (host, commit) = (field("host:")?, field("commit-hash:")?);
        let library = Path::new(rustc(&["--print", "sysroot"])?.trim()).join("lib/rustlib/src/rust");
        Ok(Self { host, commit, library, description })
    }
}
