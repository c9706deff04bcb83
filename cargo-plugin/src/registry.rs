//! The packages of a repository: index and crate files that agree with each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tuf_verifier_host::Target;

use crate::closure::{ChecksumMismatch, Statement};
use crate::failure::Failure;
use crate::index::{IndexEntry, IndexFile};
use crate::package::{PackageId, PackageName};
use crate::proxy::VerifiedFiles;
use crate::repository::Repository;

/// The packages of a refreshed repository.
pub struct Registry {
    repository: Repository,
    indexes: Mutex<HashMap<PackageName, Arc<IndexFile>>>,
}

/// What a repository says of one package.
#[derive(Clone, Debug)]
pub struct Described {
    /// The package.
    pub package: PackageId,
    /// Its entry in the verified index.
    pub entry: IndexEntry,
    /// The signed description of its `.crate` file.
    pub target: Target,
}

impl Registry {
    /// The packages of this repository.
    #[must_use]
    pub fn new(repository: Repository) -> Self {
        Self { repository, indexes: Mutex::default() }
    }

    /// Lower-case hexadecimal SHA-256 of the trusted root file.
    #[must_use]
    pub fn root_digest(&self) -> &str {
        self.repository.root_digest()
    }

    /// What the verified index and the signed metadata say of a package, which agree.
    ///
    /// # Errors
    /// One of them is not in the repository or not accepted, or they contradict each other.
    pub fn describe(&self, package: &PackageId) -> Result<Described, Failure> {
        let index = self.index(&package.name)?;
        let missing = || Failure::NotInIndex { package: package.clone() };
        let entry = index.entry(&package.version).ok_or_else(missing)?.clone();
        let target = self.repository.find(&package.crate_path(), package)?;
        if let Some(signed) = sha256_of(&target) {
            self.compare(package, &entry, signed, Statement::SignedMetadata)?;
        }
        Ok(Described { package: package.clone(), entry, target })
    }

    fn compare(
        &self,
        package: &PackageId,
        entry: &IndexEntry,
        sha256: &str,
        by: Statement,
    ) -> Result<(), Failure> {
        if entry.checksum == sha256 {
            return Ok(());
        }
        let index = (Statement::Index, entry.checksum.clone());
        Err(Box::new(ChecksumMismatch {
            package: package.clone(),
            one: (by, sha256.to_owned()),
            other: index,
        })
        .into())
    }
}

impl VerifiedFiles for Registry {
    fn index(&self, name: &PackageName) -> Result<Arc<IndexFile>, Failure> {
        let indexes = || self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = indexes().get(name) {
            return Ok(Arc::clone(index));
        }
        let target = self.repository.find(&name.index_path(), &format_args!("the package {name}"))?;
        let index = Arc::new(IndexFile::parse(name, self.repository.read(&target)?)?);
        indexes().insert(name.clone(), Arc::clone(&index));
        Ok(index)
    }

    fn crate_file(&self, package: &PackageId) -> Result<Vec<u8>, Failure> {
        let Described { entry, target, .. } = self.describe(package)?;
        let bytes = self.repository.read(&target)?;
        // The bytes have every listed hash, and a listed SHA-256 is that of the index. Metadata may list other hashes only.
        if sha256_of(&target).is_none() {
            let digest = base16ct::lower::encode_string(&Sha256::digest(&bytes));
            self.compare(package, &entry, &digest, Statement::Bytes)?;
        }
        Ok(bytes)
    }
}

/// The SHA-256 that metadata lists for a target, in lower-case hexadecimal.
fn sha256_of(target: &Target) -> Option<&str> {
    let listed = target.hashes.iter().find(|hash| hash.algorithm == "sha256");
    listed.map(|hash| hash.digest.as_str())
}
