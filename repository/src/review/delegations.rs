//! Delegations: which paths a role is trusted with, in which order, and how the search goes on.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use tuf_verifier_core::path_pattern_covers;

use super::Documents;
use super::change::{Change, ChangeKind, Severity};
use crate::metadata::{ListedDelegation, Scope, SuccinctRoles};

/// Digits of a SHA-256 in hexadecimal. A longer prefix covers no path.
const DIGITS: usize = 64;

/// Steps that all comparisons of patterns may take together: about a second. The author of a repository chooses how many there
/// are and how long: two patterns of two thousand characters each take millions of steps.
const MOST_STEPS: usize = 100_000_000;

pub(super) fn compare(before: &Documents, after: &Documents, found: &mut Vec<Change>) {
    let delegators: BTreeSet<&String> = before.targets.keys().chain(after.targets.keys()).collect();
    let steps = Steps(Cell::new(MOST_STEPS));
    for delegator in delegators {
        let (old, new) = (Lists::of(before, delegator), Lists::of(after, delegator));
        compare_one(delegator, &old, &new, &steps, found);
    }
}

/// The steps that are left.
struct Steps(Cell<usize>);

impl Steps {
    /// Takes the steps of one comparison, if so many are left.
    fn take(&self, steps: usize) -> Option<()> {
        self.0.set(self.0.get().checked_sub(steps)?);
        Some(())
    }
}

/// What a role delegates to: a list, bins, or nothing.
#[derive(Default)]
struct Lists<'d> {
    listed: Vec<ListedDelegation<'d>>,
    by_name: BTreeMap<&'d str, ListedDelegation<'d>>,
    bins: Option<&'d SuccinctRoles>,
}

impl<'d> Lists<'d> {
    fn of(documents: &'d Documents, delegator: &str) -> Self {
        let delegations = documents.targets.get(delegator).and_then(|targets| targets.delegations.as_ref());
        let Some(delegations) = delegations else { return Self::default() };
        let listed: Vec<_> = delegations.listed().collect();
        let by_name = listed.iter().map(|listed| (listed.name(), *listed)).collect();
        Self { listed, by_name, bins: delegations.bins() }
    }
}

fn compare_one(delegator: &str, old: &Lists<'_>, new: &Lists<'_>, steps: &Steps, found: &mut Vec<Change>) {
    for listed in &new.listed {
        let before = old.by_name.get(listed.name()).copied();
        compare_listed(delegator, before, *listed, steps, found);
        found.extend(agreement(delegator, before, *listed));
    }
    found.extend(on_their_own(delegator, old, new));
    found.extend(reordered(delegator, old, new));
    let described = |bins: Option<&SuccinctRoles>| bins.map(describe_bins);
    if described(old.bins) != described(new.bins) {
        let mut change = Change::new(delegator, ChangeKind::Bins, Severity::Notice);
        (change.before, change.after) = (described(old.bins), described(new.bins));
        found.push(change);
    }
}

/// `4096 with names bin-*, for every path`
fn describe_bins(bins: &SuccinctRoles) -> String {
    let count = 1_u64.checked_shl(bins.bit_length).unwrap_or(u64::MAX);
    format!("{count} with names {}-*, for every path", bins.name_prefix)
}

fn compare_listed(
    delegator: &str,
    old: Option<ListedDelegation<'_>>,
    new: ListedDelegation<'_>,
    steps: &Steps,
    found: &mut Vec<Change>,
) {
    let change = |kind, severity| Change::new(new.name(), kind, severity).delegated_by(Some(delegator));
    match old {
        // Its keys are told elsewhere; this is what it is trusted with.
        None => {
            let widened = change(ChangeKind::ScopeWidened, Severity::Notice);
            found.push(widened.after(describe(new.scope())));
            if new.terminating() {
                found.push(change(ChangeKind::Terminating, Severity::Info).after(true));
            }
        }
        Some(old) => {
            if let Some((kind, severity)) = scopes(old.scope(), new.scope(), steps) {
                let scope = change(kind, severity);
                found.push(scope.before(describe(old.scope())).after(describe(new.scope())));
            }
            if old.terminating() != new.terminating() {
                let terminating = change(ChangeKind::Terminating, Severity::Notice);
                found.push(terminating.before(old.terminating()).after(new.terminating()));
            }
        }
    }
    let had = old.and_then(|old| everything(old.scope()));
    found.extend(
        everything(new.scope())
            .filter(|all| had.as_ref() != Some(all))
            .map(|all| change(ChangeKind::ScopeEverything, Severity::Danger).after(all)),
    );
}

/// How many roles must agree, if that is said of a delegation, or was.
fn agreement(
    delegator: &str,
    old: Option<ListedDelegation<'_>>,
    new: ListedDelegation<'_>,
) -> Option<Change> {
    let (before, after) = (old.and_then(ListedDelegation::agreement), new.agreement());
    let needed = old.map(ListedDelegation::min_roles_in_agreement);
    let (kind, severity) = match needed.map(|needed| new.min_roles_in_agreement().cmp(&needed)) {
        _ if before == after => return None,
        Some(Ordering::Less) => (ChangeKind::AgreementLowered, Severity::Danger),
        Some(Ordering::Greater) => (ChangeKind::AgreementRaised, Severity::Notice),
        None | Some(Ordering::Equal) => (ChangeKind::Agreement, Severity::Notice),
    };
    let mut change = Change::new(new.name(), kind, severity).delegated_by(Some(delegator));
    (change.before, change.after) = (before, after);
    Some(change)
}

/// Roles that had to agree with others in a delegation that is gone, and that are now trusted on their own.
fn on_their_own(delegator: &str, old: &Lists<'_>, new: &Lists<'_>) -> Vec<Change> {
    let gone = old.listed.iter().filter(|listed| !new.by_name.contains_key(listed.name()));
    let alone = gone.filter(|listed| {
        let is_alone = |listed: &ListedDelegation<'_>| listed.min_roles_in_agreement() == 1;
        let roles = listed.roles().filter_map(|role| new.by_name.get(role.name));
        !is_alone(listed) && roles.copied().any(|listed| is_alone(&listed))
    });
    let change = |listed: &ListedDelegation<'_>| {
        let mut change = Change::new(listed.name(), ChangeKind::AgreementLowered, Severity::Danger);
        change.before = listed.agreement();
        change.delegated_by(Some(delegator))
    };
    alone.map(change).collect()
}

/// The order of the delegations that are in both lists.
fn reordered(delegator: &str, old: &Lists<'_>, new: &Lists<'_>) -> Option<Change> {
    let common = |lists: &Lists<'_>, others: &Lists<'_>| -> Vec<String> {
        let names = lists.listed.iter().map(|listed| listed.name());
        names.filter(|name| others.by_name.contains_key(name)).map(str::to_owned).collect()
    };
    let (before, after) = (common(old, new), common(new, old));
    (before != after).then(|| {
        let change = Change::new(delegator, ChangeKind::DelegationsReordered, Severity::Notice);
        change.before(before.join(", ")).after(after.join(", "))
    })
}

fn scopes(old: &Scope, new: &Scope, steps: &Steps) -> Option<(ChangeKind, Severity)> {
    if old == new {
        return None;
    }
    let (Some(is_within_old), Some(is_within_new)) = (is_within(new, old, steps), is_within(old, new, steps))
    else {
        return Some((ChangeKind::ScopeNotCompared, Severity::Notice));
    };
    match (!is_within_old, !is_within_new) {
        (false, false) => None,
        (true, false) => Some((ChangeKind::ScopeWidened, Severity::Notice)),
        (false, true) => Some((ChangeKind::ScopeNarrowed, Severity::Info)),
        (true, true) => Some((ChangeKind::ScopeChanged, Severity::Notice)),
    }
}

/// Whether every path of the inner scope is certainly one of the outer scope. None if that takes more steps than are left.
fn is_within(inner: &Scope, outer: &Scope, steps: &Steps) -> Option<bool> {
    match (inner, outer) {
        (Scope::Paths(inner), Scope::Paths(outer)) => all_within(inner, outer, is_pattern_within, steps),
        (Scope::PathHashPrefixes(inner), Scope::PathHashPrefixes(outer)) => {
            all_within(inner, outer, is_prefix_within, steps)
        }
        (Scope::Paths(inner), Scope::PathHashPrefixes(_)) => Some(inner.is_empty()),
        (Scope::PathHashPrefixes(inner), Scope::Paths(_)) => Some(inner.is_empty()),
    }
}

/// Compares one text with another one. None if that takes more steps than are left.
type Comparison = fn(&str, &str, &Steps) -> Option<bool>;

fn all_within(inner: &[String], outer: &[String], is_within: Comparison, steps: &Steps) -> Option<bool> {
    let same: BTreeSet<&String> = outer.iter().collect();
    for inner in inner.iter().filter(|inner| !same.contains(inner)) {
        let mut is_covered = false;
        for outer in outer {
            is_covered = is_within(inner, outer, steps)?;
            if is_covered {
                break;
            }
        }
        if !is_covered {
            return Some(false);
        }
    }
    Some(true)
}

fn is_prefix_within(inner: &str, outer: &str, steps: &Steps) -> Option<bool> {
    steps.take(outer.len().min(inner.len()).saturating_add(1))?;
    Some(inner.starts_with(outer))
}

/// Reads the inner pattern as a path: a `*` of the outer one then covers a wildcard like any other character. `?` and `[`
/// cover one character, which a `*` of the inner pattern is not, so such patterns must be equal.
fn is_pattern_within(inner: &str, outer: &str, steps: &Steps) -> Option<bool> {
    let literal = outer.split('*').next().unwrap_or_default();
    steps.take(literal.len().saturating_add(1))?;
    if inner == outer {
        return Some(true);
    }
    if outer.contains(['?', '[']) || literal.len() == outer.len() || !inner.starts_with(literal) {
        return Some(false);
    }
    steps.take(inner.len().saturating_mul(outer.len()))?;
    Some(path_pattern_covers(outer, inner))
}

/// What a scope covers if it covers all paths, or all paths of a depth.
fn everything(scope: &Scope) -> Option<String> {
    match scope {
        Scope::Paths(patterns) => {
            let is_star = |pattern: &&String| {
                pattern
                    .split('/')
                    .all(|segment| !segment.is_empty() && segment.chars().all(|part| part == '*'))
            };
            let all: Vec<_> = patterns.iter().filter(is_star).cloned().collect();
            (!all.is_empty()).then(|| format!("every path of the form {}", all.join(" or ")))
        }
        Scope::PathHashPrefixes(prefixes) => covers_all(prefixes).then(|| "every path".to_owned()),
    }
}

/// Whether every digest begins with one of the prefixes. Sixteen covered beginnings cover the one that they extend, from
/// the longest to the empty one.
fn covers_all(prefixes: &[String]) -> bool {
    let mut covered: BTreeSet<&str> = prefixes.iter().map(String::as_str).collect();
    for length in (1..=DIGITS).rev() {
        let mut children: BTreeMap<&str, usize> = BTreeMap::new();
        for prefix in covered.iter().filter(|prefix| prefix.len() == length) {
            if let Some((parent, last)) = prefix.split_at_checked(length - 1)
                && matches!(last.as_bytes(), [b'0'..=b'9' | b'a'..=b'f'])
            {
                *children.entry(parent).or_default() += 1;
            }
        }
        covered.extend(children.into_iter().filter(|(_, count)| *count == 16).map(|(parent, _)| parent));
    }
    covered.contains("")
}

fn describe(scope: &Scope) -> String {
    match scope {
        Scope::Paths(patterns) if patterns.is_empty() => "no path".to_owned(),
        Scope::Paths(patterns) => patterns.join(", "),
        Scope::PathHashPrefixes(prefixes) => format!("hash prefixes {}", prefixes.join(", ")),
    }
}
