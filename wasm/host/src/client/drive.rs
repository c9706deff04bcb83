//! Answers the component's requests until it has an outcome.

use crate::client::Progress;
use crate::error::Error;
use crate::report::Report;
use crate::sandbox::{Request, Sandbox, SandboxError};
use crate::source::Source;
use crate::store::Store;
use crate::target::{NotFound, Target};

/// Everything outside of the sandbox.
pub(crate) struct Effects {
    pub(crate) source: Box<dyn Source>,
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
    /// Answers every request up to the next outcome.
    pub(crate) fn drive(&self, sandbox: &mut Sandbox) -> Result<Outcome, Error> {
        loop {
            match sandbox.next()? {
                Request::Load(name) => sandbox.offer(self.store.load(&name)?)?,
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

    fn fetch(&self, sandbox: &mut Sandbox, name: &str, max_length: u64) -> Result<(), Error> {
        (self.progress)(Progress::Fetching { name });
        let Some(bytes) = self.source.metadata(name, max_length)? else {
            (self.progress)(Progress::Absent { name });
            return sandbox.offer(None);
        };
        (self.progress)(Progress::Fetched { name, bytes: bytes.len().try_into().unwrap_or(u64::MAX) });
        sandbox.offer(Some(bytes))?;
        (self.progress)(Progress::Verified { name });
        Ok(())
    }
}

/// The component answered a refresh with a search's outcome, or the other way round.
pub(crate) fn out_of_order() -> SandboxError {
    SandboxError::Trapped { reason: "it answered out of order".to_owned() }
}
