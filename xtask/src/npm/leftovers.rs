//! Compiled files whose source is gone: the compiler leaves them where they are.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Removes those of `compiled` that no TypeScript file of `sources` makes.
pub(super) fn remove(compiled: &Path, sources: &Path) -> Result<()> {
    let entries = fs::read_dir(compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    for entry in entries {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str() else { continue };
        if entry.file_type()?.is_dir() {
            remove(&path, &sources.join(name))?;
        } else if let Some(stem) = name.strip_suffix(".d.ts").or_else(|| name.strip_suffix(".js"))
            && !sources.join(format!("{stem}.ts")).exists()
        {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
