//! Which of several stores is the trusted root's: asked of an instance of its own.

use wasmtime::Store;
use wasmtime::component::{Component, ComponentType, Instance as Exported, Lift, TypedFunc};

use super::Instance;
use super::exports::{Fallible, Interface};
use super::limits::{Meter, SandboxLimits};
use crate::error::Error;
use crate::settings::Settings;

/// A store that may be of the trusted root's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub(crate) struct RankedLine {
    /// Its index among the given stores.
    pub(crate) store: u32,
    /// Whether its chain of roots contains the trusted root.
    pub(crate) proven: bool,
}

/// The files of one store, each none where it is not there.
pub(crate) type LineFiles = Vec<Option<Vec<u8>>>;

/// Names of the files that [`rank_lines`] is to be given of each store.
pub(crate) fn line_files(
    trusted_root: &[u8],
    settings: Settings,
    limits: SandboxLimits,
) -> Result<Vec<String>, Error> {
    let mut instance = Instance::new(limits, LineExports::of)?;
    let (names,) = instance.call(instance.exports.files, (trusted_root.to_vec(), settings))?;
    Ok(names.map_err(Box::new)?)
}

/// The stores to be tried, in this order.
pub(crate) fn rank_lines(
    trusted_root: &[u8],
    settings: Settings,
    stores: Vec<LineFiles>,
    limits: SandboxLimits,
) -> Result<Vec<RankedLine>, Error> {
    let mut instance = Instance::new(limits, LineExports::of)?;
    let (ranked,) = instance.call(instance.exports.rank, (trusted_root.to_vec(), settings, stores))?;
    Ok(ranked.map_err(Box::new)?)
}

type RankLines = TypedFunc<(Vec<u8>, Settings, Vec<LineFiles>), Fallible<Vec<RankedLine>>>;

/// The functions of one instance.
struct LineExports {
    files: TypedFunc<(Vec<u8>, Settings), Fallible<Vec<String>>>,
    rank: RankLines,
}

impl LineExports {
    fn of(component: &Component, instance: &Exported, store: &mut Store<Meter>) -> wasmtime::Result<Self> {
        let mut interface = Interface::of(component, instance, store)?;
        Ok(Self { files: interface.function("line-files")?, rank: interface.function("rank-lines")? })
    }
}
