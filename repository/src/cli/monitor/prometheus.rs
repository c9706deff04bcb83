//! What was seen of a repository in the text format of Prometheus.

use std::fmt::Write as _;
use std::io::Write as _;

use tuf_repository::UnixTime;
use tuf_repository::inspection::{Inspection, State};

use crate::cli::output::remember;

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
    let label = |role: &str| format!("{{role=\"{}\"}}", escaped(role));
    let version = |role: &super::ObservedRole| Some((label(&role.name), role.version?.into()));
    let versions: Vec<_> = roles.iter().filter_map(version).collect();
    metric("tuf_role_version", "Version of the metadata of a role.", &versions);
    let seconds: Vec<_> = roles
        .iter()
        .filter_map(|role| Some((label(&role.name), i128::from(role.expires?.0) - i128::from(now.0))))
        .collect();
    metric("tuf_role_expires_seconds", "Seconds until the metadata of a role expires.", &seconds);
    if let Some(code) = observed.and_then(|observed| observed.verdict.code) {
        let label = format!("{{code=\"{}\"}}", escaped(code));
        metric("tuf_refused", "Why clients refuse the repository.", &[(label, 1)]);
    }
    remember(std::io::stdout().write_all(text.as_bytes()));
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
