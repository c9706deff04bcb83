//! When metadata is renewed, and periods that contradict each other.

use std::collections::BTreeMap;
use std::fmt;

use tuf_verifier_core::UnixTime;

use crate::metadata::{TOP_LEVEL, format_expiry};
use crate::repository::periods::Periods;
use crate::repository::status::{RoleStatus, Status};
use crate::review::contradictory;

/// Seconds before its expiry at which a role is renewed. A role without a lead time of its own is renewed when a third of
/// its period is left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadTimes {
    /// By the name of a top-level or delegated role.
    pub roles: BTreeMap<String, u64>,
    /// For delegated roles that are not named.
    pub delegated: Option<u64>,
}

impl LeadTimes {
    /// The lead time of a role, in seconds.
    #[must_use]
    pub fn of(&self, role: &str, periods: &Periods) -> u64 {
        let delegated = self.delegated.filter(|_| !TOP_LEVEL.contains(&role));
        let said = self.roles.get(role).copied().or(delegated);
        said.unwrap_or_else(|| periods.of(role) / 3)
    }

    /// The first role whose lead time is not shorter than its period: it would be signed anew each time that somebody
    /// looks.
    #[must_use]
    pub fn too_long<'r>(
        &self,
        roles: impl IntoIterator<Item = &'r str>,
        periods: &Periods,
    ) -> Option<&'r str> {
        roles.into_iter().find(|role| self.of(role, periods) >= periods.of(role))
    }

    /// When a role is renewed, or none where it is not published.
    #[must_use]
    pub fn renewal(&self, role: &RoleStatus, periods: &Periods) -> Option<UnixTime> {
        let lead = i64::try_from(self.of(&role.role, periods)).unwrap_or(i64::MAX);
        role.expires.map(|expires| UnixTime(expires.0.saturating_sub(lead)))
    }
}

/// Two roles whose periods contradict each other: clients refuse the one while the other is still valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The role that is valid for longer, and leads to the other one.
    pub longer: String,
    /// The role that expires first.
    pub shorter: String,
    /// Where it was found.
    pub found: FoundIn,
}

/// Where a contradiction was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundIn {
    /// In the periods that metadata is signed for: seconds of the longer and of the shorter one.
    Settings(u64, u64),
    /// In what is published: the expiry of the longer and of the shorter one.
    Published(UnixTime, UnixTime),
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { longer, shorter, found } = self;
        match found {
            FoundIn::Settings(long, short) => write!(
                f,
                "role {longer} is signed for {}, and role {shorter}, which it leads to, for {}",
                words(*long),
                words(*short)
            ),
            FoundIn::Published(long, short) => write!(
                f,
                "role {longer} is valid until {}, and role {shorter}, which it leads to, until {}",
                format_expiry(*long),
                format_expiry(*short)
            ),
        }
    }
}

/// Contradictions of the periods that these roles are signed for.
pub(crate) fn contradictory_periods(roles: &[RoleStatus], periods: &Periods) -> Vec<Contradiction> {
    let validity: Vec<_> = roles.iter().map(|role| (role.role.as_str(), periods.of(&role.role))).collect();
    contradictions(&validity, FoundIn::Settings)
}

/// Contradictions of what is published.
pub(crate) fn contradictory_expiries(roles: &[RoleStatus]) -> Vec<Contradiction> {
    let validity: Vec<_> =
        roles.iter().filter_map(|role| Some((role.role.as_str(), role.expires?))).collect();
    contradictions(&validity, FoundIn::Published)
}

fn contradictions<V: Copy + Ord>(
    validity: &[(&str, V)],
    found: impl Fn(V, V) -> FoundIn,
) -> Vec<Contradiction> {
    let contradictory = contradictory(validity).into_iter();
    let contradiction = |((longer, long), (shorter, short)): ((&str, V), (&str, V))| Contradiction {
        longer: longer.to_owned(),
        shorter: shorter.to_owned(),
        found: found(long, short),
    };
    contradictory.map(contradiction).collect()
}

impl Status {
    /// The role that expires first, of those that are published.
    #[must_use]
    pub fn next_expiry(&self) -> Option<(&RoleStatus, UnixTime)> {
        let expiries = self.roles.iter().filter_map(|role| role.expires.map(|expires| (role, expires)));
        expiries.min_by_key(|(_, expires)| *expires)
    }
}

/// A period in the largest unit that writes it as a whole number.
fn words(seconds: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "m")];
    let unit = units.into_iter().find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length));
    unit.map_or_else(|| format!("{seconds}s"), |(length, unit)| format!("{}{unit}", seconds / length))
}
