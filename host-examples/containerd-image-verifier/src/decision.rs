//! Decides about a pull: which rule, then what the rule asks for.

use std::ffi::OsString;
use std::time::Instant;

use tuf_oci::{Descriptor, Reference, digest_path, tag_path};
use tuf_verifier_host::{Lookup, NotFound};

use crate::call::{Call, Flags};
use crate::conclusion;
use crate::listing;
use crate::policy::{Action, Policy, RepositoryPolicy, Rewrite};
use crate::state::State;
use crate::verdict::{Metadata, Verdict};
use crate::verify::{Consulted, consult};

/// The arguments of containerd's call become a verdict.
pub(crate) fn decide(policy: &Policy, arguments: &[OsString], started: Instant) -> Verdict {
    match read(arguments) {
        Ok(call) => judge(policy, &call, started),
        Err(verdict) => verdict,
    }
}

fn read(arguments: &[OsString]) -> Result<Call, Verdict> {
    let flags = Flags::parse(arguments)?;
    conclusion::about(format!("{} {}", flags.name, flags.digest));
    Ok(flags.with(std::io::stdin().lock())?)
}

/// What the policy says of a call.
pub(crate) fn judge(policy: &Policy, call: &Call, started: Instant) -> Verdict {
    let (reference, offered) = (&call.reference, &call.descriptor);
    let (rule, action) = policy.rule_for(reference);
    match action {
        Action::Reject if rule.is_none() => {
            Verdict::block("no-rule", format!("the policy has no rule for {}", reference.name()))
        }
        Action::Reject => {
            Verdict::block("rejected", format!("the rule {} rejects {reference}", quoted(rule)))
        }
        Action::Allow => Verdict::allow("unverified", format!("the policy allows {reference} unverified")),
        Action::Digests(digests) if digests.contains(&offered.digest) => {
            Verdict::allow("pinned", format!("the policy lists {} for {reference}", offered.digest))
        }
        Action::Digests(_) => {
            let words = format!("the rule {} does not list {}", quoted(rule), offered.digest);
            Verdict::block("not-in-digests", words)
        }
        Action::Verify { repository, rewrite } => match written(reference, rewrite.as_ref()) {
            Ok(reference) => verify(policy, repository, &reference, offered, started),
            Err(verdict) => verdict,
        },
    }
}

fn quoted(prefix: Option<&str>) -> String {
    format!("{:?}", prefix.unwrap_or("default"))
}

/// The reference under its name in the repository.
///
/// # Errors
/// The new name is none.
pub(crate) fn written(reference: &Reference, rewrite: Option<&Rewrite>) -> Result<Reference, Verdict> {
    let Some(rewrite) = rewrite else { return Ok(reference.clone()) };
    rewrite.apply(reference).map_err(|error| {
        Verdict::block(error.code(), format!("{reference} cannot be read with {}: {error}", rewrite.to))
    })
}

/// The targets that must exist: for the tag, for the digest, or for both.
pub(crate) fn paths(reference: &Reference) -> Vec<String> {
    let by_digest = reference.digest().map(|digest| digest_path(reference, digest));
    tag_path(reference).into_iter().chain(by_digest).collect()
}

fn verify(
    policy: &Policy,
    repository: &RepositoryPolicy,
    reference: &Reference,
    offered: &Descriptor,
    started: Instant,
) -> Verdict {
    let paths = paths(reference);
    let state = State::of(policy, repository);
    match consult(repository, &state, policy.deadline, started, &paths) {
        Ok(consulted) => compare(&consulted, reference, offered, &paths),
        Err(verdict) => verdict,
    }
}

fn compare(consulted: &Consulted, reference: &Reference, offered: &Descriptor, paths: &[String]) -> Verdict {
    let metadata = Metadata::from(&consulted.report);
    let aside = consulted
        .unreachable
        .as_ref()
        .map_or_else(String::new, |why| format!("; the repository is unreachable: {why}"));
    let mut role = "";
    for (path, lookup) in paths.iter().zip(&consulted.lookups) {
        let difference = match lookup {
            Lookup::Found(target) => {
                role = &target.role;
                listing::compare(target, offered).err()
            }
            Lookup::NotFound(reason) => Some((not_found(reason), format!("{path}: {reason}"))),
        };
        if let Some((code, words)) = difference {
            return Verdict::block(code, words + &aside).with(metadata);
        }
    }
    let version = consulted.report.targets.version;
    let words = format!("{reference} is {} (role {role}, targets version {version}){aside}", offered.digest);
    Verdict::allow("listed", words).with(metadata)
}

/// The code of an answer that is no target.
pub(crate) fn not_found(why: &NotFound) -> &str {
    match why.code.as_str() {
        "absent" => "not-listed",
        code => code,
    }
}
