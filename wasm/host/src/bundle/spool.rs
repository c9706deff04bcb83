//! Bytes of many files in one temporary file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

/// A temporary file, which ends with its process.
pub(super) struct Spool {
    file: File,
    end: u64,
}

/// Where the bytes of a file are in the spool: files may be written at once, so that each is in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces(Vec<Range<u64>>);

impl Spool {
    /// An empty spool.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, end: 0 })
    }

    /// Adds bytes to a file.
    pub(super) fn append(&mut self, pieces: &mut Pieces, bytes: &[u8]) -> io::Result<()> {
        let start = self.end;
        self.file.seek(SeekFrom::Start(start))?;
        self.file.write_all(bytes)?;
        self.end = start.saturating_add(bytes.len() as u64);
        match pieces.0.last_mut() {
            Some(last) if last.end == start => last.end = self.end,
            _ => pieces.0.push(start..self.end),
        }
        Ok(())
    }

    /// The bytes of a file.
    pub(super) fn reader<'a>(&'a mut self, pieces: &'a Pieces) -> impl Read + 'a {
        Reader { spool: self, pieces: pieces.0.iter(), piece: 0..0 }
    }
}

impl Pieces {
    /// Bytes of the file.
    pub(super) fn length(&self) -> u64 {
        self.0.iter().map(|piece| piece.end.saturating_sub(piece.start)).sum()
    }
}

struct Reader<'a> {
    spool: &'a mut Spool,
    pieces: std::slice::Iter<'a, Range<u64>>,
    /// What is left of the piece under way.
    piece: Range<u64>,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let Some(next) = self.pieces.next() else { return Ok(0) };
            self.piece = next.clone();
        }
        let left = self.piece.end.saturating_sub(self.piece.start);
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        self.spool.file.seek(SeekFrom::Start(self.piece.start))?;
        let read = self.spool.file.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.piece.start = self.piece.start.saturating_add(read as u64);
        Ok(read)
    }
}
