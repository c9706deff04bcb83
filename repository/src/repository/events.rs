//! Staged changes become an event, and an event goes on from what is published by now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tuf_verifier_core::UnixTime;

use crate::error::{Difference, Error};
use crate::event::{
    Base, Change, Document, Event, EventError, EventFolder, FORMAT, Payload, Published, Reading, RootTrust,
    is_name,
};
use crate::metadata::{ROOT, TARGETS, Targets, format_expiry, sha256_hex};
use crate::repository::Repository;
use crate::repository::changes::changed_targets;
use crate::repository::draft::{Draft, Drafts};
use crate::repository::given_up;
use crate::repository::journal::HEAD;
use crate::repository::layout::{Layout, file_name};
use crate::repository::memory::Memory;
use crate::repository::open_event::{MadeRole, OpenEvent};
use crate::repository::plan::Planner;
use crate::repository::state::State;

/// An event about to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRequest {
    /// The event's id: lower-case letters, digits, `-` and `_`.
    pub id: String,
    /// What to call it.
    pub title: Option<String>,
    /// What to call the keys that may be asked, by keyid.
    pub names: BTreeMap<String, String>,
    /// Roles that are to be signed anew, with a new expiry, though nothing of them has changed.
    pub renewed: BTreeSet<String>,
}

/// What became of an event that was laid over what is published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebased {
    /// Roles with a new payload: version of the old one, version of the new one.
    pub renewed: Vec<(String, u64, u64)>,
    /// Roles that the event changes no more, because the same is published.
    pub dropped: Vec<String>,
    /// Role and keyid of each signature that does not count any more, and is removed.
    pub lapsed: Vec<(String, String)>,
}

/// An event about to be written.
struct Composition {
    base: Base,
    payloads: BTreeMap<String, Payload>,
    /// Published files by name.
    before: BTreeMap<String, Vec<u8>>,
}

impl Repository {
    /// Which root metadata this publisher knows to be the right one; none of a repository that it does not know.
    ///
    /// # Errors
    /// Where what is remembered cannot be read.
    pub fn root_trust(&self) -> Result<Option<RootTrust>, Error> {
        Ok(Memory::load(&self.layout)?.map(|memory| RootTrust::Remembered(memory.roots)))
    }

    /// Takes what is staged into a new event in a folder of events. Snapshot and timestamp are not part of it: a publish
    /// signs them.
    ///
    /// # Errors
    /// [`EventError::NothingStaged`], [`EventError::Exists`], also of an event in another folder, [`EventError::BadId`]; [`EventError::VersionTaken`]; as for [`Repository::publish`] where
    /// what is staged could not be published. What is staged stays staged then.
    pub fn new_event(&self, events: &Path, request: &EventRequest, now: UnixTime) -> Result<Event, Error> {
        let _lock = self.lock()?;
        self.check_finished()?;
        let folder = self.event_folder(events, &request.id)?;
        let state = State::load(&self.layout)?;
        let mut drafts = Drafts::load(&self.layout)?;
        drafts.rebase(&state)?;
        if drafts.roles().next().is_none() && request.renewed.is_empty() {
            return Err(EventError::NothingStaged.into());
        }
        check_renewed(&state, request)?;
        let was_there = folder.exists()?;
        // Without its last file it is what a crash has left of one.
        if folder.is_done()? || folder.read(&folder.base(), 0).map_or(true, |base| base.is_some()) {
            let (id, folder) = (request.id.clone(), folder.path().to_owned());
            return Err(EventError::Exists { id, folder }.into());
        }
        // Both would have one record, and the first one could not be published.
        if let Some(open) = OpenEvent::load(&self.layout, &request.id)?.filter(|open| !open.is_in(&folder)) {
            return Err(EventError::Exists { id: request.id.clone(), folder: open.folder }.into());
        }
        self.list_head(&mut drafts, &state)?;
        self.stage_head(&drafts)?;
        for target in changed_targets(&self.layout, &state, &drafts)? {
            target.staged_file(&self.layout)?;
        }
        let composition = self.compose(&state, &drafts, request, None, now)?;
        let Composition { base, payloads, .. } = &composition;
        self.remember_event(&folder, payloads, base, None, BTreeMap::new())?;
        composition.write(&folder)?;
        let event = match Event::read(folder.clone(), Reading::Strict(now)) {
            Ok(event) => event,
            // What cannot be signed is no event. Whatever was there before is somebody else's.
            Err(refused) => {
                if !was_there {
                    folder.discard()?;
                    self.state_disk.remove(&self.layout.open_event(&request.id))?;
                }
                return Err(refused);
            }
        };
        let roles: Vec<String> = drafts.roles().map(str::to_owned).collect();
        Drafts::default().save(&roles, &self.layout, &self.state_disk)?;
        Ok(event)
    }

    /// Lays an event over what is published by now, and renews what has expired or was edited. Signatures of payloads that
    /// stay the same stay too.
    ///
    /// # Errors
    /// [`EventError::Conflict`] where what is published was changed in another way; [`EventError::NothingLeft`]; as for
    /// [`Event::open`] where what the event was made from is not whole. The event is as it was.
    pub fn rebase_event(&self, events: &Path, id: &str, now: UnixTime) -> Result<Rebased, Error> {
        let _lock = self.lock()?;
        self.check_finished()?;
        let event = self.event_to_rebase(self.event_folder(events, id)?)?;
        let state = State::load(&self.layout)?;
        self.check_line(&event, &state)?;
        let mut drafts = self.drafts_of([&event])?;
        // Two events list two heads of the journal, which is no conflict: the next head comes after both.
        let has_moved =
            event.base.roles.get(TARGETS).is_some_and(|it| it.version() != state.version(TARGETS));
        if has_moved {
            drop_head(&mut drafts);
        }
        drafts.rebase(&state).map_err(|error| of_event(&event, error))?;
        drop_published(&mut drafts, &event, &state);
        if drafts.roles().next().is_none() {
            return Err(EventError::NothingLeft(id.to_owned()).into());
        }
        if has_moved {
            self.list_head(&mut drafts, &state)?;
        }
        self.rewrite(&event, &state, &drafts, BTreeMap::new(), now)
    }

    /// Writes an event anew, with these changes. Whatever stays the same keeps its signatures.
    pub(super) fn rewrite(
        &self,
        event: &Event,
        state: &State,
        drafts: &Drafts,
        mut names: BTreeMap<String, String>,
        now: UnixTime,
    ) -> Result<Rebased, Error> {
        changed_targets(&self.layout, state, drafts)?;
        names.extend(event.base.names.clone());
        let (id, title) = (event.id().to_owned(), event.base.title.clone());
        let request = EventRequest { id, title, names, renewed: BTreeSet::new() };
        let composition = self.compose(state, drafts, &request, Some(event), now)?;
        let rebased = composition.compare(event);
        let invited = OpenEvent::load(&self.layout, event.id())?.unwrap_or_default().invited;
        let (folder, Composition { base, payloads, .. }) = (&event.folder, &composition);
        // First: whatever of the record counts after a crash, its copies are there.
        composition.write_before(folder)?;
        self.remember_event(folder, payloads, base, Some(&event.base), invited.clone())?;
        composition.write(folder)?;
        self.remember_event(folder, payloads, base, None, invited)?;
        composition.clear(event, &rebased)?;
        Ok(rebased)
    }

    /// Throws an event away.
    ///
    /// # Errors
    /// [`EventError::NotFound`]; [`Error::Io`].
    pub fn discard_event(&self, events: &Path, id: &str) -> Result<(), Error> {
        let _lock = self.lock()?;
        let folder = self.event_folder(events, id)?;
        let open = OpenEvent::load(&self.layout, id)?;
        let is_own = open.as_ref().is_some_and(|open| open.is_in(&folder));
        if !folder.exists()? && !is_own {
            let (id, folder) = (id.to_owned(), events.to_owned());
            return Err(EventError::NotFound { id, folder }.into());
        }
        folder.discard()?;
        // A copy in another folder goes alone, as long as the event is where it was made.
        match open.is_some_and(|open| !is_own && open.folder.exists()) {
            true => Ok(()),
            false => self.state_disk.remove(&self.layout.open_event(id)),
        }
    }

    /// Whether this publisher has made events that are neither published nor thrown away: their target files are needed. The
    /// folder of one may be on a disk or a branch that is not there now.
    pub(super) fn has_open_events(&self) -> Result<bool, Error> {
        let names = self.layout.remembered().names(&self.layout.open_events())?;
        Ok(names.iter().any(|name| name.ends_with(".json")))
    }

    /// Refuses an event of another line of root metadata than the published one.
    pub(super) fn check_line(&self, event: &Event, state: &State) -> Result<(), Error> {
        let version = event.base.root.version;
        match state.digest(ROOT, version) == Some(event.base.root.sha256.as_str()) {
            true => Ok(()),
            false => Err(EventError::OtherRoot { event: event.id().to_owned(), version }.into()),
        }
    }

    /// The folder of an event, whose writes are shown to the repository's observer.
    pub(super) fn event_folder(&self, events: &Path, id: &str) -> Result<EventFolder, Error> {
        Ok(EventFolder::new(events, id)?.observed(&self.disk))
    }

    /// The changes of events as drafts. What their documents cannot say, such as that the bytes of a target are elsewhere, comes
    /// from what is remembered of them: whoever writes to their folders has no say in it.
    ///
    /// # Errors
    /// [`EventError::Overlap`] where two of them change the same role; where what is remembered cannot be read.
    pub(super) fn drafts_of<'e>(&self, events: impl IntoIterator<Item = &'e Event>) -> Result<Drafts, Error> {
        let mut drafts = Drafts::default();
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for event in events {
            let made = OpenEvent::load(&self.layout, event.id())?.unwrap_or_default();
            for (role, payload) in &event.payloads {
                if let Some(one) = owners.insert(role, event.id()) {
                    let (one, other, role) = (one.to_owned(), event.id().to_owned(), role.clone());
                    return Err(EventError::Overlap { one, other, role }.into());
                }
                draft_of(event, role, &payload.document, made.role(role), &mut drafts);
            }
        }
        Ok(drafts)
    }

    fn compose(
        &self,
        state: &State,
        drafts: &Drafts,
        request: &EventRequest,
        old: Option<&Event>,
        now: UnixTime,
    ) -> Result<Composition, Error> {
        given_up::check_changes(&self.layout, state, drafts)?;
        let (renewed, none, restarted) = (&request.renewed, BTreeMap::new(), &BTreeSet::new());
        let seen = &BTreeMap::new();
        let (layout, signers, periods) = (&self.layout, &*self.signers, &self.periods);
        let planner =
            Planner { layout, state, drafts, renewed, restarted, seen, signers, periods, now, events: &none };
        let mut payloads = BTreeMap::new();
        for (role, document) in planner.documents()? {
            let kept = old.and_then(|old| old.payloads.get(&role)).filter(|kept| stays(kept, &document, now));
            let payload = kept.map_or_else(|| Payload::new(document), |kept| Ok(kept.clone()))?;
            check_next(layout, state, &role, &payload)?;
            payloads.insert(role, payload);
        }
        let mut composition = Composition {
            base: Base {
                format: FORMAT,
                event: request.id.clone(),
                title: request.title.clone(),
                created: old.map_or_else(|| format_expiry(now), |old| old.base.created.clone()),
                root: published(state, ROOT).ok_or_else(|| Error::NoRepository(self.folder().to_owned()))?,
                roles: BTreeMap::new(),
                delegators: BTreeMap::new(),
                names: BTreeMap::new(),
            },
            payloads,
            before: BTreeMap::new(),
        };
        for role in composition.payloads.keys() {
            composition.base.roles.insert(role.clone(), change(state, drafts, role));
        }
        composition.base.delegators = delegators(state, composition.payloads.keys());
        check_carried(&composition.base, state)?;
        let asked = composition.keyids(state);
        let is_asked = |(keyid, name): &(&String, &String)| asked.contains(keyid.as_str()) && is_name(name);
        let names = request.names.iter().filter(is_asked);
        composition.base.names = names.map(|(keyid, name)| (keyid.clone(), name.clone())).collect();
        self.copy_published(state, &mut composition)?;
        Ok(composition)
    }

    /// Copies what the event was made from: every root metadata file, and the roles that it names.
    fn copy_published(&self, state: &State, composition: &mut Composition) -> Result<(), Error> {
        let roots = (1..=state.root_version()).map(|version| (ROOT.to_owned(), version));
        let changed = composition.base.roles.iter().filter(|(role, _)| *role != ROOT);
        let changed =
            changed.filter_map(|(role, change)| Some((role.clone(), change.before.as_ref()?.version)));
        let above = composition.base.delegators.iter().map(|(role, above)| (role.clone(), above.version));
        let files: BTreeSet<(String, u64)> = roots.chain(changed).chain(above).collect();
        for (role, version) in files {
            let name = file_name(&role, version);
            let path = self.layout.metadata(&name);
            let bytes = self.layout.read_metadata(&name, u64::MAX - 1)?;
            let bytes = bytes.ok_or_else(|| Error::changed(&path, Difference::Gone))?;
            if state.digest(&role, version) != Some(sha256_hex(&bytes).as_str()) {
                return Err(Error::changed(&path, Difference::Bytes));
            }
            composition.before.insert(name, bytes);
        }
        Ok(())
    }
}

impl Composition {
    /// Writes it. What it starts from is named last: before that, the event is not there, or is the one that was there.
    fn write(&self, folder: &EventFolder) -> Result<(), Error> {
        self.write_before(folder)?;
        for (role, payload) in &self.payloads {
            payload.write(folder, role)?;
        }
        self.base.write(folder)?;
        folder.tidy()
    }

    fn write_before(&self, folder: &EventFolder) -> Result<(), Error> {
        self.before.iter().try_for_each(|(name, bytes)| folder.write(&folder.before(name), bytes))
    }

    /// What becomes of an event that this takes the place of.
    fn compare(&self, old: &Event) -> Rebased {
        let mut rebased = Rebased::default();
        for (role, payload) in &self.payloads {
            let before = old.payloads.get(role);
            if before != Some(payload) {
                let from = before.map_or(0, |before| before.document.version());
                rebased.renewed.push((role.clone(), from, payload.document.version()));
            }
        }
        let is_gone = |role: &&String| !self.payloads.contains_key(*role);
        rebased.dropped = old.payloads.keys().filter(is_gone).cloned().collect();
        let stays =
            |role: &str| self.payloads.get(role).is_some_and(|new| old.payloads.get(role) == Some(new));
        for file in old.signatures().iter().filter(|file| !stays(&file.role)) {
            rebased.lapsed.push((file.role.clone(), file.keyid.clone()));
        }
        rebased
    }

    /// Removes what the event needs no more.
    fn clear(&self, old: &Event, rebased: &Rebased) -> Result<(), Error> {
        let folder = &old.folder;
        for (role, keyid) in &rebased.lapsed {
            folder.remove(&folder.signature(role, keyid))?;
        }
        for role in &rebased.dropped {
            folder.remove(&folder.payload(role))?;
            folder.remove(&folder.bytes(role))?;
        }
        for name in folder.names("before")? {
            if !self.before.contains_key(&name) {
                folder.remove(&folder.before(&name))?;
            }
        }
        folder.tidy()
    }

    /// Keyids that may be asked.
    fn keyids<'c>(&'c self, state: &'c State) -> BTreeSet<&'c str> {
        let before = state.root.iter().flat_map(|root| root.signed.keys.keys());
        let after = self.payloads.values().flat_map(|payload| match &payload.document {
            Document::Root(root) => root.keys.keys().collect::<Vec<_>>(),
            Document::Targets(targets) => targets.delegations.iter().flat_map(|it| it.keys.keys()).collect(),
        });
        let above = self.base.delegators.keys().filter_map(|role| state.targets(role));
        let above = above.flat_map(|above| &above.signed.delegations).flat_map(|it| it.keys.keys());
        before.chain(after).chain(above).map(String::as_str).collect()
    }
}

/// Whether a payload is what the document says, was not edited, and is valid for some time: who signed it need not do so
/// again.
fn stays(payload: &Payload, document: &Document, now: UnixTime) -> bool {
    let expires = payload.document.expires();
    payload.document == document.clone().with(document.version(), expires) && expires > now
}

/// Forgets the head of the journal that a change lists.
fn drop_head(drafts: &mut Drafts) {
    if let Some(draft) = drafts.targets.get_mut(TARGETS) {
        draft.signed.targets.remove(HEAD);
        draft.from.iter_mut().for_each(|from| drop(from.targets.remove(HEAD)));
        draft.forget(HEAD);
    }
}

/// Adds what an event changes of a role.
fn draft_of(event: &Event, role: &str, document: &Document, made: MadeRole, drafts: &mut Drafts) {
    let change = event.base.roles.get(role);
    let base = change.map_or(0, Change::version);
    match document {
        Document::Root(root) => {
            let draft = Draft { base, from: Some(event.before.root.clone()), ..Draft::new(root.clone()) };
            drafts.root = Some(Draft { abrupt: made.abrupt, ..draft });
        }
        Document::Targets(targets) => {
            let is_published = change.is_some_and(|change| change.before.is_some());
            let from = event.before.targets.get(role).filter(|_| is_published).cloned();
            let draft = Draft { base, from, ..Draft::new(targets.clone()) };
            let (elsewhere, shadowing) = (made.elsewhere, made.shadowing);
            drafts.targets.insert(role.to_owned(), Draft { elsewhere, shadowing, ..draft });
        }
    }
}

/// A conflict of staged changes, said of the event that they are.
pub(super) fn of_event(event: &Event, error: Error) -> Error {
    let id = || event.id().to_owned();
    match error {
        Error::StagedConflict { role, published, conflict, .. } => event.conflict(&role, published, conflict),
        Error::BaseMoved { role, base, published } => {
            EventError::BaseMoved { event: id(), role, base, published }.into()
        }
        error => error,
    }
}

/// Forgets changes that somebody has published since the event was made. A role that was not published since is one that
/// the event renews.
fn drop_published(drafts: &mut Drafts, event: &Event, state: &State) {
    let is_since = |role: &str, published: &Document| {
        event.base.roles.get(role).is_some_and(|change| change.version() != published.version())
    };
    let is_done = |role: &str, document: Document, published: Option<Document>| {
        published.is_some_and(|published| {
            let (version, expires) = (published.version(), published.expires());
            is_since(role, &published) && document.with(version, expires) == published
        })
    };
    let root = state.root.as_ref().map(|root| Document::Root(root.signed.clone()));
    let root_draft = drafts.root.as_ref().map(|draft| Document::Root(draft.signed.clone()));
    if root_draft.is_some_and(|draft| is_done(ROOT, draft, root)) {
        drafts.root = None;
    }
    drafts.targets.retain(|role, draft| {
        let published = state.targets(role).map(|published| Document::Targets(published.signed.clone()));
        !is_done(role, Document::Targets(draft.signed.clone()), published)
    });
}

/// Refuses roles with rotate files. An event carries none, so nobody could verify there who signs for such a role.
fn check_carried(base: &Base, state: &State) -> Result<(), Error> {
    match base.roles.keys().chain(base.delegators.keys()).find(|role| state.rotated(role).is_some()) {
        Some(role) => Err(EventError::RotatesItself(role.clone()).into()),
        None => Ok(()),
    }
}

/// Refuses to renew what people do not sign, and what was never published.
fn check_renewed(state: &State, request: &EventRequest) -> Result<(), Error> {
    for role in &request.renewed {
        if role != ROOT && state.targets(role).is_none() {
            return Err(Error::NoSuchRole(role.clone()));
        }
    }
    Ok(())
}

/// Refuses a payload whose version is not the next one, because a file has that name.
fn check_next(layout: &Layout, state: &State, role: &str, payload: &Payload) -> Result<(), Error> {
    let base = if role == ROOT { state.root_version() } else { state.version(role) };
    if payload.document.version().checked_sub(base) == Some(1) {
        return Ok(());
    }
    let path = layout.metadata(&file_name(role, base.saturating_add(1)));
    Err(EventError::VersionTaken { role: role.to_owned(), base, path }.into())
}

/// The published file of a role; none of one that nobody is led to.
pub(super) fn published(state: &State, role: &str) -> Option<Published> {
    let version = match role {
        ROOT => state.root.as_ref()?.signed.version,
        _ => state.targets(role)?.signed.version,
    };
    Some(Published { version, sha256: state.digest(role, version)?.to_owned() })
}

fn change(state: &State, drafts: &Drafts, role: &str) -> Change {
    let before = published(state, role);
    let listed = if before.is_none() { state.version(role) } else { 0 };
    let mut change = Change { before, listed, ..Change::default() };
    if let Some(root) = drafts.root.as_ref().filter(|_| role == ROOT) {
        change.abrupt.clone_from(&root.abrupt);
    }
    if let Some(draft) = drafts.targets.get(role) {
        (change.elsewhere, change.shadowing) = (draft.elsewhere.clone(), draft.shadowing.clone());
    }
    change
}

/// The published roles that lead from `targets` to these, which are not among these themselves.
pub(super) fn delegators<'r>(
    state: &State,
    roles: impl Iterator<Item = &'r String> + Clone,
) -> BTreeMap<String, Published> {
    let mut above: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (role, published) in state.all_targets() {
        for name in below(&published.signed) {
            above.entry(name).or_default().push(role.to_owned());
        }
    }
    let mut to_visit: Vec<String> = roles.clone().cloned().collect();
    let mut found = BTreeSet::new();
    while let Some(role) = to_visit.pop() {
        for delegator in above.get(&role).into_iter().flatten() {
            if found.insert(delegator.clone()) {
                to_visit.push(delegator.clone());
            }
        }
    }
    let is_changed = |role: &String| roles.clone().any(|changed| changed == role);
    let found = found.into_iter().filter(|role| !is_changed(role));
    found.filter_map(|role| Some((role.clone(), published(state, &role)?))).collect()
}

fn below(targets: &Targets) -> Vec<String> {
    let delegations = targets.delegations.iter();
    delegations.flat_map(|delegations| delegations.signers().map(|(name, _)| name)).collect()
}
