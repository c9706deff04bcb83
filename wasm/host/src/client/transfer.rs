//! Target bytes: fetched from the mirrors, hashed on the way, judged by the component.

use std::io::{self, Read};

use crate::client::Progress;
use crate::client::digests::Digests;
use crate::client::drive::Effects;
use crate::client::fetch::{concerns_one_mirror, more_telling};
use crate::client::mirrors::Mirror;
use crate::error::Error;
use crate::sandbox::Sandbox;
use crate::source::{Phase, Resume, SourceError};
use crate::target::Target;

/// Bytes read and hashed at once.
pub(super) const CHUNK: usize = 64 << 10;

/// Times that one mirror may break off before the next one is asked.
const RESUMES: u32 = 3;

/// A mirror that broke off after this many further bytes may break off once more.
const WORTH_A_RESUME: u64 = 1 << 20;

/// Where the bytes of a target go, until it is known whether they are the target's.
pub(super) trait Output {
    /// Adds bytes at the end.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// Drops every byte.
    fn clear(&mut self) -> Result<(), Error>;
}

impl Output for Vec<u8> {
    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Error> {
        Self::clear(self);
        Ok(())
    }
}

/// A target file as far as it was received.
pub(super) struct Transfer<'a> {
    effects: &'a Effects,
    target: &'a Target,
    output: &'a mut dyn Output,
    /// Of all bytes in `output`, whoever sent them.
    digests: Digests,
    /// Whether an earlier transfer kept the first of them.
    kept: bool,
    /// The mirrors that sent the others.
    senders: Vec<Mirror<'a>>,
    /// Bytes before those of the last stream, and what its mirror calls the state of the file.
    start: u64,
    validator: Option<String>,
    /// Mirrors that sent a part of bytes that were refused as a whole.
    doubted: Vec<Mirror<'a>>,
}

impl<'a> Transfer<'a> {
    /// A transfer into this output, which holds the bytes of these digests already.
    pub(super) fn new(
        effects: &'a Effects,
        target: &'a Target,
        output: &'a mut dyn Output,
        digests: Digests,
    ) -> Self {
        let (kept, start) = (digests.length() > 0, digests.length());
        let (senders, validator, doubted) = (Vec::new(), None, Vec::new());
        Self { effects, target, output, digests, kept, senders, start, validator, doubted }
    }

    /// Fetches what is left and has the component judge the whole. It must have found this target last.
    ///
    /// A transfer that breaks off goes on where it stopped, at the same mirror or at the next. Where the whole is
    /// refused and has come from several, nobody can tell who was wrong: then each of them is asked for all of it.
    pub(super) fn run(mut self, sandbox: &mut Sandbox) -> Result<(), Error> {
        if self.is_whole() && matches!(self.judge(sandbox)?, Verdict::Verified) {
            return Ok(());
        }
        if self.effects.mirrors.are_none() {
            return Err(Error::Offline { name: self.target.path.clone() });
        }
        let mut worst = None;
        for mirror in self.effects.mirrors.in_order() {
            if self.ask(mirror, sandbox, &mut worst)? {
                return Ok(());
            }
        }
        for mirror in std::mem::take(&mut self.doubted) {
            self.begin_anew()?;
            if self.ask(mirror, sandbox, &mut worst)? {
                return Ok(());
            }
        }
        Err(worst.unwrap_or_else(|| self.missing()))
    }

    /// Whether the target is complete and verified with what this mirror sent. An error ends the transfer; one that
    /// concerns this mirror alone is remembered.
    fn ask(
        &mut self,
        mirror: Mirror<'a>,
        sandbox: &mut Sandbox,
        worst: &mut Option<Error>,
    ) -> Result<bool, Error> {
        let received = self.receive(mirror);
        let error = match received.and_then(|()| self.judge(sandbox)) {
            Ok(Verdict::Verified) => return Ok(true),
            Ok(Verdict::Doubted) => return Ok(false),
            Ok(Verdict::Refused(error)) => error,
            Err(error) if !concerns_one_mirror(&error) => return Err(error),
            Err(error) => error,
        };
        self.effects.mirrors.ask_last(mirror);
        (self.effects.progress)(Progress::failed(mirror.name, &self.target.path, &error, &error.to_string()));
        *worst = Some(more_telling(worst.take(), error));
        Ok(false)
    }

    /// Receives what is left from one mirror, which may break off now and then.
    fn receive(&mut self, mirror: Mirror<'a>) -> Result<(), Error> {
        let mut patience = RESUMES;
        loop {
            let offset = self.digests.length();
            let Err(error) = self.receive_stream(mirror) else { return Ok(()) };
            if self.is_whole() {
                return Ok(());
            }
            let received = self.digests.length().saturating_sub(self.start);
            if matches!(error, Error::Source(SourceError::Protocol { .. })) && offset > 0 {
                // Perhaps it can send the whole, and only not its end.
                self.doubted.push(mirror);
            }
            if !breaks_off(&error) || received == 0 || patience == 0 {
                return Err(error);
            }
            // Whoever begins anew each time, or sends byte by byte, is not waited for without end.
            if self.start < offset || received < WORTH_A_RESUME {
                patience -= 1;
            }
        }
    }

    /// Receives one stream to its end.
    fn receive_stream(&mut self, mirror: Mirror<'a>) -> Result<(), Error> {
        let offset = self.digests.length();
        self.start = offset;
        let validator = self.validator.take().filter(|_| self.senders.last() == Some(&mirror));
        let length = self.target.length;
        let resume = Resume { offset, length, validator: validator.as_deref() };
        let opened = mirror.source.target_from(&self.target.fetch_path, resume)?;
        let stream = opened.ok_or_else(|| self.missing())?;
        if stream.start != offset {
            self.begin_anew()?;
        }
        self.start = self.digests.length();
        self.validator = stream.validator;
        self.senders.retain(|sender| *sender != mirror);
        self.senders.push(mirror);
        if self.start > 0 {
            let (path, offset) = (self.target.path.as_str(), self.start);
            (self.effects.progress)(Progress::Resuming { mirror: mirror.name, path, offset });
        }
        self.drain(mirror, stream.bytes)
    }

    /// Reads one byte more than listed at most: it shows that there are too many, and nobody waits for the rest.
    fn drain(&mut self, mirror: Mirror<'_>, stream: impl Read) -> Result<(), Error> {
        let (path, length) = (self.target.path.as_str(), self.target.length);
        let mut bounded = stream.take(length.saturating_add(1).saturating_sub(self.digests.length()));
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = match bounded.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(SourceError::from_read(&self.target.fetch_path, error).into()),
            };
            let bytes = chunk.get(..read).unwrap_or_default();
            self.output.append(bytes)?;
            self.digests.update(bytes);
            let received = self.digests.length();
            (self.effects.progress)(Progress::TargetBytes { mirror: mirror.name, path, received, length });
        }
    }

    /// Has the component judge what was received. Bytes that it refuses are dropped.
    fn judge(&mut self, sandbox: &mut Sandbox) -> Result<Verdict, Error> {
        let digests = std::mem::replace(&mut self.digests, Digests::listed_by(self.target));
        match sandbox.check_digests(digests.length(), digests.finish()) {
            Ok(()) => Ok(Verdict::Verified),
            Err(error @ Error::Failure(_)) => {
                let mixed = self.kept || self.senders.len() > 1;
                if mixed {
                    self.doubted.append(&mut self.senders);
                }
                self.begin_anew()?;
                Ok(if mixed { Verdict::Doubted } else { Verdict::Refused(error) })
            }
            Err(error) => Err(error),
        }
    }

    /// Drops what was received.
    fn begin_anew(&mut self) -> Result<(), Error> {
        self.output.clear()?;
        self.digests = Digests::listed_by(self.target);
        self.kept = false;
        self.senders.clear();
        Ok(())
    }

    /// Whether no more bytes are to come. Of an empty target it cannot be told before it is asked for.
    fn is_whole(&self) -> bool {
        self.target.length > 0 && self.digests.length() == self.target.length
    }

    fn missing(&self) -> Error {
        Error::MissingTarget { path: self.target.path.clone(), fetch_path: self.target.fetch_path.clone() }
    }
}

/// What the component says of all that was received.
#[derive(Debug)]
enum Verdict {
    /// These are the target's bytes.
    Verified,
    /// They are not, and the last mirror sent all of them.
    Refused(Error),
    /// They are not, and the last mirror sent some of them.
    Doubted,
}

/// Whether the transfer stopped on its way, so that the same mirror may well have the rest.
fn breaks_off(error: &Error) -> bool {
    use SourceError::{Read, Timeout};
    matches!(error, Error::Source(Read { .. } | Timeout { phase: Phase::Bytes, .. }))
}
