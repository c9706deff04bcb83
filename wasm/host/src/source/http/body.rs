//! The body of an answer, read within limits of time.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use ureq::BodyReader;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use ureq::http::{HeaderMap, Response};

use super::builder::Timeouts;
use super::{failure, range};
use crate::records::Phase;
use crate::source::{SourceError, TargetStream};

/// Bytes of the body of a refusal that are read to keep the connection.
const DRAINED: u64 = 16 * 1024;

/// The bytes of the transfer, as they are: nothing is decompressed.
pub(super) struct Body {
    reader: BodyReader<'static>,
    headers: HeaderMap,
    location: String,
    /// Bytes of the file before these.
    start: u64,
    /// Bytes without which the end of the connection is not the end of the file.
    missing: u64,
    time: Time,
    pace: Pace,
}

/// Limits of a whole transfer.
#[derive(Clone, Copy)]
pub(super) struct Time {
    /// For waiting.
    pub(super) waiting: Option<Duration>,
    /// From the headers to the end, whatever the time was spent on. It also holds while no byte of the body comes out of
    /// what is received, as in the heads of chunks and in records of TLS.
    pub(super) deadline: Option<Duration>,
}

/// The time that was spent waiting for a transfer, and what it brought.
struct Pace {
    limits: Timeouts,
    overall: Option<Duration>,
    /// Waited since the headers.
    waited: Duration,
    /// Waited in this window.
    window: Duration,
    /// Bytes received in this window.
    received: u64,
}

impl Time {
    /// For a metadata file.
    pub(super) fn of_metadata(limits: &Timeouts) -> Self {
        let limit = Some(limits.metadata);
        Self { waiting: limit, deadline: limit }
    }

    /// For a target file of this length. Whoever is asked for its end may begin anew.
    pub(super) fn of_target(limits: &Timeouts, length: u64) -> Self {
        // One byte more shows that a file is too long.
        let deadline = limits.slowest(length.saturating_add(1));
        Self { waiting: limits.target, deadline }
    }
}

impl Body {
    pub(super) fn new(
        response: Response<ureq::Body>,
        location: String,
        limits: &Timeouts,
        time: Time,
        start: u64,
    ) -> Self {
        let (head, body) = response.into_parts();
        let pace = Pace {
            limits: limits.clone(),
            overall: time.waiting,
            waited: Duration::ZERO,
            window: Duration::ZERO,
            received: 0,
        };
        Self { reader: body.into_reader(), headers: head.headers, location, start, missing: 0, time, pace }
    }

    /// The body, where it is not encoded. Encoded metadata would only be reported as malformed, which is a verdict; a
    /// target may be a compressed file whose server says so, and its hashes tell.
    pub(super) fn plain(self) -> Result<Self, SourceError> {
        match self.headers.get(CONTENT_ENCODING) {
            Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
                Err(SourceError::Protocol {
                    reason: format!("the answer is encoded ({coding:?}), though it was asked for as it is"),
                    location: self.location,
                })
            }
            _ => Ok(self),
        }
    }

    /// The bytes of a target file of this length; [`u64::MAX`] if it is not known.
    ///
    /// Without a length and without chunks the answer ends with the connection (RFC 9112, section 6.3), and so does one that
    /// breaks off. If bytes are missing then, it is taken for broken off: nothing says that the server has other bytes.
    pub(super) fn into_target<'a>(mut self, length: u64) -> TargetStream<'a> {
        let ends_itself =
            [CONTENT_LENGTH, TRANSFER_ENCODING].iter().any(|name| self.headers.contains_key(name));
        if !ends_itself && length < u64::MAX {
            self.missing = length.saturating_sub(self.start);
        }
        let (start, validator) = (self.start, range::validator(&self.headers));
        TargetStream { bytes: Box::new(self), start, validator }
    }

    fn broken_off(&self) -> SourceError {
        let reason = format!("the connection ended with {} bytes missing", self.missing);
        let source = io::Error::new(io::ErrorKind::UnexpectedEof, reason);
        SourceError::Read { location: self.location.clone(), source }
    }

    /// Reads a short body to its end, so that the connection can be used again. What it says does not matter, and
    /// neither does an error.
    pub(super) fn drain(self) {
        let length = self.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: u64| length <= DRAINED) {
            let _ = io::copy(&mut self.take(DRAINED + 1), &mut io::sink());
        }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = Instant::now();
        let result = self.reader.read(buffer);
        let elapsed = start.elapsed();
        let count = result.map_err(|error| {
            failure::body(&self.location, error, &self.pace.limits, self.time.deadline).into_read()
        })?;
        match count {
            0 if self.missing > 0 && !buffer.is_empty() => Err(self.broken_off().into_read()),
            0 => Ok(0),
            _ => {
                self.missing = self.missing.saturating_sub(count as u64);
                self.pace.record(count as u64, elapsed, &self.location).map_err(SourceError::into_read)?;
                Ok(count)
            }
        }
    }
}

impl Pace {
    /// Counts bytes that were waited for this long.
    fn record(&mut self, bytes: u64, elapsed: Duration, location: &str) -> Result<(), SourceError> {
        self.waited += elapsed;
        self.window += elapsed;
        self.received += bytes;
        if let Some(limit) = self.overall.filter(|limit| self.waited > *limit) {
            return Err(SourceError::Timeout { location: location.to_owned(), phase: Phase::End, limit });
        }
        if self.window < self.limits.window {
            return Ok(());
        }
        if self.received < self.limits.min_bytes {
            return Err(SourceError::TooSlow {
                location: location.to_owned(),
                received: self.received,
                minimum: self.limits.min_bytes,
                window: self.window,
            });
        }
        self.window = Duration::ZERO;
        self.received = 0;
        Ok(())
    }
}
