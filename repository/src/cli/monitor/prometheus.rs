//! What was seen of a repository in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use tuf_repository::UnixTime;
use tuf_repository::inspection::{Inspection, State};

use crate::cli::output::remember;
use crate::cli::printable::printable;

use super::ObservedRole;

/// Prints all metrics, also where the repository does not answer: a metric that is missing raises no alarm.
pub(super) fn print(observed: Option<&Inspection>, now: UnixTime) {
    let is_verified = observed.is_some_and(|observed| observed.verdict.state == State::Accepted);
    let mut text = String::new();
    let mut metric = |name: &str, help: &str, samples: &[(String, i128)]| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let plain = |value: i128| [(String::new(), value)];
    metric("tuf_reachable", "Whether the repository answers.", &plain(observed.is_some().into()));
    metric("tuf_verified", "Whether a new client accepts the repository.", &plain(is_verified.into()));
    metric("tuf_checked_timestamp_seconds", "When this was looked at.", &plain(now.0.into()));
    let roles = observed.map(super::roles).unwrap_or_default();
    let versions = series(&roles, |role| Some(role.version?.into()));
    metric("tuf_role_version", "Version of the metadata of a role.", &versions);
    let seconds = series(&roles, |role| Some(i128::from(role.expires?.0) - i128::from(now.0)));
    metric("tuf_role_expires_seconds", "Seconds until the metadata of a role expires.", &seconds);
    if let Some(code) = observed.and_then(|observed| observed.verdict.code) {
        let label = format!("{{code=\"{}\"}}", escaped(code));
        metric("tuf_refused", "Why clients refuse the repository.", &[(label, 1)]);
    }
    remember(std::io::stdout().write_all(text.as_bytes()));
}

/// A value of each role. The names of delegated roles are their delegators', who may choose that of a top-level role, or of all
/// bins; and names that differ may look alike. A scrape with two values of one series is no scrape: the lower one is told.
fn series(roles: &[ObservedRole], value: impl Fn(&ObservedRole) -> Option<i128>) -> Vec<(String, i128)> {
    let mut series: Vec<(String, i128)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for role in roles {
        let Some(value) = value(role) else { continue };
        let label = label(role);
        match places.get(&label).and_then(|at| series.get_mut(*at)) {
            Some((_, lowest)) => *lowest = value.min(*lowest),
            None => {
                places.insert(label.clone(), series.len());
                series.push((label, value));
            }
        }
    }
    series
}

fn label(role: &ObservedRole) -> String {
    let name = escaped(&role.name);
    match &role.delegator {
        Some(delegator) => format!("{{role=\"{name}\",delegator=\"{}\"}}", escaped(delegator)),
        None => format!("{{role=\"{name}\"}}"),
    }
}

fn escaped(text: &str) -> String {
    printable(text).replace('\\', "\\\\").replace('"', "\\\"")
}
