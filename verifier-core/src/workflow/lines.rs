//! Several stores of one repository: what the pinned root's own store begins with.
//!
//! A host that names its stores by a URL keeps one store for each pinned root, since whoever may write a project's
//! configuration chooses both the URL and the root. A store that exists is used alone: nothing that another pinned root
//! left can change it. A new store begins with copies from its siblings, the stores that other pinned roots left. The rules:
//!
//! 1. Roots are copied from a sibling only if its own files prove that its mark is the pinned root P or follows from P:
//!    each step is verified by 5.3.4 and 5.3.5. A sibling with other content of P's version is of another line.
//! 2. If two siblings prove different roots of one version, then keys of P's line signed both. Neither is taken: the new
//!    store is refused.
//! 3. Without a proven sibling, the store that versions before these rules left ([`seed_line`]'s first store) gives its
//!    mark, if it is newer than P. The walk from P to that mark decides.
//! 4. Timestamp and snapshot metadata are taken one by one, the highest version of each, from every sibling whose mark
//!    has the keys of the new store's mark. They are verified under these keys: whoever made a sibling's root could not
//!    sign them.

use alloc::string::String;
use alloc::vec::Vec;

use super::Received;
use super::Settings;
use super::root_walk::{MARK, history};
use super::stage::RootUpdate;
use crate::check::Authentic;
use crate::failure::{Failure, Refusal};
use crate::role::{Authority, Role, SNAPSHOT, Snapshot, TIMESTAMP, Timestamp};

/// Versions after the pinned root that a sibling's history is asked for.
const VERSIONS: u64 = 256;

/// Place of the pinned version in [`line_files`].
const PINNED: usize = 7;

/// A file of the new store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedFile {
    /// Its name, as in [`Request::Persist`](crate::Request::Persist).
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The files of a store that [`seed_line`] is to be given, in this order.
///
/// # Errors
/// As [`UpdateCycle::start`](crate::UpdateCycle::start): the trusted root is unusable.
pub fn line_files(trusted_root: &[u8], settings: Settings) -> Result<Vec<String>, Failure> {
    let pinned = RootUpdate::start(trusted_root, settings)?.version();
    let [copy, mark] = MARK;
    let named = [
        mark,
        copy,
        "timestamp.json",
        "floors/timestamp",
        "snapshot.json",
        "floors/snapshot",
        "targets.json",
    ];
    let versions = pinned..=pinned.saturating_add(VERSIONS);
    Ok(named.into_iter().map(String::from).chain(versions.map(history)).collect())
}

/// The files with which the pinned root's store begins, in the order in which they are to be written: the mark is last, so
/// that an interrupted copy is begun again. None if no sibling has anything for it.
///
/// Each sibling is given as the bytes of its [`line_files`], none where there is no such file. The first one is the store
/// without a pinned root in its name; it is given without files if there is none.
///
/// # Errors
/// As [`UpdateCycle::start`](crate::UpdateCycle::start): the trusted root is unusable.
/// [`OtherRootLine`](Refusal::OtherRootLine) if two siblings prove different roots of one version after the pinned one.
pub fn seed_line(
    trusted_root: &[u8],
    settings: Settings,
    siblings: &[Vec<Option<Vec<u8>>>],
) -> Result<Vec<SeedFile>, Failure> {
    let pinned = RootUpdate::start(trusted_root, settings)?;
    let siblings = siblings.iter().enumerate();
    let siblings: Vec<_> =
        siblings.filter_map(|(place, files)| Sibling::of(files, place == 0, &pinned)).collect();
    let newest = newest_chain(&pinned, &siblings)?;
    let unproven = siblings.iter().find(|sibling| sibling.decides_by_the_walk(&pinned));
    let mark = match (&newest, unproven) {
        (Some(chain), _) => chain.last().unwrap_or(&pinned),
        (None, Some(sibling)) => &sibling.mark,
        (None, None) => &pinned,
    };
    let floors = floors(mark, &siblings, settings);
    if floors.is_empty() && newest.is_none() && unproven.is_none() {
        return Ok(floors);
    }
    let roots = match (&newest, unproven) {
        (None, Some(_)) => &[],
        _ => newest.unwrap_or_default(),
    };
    let recorded = unproven.is_none() || newest.is_some();
    let pinned = recorded.then_some(&pinned);
    let written = pinned.into_iter().chain(roots).map(|root| file(&history(root.version()), root.received()));
    let marks = MARK.map(|name| file(name, mark.received()));
    Ok(floors.into_iter().chain(written).chain(marks).collect())
}

/// The longest proven chain after the pinned root.
fn newest_chain<'a>(
    pinned: &RootUpdate,
    siblings: &'a [Sibling<'_>],
) -> Result<Option<&'a [RootUpdate]>, Failure> {
    let mut newest: Option<&[RootUpdate]> = None;
    for chain in siblings.iter().filter_map(|sibling| sibling.chain.as_deref()) {
        let before = newest.unwrap_or_default();
        if let Some((root, _)) = before.iter().zip(chain).find(|(one, other)| !one.same_content(other)) {
            return Err(Refusal::OtherRootLine { stored: root.version(), pinned: pinned.version() }.into());
        }
        if newest.is_none() || before.len() < chain.len() {
            newest = Some(chain);
        }
    }
    Ok(newest)
}

/// The newest timestamp and snapshot metadata that the mark's keys signed, each under both of its names, and the targets
/// metadata beside that snapshot.
fn floors(mark: &RootUpdate, siblings: &[Sibling<'_>], settings: Settings) -> Vec<SeedFile> {
    let root = mark.root();
    let mut timestamp: Option<(u64, &[u8])> = None;
    let mut snapshot: Option<(u64, &[u8])> = None;
    let mut targets = None;
    for sibling in siblings.iter().filter(|sibling| sibling.mark.same_online_keys(mark)) {
        let offered = [2, 3].into_iter().filter_map(|place| sibling.file(place));
        timestamp = offered
            .filter_map(|bytes| {
                signed(
                    Timestamp::parse("timestamp.json", bytes, settings.profile),
                    TIMESTAMP,
                    &root.timestamp,
                    bytes,
                )
            })
            .chain(timestamp)
            .max_by_key(|(version, _)| *version);
        let offered = [4, 5].into_iter().filter_map(|place| sibling.file(place));
        let best = offered
            .filter_map(|bytes| {
                signed(
                    Snapshot::parse("snapshot.json", bytes, settings.profile),
                    SNAPSHOT,
                    &root.snapshot,
                    bytes,
                )
            })
            .max_by_key(|(version, _)| *version);
        if best.map(|(version, _)| version) > snapshot.map(|(version, _)| version) {
            (snapshot, targets) = (best, sibling.file(6));
        }
    }
    let of = |name: &str, copy: &str, bytes: Option<(u64, &[u8])>| {
        bytes.map(|(_, bytes)| [file(copy, bytes), file(name, bytes)])
    };
    let kept = [
        of("timestamp.json", "floors/timestamp", timestamp),
        of("snapshot.json", "floors/snapshot", snapshot),
    ];
    let targets = targets.map(|bytes| file("targets.json", bytes));
    kept.into_iter().flatten().flatten().chain(targets).collect()
}

fn file(name: &str, bytes: &[u8]) -> SeedFile {
    SeedFile { name: name.into(), bytes: bytes.to_vec() }
}

/// Version and bytes of a file that these keys signed.
fn signed<'a, R: Role>(
    parsed: Result<R, Failure>,
    role: &str,
    keys: &Authority,
    bytes: &'a [u8],
) -> Option<(u64, &'a [u8])> {
    let authentic = Authentic::judge(parsed.ok()?, role, keys).ok()?;
    Some((authentic.header().version, bytes))
}

/// A store that another pinned root left.
struct Sibling<'a> {
    files: &'a [Option<Vec<u8>>],
    /// The root under which its floors were accepted.
    mark: RootUpdate,
    /// The roots after the pinned one, up to the mark, if its files prove each step.
    chain: Option<Vec<RootUpdate>>,
    /// Whether it is the store without a pinned root in its name.
    is_earlier: bool,
    /// Whether it has another root of the pinned version.
    contradicts: bool,
}

impl<'a> Sibling<'a> {
    /// None if it has no root.
    fn of(files: &'a [Option<Vec<u8>>], is_earlier: bool, pinned: &RootUpdate) -> Option<Self> {
        let root = |place: usize| pinned.stored(files.get(place)?.as_deref()?);
        let mark = match (root(0), root(1)) {
            (Some(mark), Some(copy)) if mark.version() < copy.version() => copy,
            (mark, copy) => mark.or(copy)?,
        };
        let recorded = root(PINNED).filter(|root| root.version() == pinned.version());
        let mut sibling = Self { files, mark, chain: None, is_earlier, contradicts: false };
        let known = [recorded.as_ref(), Some(&sibling.mark)].into_iter().flatten();
        sibling.contradicts =
            known.filter(|root| root.version() == pinned.version()).any(|root| !root.same_content(pinned));
        if !sibling.contradicts {
            sibling.chain = sibling.proven(pinned);
        }
        Some(sibling)
    }

    fn file(&self, place: usize) -> Option<&'a [u8]> {
        self.files.get(place).and_then(Option::as_deref)
    }

    /// The roots from the pinned one, which is not among them, to the mark, each verified with the one before.
    fn proven(&self, pinned: &RootUpdate) -> Option<Vec<RootUpdate>> {
        let length = usize::try_from(self.mark.version().checked_sub(pinned.version())?).ok()?;
        let mut chain: Vec<RootUpdate> = Vec::new();
        while chain.len() < length {
            let place = PINNED.checked_add(chain.len())?.checked_add(1)?;
            let is_mark = chain.len().checked_add(1)? == length;
            let bytes = if is_mark { Some(&**self.mark.received()) } else { self.file(place) };
            let next = chain.last().unwrap_or(pinned).next(Received::new(bytes?.to_vec())).ok()?;
            // Only the last one verifies what follows. The tables of hundreds of roots would be more than all the files.
            if let Some(before) = chain.last_mut() {
                before.forget_keys();
            }
            chain.push(next);
        }
        Some(chain)
    }

    /// Whether nothing is known but that it may be of the pinned root's line. Of the other stores, which were made under
    /// these rules, none counts: a root that nobody reaches would block the pinned one.
    fn decides_by_the_walk(&self, pinned: &RootUpdate) -> bool {
        let is_newer = self.mark.version() > pinned.version();
        self.is_earlier && is_newer && !self.contradicts && self.chain.is_none()
    }
}
