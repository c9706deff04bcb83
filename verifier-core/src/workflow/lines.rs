//! Several stores of one repository, each with a line of roots: which of them is the pinned root's.
//!
//! A host that names its stores by a URL keeps one store for each line, since whoever may write a project's configuration
//! chooses both the URL and the root. It asks here which stores to try, and in which order. The walk decides in the end:
//! a store of another line is refused by it and stays as it was.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::{Ordering, Reverse};

use super::Settings;
use super::root_walk::{MARK, history};
use super::stage::RootUpdate;
use crate::check::Authentic;
use crate::failure::Failure;
use crate::role::{Role, TIMESTAMP, Timestamp};

/// A store that may be of the pinned root's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankedLine {
    /// Its index among the given stores.
    pub store: usize,
    /// Whether its chain of roots contains the pinned root: then every refusal under it is final. Otherwise
    /// [`OtherRootLine`](crate::Refusal::OtherRootLine) and a rollback of root itself mean that the next store is to be tried.
    pub proven: bool,
}

/// What is known of a store before the walk, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Evidence {
    /// The root under which its floors were accepted is the pinned one, or follows from it. Only then are its floors the
    /// pinned root's beyond doubt.
    Contains,
    /// Its root is older and has the pinned root's timestamp and snapshot keys: its floors outlive the step. Whoever
    /// made an older root of their own, from which the pinned one follows, could not also sign these floors.
    SameKeys,
    /// Its root is older, and its floors would be forgotten.
    Older,
    /// Its root is newer, and nothing else is known.
    Newer,
}

/// The files of a store that [`rank_lines`] is to be given, in this order.
///
/// # Errors
/// As [`UpdateCycle::start`](crate::UpdateCycle::start): the trusted root is unusable.
pub fn line_files(trusted_root: &[u8], settings: Settings) -> Result<Vec<String>, Failure> {
    let pinned = RootUpdate::start(trusted_root, settings)?.version();
    let [copy, mark] = MARK;
    let next = pinned.saturating_add(1);
    let timestamps = ["timestamp.json".into(), "floors/timestamp".into()];
    Ok([mark.into(), copy.into(), history(pinned), history(next)].into_iter().chain(timestamps).collect())
}

/// The stores that may be of the pinned root's line, in the order in which they are to be tried. Each is given as the
/// bytes of its [`line_files`], or none where there is no such file.
///
/// A store without evidence for the pinned root, and with evidence against it, is left out. So is one that has no root.
/// Of two with the same evidence, the one with the newer timestamp is first.
///
/// # Errors
/// As [`UpdateCycle::start`](crate::UpdateCycle::start): the trusted root is unusable.
pub fn rank_lines(
    trusted_root: &[u8],
    settings: Settings,
    stores: &[Vec<Option<Vec<u8>>>],
) -> Result<Vec<RankedLine>, Failure> {
    let pinned = RootUpdate::start(trusted_root, settings)?;
    let judged = stores.iter().enumerate().filter_map(|(store, files)| {
        let files = Files::of(files, settings);
        Some((files.evidence(&pinned)?, Reverse(files.timestamp), store))
    });
    let mut judged: Vec<_> = judged.collect();
    judged.sort_unstable();
    let ranked = |(evidence, _, store)| RankedLine { store, proven: evidence == Evidence::Contains };
    Ok(judged.into_iter().map(ranked).collect())
}

/// The files of one store, as far as they are usable.
struct Files {
    mark: Option<RootUpdate>,
    pinned_version: Option<RootUpdate>,
    next_version: Option<RootUpdate>,
    /// Version of its timestamp metadata, where the mark's keys signed it.
    timestamp: u64,
}

impl Files {
    fn of(files: &[Option<Vec<u8>>], settings: Settings) -> Self {
        let file = |index: usize| files.get(index).and_then(Option::as_deref);
        let root = |index: usize| RootUpdate::start(file(index)?, settings).ok();
        let mark = match (root(0), root(1)) {
            (Some(mark), Some(copy)) if mark.version() < copy.version() => Some(copy),
            (mark, copy) => mark.or(copy),
        };
        let version = |bytes: Option<&[u8]>| {
            let timestamp = Timestamp::parse("timestamp.json", bytes?, settings.profile).ok()?;
            let signed = Authentic::judge(timestamp, TIMESTAMP, &mark.as_ref()?.root().timestamp).ok()?;
            Some(signed.header().version)
        };
        let timestamp = version(file(4)).max(version(file(5))).unwrap_or_default();
        Self { timestamp, mark, pinned_version: root(2), next_version: root(3) }
    }

    /// None where the store is of another line, or of none.
    fn evidence(&self, pinned: &RootUpdate) -> Option<Evidence> {
        let same = self.pinned_version.as_ref().map(|stored| stored.same_content(pinned));
        let follows = |root: &Option<RootUpdate>| {
            root.as_ref().is_some_and(|root| pinned.next(root.received().to_vec()).is_ok())
        };
        let contained = same == Some(true) || follows(&self.next_version);
        let Some(mark) = &self.mark else {
            return contained.then_some(Evidence::Contains);
        };
        match mark.version().cmp(&pinned.version()) {
            Ordering::Equal => mark.same_content(pinned).then_some(Evidence::Contains),
            Ordering::Greater if contained || follows(&self.mark) => Some(Evidence::Contains),
            Ordering::Greater => same.is_none().then_some(Evidence::Newer),
            Ordering::Less => Some(match mark.same_online_keys(pinned) {
                true => Evidence::SameKeys,
                false => Evidence::Older,
            }),
        }
    }
}
