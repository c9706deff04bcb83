//! What a host does, six bytes an act.

/// One act of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Answers with what this mirror, or the store, has.
    Answer {
        /// Number of the mirror.
        mirror: u8,
    },
    /// Answers that there is no such file.
    Absent,
    /// Answers with these bytes.
    Garbage([u8; 5]),
    /// Answers with what the mirror, or the store, has, one byte of it changed.
    Changed {
        /// Number of the mirror.
        mirror: u8,
        /// Place of the byte.
        at: u16,
        /// What it is combined with, by exclusive or.
        with: u8,
    },
    /// Answers with another file of the mirror.
    Other {
        /// Number of the mirror.
        mirror: u8,
        /// Number of the file.
        file: u8,
    },
    /// Begins a search.
    Find {
        /// Number of the path.
        path: u8,
    },
    /// Checks bytes against the target that was found.
    Check {
        /// Number of the mirror that has the bytes.
        mirror: u8,
    },
    /// Begins a new cycle with the store as it is.
    Restart {
        /// Half days after the simulated now at which it starts.
        half_days: u8,
        /// Settings of the cycle, one bit each.
        settings: u8,
    },
    /// Goes on where another host is that has just refreshed from an honest mirror.
    Become {
        /// Number of the mirror.
        mirror: u8,
    },
}

impl Act {
    /// Six bytes become an act; all bytes do.
    #[must_use]
    pub fn read([kind, a, b, c, d, e]: [u8; 6]) -> Self {
        match kind % 9 {
            0 => Self::Answer { mirror: a },
            1 => Self::Absent,
            2 => Self::Garbage([a, b, c, d, e]),
            3 => Self::Changed { mirror: a, at: u16::from_be_bytes([b, c]), with: d },
            4 => Self::Other { mirror: a, file: b },
            5 => Self::Find { path: a },
            6 => Self::Check { mirror: a },
            7 => Self::Restart { half_days: a, settings: b },
            _ => Self::Become { mirror: a },
        }
    }

    /// The six bytes that become this act.
    #[must_use]
    pub fn bytes(self) -> [u8; 6] {
        match self {
            Self::Answer { mirror } => [0, mirror, 0, 0, 0, 0],
            Self::Absent => [1, 0, 0, 0, 0, 0],
            Self::Garbage([a, b, c, d, e]) => [2, a, b, c, d, e],
            Self::Changed { mirror, at, with } => {
                let [b, c] = at.to_be_bytes();
                [3, mirror, b, c, with, 0]
            }
            Self::Other { mirror, file } => [4, mirror, file, 0, 0, 0],
            Self::Find { path } => [5, path, 0, 0, 0, 0],
            Self::Check { mirror } => [6, mirror, 0, 0, 0, 0],
            Self::Restart { half_days, settings } => [7, half_days, settings, 0, 0, 0],
            Self::Become { mirror } => [8, mirror, 0, 0, 0, 0],
        }
    }
}
