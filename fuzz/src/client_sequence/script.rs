//! What a host of a client does, six bytes an act.

/// One act of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Answers a request with what this repository, or the store, has. Bytes of a target come whole.
    Answer {
        /// Which of the requests that are outstanding.
        which: u8,
        /// Number of the repository.
        mirror: u8,
    },
    /// Answers that there is no such file.
    Absent {
        /// Which request.
        which: u8,
    },
    /// Answers that there is no answer, or that the store does not work.
    Failed {
        /// Which request.
        which: u8,
        /// What happened.
        kind: u8,
        /// Seconds that the server asks to wait, if not 0.
        retry_after: u8,
    },
    /// Answers with what the repository, or the store, has, one byte of it changed.
    Changed {
        /// Which request.
        which: u8,
        /// Number of the repository.
        mirror: u8,
        /// Place of the byte.
        at: u16,
    },
    /// Answers with another metadata file of the repository, or with its bytes as those of a target.
    Other {
        /// Which request.
        which: u8,
        /// Number of the repository.
        mirror: u8,
        /// Number of the file.
        file: u8,
    },
    /// Sends a part of a target.
    Stream {
        /// Which request.
        which: u8,
        /// Number of the repository.
        mirror: u8,
        /// Bytes that come.
        bytes: u8,
        /// Why it breaks off, or whether it does.
        kind: u8,
        /// Whether it begins anew.
        anew: bool,
    },
    /// Begins a search.
    Find {
        /// Number of the path.
        path: u8,
    },
    /// Begins to receive a target that was found, or that may have been.
    Receive {
        /// Which search.
        which: u8,
        /// Number of the repository that has left bytes of it.
        mirror: u8,
        /// How many were left.
        left_over: u8,
    },
    /// Gives a transfer up.
    Abandon {
        /// Which transfer.
        which: u8,
    },
    /// Checks bytes against a target that was found, or that may have been.
    Check {
        /// Which search.
        which: u8,
        /// Number of the repository that has the bytes.
        mirror: u8,
    },
    /// Drops a target.
    Drop {
        /// Which search.
        which: u8,
    },
    /// Time passes.
    Wait {
        /// Milliseconds.
        milliseconds: u16,
    },
    /// Answers what was not asked for, or in a form that it cannot be answered in.
    Confuse {
        /// Which request.
        which: u8,
    },
    /// Begins another client with the store as it is.
    Restart {
        /// Half days after the simulated now at which it starts.
        half_days: u8,
        /// Settings of the cycle, one bit each.
        settings: u8,
        /// Number of mirrors, requests at a time, and whether it goes on for a lost client.
        options: u8,
    },
}

impl Act {
    /// Six bytes become an act; all bytes do.
    #[must_use]
    pub fn read([kind, a, b, c, d, e]: [u8; 6]) -> Self {
        match kind % 14 {
            0 => Self::Answer { which: a, mirror: b },
            1 => Self::Absent { which: a },
            2 => Self::Failed { which: a, kind: b, retry_after: c },
            3 => Self::Changed { which: a, mirror: b, at: u16::from_be_bytes([c, d]) },
            4 => Self::Other { which: a, mirror: b, file: c },
            5 => Self::Stream { which: a, mirror: b, bytes: c, kind: d, anew: e & 1 == 1 },
            6 => Self::Find { path: a },
            7 => Self::Receive { which: a, mirror: b, left_over: c },
            8 => Self::Abandon { which: a },
            9 => Self::Check { which: a, mirror: b },
            10 => Self::Drop { which: a },
            11 => Self::Wait { milliseconds: u16::from_be_bytes([a, b]) },
            12 => Self::Confuse { which: a },
            _ => Self::Restart { half_days: a, settings: b, options: c },
        }
    }

    /// The six bytes that become this act.
    #[must_use]
    pub fn bytes(self) -> [u8; 6] {
        match self {
            Self::Answer { which, mirror } => [0, which, mirror, 0, 0, 0],
            Self::Absent { which } => [1, which, 0, 0, 0, 0],
            Self::Failed { which, kind, retry_after } => [2, which, kind, retry_after, 0, 0],
            Self::Changed { which, mirror, at } => {
                let [high, low] = at.to_be_bytes();
                [3, which, mirror, high, low, 0]
            }
            Self::Other { which, mirror, file } => [4, which, mirror, file, 0, 0],
            Self::Stream { which, mirror, bytes, kind, anew } => [5, which, mirror, bytes, kind, anew.into()],
            Self::Find { path } => [6, path, 0, 0, 0, 0],
            Self::Receive { which, mirror, left_over } => [7, which, mirror, left_over, 0, 0],
            Self::Abandon { which } => [8, which, 0, 0, 0, 0],
            Self::Check { which, mirror } => [9, which, mirror, 0, 0, 0],
            Self::Drop { which } => [10, which, 0, 0, 0, 0],
            Self::Wait { milliseconds } => {
                let [high, low] = milliseconds.to_be_bytes();
                [11, high, low, 0, 0, 0]
            }
            Self::Confuse { which } => [12, which, 0, 0, 0, 0],
            Self::Restart { half_days, settings, options } => [13, half_days, settings, options, 0, 0],
        }
    }
}
