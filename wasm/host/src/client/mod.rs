//! Drives the component: what it asks for is fetched, loaded and stored.

mod digests;
mod download;
mod driver;
mod held;
mod progress;
mod reception;
mod running;
mod session;
mod transport;
mod unfinished;

pub use download::Downloaded;
pub use progress::Progress;
pub use session::{Lookup, Session};

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::error::Error;
use crate::records::Settings;
use crate::sandbox::SandboxLimits;
use crate::source::Source;
use crate::store::Store;
use crate::time::UnixTime;
use driver::{Beginning, Driver, Effects, Mirror};

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
        Self::offline(trusted_root, store).mirror(source)
    }

    /// A client that has nobody to ask: it uses the trusted store alone, as [`Access::Store`](crate::Access::Store), and writes
    /// nothing there.
    ///
    /// The refresh succeeds where the store has all metadata of the top-level roles, unexpired. Searches take delegated
    /// metadata from the store too, and a file that is there already is verified as ever; whatever would have to be
    /// fetched is [`Error::Offline`]. [`Report::waived`](crate::Report::waived) says what was not asked.
    pub fn offline(trusted_root: Vec<u8>, store: impl Store + 'static) -> Self {
        let (store, progress) = (Box::new(store), Mutex::new(Box::new(|_: Progress<'_>| ()) as Box<_>));
        Self {
            trusted_root,
            effects: Effects { mirrors: Vec::new(), store, progress },
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
        let mirrors = &mut self.effects.mirrors;
        let name = source.location().unwrap_or_else(|| format!("mirror {}", mirrors.len() + 1));
        mirrors.push(Mirror { name, source: Box::new(source) });
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
        self.effects.progress = Mutex::new(Box::new(report));
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
        let Self { trusted_root, effects, settings, limits, reference_time } = self;
        let effects = Arc::new(effects);
        let guard = effects.lock()?;
        let now = reference_time.unwrap_or_else(UnixTime::now);
        let beginning = Beginning { trusted_root, now, settings, limits };
        let (driver, report) = Driver::refresh(Arc::clone(&effects), beginning)?;
        drop(guard);
        Ok(Session::new(driver, report))
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
