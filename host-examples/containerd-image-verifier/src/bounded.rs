//! A source within the time of one decision.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use tuf_verifier_host::source::Phase;
use tuf_verifier_host::{Source, SourceError};

use crate::state::Outage;

/// A source that is asked for nothing once its time is over, or while it is known not to answer.
pub(crate) struct Bounded {
    pub(crate) source: Box<dyn Source>,
    /// No request begins after this.
    pub(crate) until: Instant,
    /// What `until` is from the beginning of the process.
    pub(crate) limit: Duration,
    /// None where every pull asks.
    pub(crate) outage: Option<Outage>,
}

impl Bounded {
    fn check(&self) -> Result<(), SourceError> {
        let location = || self.source.location().unwrap_or_default();
        if Instant::now() >= self.until {
            return Err(SourceError::Timeout { location: location(), phase: Phase::End, limit: self.limit });
        }
        match &self.outage {
            Some(outage) if outage.is_recent() => Err(SourceError::Unreachable {
                location: location(),
                source: io::Error::other("it did not answer another pull a moment ago"),
            }),
            _ => Ok(()),
        }
    }

    fn keep<T>(&self, answer: Result<T, SourceError>) -> Result<T, SourceError> {
        if let Some(outage) = &self.outage {
            match &answer {
                Ok(_) => outage.end(),
                Err(_) => outage.begin(),
            }
        }
        answer
    }
}

impl Source for Bounded {
    fn location(&self) -> Option<String> {
        self.source.location()
    }

    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.check()?;
        self.keep(self.source.metadata(name, max_length))
    }

    fn target(&self, fetch_path: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        self.check()?;
        self.source.target(fetch_path)
    }
}
