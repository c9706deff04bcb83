//! How near an expiry somebody wants to hear of it.

use std::str::FromStr;

use tuf_repository::{Error, UnixTime};

use crate::cli::config::seconds;
use crate::cli::failure::Failure;

/// `4d` for every role, or `timestamp=6h` for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Within {
    role: Option<String>,
    seconds: u64,
}

impl FromStr for Within {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None => Ok(Self { role: None, seconds: seconds(text)? }),
            Some(("", _)) => Err(format!("{text:?} is not ROLE=PERIOD, such as timestamp=6h")),
            Some((role, period)) => Ok(Self { role: Some(role.to_owned()), seconds: seconds(period)? }),
        }
    }
}

impl Within {
    /// Refuses a period for a role that is not there: a name that is written wrong would watch nothing.
    pub(crate) fn check<'r>(
        said: &[Self],
        roles: impl IntoIterator<Item = &'r str> + Clone,
    ) -> Result<(), Failure> {
        let mut named = said.iter().filter_map(|within| within.role.as_deref());
        match named.find(|named| !roles.clone().into_iter().any(|role| role == *named)) {
            None => Ok(()),
            Some(unknown) => Err(Failure::from(Error::NoSuchRole(unknown.to_owned()))
                .next("without `--within` the command lists the roles; `--within PERIOD` is for every role")),
        }
    }

    /// What is said for a role by its name; otherwise what is said for all, at most `most` seconds.
    pub(crate) fn of(said: &[Self], role: &str, most: u64) -> Option<u64> {
        let last = |wanted: Option<&str>| {
            said.iter().rev().find(|within| within.role.as_deref() == wanted).map(|within| within.seconds)
        };
        last(Some(role)).or_else(|| last(None).map(|seconds| seconds.min(most)))
    }
}

/// Whether a role expires within so many seconds, or has expired. None means that nobody has asked.
pub(crate) fn is_due(expires: Option<UnixTime>, within: Option<u64>, now: UnixTime) -> bool {
    let end = within.map(|within| now.0.saturating_add_unsigned(within));
    expires.zip(end).is_some_and(|(expires, end)| expires.0 <= end)
}
