//! One update cycle, driven request by request, with a transcript.

use tuf_verifier_core::{Access, Failure, NotFound, Refusal, Report, Request, Target, UnixTime};

use crate::device::Device;
use crate::mirror::Mirror;
use crate::recorded::{TargetCheck, UpdateCycle};

/// More requests than any honest cycle of these tests makes.
const ENOUGH: usize = 10_000;

/// What happened, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A file of the store was asked for.
    Load(String),
    /// A metadata file was asked for, and how long it may be.
    Fetch(String, u64),
    /// The answer to the last request was not accepted.
    Refused,
    /// A file was written to the store.
    Persist(String),
    /// A file was deleted from the store.
    Forget(String),
}

/// What a search ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The target.
    Found(Target),
    /// Not the target, and why.
    NotFound(NotFound),
}

/// A running update cycle of a device.
///
/// It checks of every cycle what must hold in all of them: a file of the store is no error (see `load`); a refused answer
/// leaves the cycle with the same request; nothing is written but accepted bytes, as they came; a cycle ends.
#[derive(Debug)]
pub struct Drive<'device> {
    device: &'device mut Device,
    cycle: UpdateCycle,
    accepted: Vec<Vec<u8>>,
    /// What has happened so far.
    pub transcript: Vec<Event>,
}

enum Step {
    Went,
    Ready(Report),
    Ended(Answer),
}

impl<'device> Drive<'device> {
    pub(crate) fn start(device: &'device mut Device) -> Result<Self, Failure> {
        let cycle = UpdateCycle::start(&device.pinned, UnixTime(device.now), device.settings)?;
        let accepted = vec![device.pinned.clone()];
        Ok(Self { device, cycle, accepted, transcript: Vec::new() })
    }

    /// Runs until the refresh is finished. After a failure it may be called again, with the same or another mirror.
    ///
    /// # Errors
    /// Why an answer was not accepted.
    ///
    /// # Panics
    /// Where the cycle breaks a promise, or a search has begun already.
    pub fn refresh(&mut self, mirror: &Mirror) -> Result<Report, Failure> {
        for _ in 0..ENOUGH {
            match self.step(mirror)? {
                Step::Went => {}
                Step::Ready(report) => return Ok(report),
                Step::Ended(answer) => panic!("no search has begun: {answer:?}"),
            }
        }
        panic!("no end: {:?}", self.transcript);
    }

    /// Searches for a target.
    ///
    /// # Errors
    /// Why the path or an answer was not accepted.
    pub fn find(&mut self, mirror: &Mirror, path: &str) -> Result<Answer, Failure> {
        self.cycle.find(path)?;
        self.search(mirror)
    }

    /// Goes on with a search after a failure.
    ///
    /// # Errors
    /// Why an answer was not accepted.
    ///
    /// # Panics
    /// Where the cycle breaks a promise, or no search has begun.
    pub fn search(&mut self, mirror: &Mirror) -> Result<Answer, Failure> {
        for _ in 0..ENOUGH {
            match self.step(mirror)? {
                Step::Went => {}
                Step::Ended(answer) => return Ok(answer),
                Step::Ready(report) => panic!("no search has begun: {report:?}"),
            }
        }
        panic!("no end: {:?}", self.transcript);
    }

    /// Begins the verification of the target that was found.
    ///
    /// # Errors
    /// Where nothing was found, or none of its hashes is supported.
    pub fn check(&self) -> Result<TargetCheck, Failure> {
        self.cycle.check()
    }

    /// Answers this many requests of a refresh and stops, as a killed process does. Whether it came to the end.
    ///
    /// # Panics
    /// Where an answer is not accepted.
    pub fn interrupted_after(mut self, requests: usize, mirror: &Mirror) -> bool {
        (0..requests).any(|_| matches!(self.step(mirror), Ok(Step::Ready(_))))
    }

    /// The cycle itself.
    pub fn cycle(&mut self) -> &mut UpdateCycle {
        &mut self.cycle
    }

    /// Names of the files that were asked for at the repository, in order.
    #[must_use]
    pub fn fetched(&self) -> Vec<&str> {
        self.transcript.iter().filter(|event| matches!(event, Event::Fetch(..))).map(Event::name).collect()
    }

    /// Names of the files that were written to the store, in order.
    #[must_use]
    pub fn persisted(&self) -> Vec<&str> {
        self.transcript.iter().filter(|event| matches!(event, Event::Persist(_))).map(Event::name).collect()
    }

    fn step(&mut self, mirror: &Mirror) -> Result<Step, Failure> {
        match self.cycle.next() {
            Request::Load { name } => {
                let bytes = self.device.store.get(&name).cloned();
                self.transcript.push(Event::Load(name));
                self.accepted.extend(bytes.clone());
                self.load(bytes)?;
            }
            Request::Fetch { name, max_length } => self.fetch(mirror, name, max_length)?,
            Request::Persist { name, bytes } => {
                let known = name == "refreshed" || self.accepted.contains(&bytes);
                assert!(known, "{name} is written and was not accepted");
                self.transcript.push(Event::Persist(name.clone()));
                self.device.store.insert(name, bytes);
            }
            Request::Forget { name } => {
                self.device.store.remove(&name);
                self.transcript.push(Event::Forget(name));
            }
            Request::Ready(report) => return Ok(Step::Ready(report)),
            Request::Found(target) => return Ok(Step::Ended(Answer::Found(target))),
            Request::NotFound(reason) => return Ok(Step::Ended(Answer::NotFound(reason))),
            Request::SearchFailed(failure) => return Err(failure),
        }
        Ok(Step::Went)
    }

    fn load(&mut self, bytes: Option<Vec<u8>>) -> Result<(), Failure> {
        let request = self.cycle.next();
        match self.cycle.offer(bytes) {
            Err(failure)
                if self.device.settings.access == Access::Store
                    || failure.code() == "other-root-line"
                    || is_listed_too_long(&failure) =>
            {
                assert_eq!(self.cycle.next(), request, "a refused answer leaves the cycle as it was");
                self.transcript.push(Event::Refused);
                Err(failure)
            }
            outcome => {
                outcome.expect(
                    "a file of the store is no error, unless nothing else is asked or its line is another",
                );
                Ok(())
            }
        }
    }

    fn fetch(&mut self, mirror: &Mirror, name: String, max_length: u64) -> Result<(), Failure> {
        let request = Request::Fetch { name: name.clone(), max_length };
        assert_eq!(self.cycle.next(), request, "a request stays until it is answered");
        let bytes = mirror.fetch(&name, max_length);
        self.transcript.push(Event::Fetch(name, max_length));
        match self.cycle.offer(bytes.clone()) {
            Ok(()) => {
                self.accepted.extend(bytes);
                Ok(())
            }
            Err(failure) => {
                assert_eq!(self.cycle.next(), request, "a refused answer leaves the cycle as it was");
                self.transcript.push(Event::Refused);
                Err(failure)
            }
        }
    }
}

/// The store has no usable file, and the repository's is not asked for: whoever lists it lists too many bytes.
fn is_listed_too_long(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(Refusal::EndlessData { listed: Some(_), .. }))
}

impl Event {
    fn name(&self) -> &str {
        match self {
            Self::Load(name) | Self::Fetch(name, _) | Self::Persist(name) | Self::Forget(name) => name,
            Self::Refused => "",
        }
    }
}
