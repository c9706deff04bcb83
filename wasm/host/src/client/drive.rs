//! Answers the component's requests until it has an outcome.

use crate::client::Progress;
use crate::client::mirrors::Mirrors;
use crate::error::Error;
use crate::report::Report;
use crate::sandbox::{Request, Sandbox, SandboxError};
use crate::settings::Access;
use crate::store::{Store, StoreError};
use crate::target::{NotFound, Target};

/// Everything outside of the sandbox.
pub(crate) struct Effects {
    pub(crate) mirrors: Mirrors,
    pub(crate) store: Box<dyn Store>,
    pub(crate) progress: Box<dyn Fn(Progress<'_>) + Send>,
}

/// What a series of requests ends with.
pub(crate) enum Outcome {
    Ready(Report),
    Found(Target),
    NotFound(NotFound),
}

impl Effects {
    /// Where metadata may come from, of what was asked for. Who is offline has no source left that could be used.
    pub(crate) fn access(&mut self, asked: Access) -> Access {
        match asked {
            Access::Store => self.mirrors = Mirrors::none(),
            _ if self.mirrors.are_none() => return Access::Store,
            Access::Repository if self.mirrors.are_bundles() => return Access::Bundle,
            Access::Repository | Access::Bundle => {}
        }
        asked
    }

    /// Answers every request up to the next outcome.
    pub(crate) fn drive(&self, sandbox: &mut Sandbox) -> Result<Outcome, Error> {
        self.drive_with(sandbox, |name| self.store.load(name))
    }

    /// Answers every request up to the next outcome, and those for files of the store by `load`.
    pub(crate) fn drive_with(
        &self,
        sandbox: &mut Sandbox,
        load: impl Fn(&str) -> Result<Option<Vec<u8>>, StoreError>,
    ) -> Result<Outcome, Error> {
        loop {
            match sandbox.next()? {
                Request::Load(name) => sandbox.offer(load(&name)?)?,
                Request::Fetch(request) => self.fetch(sandbox, &request.name, request.max_length)?,
                Request::Persist(file) => self.store.persist(&file.name, &file.bytes)?,
                Request::Forget(name) => self.store.forget(&name)?,
                Request::Ready(report) => return Ok(Outcome::Ready(report)),
                Request::Found(target) => return Ok(Outcome::Found(target)),
                Request::NotFound(reason) => return Ok(Outcome::NotFound(reason)),
                Request::SearchFailed(failure) => return Err(Box::new(failure).into()),
            }
        }
    }
}

/// The component answered a refresh with a search's outcome, or the other way round.
pub(crate) fn out_of_order() -> SandboxError {
    SandboxError::Trapped { reason: "it answered out of order".to_owned() }
}
