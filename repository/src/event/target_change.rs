//! What somebody who reviews is told of one target.

use std::fmt::Write as _;

use crate::event::Event;
use crate::event::payload::Document;
use crate::metadata::TargetFile;

impl Event {
    /// What a role said of a target and what it is to say: length, digests, and everything else. The text is the event's, and
    /// may be hostile.
    #[must_use]
    pub fn target_change(&self, role: &str, path: &str) -> String {
        let before = self.before.targets.get(role).and_then(|before| before.targets.get(path));
        let after = self.payloads.get(role).and_then(|payload| match &payload.document {
            Document::Targets(targets) => targets.targets.get(path),
            Document::Root(_) => None,
        });
        target_change(role, path, before, after)
    }
}

/// As [`Event::target_change`], of a target before and after.
pub(crate) fn target_change(
    role: &str,
    path: &str,
    before: Option<&TargetFile>,
    after: Option<&TargetFile>,
) -> String {
    let mut text = format!("{role}: {path}: ");
    match (before, after) {
        (Some(before), Some(after)) => {
            let _infallible = write!(text, "{} → {}", describe(before), describe(after));
        }
        (before, after) => text.push_str(&before.or(after).map(describe).unwrap_or_default()),
    }
    text
}

/// `5 bytes, sha256:01ab…, custom {…}`
fn describe(target: &TargetFile) -> String {
    let mut parts = vec![format!("{} bytes", target.length)];
    parts.extend(target.hashes.iter().map(|(algorithm, digest)| format!("{algorithm}:{digest}")));
    if let Some(custom) = &target.custom {
        parts.push(format!("custom {}", serde_json::to_string(custom).unwrap_or_default()));
    }
    parts.extend(target.unrecognized.iter().map(|(name, value)| format!("{name} {value}")));
    parts.join(", ")
}
