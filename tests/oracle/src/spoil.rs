//! Spoils what is published, byte by byte, as somebody without a key can.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// One published release.
#[derive(Clone, Debug)]
pub(crate) struct Published(PathBuf);

impl Published {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Flips a bit in the middle of every signature of a metadata file.
    pub(crate) fn break_signatures(&self, name: &str) -> Result<()> {
        self.edit(name, |metadata| {
            let signatures = metadata.get_mut("signatures").and_then(Value::as_array_mut);
            for signature in signatures.context("metadata has signatures")? {
                let text =
                    signature.get("sig").and_then(Value::as_str).context("a signature has its bytes")?;
                let broken = broken_hexadecimal(text);
                *signature.get_mut("sig").context("a signature has its bytes")? = Value::String(broken);
            }
            Ok(())
        })
    }

    /// Gives a metadata file a century more.
    pub(crate) fn extend_expiry(&self, name: &str) -> Result<()> {
        self.edit(name, |metadata| {
            let expires = metadata.pointer_mut("/signed/expires").context("metadata expires")?;
            let later = expires.as_str().context("a time is text")?.replacen("20", "21", 1);
            *expires = Value::String(later);
            Ok(())
        })
    }

    /// Writes each signature of a metadata file twice.
    pub(crate) fn double_signatures(&self, name: &str) -> Result<()> {
        self.edit(name, |metadata| {
            let signatures = metadata.get_mut("signatures").and_then(Value::as_array_mut);
            let signatures = signatures.context("metadata has signatures")?;
            signatures.extend(signatures.clone());
            Ok(())
        })
    }

    /// Replaces a file's bytes by those that `change` makes of them.
    pub(crate) fn rewrite(&self, name: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Result<()> {
        let path = self.0.join(name);
        let bytes = fs::read(&path).with_context(|| format!("{name} is published"))?;
        Ok(fs::write(path, change(bytes))?)
    }

    /// Writes a metadata file compactly and replaces its text by that which `change` makes of it.
    pub(crate) fn retype(&self, name: &str, change: impl FnOnce(String) -> String) -> Result<()> {
        let path = self.0.join(name);
        let metadata: Value = serde_json::from_slice(&fs::read(&path)?)?;
        let text = metadata.to_string();
        let changed = change(text.clone());
        anyhow::ensure!(changed != text, "nothing in {name} was changed");
        Ok(fs::write(path, changed)?)
    }

    /// Publishes the bytes of one file under another name too.
    pub(crate) fn copy(&self, from: &str, to: &str) -> Result<()> {
        fs::copy(self.0.join(from), self.0.join(to)).with_context(|| format!("{from} is published"))?;
        Ok(())
    }

    /// Publishes a file.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        Ok(fs::write(self.0.join(name), bytes)?)
    }

    /// Takes a file away.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        fs::remove_file(self.0.join(name)).with_context(|| format!("{name} is published"))
    }

    /// The file of a target in the top folder, relative to the release.
    pub(crate) fn target(&self, name: &str) -> Result<String> {
        let ends = |path: &Path| path.file_name().is_some_and(|file| file.to_string_lossy().ends_with(name));
        for entry in fs::read_dir(self.0.join("targets"))? {
            let path = entry?.path();
            if path.is_file() && ends(&path) {
                return Ok(path.strip_prefix(&self.0)?.display().to_string());
            }
        }
        anyhow::bail!("the target {name} is not published")
    }

    fn edit(&self, name: &str, change: impl FnOnce(&mut Value) -> Result<()>) -> Result<()> {
        let path = self.0.join(name);
        let bytes = fs::read(&path).with_context(|| format!("{name} is published"))?;
        let mut metadata = serde_json::from_slice(&bytes)?;
        change(&mut metadata)?;
        Ok(fs::write(path, serde_json::to_vec(&metadata)?)?)
    }
}

fn broken_hexadecimal(text: &str) -> String {
    let middle = text.len() / 2;
    let flip = |(at, digit): (usize, char)| match digit {
        '0' if at == middle => '1',
        _ if at == middle => '0',
        digit => digit,
    };
    text.chars().enumerate().map(flip).collect()
}
