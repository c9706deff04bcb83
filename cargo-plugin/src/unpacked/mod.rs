//! Unpacked sources that are kept between runs, and compared with the verified crate file before each use.
//!
//! Creating the files of a closure takes most of the time between the start and the first compiled package. Cargo does it
//! again in every run, since the overlay's CARGO_HOME begins empty. So a run leaves what cargo unpacked to the next one:
//!
//! ```text
//! $CARGO_HOME/tuf/sources/<sha256>               one unpacked package, named by the SHA-256 of its `.crate` file
//! $CARGO_HOME/tuf/run/<random>/sources/<sha256>  taken by this run, and not compared yet
//! …/<random>/.cargo/registry/src/<registry>/<name>-<version>   where cargo finds or unpacks it
//! ```
//! Nothing in the first folder is trusted: every build script runs as the same user and can write there. When cargo asks
//! for a crate file, the kept folder is *moved* into the folder of this run, so that no other run has it, and is then compared
//! with the verified bytes that cargo is about to get ([`comparison`]). Only an equal folder is moved to where cargo
//! looks. Cargo unpacks every other package itself. So nothing that lies on the disk says what is right.

mod comparison;

use std::collections::BTreeMap;
use std::fs::{self, File};
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
    registry: PathBuf,
    creation: Creation,
    /// SHA-256 of the crate files that cargo got.
    handed_out: Mutex<BTreeMap<PackageId, String>>,
    replaced: Mutex<Vec<(PackageId, Deviation)>>,
}

impl UnpackedSources {
    /// The sources that are kept in `state`, for the run in `overlay`.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn new(state: &State, overlay: &Overlay) -> Result<Self, Failure> {
        let failure = |path: &Path, source| Failure::File { action: "create", path: path.to_owned(), source };
        let taken = overlay.folder().join("sources");
        fs::create_dir(&taken).map_err(|source| failure(&taken, source))?;
        Ok(Self {
            kept: state.sources(),
            creation: Creation::of(&taken).map_err(|source| failure(&taken, source))?,
            taken,
            registry: overlay.home().join("registry"),
            handed_out: Mutex::default(),
            replaced: Mutex::default(),
        })
    }

    /// Puts the kept sources of a package to where cargo looks, if they are what cargo would unpack from `crate_file`, which
    /// is verified. Otherwise cargo finds none there, and unpacks the file.
    fn place(&self, package: &PackageId, crate_file: &[u8]) {
        let checksum = base16ct::lower::encode_string(&Sha256::digest(crate_file));
        lock(&self.handed_out).insert(package.clone(), checksum.clone());
        let Some(place) = self.place_of(package) else { return };
        let taken = self.taken.join(&checksum);
        // None are kept, or another run has them.
        if fs::rename(self.kept.join(&checksum), &taken).is_err() {
            return;
        }
        // What is not moved on stays where cargo does not look, and goes with the folder of the run.
        match comparison::compare(&taken, package, crate_file, &self.creation) {
            Ok(()) => {}
            // Cargo unpacks such a file in every run. Nobody has changed anything.
            Err(Deviation::CrateFile(_)) => return,
            Err(deviation) => return lock(&self.replaced).push((package.clone(), deviation)),
        }
        let folder = place.parent().unwrap_or(&self.registry);
        // If it cannot be moved there, cargo unpacks the file.
        let _ = fs::create_dir_all(folder).and_then(|()| fs::rename(&taken, &place));
    }

    /// Where cargo looks for the sources of a package; none if that is not known. The folder has the name of the registry's
    /// index, which cargo has made when it asks for a crate file: a name with a digest of cargo's own.
    fn place_of(&self, package: &PackageId) -> Option<PathBuf> {
        let mut registries = fs::read_dir(self.registry.join("index")).ok()?;
        let registry = registries.next()?.ok()?.file_name();
        if registries.next().is_some() {
            return None;
        }
        let folder = format!("{}-{}", package.name, package.version);
        Some(self.registry.join("src").join(registry).join(folder))
    }

    /// Leaves what cargo has unpacked to the next run, and throws away what no run has used for a month. Call it when cargo
    /// has ended. What cannot be kept is unpacked again, so that nothing here fails.
    pub fn keep(&self) {
        for (package, checksum) in &*lock(&self.handed_out) {
            let Some(place) = self.place_of(package) else { continue };
            let is_folder = fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir());
            if is_folder && place.join(COMPLETE).exists() {
                let _ = File::open(&place).and_then(|folder| folder.set_modified(SystemTime::now()));
                // Where another run was earlier, its folder stays, and this one goes with the run.
                let _ = fs::rename(&place, self.kept.join(checksum));
            }
        }
        self.prune();
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

    /// The packages whose kept sources were not what their crate file unpacks to, with the first difference of each, in
    /// the order in which cargo asked for them. Forgets them.
    #[must_use]
    pub fn replaced(&self) -> Vec<(PackageId, Deviation)> {
        std::mem::take(&mut lock(&self.replaced))
    }
}

/// Verified files, whose unpacked sources are in their place when cargo gets the crate file.
pub struct WithSources {
    /// Where verified bytes come from.
    pub files: Arc<dyn VerifiedFiles>,
    /// The sources of the run.
    pub sources: Arc<UnpackedSources>,
}

impl VerifiedFiles for WithSources {
    fn index(&self, name: &PackageName) -> Result<Arc<IndexFile>, Failure> {
        self.files.index(name)
    }

    fn crate_file(&self, package: &PackageId) -> Result<Vec<u8>, Failure> {
        let bytes = self.files.crate_file(package)?;
        self.sources.place(package, &bytes);
        Ok(bytes)
    }
}

/// A thread that panicked holding one of these lists left it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
