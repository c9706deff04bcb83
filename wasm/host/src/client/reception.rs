//! Target bytes as they are received: hashed on the way, and judged by the component.

use std::io::{self, Read};

use crate::client::Progress;
use crate::client::digests::Digests;
use crate::client::driver::{Effects, Mirror};
use crate::error::Error;
use crate::records::{AtHand, ReceiveAction, Target};
use crate::source::{Resume, SourceError, TargetStream};

/// Bytes read and hashed at once.
pub(super) const CHUNK: usize = 64 << 10;

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
pub(super) struct Reception<'a> {
    target: &'a Target,
    output: &'a mut dyn Output,
    /// Of all bytes in `output`.
    digests: Digests,
}

/// What a mirror had of a target.
pub(super) enum Received {
    Absent,
    /// No byte came.
    Failed(SourceError),
    /// Bytes came, perhaps not all.
    Stream {
        start: u64,
        at_hand: AtHand,
        validator: Option<String>,
        broken: Option<SourceError>,
    },
}

impl<'a> Reception<'a> {
    /// What is received into this output, which holds the bytes of these digests already.
    pub(super) fn new(target: &'a Target, output: &'a mut dyn Output, digests: Digests) -> Self {
        Self { target, output, digests }
    }

    /// What was received so far.
    pub(super) fn at_hand(&self) -> AtHand {
        self.digests.clone().at_hand()
    }

    /// Drops what was received.
    pub(super) fn discard(&mut self) -> Result<(), Error> {
        self.output.clear()?;
        self.digests = Digests::listed_by(self.target);
        Ok(())
    }

    /// Reads one byte more than listed at most: it shows that there are too many, and nobody waits for the rest.
    ///
    /// # Errors
    /// The output cannot be written. What broke the stream off is no error here.
    fn drain(
        &mut self,
        stream: impl Read,
        from: &Mirror,
        effects: &Effects,
    ) -> Result<Option<SourceError>, Error> {
        let (mirror, path, length) = (from.name.as_str(), self.target.path.as_str(), self.target.length);
        let mut bounded = stream.take(length.saturating_add(1).saturating_sub(self.digests.length()));
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = match bounded.read(&mut chunk) {
                Ok(0) => return Ok(None),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Some(SourceError::from_read(&self.target.fetch_path, error))),
            };
            let bytes = chunk.get(..read).unwrap_or_default();
            self.output.append(bytes)?;
            self.digests.update(bytes);
            let received = self.digests.length();
            effects.tell(Progress::TargetBytes { mirror, path, received, length });
        }
    }
}

impl Effects {
    /// Receives bytes of a target from a mirror, behind those that are at hand.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn receive(
        &self,
        place: usize,
        action: &ReceiveAction,
        reception: &mut Reception<'_>,
    ) -> Result<Received, Error> {
        let ReceiveAction { fetch_path, offset, length, validator, .. } = action;
        let Some(mirror) = self.mirrors.get(place) else { return Ok(Received::Absent) };
        let resume = Resume { offset: *offset, length: *length, validator: validator.as_deref() };
        let TargetStream { bytes, start, validator } = match mirror.source.target_from(fetch_path, resume) {
            Ok(Some(stream)) => stream,
            Ok(None) => return Ok(Received::Absent),
            Err(error) => return Ok(Received::Failed(error)),
        };
        if start != *offset {
            reception.discard()?;
        }
        let start = reception.digests.length();
        if start > 0 {
            let path = reception.target.path.as_str();
            self.tell(Progress::Resuming { mirror: &mirror.name, path, offset: start });
        }
        let broken = reception.drain(bytes, mirror, self)?;
        Ok(Received::Stream { start, at_hand: reception.at_hand(), validator, broken })
    }
}
