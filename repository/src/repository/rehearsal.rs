//! A publish as clients will see it, before they can: the verifier's core runs over the published files with the
//! planned ones laid on top.

use std::collections::BTreeMap;
use std::io::Read;

use tuf_verifier_core::{Failure, Request, Settings, Target, UnixTime, UpdateCycle};

use crate::error::{Error, RehearsalError};
use crate::metadata::ROOT;
use crate::repository::agreement;
use crate::repository::draft::Drafts;
use crate::repository::layout::{Layout, file_name};
use crate::repository::plan::Plan;
use crate::repository::state::State;
use crate::repository::view::View;

/// What is rehearsed.
pub(crate) struct Rehearsal<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) plan: &'a Plan,
    /// Version of the published root metadata, 0 where there is none.
    pub(crate) root_version: u64,
    /// When the published root metadata expires.
    pub(crate) root_expires: Option<UnixTime>,
    /// Whether old keys sign too, so that clients with the published root metadata accept the new files.
    pub(crate) overlapping: bool,
    pub(crate) now: UnixTime,
    /// Role and path of changed targets.
    pub(crate) targets: &'a [(String, String)],
    /// What is about to be published, before it is signed.
    pub(crate) documents: (&'a State, &'a Drafts),
}

/// Targets that are looked for at most, evenly spread: a search reads whole files.
const MOST_TARGETS: usize = 64;

impl Rehearsal<'_> {
    /// Lets every kind of client update: with the first root metadata, with the published one, with a store from
    /// before this publish, and one that comes in between the timestamp and new root metadata.
    pub(crate) fn run(&self) -> Result<(), Error> {
        let next_root = self.planned_root().filter(|next| *next > 1);
        let published_holds = self.root_expires.is_some_and(|expires| self.now < expires);
        if next_root.is_some() && self.overlapping && published_holds {
            let without = View { layout: self.layout, planned: &self.plan.files, hidden: next_root };
            self.client("a client that has not seen the new root metadata", &without, 1, Store::new())?;
        }
        let view = View { layout: self.layout, planned: &self.plan.files, hidden: None };
        self.client("a client with the first root metadata", &view, 1, Store::new())?;
        if self.root_version > 0 {
            let store = self.store_before()?;
            self.client("a client that is up to date", &view, self.root_version, store)?;
        }
        if let Some(next) = next_root {
            self.client("a client with the new root metadata", &view, next, Store::new())?;
        }
        // Clients read the roles of changed targets alone; a delegation binds others too.
        self.documents.0.check_planned(&view)
    }

    fn planned_root(&self) -> Option<u64> {
        self.plan.files.iter().find(|file| file.role == ROOT).map(|file| file.version)
    }

    /// The store of a client that has what is published now. Where that is expired or broken, as much as it took.
    fn store_before(&self) -> Result<Store, Error> {
        let view = View::published(self.layout);
        let mut store = Store::new();
        if let Ok(mut cycle) = self.start(&view, self.root_version)? {
            let _broken_or_expired = drive(&mut cycle, &mut store, &view)?;
        }
        Ok(store)
    }

    fn client(&self, client: &str, view: &View<'_>, root: u64, mut store: Store) -> Result<(), Error> {
        let refused = |cause| RehearsalError::Refused { client: client.to_owned(), cause };
        let mut cycle = self.start(view, root)?.map_err(refused)?;
        drive(&mut cycle, &mut store, view)?.map_err(refused)?;
        let step = self.targets.len().div_ceil(MOST_TARGETS).max(1);
        let (state, drafts) = self.documents;
        for (role, path) in self.targets.iter().step_by(step) {
            cycle.find(path).map_err(refused)?;
            let is_explained = |found| agreement::explains(state, drafts, role, path, found);
            let (client, path) = (client.to_owned(), path.clone());
            let found = match drive(&mut cycle, &mut store, view)?.map_err(refused)? {
                Request::Found(target) => target,
                Request::NotFound(_) if is_explained(None) => continue,
                Request::NotFound(reason) => {
                    return Err(RehearsalError::NotFound { client, path, reason }.into());
                }
                _ => return Err(refused(tuf_verifier_core::Misuse::NothingFound.into()).into()),
            };
            if *found.role != **role && !is_explained(Some(&found.role)) {
                let (found, expected) = (found.role.to_string(), role.clone());
                return Err(RehearsalError::Shadowed { client, path, found, expected }.into());
            }
            self.check_bytes(&cycle, &found)?.map_err(refused)?;
        }
        Ok(())
    }

    fn start(&self, view: &View<'_>, root: u64) -> Result<Result<UpdateCycle, Failure>, Error> {
        // How long a target may be is for each client to say. Metadata that is too long for the defaults helps nobody.
        let settings = Settings { target_file_max_length: u64::MAX, ..Settings::default() };
        let bytes = view.metadata(&file_name(ROOT, root), settings.root_max_length)?.unwrap_or_default();
        Ok(UpdateCycle::start(&bytes, self.now, settings))
    }

    /// Verifies the bytes of a target, where they are here.
    fn check_bytes(&self, cycle: &UpdateCycle, target: &Target) -> Result<Result<(), Failure>, Error> {
        let fetch_path = plain_fetch_path(target);
        let paths = [self.layout.staged_target(&fetch_path), self.layout.target(&fetch_path)];
        let mut opened = None;
        for path in paths {
            if opened.is_none() {
                opened = self.layout.open(&path, target.length)?.map(|file| (path, file));
            }
        }
        let Some((path, mut file)) = opened else { return Ok(Ok(())) };
        let failed = |cause| Error::io("read", &path, cause);
        let mut check = match cycle.check() {
            Ok(check) => check,
            Err(failure) => return Ok(Err(failure)),
        };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer).map_err(failed)? {
                0 => return Ok(check.finish()),
                count => {
                    if let Err(failure) = check.write(&buffer[..count]) {
                        return Ok(Err(failure));
                    }
                }
            }
        }
    }
}

pub(super) type Store = BTreeMap<String, Vec<u8>>;

/// Answers requests until there is an answer to the client.
pub(super) fn drive(
    cycle: &mut UpdateCycle,
    store: &mut Store,
    view: &View<'_>,
) -> Result<Result<Request, Failure>, Error> {
    loop {
        let offered = match cycle.next() {
            Request::Load { name } => cycle.offer(store.get(&name).cloned()),
            Request::Fetch { name, max_length } => cycle.offer(view.metadata(&name, max_length)?),
            Request::Persist { name, bytes } => {
                store.insert(name, bytes);
                Ok(())
            }
            Request::Forget { name } => {
                store.remove(&name);
                Ok(())
            }
            Request::SearchFailed(failure) => Err(failure),
            answer => return Ok(Ok(answer)),
        };
        if let Err(failure) = offered {
            return Ok(Err(failure));
        }
    }
}

/// Where the file is in the folder: the fetch path before it is percent-encoded.
fn plain_fetch_path(target: &Target) -> String {
    let digest = target.hashes.iter().find(|hash| &*hash.algorithm == "sha256");
    crate::repository::layout::fetch_path(&target.path, digest.map_or("", |hash| &hash.digest))
}
