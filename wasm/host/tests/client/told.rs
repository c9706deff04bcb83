//! A source that answers requests for one target as told.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

use tuf_tests::NOW;
use tuf_verifier_host::source::{Resume, TargetStream};
use tuf_verifier_host::{
    Client, Downloaded, Error, MemoryStore, Session, Source, SourceError, Target, UnixTime,
};

use crate::world::{CONTENT, PATH, World, found};

/// What the source does with one request for the target.
pub(crate) enum Answer {
    /// From the offset on, this many bytes, and then the connection breaks.
    Breaks(usize),
    /// From the offset on, everything.
    Goes,
    /// From the beginning, this many bytes, and then the connection breaks.
    BreaksAnew(usize),
    /// From the beginning, everything.
    GoesAnew,
    /// From the offset on, these bytes.
    Says(&'static [u8]),
    /// From the offset on, these bytes, and then the connection breaks.
    SaysAndBreaks(&'static [u8]),
    /// A part that is not the one that was asked for.
    RefusesTheRange,
    /// Nothing: it cannot be reached.
    IsDown,
}
use Answer::{Breaks, BreaksAnew, Goes, GoesAnew, IsDown, RefusesTheRange, Says, SaysAndBreaks};

/// Bytes that the client said to have, and the state of the file that it named.
type Asked = (u64, Option<String>);

/// A source that answers requests for the one target as told, and cannot be reached when nothing is left to tell.
#[derive(Clone)]
pub(crate) struct Told {
    world: World,
    content: Arc<[u8]>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
}

impl Told {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::with(World::new(), CONTENT, answers)
    }

    pub(crate) fn with(world: World, content: &[u8], answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { world, content: content.into(), answers, asked: Arc::default() }
    }

    /// Bytes that the client said to have, for each request.
    pub(crate) fn offsets(&self) -> Vec<u64> {
        self.asked.lock().unwrap().iter().map(|(offset, _)| *offset).collect()
    }

    pub(crate) fn client(&self) -> Client {
        let trusted_root = self.world.mirror.file("1.root.json").to_vec();
        Client::new(trusted_root, self.clone(), MemoryStore::new())
            .reference_time(UnixTime::from_seconds(NOW))
    }

    fn session(&self) -> (Session, Target) {
        let session = self.client().refresh().expect("the metadata is honest");
        let target = found(&session, PATH);
        (session, target)
    }

    pub(crate) fn read(&self) -> Result<Vec<u8>, Error> {
        let (session, target) = self.session();
        session.read(&target)
    }

    pub(crate) fn download(&self, to: &Path) -> Result<Downloaded, Error> {
        let (session, target) = self.session();
        session.download(&target, to)
    }
}

impl Source for Told {
    fn metadata(&self, name: &str, max_length: u64) -> Result<Option<Vec<u8>>, SourceError> {
        self.world.metadata(name, max_length)
    }

    fn target(&self, _: &str) -> Result<Option<Box<dyn Read + '_>>, SourceError> {
        panic!("the client says what it has");
    }

    fn target_from(&self, path: &str, resume: Resume<'_>) -> Result<Option<TargetStream<'_>>, SourceError> {
        assert_eq!(resume.length, self.content.len() as u64);
        let validator = resume.validator.map(ToOwned::to_owned);
        self.asked.lock().unwrap().push((resume.offset, validator));
        let rest = &self.content[resume.offset as usize..];
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(IsDown);
        let (start, bytes, breaks) = match answer {
            Breaks(count) => (resume.offset, &rest[..count], true),
            Goes => (resume.offset, rest, false),
            BreaksAnew(count) => (0, &self.content[..count], true),
            GoesAnew => (0, &*self.content, false),
            Says(bytes) => (resume.offset, bytes, false),
            SaysAndBreaks(bytes) => (resume.offset, bytes, true),
            RefusesTheRange => {
                return Err(SourceError::Protocol { location: path.into(), reason: "another range".into() });
            }
            IsDown => {
                let source = io::ErrorKind::ConnectionRefused.into();
                return Err(SourceError::Unreachable { location: path.into(), source });
            }
        };
        let bytes: Box<dyn Read> = match breaks {
            true => Box::new(bytes.chain(Reset)),
            false => Box::new(bytes),
        };
        Ok(Some(TargetStream { bytes, start, validator: Some("\"tag\"".to_owned()) }))
    }
}

/// A connection that was reset.
struct Reset;

impl Read for Reset {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}
