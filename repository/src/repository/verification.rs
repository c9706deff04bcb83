//! What is published, judged by the core before a publisher builds on it.
//!
//! The workflow is a client's (specification, chapter 5) with two differences. Expiry is left aside: expired metadata is
//! what a publisher renews. And every role that clients can be led to is verified, not only those that one target needs:
//! a publisher signs for all of them.

use std::collections::{BTreeMap, BTreeSet};

use tuf_verifier_core::stage::{RootUpdate, Step, TargetsUpdate, Trusted};
use tuf_verifier_core::{Failure, Refusal, Settings, UnixTime};

use crate::error::{Difference, Error};
use crate::metadata::{ROOT, SNAPSHOT, Snapshot, TARGETS, TIMESTAMP, Timestamp, sha256_hex};
use crate::repository::layout::{check_role_name, file_name};
use crate::repository::state::MOST_BIN_BITS;
use crate::repository::view::View;

/// Before every expiry.
pub(crate) const LONG_AGO: UnixTime = UnixTime(i64::MIN);

/// Roles that one role may delegate to: more are not handled here.
const MOST_ROLES: usize = 1 << MOST_BIN_BITS;

/// A file that the core has accepted.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedFile {
    pub(crate) name: String,
    pub(crate) version: u64,
    pub(crate) bytes: Vec<u8>,
}

/// Published metadata that the core has accepted.
pub(crate) struct Verified {
    /// From version 1 on.
    pub(crate) roots: Vec<VerifiedFile>,
    pub(crate) timestamp: VerifiedFile,
    pub(crate) snapshot: VerifiedFile,
    /// Every targets role that clients can be led to.
    pub(crate) targets: BTreeMap<String, VerifiedFile>,
    /// The rotate files of each of them that has some (TAP 8), from the first one on.
    pub(crate) rotations: BTreeMap<String, Vec<VerifiedFile>>,
    /// The roles whose last rotate file revokes them (TAP 20): clients ask for nothing of them.
    pub(crate) revoked: BTreeSet<String>,
}

/// What is found of the roles below the snapshot.
#[derive(Default)]
struct Found {
    targets: BTreeMap<String, VerifiedFile>,
    rotations: BTreeMap<String, Vec<VerifiedFile>>,
    revoked: BTreeSet<String>,
}

impl Found {
    /// Keeps a rotate file, which is followed once for each delegator that lists other keys.
    fn rotation(&mut self, role: &str, name: String, version: u64, bytes: Vec<u8>) {
        let files = self.rotations.entry(role.to_owned()).or_default();
        if !files.iter().any(|file| file.version == version) {
            files.push(VerifiedFile { name, version, bytes });
        }
    }
}

impl Verified {
    /// Verifies what is published, from the root metadata with these digests, from version 1 on.
    ///
    /// # Errors
    /// [`Error::Changed`] with the file and the difference; [`Error::BadRoleName`].
    pub(crate) fn load(view: &View<'_>, roots: &[String]) -> Result<Self, Error> {
        let settings = Settings::default();
        let (roots, update) = load_roots(view, roots, settings)?;
        let reader = Reader { view };
        let root = file_name(ROOT, update.version());
        let stage = update.finish(LONG_AGO).map_err(|refused| reader.refused(&root, refused.failure))?;

        let name = file_name(TIMESTAMP, 0);
        let bytes = reader.read(&name, stage.file().max_length)?;
        let (stage, _) = stage.accept(&bytes).map_err(|refused| reader.refused(&name, refused.failure))?;
        let parsed: Listing<Timestamp> = reader.parse(&name, &bytes)?;
        let listed = parsed.signed.meta.get("snapshot.json").map_or(0, |listed| listed.version);
        let timestamp = VerifiedFile { name, version: parsed.signed.version, bytes };

        let name = file_name(SNAPSHOT, listed);
        let bytes = reader.read(&name, stage.file().max_length)?;
        let mut stage = stage.accept(&bytes).map_err(|refused| reader.refused(&name, refused.failure))?;
        let parsed: Listing<Snapshot> = reader.parse(&name, &bytes)?;
        let snapshot = VerifiedFile { name, version: listed, bytes };

        let mut found = Found::default();
        for version in 1.. {
            let Some(file) = stage.next_file() else { break };
            let bytes = reader.read(&file.name, file.max_length)?;
            stage = stage.accept(&bytes).map_err(|refused| reader.refused(&file.name, refused.failure))?;
            found.rotation(TARGETS, file.name, version, bytes);
        }
        let stage = stage.finish().map_err(|refused| reader.refused(&snapshot.name, refused.failure))?;
        load_targets(&reader, stage, &parsed.signed, &mut found)?;
        let Found { targets, rotations, revoked } = found;
        Ok(Self { roots, timestamp, snapshot, targets, rotations, revoked })
    }
}

/// The version of a timestamp that one of these root metadata files, from the newest on, says is ours; none where none of
/// them does. A copy may be behind by several rotations of the timestamp's keys.
pub(crate) fn version_of_ours(timestamp: &[u8], roots: &[Vec<u8>]) -> Option<u64> {
    let is_signed = |root: &Vec<u8>| {
        let update = RootUpdate::start(root, Settings::default()).ok()?;
        let stage = update.finish(LONG_AGO).ok()?;
        stage.accept(timestamp).ok().map(drop)
    };
    roots.iter().rev().find_map(is_signed)?;
    let parsed: Listing<Timestamp> = serde_json::from_slice(timestamp).ok()?;
    Some(parsed.signed.version)
}

/// The signed part of a file, read for what it lists.
#[derive(serde::Deserialize)]
struct Listing<M> {
    signed: M,
}

/// Reads the remembered root metadata, and follows the chain from its last one.
fn load_roots(
    view: &View<'_>,
    digests: &[String],
    settings: Settings,
) -> Result<(Vec<VerifiedFile>, RootUpdate), Error> {
    let reader = Reader { view };
    let mut roots: Vec<VerifiedFile> = Vec::new();
    for (version, digest) in (1..).zip(digests) {
        let name = file_name(ROOT, version);
        let bytes = reader.read(&name, settings.root_max_length)?;
        if sha256_hex(&bytes) != *digest {
            return Err(reader.changed(&name, Difference::Bytes));
        }
        roots.push(VerifiedFile { name, version, bytes });
    }
    let Some(last) = roots.last() else { return Err(Error::NotAdopted(view.layout.location())) };
    let mut update =
        RootUpdate::start(&last.bytes, settings).map_err(|failure| reader.refused(&last.name, failure))?;
    if update.version() != last.version {
        let reason = format!("its version is {}", update.version());
        return Err(Error::unreadable(&view.layout.metadata(&last.name), reason));
    }
    // Every file of the chain is one more on the disk, and was signed by the keys of the one before.
    loop {
        let version = update.version().saturating_add(1);
        let name = file_name(ROOT, version);
        let Some(bytes) = view.metadata(&name, settings.root_max_length)? else { return Ok((roots, update)) };
        update = update.accept(bytes.clone()).map_err(|refused| reader.refused(&name, refused.failure))?;
        roots.push(VerifiedFile { name, version, bytes });
    }
}

/// Verifies every targets role, from the top down.
fn load_targets(
    reader: &Reader<'_>,
    stage: TargetsUpdate,
    snapshot: &Snapshot,
    found: &mut Found,
) -> Result<(), Error> {
    let name = file_name(TARGETS, listed(snapshot, TARGETS));
    let most = stage.file().map_err(|failure| reader.refused(&name, failure))?.max_length;
    let bytes = reader.read(&name, most)?;
    let mut trusted = stage.accept(&bytes).map_err(|refused| reader.refused(&name, refused.failure))?;
    let version = listed(snapshot, TARGETS);
    found.targets.insert(TARGETS.to_owned(), VerifiedFile { name: name.clone(), version, bytes });
    let mut to_visit = delegated(reader, &trusted, &Step::top_level(), &name)?;
    let mut expanded = BTreeSet::from([TARGETS.to_owned()]);
    while let Some(step) = to_visit.pop() {
        let role = step.role().to_owned();
        check_role_name(&role)?;
        // Listed by its delegator, and never published: the role is new.
        let version = listed(snapshot, &role);
        if version == 0 {
            continue;
        }
        // A role with several delegators is verified for each of them, and read once.
        let Some(file) = accept(reader, &mut trusted, &step, version, found)? else {
            found.revoked.insert(role);
            continue;
        };
        if expanded.insert(role.clone()) {
            to_visit.extend(delegated(reader, &trusted, &step, &file.name)?);
        }
        found.targets.insert(role, file);
    }
    Ok(())
}

/// Follows the rotate files of a role (TAP 8) and judges its metadata; none of a role that is revoked (TAP 20).
fn accept(
    reader: &Reader<'_>,
    trusted: &mut Trusted,
    step: &Step,
    version: u64,
    found: &mut Found,
) -> Result<Option<VerifiedFile>, Error> {
    let name = file_name(step.role(), version);
    let refused = |failure| reader.refused(&name, failure);
    let mut read = found.targets.remove(step.role());
    loop {
        let needed = match trusted.needed(step) {
            Ok(Some(needed)) => needed,
            Ok(None) => return read.map(Some).ok_or_else(|| reader.changed(&name, Difference::Gone)),
            Err(Failure::Refused(Refusal::Revoked { .. })) => return Ok(None),
            Err(failure) => return Err(refused(failure)),
        };
        let file = trusted.file(&needed).map_err(refused)?;
        if let Some(version) = needed.rotation() {
            let bytes = reader.read(&file.name, file.max_length)?;
            trusted.accept(&needed, &bytes).map_err(|failure| reader.refused(&file.name, failure))?;
            found.rotation(step.role(), file.name, version, bytes);
            continue;
        }
        let bytes = match read.take() {
            Some(file) => file.bytes,
            None => reader.read(&name, file.max_length)?,
        };
        trusted.accept(&needed, &bytes).map_err(refused)?;
        read = Some(VerifiedFile { name: name.clone(), version, bytes });
    }
}

fn delegated(reader: &Reader<'_>, trusted: &Trusted, step: &Step, name: &str) -> Result<Vec<Step>, Error> {
    trusted.delegated(step, MOST_ROLES).ok_or_else(|| {
        let reason = format!("it delegates to more than the {MOST_ROLES} roles that are handled here");
        Error::unreadable(&reader.view.layout.metadata(name), reason)
    })
}

fn listed(snapshot: &Snapshot, role: &str) -> u64 {
    snapshot.meta.get(&format!("{role}.json")).map_or(0, |listed| listed.version)
}

/// Reads published files, and names them where they are refused.
struct Reader<'a> {
    view: &'a View<'a>,
}

impl Reader<'_> {
    fn read(&self, name: &str, most: u64) -> Result<Vec<u8>, Error> {
        self.view.metadata(name, most)?.ok_or_else(|| self.changed(name, Difference::Gone))
    }

    fn parse<M: serde::de::DeserializeOwned>(&self, name: &str, bytes: &[u8]) -> Result<M, Error> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::unreadable(&self.view.layout.metadata(name), error))
    }

    fn refused(&self, name: &str, failure: Failure) -> Error {
        self.changed(name, Difference::Refused(failure))
    }

    fn changed(&self, name: &str, difference: Difference) -> Error {
        Error::changed(&self.view.layout.metadata(name), difference)
    }
}
