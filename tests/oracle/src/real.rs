//! Real repositories as they were published, where a checkout has them beside it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use tuf_test_server::Server;

use crate::{Implementation, Journey, Outcome, Stop};

/// One of them: `metadata/`, `targets/`, `initial_root.json`, `faketime` (when it was current) and `targetpath` (one target to download).
#[derive(Clone, Debug)]
pub struct RealRepository {
    /// Name in the names of tests.
    pub name: String,
    folder: PathBuf,
}

/// Those that are there.
///
/// # Errors
/// Where there are none: why.
pub fn repositories() -> Result<Vec<RealRepository>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real-repositories");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).context("no real repositories are beside this checkout")? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        found.push(RealRepository { name, folder: entry.path() });
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    if found.is_empty() {
        bail!("the folder of real repositories is empty");
    }
    Ok(found)
}

impl RealRepository {
    /// Refreshes from its first root to its last metadata and downloads its target.
    ///
    /// # Errors
    /// Where the reader does not accept it.
    pub fn check(&self, reader: &Implementation) -> Result<()> {
        let server = Server::folder(&self.folder)?;
        let store = tempfile::tempdir()?;
        let target = self.text("targetpath")?;
        let journey = Journey {
            root: self.folder.join("initial_root.json"),
            store: store.path().join("store"),
            stops: vec![Stop {
                metadata_url: format!("{}/metadata", server.url()),
                targets_url: format!("{}/targets", server.url()),
            }],
            targets: vec![target.clone()],
            reference_time: Some(self.time()?),
        };
        let visits = reader.read(&journey)?;
        let visit = visits.first().context("one stop was visited")?;
        match (&visit.refresh, visit.targets.get(&target)) {
            (Outcome::Accepted, Some(Outcome::Verified { sha256 })) => self.published(&target, sha256),
            _ => bail!("{} answered {visit:#?}", reader.name()),
        }
    }

    /// The verified bytes are those of the file whose name has their hash.
    fn published(&self, target: &str, sha256: &str) -> Result<()> {
        let (folder, name) = target.rsplit_once('/').unwrap_or(("", target));
        let file = self.folder.join("targets").join(folder).join(format!("{sha256}.{name}"));
        let bytes = fs::read(&file).with_context(|| format!("{} is published", file.display()))?;
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if digest == sha256 { Ok(()) } else { bail!("{} has other bytes", file.display()) }
    }

    fn time(&self) -> Result<i64> {
        let text = self.text("faketime")?;
        seconds(&text).with_context(|| format!("{text} is no time like 2024-12-03T13:25:18+00:00"))
    }

    fn text(&self, name: &str) -> Result<String> {
        let text = fs::read_to_string(self.folder.join(name))
            .with_context(|| format!("{} has {name}", self.name))?;
        Ok(text.trim().to_owned())
    }
}

/// `YYYY-MM-DDTHH:MM:SS+00:00` becomes seconds since 1970.
fn seconds(text: &str) -> Option<i64> {
    let numbers: Option<Vec<i64>> =
        text.strip_suffix("+00:00")?.split(['-', 'T', ':']).map(|part| part.parse().ok()).collect();
    let &[year, month, day, hour, minute, second] = numbers?.as_slice() else { return None };
    // Counted from 1 March of year 0, so that the leap day is the last one of its year.
    let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        years * 365 + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}
