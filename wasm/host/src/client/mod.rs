//! Drives the component: what it asks for is fetched, loaded and stored.

mod digests;
mod download;
mod drive;
mod progress;
mod session;

pub use download::Downloaded;
pub use progress::Progress;
pub use session::{Lookup, Session};

use std::fmt;

use crate::error::Error;
use crate::sandbox::{Sandbox, SandboxLimits};
use crate::settings::Settings;
use crate::source::Source;
use crate::store::Store;
use crate::time::UnixTime;
use drive::{Effects, Outcome};

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
        Self {
            trusted_root,
            effects: Effects { source: Box::new(source), store: Box::new(store), progress: Box::new(|_| ()) },
            settings: Settings::default(),
            limits: SandboxLimits::default(),
            reference_time: None,
        }
    }

    /// Limits on what the update cycle may cost, instead of the default ones.
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

    /// Brings the trusted metadata up to date (5.1 to 5.6.6). The store is locked meanwhile.
    ///
    /// # Errors
    /// [`Error::Failure`] is a verdict: what the repository or the trusted root offers is not accepted. The others
    /// say what kept the client from a verdict. What was accepted before the error stays in the store.
    pub fn refresh(self) -> Result<Session, Error> {
        let Self { trusted_root, effects, settings, limits, reference_time } = self;
        let guard = effects.store.lock(&mut || (effects.progress)(Progress::WaitingForLock))?;
        let now = reference_time.unwrap_or_else(UnixTime::now);
        let mut sandbox = Sandbox::start(trusted_root, now, settings, limits)?;
        let outcome = effects.drive(&mut sandbox)?;
        drop(guard);
        match outcome {
            Outcome::Ready(report) => Ok(Session::new(sandbox, effects, report)),
            Outcome::Found(_) | Outcome::NotFound(_) => Err(drive::out_of_order().into()),
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
