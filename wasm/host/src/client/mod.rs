//! Drives the component: what it asks for is fetched, loaded and stored.

mod digests;
mod download;
mod drive;
mod fetch;
mod mirrors;
mod progress;
mod session;
mod transfer;
mod unfinished;

pub use download::Downloaded;
pub use progress::Progress;
pub use session::{Lookup, Session};

use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::report::Report;
use crate::sandbox::{Sandbox, SandboxLimits};
use crate::settings::Settings;
use crate::source::Source;
use crate::store::Store;
use crate::time::UnixTime;
use drive::{Effects, Outcome};
use fetch::{concerns_one_mirror, more_telling};
use mirrors::Mirrors;

/// A client of one repository: pinned root metadata, a source and a trusted store become a [`Session`].
#[must_use = "a client does nothing before `refresh`"]
pub struct Client {
    trusted_root: Vec<u8>,
    effects: Effects,
    settings: Settings,
    limits: SandboxLimits,
    reference_time: Option<UnixTime>,
}

impl Client {
    /// A client that begins with this root metadata (UTF-8 JSON), which came to the caller out of band (5.2).
    pub fn new(trusted_root: Vec<u8>, source: impl Source + 'static, store: impl Store + 'static) -> Self {
        Self::of(trusted_root, Mirrors::new(Box::new(source)), Box::new(store))
    }

    /// A client that has nobody to ask: it uses the trusted store alone, as [`Access::Store`](crate::Access::Store), and writes
    /// nothing there.
    ///
    /// The refresh succeeds where the store has all metadata of the top-level roles, unexpired. Searches take delegated
    /// metadata from the store too, and a file that is there already is verified as ever; whatever would have to be
    /// fetched is [`Error::Offline`]. [`Report::waived`](crate::Report::waived) says what was not asked.
    pub fn offline(trusted_root: Vec<u8>, store: impl Store + 'static) -> Self {
        Self::of(trusted_root, Mirrors::none(), Box::new(store))
    }

    fn of(trusted_root: Vec<u8>, mirrors: Mirrors, store: Box<dyn Store>) -> Self {
        Self {
            trusted_root,
            effects: Effects { mirrors, store, progress: Box::new(|_| ()) },
            settings: Settings::default(),
            limits: SandboxLimits::default(),
            reference_time: None,
        }
    }

    /// Adds a mirror: another source of the same repository.
    ///
    /// Each file comes from the first mirror whose bytes the component accepts, so that a mirror which withholds,
    /// delays or forges files cannot keep the client from one that does not. Mirrors are asked in the order in which
    /// they were added; one that failed is asked last until the session ends. [`Progress`] says which mirror did what.
    ///
    /// Before the chain of root metadata ends (5.3.3), every mirror has said that there is no newer one, or has failed.
    pub fn mirror(mut self, source: impl Source + 'static) -> Self {
        self.effects.mirrors.add(Box::new(source));
        self
    }

    /// Asks no source where the last full refresh of the store is younger than this, in whole seconds, and its metadata
    /// still accepted; else refreshes as ever. [`Report::waived`](crate::Report::waived) says what was not asked.
    pub fn fresh_for(mut self, time: Duration) -> Self {
        self.settings.fresh_for = time.as_secs();
        self
    }

    /// What the update cycle may cost, where metadata may come from and how strictly it is read, instead of the
    /// defaults. It replaces what [`Client::fresh_for`] has set.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Limits on what the component may use, instead of the default ones.
    pub fn sandbox_limits(mut self, limits: SandboxLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The fixed update start time (5.1), instead of the system's clock when the refresh begins.
    pub fn reference_time(mut self, time: UnixTime) -> Self {
        self.reference_time = Some(time);
        self
    }

    /// Calls `report` on what is going on.
    pub fn progress(mut self, report: impl Fn(Progress<'_>) + Send + 'static) -> Self {
        self.effects.progress = Box::new(report);
        self
    }

    /// The root metadata that it begins with.
    pub(crate) fn trusted_root(&self) -> &[u8] {
        &self.trusted_root
    }

    /// Brings the trusted metadata up to date (5.1 to 5.6.6). The store is locked meanwhile.
    ///
    /// # Errors
    /// [`Error::Failure`] is a verdict: what the repository or the trusted root offers is not accepted. The others
    /// say what kept the client from a verdict. What was accepted before the error stays in the store.
    pub fn refresh(self) -> Result<Session, Error> {
        let Self { trusted_root, mut effects, settings, limits, reference_time } = self;
        let settings = Settings { access: effects.access(settings.access), ..settings };
        let guard = effects.store.lock(&mut || (effects.progress)(Progress::WaitingForLock))?;
        let now = reference_time.unwrap_or_else(UnixTime::now);
        let beginning = Beginning { trusted_root, now, settings, limits };
        let (sandbox, outcome) = attempt(&effects, &|| beginning.start(settings))?;
        drop(guard);
        match outcome {
            Outcome::Ready(report) => Ok(Session::new(sandbox, effects, report, beginning)),
            Outcome::Found(_) | Outcome::NotFound(_) => Err(drive::out_of_order().into()),
        }
    }
}

/// What update cycles begin with.
pub(crate) struct Beginning {
    trusted_root: Vec<u8>,
    now: UnixTime,
    settings: Settings,
    limits: SandboxLimits,
}

impl Beginning {
    fn start(&self, settings: Settings) -> Result<Sandbox, Error> {
        Sandbox::start(self.trusted_root.clone(), self.now, settings, self.limits)
    }

    /// A new cycle after one whose instance broke off, from what the refresh has stored: at the same time, and under a
    /// lock as that was. Where the store does not do, the cycle asks the repository.
    pub(crate) fn again(&self, effects: &Effects) -> Result<(Sandbox, Report), Error> {
        // The refresh of this session is younger than a second for whoever lives at its start time.
        let settings = Settings { fresh_for: self.settings.fresh_for.max(1), ..self.settings };
        let refreshed = self.now.seconds().to_string();
        let _guard = effects.store.lock(&mut || (effects.progress)(Progress::WaitingForLock))?;
        let mut sandbox = self.start(settings)?;
        let outcome = effects.drive_with(&mut sandbox, |name| match name {
            "refreshed" => Ok(Some(refreshed.clone().into_bytes())),
            _ => effects.store.load(name),
        })?;
        match outcome {
            Outcome::Ready(report) => Ok((sandbox, report)),
            Outcome::Found(_) | Outcome::NotFound(_) => Err(drive::out_of_order().into()),
        }
    }
}

/// Drives cycles to an outcome: one, and where it fails another for each mirror that has not led one.
///
/// A mirror that leads with old metadata, still valid, and then withholds the rest would otherwise keep the client from
/// a mirror that has only what is new.
fn attempt(
    effects: &Effects,
    start: &dyn Fn() -> Result<Sandbox, Error>,
) -> Result<(Sandbox, Outcome), Error> {
    let mut worst = None;
    loop {
        let mut sandbox = start()?;
        match effects.drive(&mut sandbox) {
            Ok(outcome) => return Ok((sandbox, outcome)),
            Err(error) if !concerns_one_mirror(&error) && !sandbox.is_stopped() => return Err(error),
            Err(error) => {
                let error = more_telling(worst, error);
                if !effects.mirrors.lead_with_another() {
                    return Err(error);
                }
                worst = Some(error);
            }
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { settings, limits, reference_time, .. } = self;
        f.debug_struct("Client")
            .field("settings", settings)
            .field("limits", limits)
            .field("reference_time", reference_time)
            .finish_non_exhaustive()
    }
}
