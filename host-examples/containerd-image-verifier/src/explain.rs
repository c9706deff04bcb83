//! `tuf-image-verifier explain`: which rule, which target, which role, which versions.

use std::time::Instant;

use tuf_oci::{Reference, media_type_of};
use tuf_verifier_host::{Lookup, Report, Target, UnixTime, Waiver};

use crate::decision::{not_found, paths, written};
use crate::policy::{self, Action, Mode, Policy, RepositoryPolicy};
use crate::state::State;
use crate::verdict::{Metadata, Verdict};
use crate::verify::{Consulted, consult};
use crate::words::one_line;

/// A reference becomes lines for a person and an exit status: 0 where some image of this name may be pulled.
///
/// It refreshes metadata as a pull would. What a registry offers is not asked for.
pub(crate) fn explain(text: &str) -> (Vec<String>, u8) {
    let mut lines = Vec::new();
    let refused = tell(text, &mut lines).err();
    let status = u8::from(refused.is_some());
    lines.extend(refused.map(|verdict| verdict.to_string()));
    (lines.iter().map(|line| one_line(line)).collect(), status)
}

fn tell(text: &str, lines: &mut Vec<String>) -> Result<(), Verdict> {
    let unusable = |error: policy::PolicyError| Verdict::block("policy-unusable", error.to_string());
    let policy = policy::of_this_machine().map_err(unusable)?;
    let mode = if policy.mode == Mode::Audit { ", which blocks nothing (audit)" } else { "" };
    lines.push(format!("policy      {}{mode}", policy::place().display()));
    may_be_pulled(&policy, text, lines)
}

/// Whether a policy lets some image of this name be pulled, with lines that say why.
///
/// # Errors
/// The verdict that would block every image of this name.
pub(crate) fn may_be_pulled(policy: &Policy, text: &str, lines: &mut Vec<String>) -> Result<(), Verdict> {
    let reference =
        Reference::parse(text).map_err(|error| Verdict::block(error.code(), error.to_string()))?;
    lines.push(format!("reference   {reference}"));
    let (rule, action) = policy.rule_for(&reference);
    lines.push(format!("rule        {}", rule.unwrap_or("none: the default applies")));
    match action {
        Action::Reject => Err(Verdict::block("rejected", "nothing of this name may be pulled")),
        Action::Allow => {
            lines.push("unverified: anything of this name may be pulled".to_owned());
            Ok(())
        }
        Action::Digests(digests) => {
            lines.extend(digests.iter().map(|digest| format!("may be      {digest}")));
            Ok(())
        }
        Action::Verify { repository, rewrite } => {
            let reference = written(&reference, rewrite.as_ref())?;
            verified(policy, repository, &reference, lines)
        }
    }
}

fn verified(
    policy: &Policy,
    repository: &RepositoryPolicy,
    reference: &Reference,
    lines: &mut Vec<String>,
) -> Result<(), Verdict> {
    let (paths, state) = (paths(reference), State::of(policy, repository));
    lines.push(format!("looked up   {reference}"));
    lines.push(format!("repository  {} (root {})", repository.name, repository.root.display()));
    let consulted = consult(repository, &state, policy.deadline, Instant::now(), &paths)?;
    metadata(&consulted, lines);
    for (path, lookup) in paths.iter().zip(&consulted.lookups) {
        lines.push(format!("target      {path}"));
        match lookup {
            Lookup::Found(found) => target(found, lines),
            Lookup::NotFound(reason) => {
                let metadata = Metadata::from(&consulted.report);
                return Err(Verdict::block(not_found(reason), reason.to_string()).with(metadata));
            }
        }
    }
    lines.push(Metadata::from(&consulted.report).to_string());
    Ok(())
}

fn metadata(consulted: &Consulted, lines: &mut Vec<String>) {
    let Report { root, timestamp, snapshot, targets, waived, .. } = &consulted.report;
    for (role, state) in
        [("root", root), ("timestamp", timestamp), ("snapshot", snapshot), ("targets", targets)]
    {
        let expires = UnixTime::from_seconds(state.expires);
        lines.push(format!("{role:<11} version {}, expires {expires}", state.version));
    }
    lines.extend(consulted.unreachable.iter().map(|why| format!("unreachable {why}")));
    lines.extend(Waiver::forms_in_words(waived).map(|forms| format!("note        {forms}")));
    let left_out = waived.iter().filter(|waiver| !waiver.is_form());
    lines.extend(left_out.map(|waiver| format!("not checked {waiver}")));
}

fn target(target: &Target, lines: &mut Vec<String>) {
    lines.push(format!("  role      {}", target.role));
    for hash in &target.hashes {
        lines.push(format!("  digest    {}:{}", hash.algorithm, hash.digest));
    }
    lines.push(format!("  size      {}", target.length));
    match media_type_of(target.custom.as_deref()) {
        Ok(media_type) => lines.push(format!("  type      {media_type}")),
        Err(error) => lines.push(format!("  type      none: {error}")),
    }
}
