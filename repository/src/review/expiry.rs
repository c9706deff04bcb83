//! How much later or earlier metadata expires.

use tuf_verifier_core::UnixTime;

use super::change::{Change, ChangeKind, Severity};
use crate::metadata::{ROOT, SNAPSHOT, TARGETS, TIMESTAMP, format_expiry};

const DAY: i64 = 86_400;

/// Compares two expiries of a role. A long period lets an attacker who holds back updates do so for as long.
pub(super) fn compare(role: &str, before: UnixTime, after: UnixTime) -> Option<Change> {
    let difference = after.0.saturating_sub(before.0);
    let (kind, severity) = match difference {
        0 => return None,
        earlier if earlier < 0 => (ChangeKind::ExpiryShortened, Severity::Notice),
        later if later > usual_period(role).saturating_mul(3) => {
            (ChangeKind::ExpiryExtended, Severity::Danger)
        }
        later if later > usual_period(role) => (ChangeKind::ExpiryExtended, Severity::Notice),
        _ => (ChangeKind::ExpiryExtended, Severity::Info),
    };
    let change = Change::new(role, kind, severity).subject(span(difference.unsigned_abs()));
    Some(change.before(format_expiry(before)).after(format_expiry(after)))
}

/// A role, and how long it is valid: its expiry, or its period.
type Valid<'r, V> = (&'r str, V);

/// Roles that are valid for longer than one that they lead to, each with that one: clients refuse it while the first is still
/// valid. A timestamp names the snapshot, a snapshot lists targets roles, and root metadata names whose signatures count. A
/// hostile repository may have thousands of roles: each is looked at once for each top-level role.
pub(crate) fn contradictory<'r, V: Copy + Ord>(
    validity: &[Valid<'r, V>],
) -> Vec<(Valid<'r, V>, Valid<'r, V>)> {
    let leads = |longer: &str, shorter: &str| match longer {
        TIMESTAMP => shorter == SNAPSHOT,
        SNAPSHOT => ![ROOT, SNAPSHOT, TIMESTAMP].contains(&shorter),
        TARGETS => shorter == ROOT,
        _ => false,
    };
    let leaders = validity.iter().filter(|(role, _)| [TIMESTAMP, SNAPSHOT, TARGETS].contains(role));
    let below = leaders.flat_map(|longer| validity.iter().map(move |shorter| (*longer, *shorter)));
    below.filter(|(longer, shorter)| leads(longer.0, shorter.0) && longer.1 > shorter.1).collect()
}

/// The longest usual period of a role, in seconds: a year and what is left of the one before, and two years for root metadata.
/// A timestamp says that nothing newer exists, which is believed for as long as it lasts.
#[must_use]
pub fn usual_period(role: &str) -> i64 {
    match role {
        ROOT => 800 * DAY,
        TIMESTAMP => 31 * DAY,
        _ => 400 * DAY,
    }
}

/// Seconds in the largest unit of which there are at least two: `9 years`, `36 hours`. Rounded down.
#[must_use]
pub fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(365 * 86_400, "years"), (86_400, "days"), (3600, "hours"), (60, "minutes")];
    let unit = UNITS.into_iter().find(|(unit, _)| seconds / unit >= 2);
    let (unit, name) = unit.unwrap_or((1, if seconds == 1 { "second" } else { "seconds" }));
    format!("{} {name}", seconds / unit)
}
