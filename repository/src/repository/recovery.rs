//! Keys that are stolen or lost, and versions that a thief has planted: new keys, and a state that every client accepts.
//!
//! Clients forget the timestamp and the snapshot that they trust when the keys of these roles change (specification 5.3.11),
//! and with them every version that they have seen. So a version that was planted high is no obstacle once both roles have
//! new keys. The keys that are gone sign nothing: what they sign together with a new key would still be believed if a thief
//! signed it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tuf_verifier_core::UnixTime;

use crate::error::Error;
use crate::key::{Signer, Signers};
use crate::metadata::{Key, ROOT, SNAPSHOT, TIMESTAMP, sha256_hex};
use crate::repository::Repository;
use crate::repository::draft::Drafts;
use crate::repository::forecast::{Forecast, Forecaster, Waiting, seen_versions};
use crate::repository::given_up::GivenUp;
use crate::repository::kept::Restored;
use crate::repository::keys::{Handover, RoleKeys};
use crate::repository::layout::{Layout, file_name};
use crate::repository::memory::{Known, Memory};
use crate::repository::pending::{Contents, Pending};
use crate::repository::plan::{Plan, PlannedFile, Planner};
use crate::repository::publish::Published;
use crate::repository::staging::Staged;
use crate::repository::state::State;
use crate::repository::status::roles_of;
use crate::store::Lock;

/// What is to be recovered from.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// Keyids that count for no role any more, nor does any other keyid of the same public key.
    pub gone: BTreeSet<String>,
    /// Public keys that are gone, under every keyid that roles list them by.
    pub gone_keys: Vec<Key>,
    /// Roles that lose all of their keys, whichever they are. No other role keeps one of these keys.
    pub renewed: BTreeSet<String>,
    /// New keys of every role that loses one.
    pub new_keys: Vec<Key>,
    /// New keys of single roles, instead of those of all.
    pub new_keys_of: BTreeMap<String, Vec<Key>>,
    /// Keyids of new keys that the repository gave up before, and that nobody else has nevertheless.
    pub taken_back: BTreeSet<String>,
    /// What the recovery starts from.
    pub build_on: BuildOn,
    /// Whether keys of the root role that are gone sign the root metadata that replaces them.
    pub last_root: LastRoot,
}

/// What a recovery starts from, where what is published is not what this publisher published last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuildOn {
    /// Nobody has said: it is an error if the two differ.
    #[default]
    Unsaid,
    /// What was published last from here, from the verified copies in the state folder. Whatever came after it is given up.
    Remembered,
    /// What is published now: another publisher has gone on.
    Published,
}

/// Who signs new root metadata when keys of the root role are gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastRoot {
    /// The other keys alone: a threshold of them is left.
    #[default]
    WithoutGone,
    /// The keys that are gone too, a last time, because without them there is no threshold. They were copied and not lost.
    WithGone,
}

/// A version that no honest publisher reaches: one a second for 34 years.
const PLANTED: u64 = 1 << 30;

/// Everything that a recovery will do.
struct Prepared {
    plan: Plan,
    /// What was published last, if it is not what is published now.
    kept: Vec<PlannedFile>,
    memory: Memory,
    /// What it starts from.
    state: State,
    /// Top-level roles whose old keys sign nothing any more.
    abrupt: BTreeSet<String>,
    is_restarted: bool,
    /// Keyids that are gone because their public key is, though nobody named them.
    also_gone: BTreeSet<String>,
    /// Keys that may not become new ones.
    given_up: GivenUp,
    /// Held until everything is written.
    _lock: Lock,
}

impl Repository {
    /// Gives roles new keys in the place of those that are gone, and publishes what every client accepts: new ones, those that
    /// are up to date, and those that have seen what a thief published. `approve` gets what clients will see after each file,
    /// before anything is written; nothing is written if it says no.
    ///
    /// # Errors
    /// [`Error::PublishedIsNewer`] where it must be said what to build on; [`Error::RootThresholdLost`]; [`Error::KeysUnused`] where
    /// no role lists a key that is gone; [`Error::KeyGivenUp`] for a new key that is
    /// gone, or was given up before; [`Error::MissingKeys`]; [`Error::StagedChange`] of a role that changes;
    /// [`Error::Interrupted`]; [`Error::Rehearsal`] where clients would refuse the result; as for [`Repository::publish`].
    pub fn recover(
        &self,
        recovery: &Recovery,
        now: UnixTime,
        approve: impl FnOnce(&Forecast) -> bool,
    ) -> Result<Option<Published>, Error> {
        let lock = self.lock()?;
        if Pending::load(&self.layout)?.is_some() {
            return Err(Error::Interrupted);
        }
        let prepared = self.prepare_recovery(recovery, now, lock)?;
        let (layout, files, kept) = (&self.layout, &prepared.plan.files, &prepared.kept[..]);
        let (state, abrupt) = (&prepared.state, prepared.abrupt.clone());
        let mut forecast = Forecaster { layout, kept, files, now, state, abrupt }.run()?;
        forecast.also_gone = prepared.also_gone;
        forecast.waiting = self.waiting(&prepared.given_up)?;
        if !approve(&forecast) {
            return Ok(None);
        }
        prepared.given_up.remember(&self.layout, &self.state_disk)?;
        let kept = prepared.kept.iter().filter(|file| file.role != TIMESTAMP);
        self.put_back(&kept.cloned().collect::<Vec<_>>(), &mut Restored::default())?;
        let base = self.layout.read_metadata(&file_name(TIMESTAMP, 0), MOST_TIMESTAMP_BYTES)?;
        let base = base.map(|bytes| sha256_hex(&bytes));
        if prepared.is_restarted {
            // After a crash, the lower version must not look like an older state that was put back.
            let sha256 = base.clone().unwrap_or_default();
            let timestamp = Known { version: 0, sha256 };
            let before = Memory::load(&self.layout)?.unwrap_or_else(|| prepared.memory.clone());
            Memory { timestamp, ..before }.save(&self.layout, &self.state_disk)?;
        }
        let memory = prepared.memory.clone();
        // Nothing that is published meanwhile takes the place of a recovery.
        let base = (base, u64::MAX);
        let published = self.write_plan(&prepared.plan, base, memory, Contents::default(), now)?;
        published.map(Some).ok_or_else(|| Error::Conflict(self.layout.metadata(&file_name(TIMESTAMP, 0))))
    }

    fn prepare_recovery(&self, recovery: &Recovery, now: UnixTime, lock: Lock) -> Result<Prepared, Error> {
        let (kept, state) = self.starting_state(recovery.build_on)?;
        let (gone, also_gone) = gone(recovery, &state)?;
        let staged = Drafts::load(&self.layout)?;
        let mut given_up = GivenUp::load(&self.layout, &kept, &state)?;
        let (drafts, mut renewed, lock) =
            self.new_keys(recovery, (&gone, &mut given_up), state.clone(), lock)?;
        let seen = seen(&self.layout, &kept, &renewed)?;
        renewed.extend(overtaken(&state, &seen));
        let mut signed = drafts.roles().chain(renewed.iter().map(String::as_str));
        if let Some(role) = signed.find(|role| staged.roles().any(|staged| staged == *role)) {
            return Err(Error::StagedChange(role.to_owned()));
        }
        let restarted = restarted(&state, &renewed);
        let renewed = renewed.union(&restarted).cloned().collect();
        let signers = Remaining { signers: &*self.signers, gone: &gone };
        let signers: &dyn Signers = match recovery.last_root {
            LastRoot::WithoutGone => &signers,
            LastRoot::WithGone => &*self.signers,
        };
        let (layout, periods) = (&self.layout, &self.periods);
        let (drafts, renewed, events, state_now) = (&drafts, &renewed, &BTreeMap::new(), &state);
        let (restarted, seen, is_restarted) = (&restarted, &seen, restarted.contains(TIMESTAMP));
        let planner = Planner {
            layout,
            state: state_now,
            drafts,
            renewed,
            restarted,
            seen,
            signers,
            periods,
            now,
            events,
        };
        let plan = planner.plan()?;
        self.check_root_is_free(&plan)?;
        let memory = state.memory().ok_or_else(|| Error::NoRepository(self.folder().to_owned()))?;
        let abrupt = drafts.root.as_ref().map(|root| root.abrupt.clone()).unwrap_or_default();
        Ok(Prepared { plan, kept, memory, state, abrupt, is_restarted, also_gone, given_up, _lock: lock })
    }

    /// What the recovery starts from. The copies are empty where that is what is published.
    fn starting_state(&self, build_on: BuildOn) -> Result<(Vec<PlannedFile>, State), Error> {
        let published = State::load(&self.layout);
        if build_on == BuildOn::Published {
            return Ok((Vec::new(), published?));
        }
        let memory = Memory::load(&self.layout)?;
        let known = memory.as_ref().map(|memory| &memory.timestamp);
        match (published, build_on) {
            (Ok(state), _) if state.base.as_ref() == known.map(|known| &known.sha256) => {
                Ok((Vec::new(), state))
            }
            (_, BuildOn::Remembered) => self.last_published(),
            (Ok(state), _) => Err(Error::PublishedIsNewer {
                published: state.timestamp.as_ref().map_or(0, |timestamp| timestamp.signed.version),
                remembered: known.map_or(0, |known| known.version),
            }),
            (Err(error), _) => Err(error),
        }
    }

    /// Replaces the keys that are gone. Gives the changes, and the roles whose keys change.
    fn new_keys(
        &self,
        recovery: &Recovery,
        (gone, given_up): (&BTreeSet<String>, &mut GivenUp),
        state: State,
        lock: Lock,
    ) -> Result<(Drafts, BTreeSet<String>, Lock), Error> {
        let roles = roles_of(&state)?;
        let mut staged =
            Staged::over(&self.layout, (&self.disk, &self.state_disk), lock, state, Drafts::default());
        let loses = |keyid: &String| gone.contains(keyid);
        let mut left = Vec::new();
        for role in roles.iter().filter(|role| role.keyids.iter().any(loses)) {
            // By the keyids that are listed: of a table that another tool made, they need not be those that are computed here.
            let (old, threshold) = staged.listed_keys(&role.role)?;
            let mut keys = Vec::new();
            for (keyid, key) in old {
                match loses(&keyid) {
                    true => given_up.take_away(&key),
                    false => keys.push(key),
                }
            }
            if role.role == ROOT
                && recovery.last_root == LastRoot::WithoutGone
                && (keys.len() as u64) < threshold
            {
                return Err(Error::RootThresholdLost { threshold, left: keys.len() });
            }
            left.push((role.role.clone(), RoleKeys { keys, threshold }));
        }
        let mut changed = BTreeSet::new();
        for (role, mut keys) in left {
            for new in recovery.new_keys_of.get(&role).unwrap_or(&recovery.new_keys) {
                given_up.check(new, &recovery.taken_back)?;
                keys.keys.push(new.clone());
            }
            staged.set_keys(&role, &keys, Handover::Abrupt)?;
            changed.insert(role);
        }
        if changed.is_empty() {
            return Err(Error::KeysUnused(gone.iter().cloned().collect()));
        }
        // Root metadata is signed anew by its draft.
        changed.remove(ROOT);
        let (_, drafts, lock) = staged.into_parts();
        Ok((drafts, changed, lock))
    }

    /// What is not published yet and lists a key that goes: people would sign it in vain.
    fn waiting(&self, given_up: &GivenUp) -> Result<Waiting, Error> {
        let listing = |drafts: &Drafts| {
            let listed = drafts.listed_keys().filter(|(_, key)| given_up.takes_one_of([*key]));
            listed.map(|(role, _)| role.to_owned()).collect::<BTreeSet<_>>()
        };
        let staged = listing(&Drafts::load(&self.layout)?);
        let mut events = BTreeMap::new();
        for (folder, event) in self.open_events()? {
            if !listing(&self.drafts_of([&event])?).is_empty() {
                events.insert(event.id().to_owned(), folder);
            }
        }
        Ok(Waiting { staged, events })
    }

    /// Sees that nobody else has published the next root metadata: clients that have it follow it.
    fn check_root_is_free(&self, plan: &Plan) -> Result<(), Error> {
        let root = plan.files.iter().find(|file| file.role == ROOT);
        let Some(name) = root.map(PlannedFile::name) else { return Ok(()) };
        match self.layout.read_metadata(&name, 0)? {
            Some(_) => Err(Error::Conflict(self.layout.metadata(&name))),
            None => Ok(()),
        }
    }
}

/// More than any timestamp has that clients take.
const MOST_TIMESTAMP_BYTES: u64 = 1024 * 1024;

/// Keyids that count for no role any more, those of roles that lose all of their keys included. Who has a private key signs
/// under every keyid of its public key: they go together. The second are those that go for this reason alone.
fn gone(recovery: &Recovery, state: &State) -> Result<(BTreeSet<String>, BTreeSet<String>), Error> {
    let roles = roles_of(state)?;
    let mut gone = recovery.gone.clone();
    for name in &recovery.renewed {
        let role = roles.iter().find(|role| role.role == *name);
        gone.extend(role.ok_or_else(|| Error::NoSuchRole(name.clone()))?.keyids.iter().cloned());
    }
    let delegations = roles.iter().filter_map(|role| state.targets(&role.role)?.signed.delegations.as_ref());
    let tables = state.root.iter().map(|root| &root.signed.keys).chain(delegations.map(|found| &found.keys));
    let listed: Vec<_> = tables.flatten().map(|(keyid, key)| (keyid, key.material())).collect();
    let named =
        listed.iter().filter(|(keyid, _)| gone.contains(*keyid)).map(|(_, material)| material.clone());
    let stolen: BTreeSet<_> = named.chain(recovery.gone_keys.iter().map(Key::material)).collect();
    let same =
        listed.into_iter().filter(|(keyid, material)| stolen.contains(material) && !gone.contains(*keyid));
    let also_gone: BTreeSet<_> = same.map(|(keyid, _)| keyid.clone()).collect();
    gone.extend(also_gone.iter().cloned());
    Ok((gone, also_gone))
}

/// Roles with a planted version, where clients forget versions: both timestamp and snapshot have new keys.
fn restarted(state: &State, changed: &BTreeSet<String>) -> BTreeSet<String> {
    if !makes_forget(changed) {
        return BTreeSet::new();
    }
    let versions = [
        (TIMESTAMP.to_owned(), state.timestamp.as_ref().map_or(0, |timestamp| timestamp.signed.version)),
        (SNAPSHOT.to_owned(), state.snapshot.as_ref().map_or(0, |snapshot| snapshot.signed.version)),
    ];
    let meta = state.snapshot.iter().flat_map(|snapshot| &snapshot.signed.meta);
    let listed = meta.filter_map(|(name, file)| Some((name.strip_suffix(".json")?.to_owned(), file.version)));
    versions
        .into_iter()
        .chain(listed)
        .filter(|(_, version)| *version >= PLANTED)
        .map(|(role, _)| role)
        .collect()
}

/// Versions of what is published now, if it is not built on and clients do not forget it. Planted ones are left aside: whoever
/// goes on from one leaves no room.
fn seen(
    layout: &Layout,
    kept: &[PlannedFile],
    changed: &BTreeSet<String>,
) -> Result<BTreeMap<String, u64>, Error> {
    if kept.is_empty() || makes_forget(changed) {
        return Ok(BTreeMap::new());
    }
    let mut seen = seen_versions(layout)?;
    seen.retain(|_, version| *version < PLANTED);
    Ok(seen)
}

/// Targets roles of which clients have seen a higher version than the one that stays: they would refuse a snapshot that lists
/// it (5.5.5).
fn overtaken(state: &State, seen: &BTreeMap<String, u64>) -> BTreeSet<String> {
    let is_overtaken =
        |(role, version): &(&String, &u64)| state.targets(role).is_some() && **version > state.version(role);
    seen.iter().filter(is_overtaken).map(|(role, _)| role.clone()).collect()
}

/// Whether clients forget the versions that they have seen: timestamp and snapshot have new keys (5.3.11).
fn makes_forget(changed: &BTreeSet<String>) -> bool {
    [SNAPSHOT, TIMESTAMP].iter().all(|role| changed.contains(*role))
}

/// The keys at hand without those that are gone.
struct Remaining<'a> {
    signers: &'a dyn Signers,
    gone: &'a BTreeSet<String>,
}

impl Signers for Remaining<'_> {
    fn signer(&self, keyid: &str) -> Result<Option<Arc<dyn Signer>>, Error> {
        if self.gone.contains(keyid) { Ok(None) } else { self.signers.signer(keyid) }
    }
}
