//! What a device is shown, and what it must answer.

use tuf_verifier_core::{Defect, Failure, Malformed, NotFound, Report};

use super::row::Answer as Word;
use crate::date::NOW;
use crate::device::Device;
use crate::drive::{Answer, Drive};
use crate::expected::ended_at_root_limit;
use crate::mirror::Mirror;
use crate::repository::Repository;

/// A device with a pinned root and an empty store, the mirrors that it refreshes from in turn, and the targets that it
/// then looks for.
#[derive(Clone, Debug)]
pub struct World {
    /// The pinned root metadata.
    pub pinned: Vec<u8>,
    /// What it refreshes from, in this order. All but the last one are accepted.
    pub stops: Vec<Mirror>,
    /// What the last refresh ends with: [`End::Accepted`], [`End::RootLimit`], or a refusal.
    pub refresh: End,
    /// Target paths that it looks for in turn, in the cycle of the last refresh, and what each search ends with.
    pub looks: Vec<(String, End)>,
}

/// What a refresh or a search ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The metadata is accepted.
    Accepted,
    /// The metadata is accepted, and the root chain ended at the limit with this version.
    RootLimit(u64),
    /// The target is found, listed by this role, and the bytes on the mirror are verified.
    Found(&'static str),
    /// There is no such target, for this reason.
    NotFound(NotFound),
    /// Refused exactly so.
    Refused(Failure),
    /// This file is malformed exactly so, at whatever place.
    Malformed(String, Defect),
}

impl World {
    /// A device that was shipped with version 1 of the root metadata, and sees what the repository publishes now.
    pub(super) fn of(repository: &Repository) -> Self {
        Self::seen_through(&repository.mirror)
    }

    /// A device that was shipped with version 1 of the root metadata, and sees this mirror.
    pub(super) fn seen_through(mirror: &Mirror) -> Self {
        Self {
            pinned: mirror.file("1.root.json").to_vec(),
            stops: vec![mirror.clone()],
            refresh: End::Accepted,
            looks: Vec::new(),
        }
    }

    /// The device then refreshes from this mirror.
    pub(super) fn then(mut self, mirror: &Mirror) -> Self {
        self.stops.push(mirror.clone());
        self
    }

    /// The last refresh ends so.
    pub(super) fn refreshing(self, refresh: End) -> Self {
        Self { refresh, ..self }
    }

    /// The last refresh is refused.
    pub(super) fn refused(self, failure: Failure) -> Self {
        self.refreshing(End::Refused(failure))
    }

    /// The last refresh finds this file malformed.
    pub(super) fn malformed(self, file: &str, defect: Defect) -> Self {
        self.refreshing(End::Malformed(file.into(), defect))
    }

    /// The device looks for this target.
    pub(super) fn looking_for(mut self, path: &str, end: End) -> Self {
        self.looks.push((path.into(), end));
        self
    }

    /// The device finds this target, listed by this role.
    pub(super) fn finding(self, path: &str, role: &'static str) -> Self {
        self.looking_for(path, End::Found(role))
    }

    /// The device learns that there is no such target.
    pub(super) fn missing(self, path: &str) -> Self {
        self.looking_for(path, End::NotFound(NotFound::Absent))
    }

    /// Shows the device everything.
    ///
    /// # Panics
    /// Where it answers otherwise.
    pub fn run(&self) {
        let (last, before) = self.stops.split_last().expect("there is a mirror to refresh from");
        let mut device = Device::new_for(last);
        device.pinned.clone_from(&self.pinned);
        for mirror in before {
            assert_eq!(device.refresh(mirror).map(|_| ()), Ok(()), "an honest mirror is accepted");
        }
        let mut drive = match device.start() {
            Ok(drive) => drive,
            Err(failure) => return self.refresh.assert_refused(failure),
        };
        match drive.refresh(last) {
            Err(failure) => return self.refresh.assert_refused(failure),
            Ok(report) => self.refresh.assert_accepted(&report),
        }
        for (path, end) in &self.looks {
            match drive.find(last, path) {
                Err(failure) => end.assert_refused(failure),
                Ok(Answer::NotFound(reason)) => assert_eq!(*end, End::NotFound(reason), "{path}"),
                Ok(Answer::Found(target)) => {
                    assert!(
                        matches!(end, End::Found(role) if **role == *target.role),
                        "{path}: {end:?}, {target:?}"
                    );
                    verify(&drive, last, &target.fetch_path);
                }
            }
        }
    }

    /// What the last thing that the device does ends with, for the document.
    #[must_use]
    pub fn answer(&self) -> String {
        self.looks.last().map_or(&self.refresh, |(_, end)| end).answer()
    }
}

impl World {
    /// The same as [`World::answer`], in the words that peers are compared in.
    #[must_use]
    pub fn peer_answer(&self) -> Word {
        match self.looks.last().map_or(&self.refresh, |(_, end)| end) {
            End::Accepted | End::RootLimit(_) | End::Found(_) => Word::Takes,
            End::NotFound(_) => Word::Absent,
            End::Refused(_) | End::Malformed(..) => Word::Refuses,
        }
    }
}

fn verify(drive: &Drive<'_>, mirror: &Mirror, fetch_path: &str) {
    let bytes = mirror.targets.get(fetch_path).unwrap_or_else(|| panic!("no {fetch_path} on the mirror"));
    let mut check = drive.check().expect("a target was found");
    check.write(bytes).expect("no more bytes than listed");
    check.finish().expect("the bytes that are listed");
}

impl End {
    /// The end in words, with the code of a refusal.
    fn answer(&self) -> String {
        match self {
            Self::Accepted => "takes".into(),
            Self::RootLimit(version) => {
                format!("takes root {version}, and reports that the limit was reached")
            }
            Self::Found(_) => "takes".into(),
            Self::NotFound(NotFound::Absent) => "absent".into(),
            Self::NotFound(NotFound::BudgetSpent { visited }) => {
                format!("not found: budget spent after {visited} roles")
            }
            Self::NotFound(NotFound::UnsupportedDelegation { .. }) => {
                "not found: unsupported delegation".into()
            }
            #[allow(unreachable_patterns, reason = "each further kind is an answer of its own")]
            Self::NotFound(other) => format!("not found: {other:?}"),
            Self::Refused(failure) => format!("refuses: `{}`", failure.code()),
            Self::Malformed(name, defect) => {
                let malformed =
                    Malformed { name: name.as_str().into(), defect: defect.clone(), offset: None };
                format!("refuses: `{}`", malformed.code())
            }
        }
    }

    fn assert_refused(&self, failure: Failure) {
        match (self, failure) {
            (Self::Malformed(name, defect), Failure::Malformed(found)) => {
                assert_eq!((&*found.name, &found.defect), (name.as_str(), defect));
            }
            (end, failure) => assert_eq!(*end, Self::Refused(failure), "at {NOW}"),
        }
    }

    fn assert_accepted(&self, report: &Report) {
        match ended_at_root_limit(report) {
            true => assert_eq!(*self, Self::RootLimit(report.root.version)),
            false => assert_eq!(*self, Self::Accepted),
        }
    }
}
