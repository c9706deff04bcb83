//! `cargo install` with verified bytes, and nothing else, in reach.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cargo_config::CargoConfig;
use crate::cargo_process;
use crate::cli::InstallArguments;
use crate::environment;
use crate::failure::Failure;
use crate::installed::{Installed, Provenance};
use crate::overlay::Overlay;
use crate::package::PackageId;
use crate::proxy::{Proxy, VerifiedFiles};
use crate::shell::{MessageFormat, Shell};
use crate::state::State;
use crate::unpacked::{Deviation, UnpackedSources, WithSources};

/// What is built and installed, and where.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// The package, which has been verified.
    pub package: &'a PackageId,
    /// What the lock names, the package itself first, each with the SHA-256 of its crate file.
    pub locked: &'a [(PackageId, String)],
    /// What it is built from.
    pub provenance: &'a Provenance,
    /// The folder to install into.
    pub root: &'a Path,
    /// The folder in which the user gave the command.
    pub current: &'a Path,
    /// The user's options.
    pub arguments: &'a InstallArguments,
    /// The user's cargo configuration.
    pub cargo: &'a CargoConfig,
    /// Where it is said.
    pub shell: &'a Shell,
}

impl Build<'_> {
    /// Runs cargo, which reaches nothing but these files.
    ///
    /// # Errors
    /// The first file that cargo asked for and that was refused, or cargo's own failure.
    pub fn run(self, files: Arc<dyn VerifiedFiles>) -> Result<(), Failure> {
        let state = State::open(self.cargo.home())?;
        let overlay = Overlay::create(&state)?;
        let sources = Arc::new(UnpackedSources::new(&state, &overlay)?);
        let with_sources = WithSources { files: Arc::clone(&files), sources: Arc::clone(&sources) };
        let proxy = Proxy::start(Arc::new(with_sources)).map_err(Failure::Proxy)?;
        overlay.configure(self.cargo, &proxy.url())?;
        let records = state.installed();
        let installed = Installed::new(&records, self.root, self.package, self.provenance.clone());
        let cargo = cargo_process::cargo(overlay.folder())?;
        let mut command = cargo_process::command(&cargo)?;
        // rustup chooses the toolchain by files of the current folder and those above, whoever put them there.
        command.current_dir(overlay.folder());
        command.args(self.cargo_arguments(&overlay));
        if self.must_replace(&installed) {
            command.arg("--force");
        }
        environment::prepare(&mut command, &overlay, &proxy.url(), self.current, std::env::vars_os());
        overlay.check_surroundings(self.cargo)?;
        let named = environment::programs(self.current, std::env::vars_os());
        self.cargo.programs().iter().chain(&named).try_for_each(|path| cargo_process::check(path))?;
        // Cargo and what it starts keep the port for as long as they live.
        #[cfg(unix)]
        let _kept = proxy.inherited().map_err(Failure::Proxy)?;
        // From here to where they are kept again, nothing returns.
        sources.take(self.locked, &*files);
        let status = cargo_process::run(&cargo, command);
        sources.keep();
        self.report(&sources.replaced());
        let status = status?;
        let refused = proxy.stop().into_iter().next();
        if !status.success() {
            return Err(refused.unwrap_or(Failure::Cargo(status)));
        }
        if let Some(failure) = refused {
            let sentence = failure.sentence();
            self.shell.warning(format_args!("installed without a file that was refused: {sentence}"));
        }
        if installed.record()? {
            return Ok(());
        }
        Err(Failure::NothingInstalled { package: self.package.clone() })
    }

    /// Says which kept sources were not what cargo would make of the crate file. They were not built.
    fn report(self, replaced: &[(PackageId, Deviation)]) {
        // Other access rights may come from another umask.
        let changed = replaced.iter().find(|(_, deviation)| !matches!(deviation, Deviation::Access(_)));
        let Some((package, deviation)) = changed.or(replaced.first()) else { return };
        let others = match replaced.len() - 1 {
            0 => String::new(),
            others => format!(" and of {others} more packages"),
        };
        self.shell.warning(format_args!(
            "the kept sources of {package}{others} were not used, but unpacked again: {deviation}"
        ));
    }

    /// Whether cargo must be told to install again what it takes for installed.
    fn must_replace(self, installed: &Installed) -> bool {
        let stale = installed.stale();
        if let Some(stale) = stale {
            self.shell.status("Replacing", format_args!("{}, {stale}", self.package));
        }
        stale.is_some() || self.arguments.force
    }

    fn cargo_arguments(self, overlay: &Overlay) -> Vec<OsString> {
        let mut list: Vec<OsString> = vec!["install".into(), self.package.name.as_str().into()];
        list.push(format!("--version={}", self.package.version).into());
        if !self.arguments.unlocked {
            list.push("--locked".into());
        }
        list.extend(self.arguments.cargo_options(self.cargo, self.current));
        if self.shell.format() == MessageFormat::Json {
            list.push("--message-format=json".into());
        }
        let mut with_path = |option: &str, path: PathBuf| {
            list.push(option.into());
            list.push(path.into());
        };
        with_path("--root", self.root.to_path_buf());
        with_path("--target-dir", overlay.target_folder());
        // The last one counts most.
        with_path("--config", overlay.arguments());
        list
    }
}
