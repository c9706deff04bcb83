//! Whether the artifacts are those of the sources.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::{COMPONENT, CORE, artifacts, guest, read, web};

/// What every artifact is made of, relative to the workspace.
const INPUTS: [&str; 7] = [
    "Cargo.lock",
    "Cargo.toml",
    "rust-toolchain.toml",
    "verifier-core",
    "wasm/records",
    "wasm/wit",
    "xtask/src/component",
];

/// What the component and its machine code are made of as well.
const OF_THE_COMPONENT: [&str; 4] = [
    "wasm/componentize",
    "wasm/guest",
    "wasm/host/src/sandbox/bound_code.rs",
    "wasm/host/src/sandbox/engine.rs",
];

/// What the module for bundlers is made of as well.
const OF_THE_WEB: [&str; 3] = ["wasm/bindgen", "wasm/componentize/src/proposals.rs", "wasm/web"];

/// A record beside the artifacts: which inputs they were made of, and what they were.
pub(super) struct Stamp {
    path: PathBuf,
    artifacts: Vec<PathBuf>,
    inputs: String,
}

impl Stamp {
    /// The inputs of the component and of its machine code for one target, as they are now.
    pub(super) fn of_component(root: &Path, target: &str) -> Result<Self> {
        let folder = artifacts(root);
        Ok(Self {
            path: folder.join(format!("{target}.stamp")),
            inputs: hash_of(root, &OF_THE_COMPONENT)?,
            artifacts: [COMPONENT, CORE, &format!("{target}.cwasm")].map(|name| folder.join(name)).into(),
        })
    }

    /// The inputs of the module for bundlers and of its JavaScript, as they are now.
    pub(super) fn of_web(root: &Path) -> Result<Self> {
        let folder = web::folder(root);
        Ok(Self {
            path: folder.join(".stamp"),
            inputs: hash_of(root, &OF_THE_WEB)?,
            artifacts: web::FILES.map(|name| folder.join(name)).into(),
        })
    }

    /// Where the artifacts are there and made of these inputs: their description.
    pub(super) fn up_to_date(&self) -> Result<Option<String>> {
        let Ok(text) = fs::read_to_string(&self.path) else {
            return Ok(None);
        };
        if !self.artifacts.iter().all(|path| path.is_file()) {
            return Ok(None);
        }
        let current = format!("{}\n{}\n", self.inputs, self.outputs()?);
        Ok(text.strip_prefix(&current).map(str::to_owned))
    }

    /// Records that the artifacts are made of these inputs.
    pub(super) fn write(&self, description: &str) -> Result<()> {
        let text = format!("{}\n{}\n{description}", self.inputs, self.outputs()?);
        fs::write(&self.path, text).with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn outputs(&self) -> Result<String> {
        let mut hash = Sha256::new();
        for path in &self.artifacts {
            hash.update(Sha256::digest(read(path)?));
        }
        Ok(hexadecimal(hash))
    }
}

/// The compiler, the inputs of all artifacts and these, as they are now.
fn hash_of(root: &Path, own: &[&str]) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(guest::Compiler::of(root)?.description);
    for input in INPUTS.iter().chain(own) {
        update(&mut hash, root, &root.join(input))?;
    }
    Ok(hexadecimal(hash))
}

/// Hashes a file, or a folder's files in the order of their names, each with its name.
fn update(hash: &mut Sha256, root: &Path, path: &Path) -> Result<()> {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<_>>()
            .with_context(|| format!("cannot read {}", path.display()))?;
        entries.sort();
        return entries.iter().try_for_each(|entry| update(hash, root, entry));
    }
    let name = path.strip_prefix(root).unwrap_or(path);
    hash.update(Sha256::digest(name.as_os_str().as_encoded_bytes()));
    hash.update(Sha256::digest(read(path)?));
    Ok(())
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
