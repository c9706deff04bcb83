//! The status of a repository for programs.

use serde_json::{Value, json};
use tuf_repository::metadata::format_expiry;
use tuf_repository::{
    Contradiction, FoundIn, ListedTarget, Newer, RoleStatus, Status, TargetFiles, UnixTime,
};

use super::Due;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::within::Within;
use crate::cli::workspace::Workspace;

/// What is known of a repository.
pub(super) struct Known<'a> {
    pub(super) status: &'a Status,
    /// What became of the target files, where they were read.
    pub(super) files: Option<&'a TargetFiles>,
    pub(super) contradictions: &'a [Contradiction],
    /// When somebody wants to hear of a role.
    pub(super) within: &'a [Within],
    pub(super) due: &'a Due<'a>,
}

/// Prints one object. Its fields stay what they are; later versions may add some. Times are as in metadata, periods are in
/// seconds.
pub(super) fn print(known: &Known<'_>, workspace: &Workspace) -> Result<(), Failure> {
    let (status, now) = (known.status, known.due.now);
    let next = status.next_expiry().map(|(role, expires)| {
        json!({ "role": role.role, "expires": format_expiry(expires), "seconds": left(expires, now) })
    });
    let roles: Vec<Value> = status.roles.iter().map(|role| row(role, known, workspace)).collect();
    let object = json!({
        "format": 1,
        "now": format_expiry(now),
        "roles": roles,
        "next_expiry": next,
        "contradictions": known.contradictions.iter().map(contradiction).collect::<Vec<_>>(),
        "staged": status.staged,
        "interrupted": status.interrupted,
        "disagreements": status.disagreements,
        "newer": status.newer.map(newer),
        "target_files": known.files.map(files),
    });
    let text = serde_json::to_string_pretty(&object)
        .map_err(|error| Failure::new(format!("the status cannot be written: {error}")))?;
    output::json(&text);
    Ok(())
}

fn row(role: &RoleStatus, known: &Known<'_>, workspace: &Workspace) -> Value {
    let at_hand = |keyid: &String| {
        let found = workspace.keys.keys().iter().find(|key| key.keyid == *keyid);
        (found.map(|key| key.name.clone()), found.is_some_and(|key| key.private.is_some()))
    };
    let keys: Vec<Value> = role
        .keyids
        .iter()
        .map(|keyid| {
            let (name, is_at_hand) = at_hand(keyid);
            json!({ "keyid": keyid, "name": name, "at_hand": is_at_hand })
        })
        .collect();
    let available = role.keyids.iter().filter(|keyid| at_hand(keyid).1).count() as u64;
    let Due { leads, periods, now } = known.due;
    let renewal = leads.renewal(role, periods);
    json!({
        "role": role.role,
        "version": role.version,
        "expires": role.expires.map(format_expiry),
        "seconds": role.expires.map(|expires| left(expires, *now)),
        "due": super::is_due(role, known.within, known.due),
        "threshold": role.threshold,
        "keys": keys,
        "can_sign": !role.is_revoked && available >= role.threshold,
        "period": periods.of(&role.role),
        "lead": leads.of(&role.role, periods),
        "renew_at": renewal.map(format_expiry),
        "targets": role.targets,
        "rotations": role.rotations,
        "revoked": role.is_revoked,
    })
}

fn contradiction(found: &Contradiction) -> Value {
    let (place, value, longer, shorter) = match found.found {
        FoundIn::Settings(longer, shorter) => ("settings", "period", json!(longer), json!(shorter)),
        FoundIn::Published(longer, shorter) => {
            ("published", "expires", json!(format_expiry(longer)), json!(format_expiry(shorter)))
        }
    };
    json!({
        "found_in": place,
        "longer": { "role": found.longer, value: longer },
        "shorter": { "role": found.shorter, value: shorter },
        "text": found.to_string(),
    })
}

/// Versions of the timestamp.
fn newer(Newer { published, remembered }: Newer) -> Value {
    json!({ "published": published, "remembered": remembered })
}

fn files(files: &TargetFiles) -> Value {
    let list = |targets: &[ListedTarget]| -> Vec<Value> {
        targets.iter().map(|target| json!({ "role": target.role, "path": target.path })).collect()
    };
    json!({ "whole": files.whole, "missing": list(&files.missing), "changed": list(&files.changed) })
}

fn left(expires: UnixTime, now: UnixTime) -> i64 {
    expires.0.saturating_sub(now.0)
}
