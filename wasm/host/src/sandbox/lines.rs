//! What a trusted root's own store begins with: asked of an instance of its own.

use wasmtime::Store;
use wasmtime::component::{Component, Instance as Exported, TypedFunc};

use super::Instance;
use super::exports::{Fallible, Interface};
use super::limits::{Meter, SandboxLimits};
use crate::error::Error;
use crate::records::{Settings, StoreFile};

/// The files of one store, each none where it is not there.
pub(crate) type LineFiles = Vec<Option<Vec<u8>>>;

/// Names of the files that [`seed_line`] is to be given of each sibling.
pub(crate) fn line_files(
    trusted_root: &[u8],
    settings: Settings,
    limits: SandboxLimits,
) -> Result<Vec<String>, Error> {
    let mut instance = Instance::new(limits, LineExports::of)?;
    let (names,) = instance.call(instance.exports.files, (trusted_root.to_vec(), settings))?;
    Ok(names.map_err(Box::new)?)
}

/// The files with which the trusted root's store begins, in this order. The first sibling is the store without a trusted
/// root in its name.
pub(crate) fn seed_line(
    trusted_root: &[u8],
    settings: Settings,
    siblings: Vec<LineFiles>,
    limits: SandboxLimits,
) -> Result<Vec<StoreFile>, Error> {
    let mut instance = Instance::new(limits, LineExports::of)?;
    let (files,) = instance.call(instance.exports.seed, (trusted_root.to_vec(), settings, siblings))?;
    Ok(files.map_err(Box::new)?)
}

type SeedLine = TypedFunc<(Vec<u8>, Settings, Vec<LineFiles>), Fallible<Vec<StoreFile>>>;

/// The functions of one instance.
struct LineExports {
    files: TypedFunc<(Vec<u8>, Settings), Fallible<Vec<String>>>,
    seed: SeedLine,
}

impl LineExports {
    fn of(component: &Component, instance: &Exported, store: &mut Store<Meter>) -> wasmtime::Result<Self> {
        let mut interface = Interface::of(component, instance, store)?;
        Ok(Self { files: interface.function("line-files")?, seed: interface.function("seed-line")? })
    }
}
