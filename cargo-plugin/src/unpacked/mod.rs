//! Unpacked sources that are kept between runs, and compared with the verified crate file before each use.
//!
//! Creating the files of a closure takes most of the time between the start and the first compiled package. Cargo does it
//! again in every run, since the overlay's CARGO_HOME begins empty. So a run leaves what cargo unpacked to the next one:
//!
//! ```text
//! $CARGO_HOME/tuf/sources/<sha256>              one unpacked package, named by the SHA-256 of its `.crate` file
//! $CARGO_HOME/tuf/sources/<sha256>.crate        that file, as cargo wrote it
//! $CARGO_HOME/tuf/run/<random>/sources/taken/<sha256>   taken by this run, and not compared yet
//! …/sources/src/<name>-<version>                equal to what cargo unpacks from the verified bytes
//! …/sources/cache/<name>-<version>.crate        those bytes
//! …/.cargo/registry/{src,cache}/<registry>      where both folders are moved, and cargo finds them
//! ```
//! Nothing in the first folder is trusted: every build script runs as the same user and can write there. Before cargo starts,
//! the kept folder of each locked package is *moved* into the folder of this run, so that no other run has it, and is then
//! compared with the verified bytes of its crate file (module `comparison`). A process of the same user that has a file or folder open
//! there can still change it, as it can change what cargo has just unpacked. Only an equal folder is moved on. Cargo fetches and
//! unpacks every other package itself. So nothing that lies on the disk says what is right.
//!
//! `<registry>` has a digest of cargo's own in its name. Cargo makes a folder of that name for the index before it asks for the
//! first index file, and looks for packages after it has the last one.

mod comparison;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

pub use comparison::Deviation;

use self::comparison::Creation;
use crate::failure::Failure;
use crate::index::IndexFile;
use crate::overlay::Overlay;
use crate::package::{PackageId, PackageName};
use crate::parallel;
use crate::proxy::VerifiedFiles;
use crate::state::State;

/// The file that cargo makes when a package is unpacked completely. Without it cargo unpacks the package again.
const COMPLETE: &str = ".cargo-ok";

/// How long sources are kept that no run uses: as long as cargo keeps those of `registry/src`.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The unpacked sources of one run.
#[derive(Debug)]
pub struct UnpackedSources {
    kept: PathBuf,
    taken: PathBuf,
    /// What is to be moved to where cargo looks: the names of the folders are those of cargo.
    compared: PathBuf,
    registry: PathBuf,
    creation: Creation,
    /// SHA-256 of the crate files whose unpacked sources cargo has.
    used: Mutex<BTreeMap<PackageId, String>>,
    settled: Mutex<bool>,
    replaced: Mutex<Vec<(PackageId, Deviation)>>,
}

/// The folders of packages below `registry` in a CARGO_HOME, without that of the index.
const OF_PACKAGES: [&str; 2] = ["src", "cache"];

impl UnpackedSources {
    /// The sources that are kept in `state`, for the run in `overlay`.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn new(state: &State, overlay: &Overlay) -> Result<Self, Failure> {
        let compared = overlay.folder().join("sources");
        let taken = compared.join("taken");
        let made = fs::create_dir(&compared).and_then(|()| {
            fs::create_dir(&taken)?;
            OF_PACKAGES.iter().try_for_each(|name| fs::create_dir(compared.join(name)))?;
            Creation::of(&compared)
        });
        Ok(Self {
            kept: state.sources(),
            creation: made.map_err(|source| Failure::File {
                action: "create a folder in",
                path: overlay.folder().to_owned(),
                source,
            })?,
            taken,
            compared,
            registry: overlay.home().join("registry"),
            used: Mutex::default(),
            settled: Mutex::default(),
            replaced: Mutex::default(),
        })
    }

    /// Takes and compares the kept sources of these packages, several at a time. Each has the SHA-256 of its crate file, which
    /// was verified. A package whose bytes are refused here is refused again if cargo asks for it.
    ///
    /// Until [`keep`](Self::keep) is called, they are lost if the run ends: call it when nothing is left but to start cargo.
    pub fn take(&self, packages: &[(PackageId, String)], files: &dyn VerifiedFiles) {
        let one = |(package, checksum): &(PackageId, String)| {
            let taken = self.taken.join(checksum);
            // None are kept, or another run has them.
            if fs::rename(self.kept.join(checksum), &taken).is_err() {
                return Ok(());
            }
            let Ok(crate_file) = files.crate_file(package) else {
                // Nothing is known of it.
                let _ = fs::rename(&taken, self.kept.join(checksum));
                return Ok(());
            };
            // What is not moved on stays where cargo does not look, and goes with the folder of the run.
            match comparison::compare(&taken, package, &crate_file, &self.creation) {
                Ok(()) => self.move_on(package, checksum, &taken, &crate_file),
                // Cargo unpacks such a file in every run. Nobody has changed anything.
                Err(Deviation::CrateFile(_)) => {}
                Err(deviation) => lock(&self.replaced).push((package.clone(), deviation)),
            }
            Ok(())
        };
        // None of them fails.
        let _ = parallel::for_each(packages, one);
    }

    /// Cargo looks for the sources only if it has the crate file, which it then does not read. It gets those bytes
    /// all the same: it may be one that wants to unpack them once more. It does not hash them again.
    fn move_on(&self, package: &PackageId, checksum: &str, taken: &Path, crate_file: &[u8]) {
        let name = folder_name(package);
        let sources = fs::rename(taken, self.compared.join("src").join(&name));
        let (kept, file) = (crate_name(checksum), self.compared.join("cache").join(crate_name(&name)));
        let taken = self.taken.join(&kept);
        let is_equal = fs::rename(self.kept.join(&kept), &taken).is_ok()
            && comparison::is_file_of(&taken, crate_file, &self.creation);
        let given = sources.and_then(|()| match is_equal {
            true => fs::rename(&taken, &file),
            false => fs::write(&file, crate_file),
        });
        // Without it, cargo asks for the crate file.
        if given.is_err() {
            let _ = fs::remove_file(file);
        }
        lock(&self.used).insert(package.clone(), checksum.to_owned());
    }

    /// Moves what was compared to where cargo looks, as soon as its name is known.
    fn settle(&self) {
        let mut settled = lock(&self.settled);
        let Some(registry) = self.registry().filter(|_| !*settled) else { return };
        for name in OF_PACKAGES {
            let folder = self.registry.join(name);
            // If it cannot be moved there, cargo asks for the crate files, and unpacks them.
            let _ = fs::create_dir_all(&folder)
                .and_then(|()| fs::rename(self.compared.join(name), folder.join(&registry)));
        }
        *settled = true;
    }

    /// The name of cargo's folders for the registry; none if cargo has not made the one of the index yet, or if there are more.
    fn registry(&self) -> Option<OsString> {
        let mut registries = fs::read_dir(self.registry.join("index")).ok()?;
        let registry = registries.next()?.ok()?.file_name();
        registries.next().is_none().then_some(registry)
    }

    /// Leaves what cargo has unpacked to the next run, and throws away what no run has used for a month. Call it when cargo
    /// has ended. What cannot be kept is unpacked again, so that nothing here fails.
    pub fn keep(&self) {
        let of_cargo =
            self.registry().map(|registry| OF_PACKAGES.map(|name| self.registry.join(name).join(&registry)));
        // What cargo did not come to, as it asked for no index file.
        let compared = OF_PACKAGES.map(|name| self.compared.join(name));
        for [sources, crates] in of_cargo.into_iter().chain([compared]) {
            for (package, checksum) in &*lock(&self.used) {
                let name = folder_name(package);
                self.keep_one(checksum, &sources.join(&name), &crates.join(crate_name(&name)));
            }
        }
        self.prune();
    }

    fn keep_one(&self, checksum: &str, folder: &Path, file: &Path) {
        let now = SystemTime::now();
        let is = |path: &Path, kind: fn(&Metadata) -> bool| {
            fs::symlink_metadata(path).is_ok_and(|found| kind(&found))
        };
        if is(folder, Metadata::is_dir) && is(&folder.join(COMPLETE), Metadata::is_file) {
            // Where another run was earlier, its folder stays, and this one goes with the run.
            let _ = File::open(folder).and_then(|folder| folder.set_modified(now));
            let _ = fs::rename(folder, self.kept.join(checksum));
        }
        if is(file, Metadata::is_file) {
            let _ = File::open(file).and_then(|file| file.set_modified(now));
            let _ = fs::rename(file, self.kept.join(crate_name(checksum)));
        }
    }

    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.kept) else { return };
        for entry in entries.flatten() {
            let used = entry.metadata().and_then(|found| found.modified());
            let is_old = used.is_ok_and(|used| used.elapsed().is_ok_and(|age| age > KEPT_FOR));
            if is_old {
                // Moved first, so that no other run takes it while it is deleted with the folder of this one.
                let _ = fs::rename(entry.path(), self.taken.join(entry.file_name()));
            }
        }
    }

    /// The packages whose kept sources were not what their crate file unpacks to, with the first difference of each, by
    /// name. Forgets them.
    #[must_use]
    pub fn replaced(&self) -> Vec<(PackageId, Deviation)> {
        let mut replaced = std::mem::take(&mut *lock(&self.replaced));
        replaced.sort_by(|(one, _), (other, _)| one.cmp(other));
        replaced
    }
}

/// Verified files for a cargo that finds unpacked sources.
pub struct WithSources {
    /// Where verified bytes come from.
    pub files: Arc<dyn VerifiedFiles>,
    /// The sources of the run.
    pub sources: Arc<UnpackedSources>,
}

impl VerifiedFiles for WithSources {
    fn index(&self, name: &PackageName) -> Result<Arc<IndexFile>, Failure> {
        self.sources.settle();
        self.files.index(name)
    }

    /// Cargo asks for what it is about to unpack.
    fn crate_file(&self, package: &PackageId) -> Result<Vec<u8>, Failure> {
        let bytes = self.files.crate_file(package)?;
        let checksum = base16ct::lower::encode_string(&Sha256::digest(&bytes));
        lock(&self.sources.used).insert(package.clone(), checksum);
        Ok(bytes)
    }
}

/// The name of a crate file.
fn crate_name(name: &str) -> String {
    format!("{name}.crate")
}

/// The folder of an unpacked package, as cargo names it.
fn folder_name(package: &PackageId) -> String {
    format!("{}-{}", package.name, package.version)
}

/// A thread that panicked holding one of these lists left it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
