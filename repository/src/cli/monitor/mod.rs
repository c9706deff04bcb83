//! `tufrepo monitor`.

mod prometheus;

use std::time::Duration;

use tuf_repository::inspection::{DISAGREEMENT, Inspected, Inspection, Question, State, inspect};
use tuf_repository::metadata::format_expiry;
use tuf_repository::review::KeyNames;
use tuf_repository::source::{Access, PlainHttp, open};
use tuf_repository::{UnixTime, check_own};

use crate::cli::failure::Failure;
use crate::cli::inspect::{root_file, unread};
use crate::cli::monitor_args::MonitorArgs;
use crate::cli::output::outln;
use crate::cli::printable::printable;
use crate::cli::shell::Shell;
use crate::cli::status::REVOKED;
use crate::cli::within::{Within, is_due};
use crate::cli::workspace::now;

/// Roles that are looked at.
const MOST_ROLES: usize = 1 << 16;

/// The exit status where a role is due.
const DUE: u8 = 3;
/// The exit status where clients refuse the repository.
const REFUSED: u8 = 4;

/// Prints role, version, expiry and seconds until then, tab-separated, one role a line; or metrics for Prometheus. Opens no
/// key and no state.
pub(crate) fn run(args: &MonitorArgs, shell: &Shell) -> Result<(), Failure> {
    // Whoever can change it chooses the verdict.
    check_own(&args.root)?;
    let root = root_file(&args.root)?;
    let now = now()?;
    let observed = observe(args, root, now);
    if args.prometheus {
        prometheus::print(observed.as_ref().ok(), now);
    }
    let observed = observed?;
    let roles = roles(&observed);
    // Of a repository that is refused, not every role is known.
    if matches!(observed.verdict.state, State::Accepted | State::Expired) {
        let delegated = observed.roles.iter().map(|role| role.role.as_str());
        Within::check(&args.within, roles.iter().map(|role| role.name.as_str()).chain(delegated))?;
    }
    if !args.prometheus {
        print(&roles, now);
    }
    for role in &roles {
        let within = Within::of(&args.within, &role.name, u64::MAX);
        if is_due(role.expires, within, now) {
            let expires = role.expires.map(format_expiry).unwrap_or_default();
            shell.warning(format_args!("role {} is due: it expires at {expires}", role.name));
            shell.attention(DUE);
        }
    }
    for finding in observed.findings.iter().filter(|finding| finding.code == DISAGREEMENT) {
        shell.warning(&finding.message);
    }
    let verdict = &observed.verdict;
    if let (Some(code), Some(message)) = (verdict.code, &verdict.message) {
        let failure = Failure::new(format!("clients refuse the repository: {message} [{code}]"));
        shell.failure(&failure.next(
            "if it has expired, `tufrepo refresh` signs it anew; otherwise somebody else has written there: `tufrepo restore`",
        ));
        shell.attention(REFUSED);
    }
    Ok(())
}

/// Lets a client judge everything, from root metadata that is trusted: so plain http is as good as any.
fn observe(args: &MonitorArgs, root: Vec<u8>, now: UnixTime) -> Result<Inspection, Failure> {
    let time_limit = Duration::from_secs(args.time_limit);
    let access = Access { ca_file: args.ca_file.clone(), plain_http: PlainHttp::Anywhere, time_limit };
    let source = open(&args.place, &access).map_err(unread)?;
    let question = Question { root: Some(root), at: now, names: KeyNames::none(), most_roles: MOST_ROLES };
    let Inspected { inspection, .. } = inspect(&*source, &question).map_err(unread)?;
    let verdict = &inspection.verdict;
    match (verdict.state, verdict.code, &verdict.message) {
        (State::Unread, Some(code), Some(message)) => Err(Failure::new(format!("{message} [{code}]"))
            .next("what is published is not known, so this is no verdict: check the address and the network, then try again")),
        _ => Ok(inspection),
    }
}

/// A role, or all bins of a role.
struct ObservedRole {
    name: String,
    /// The role that delegates to it, whose author has chosen the name.
    delegator: Option<String>,
    /// Its version; none of bins, and of a role that has revoked itself.
    version: Option<u64>,
    expires: Option<UnixTime>,
    /// Whether it has revoked itself (TAP 20).
    is_revoked: bool,
}

/// Every role that could be verified, expired ones and those that have revoked themselves too. Bins are one line: when the first of them expires.
fn roles(observed: &Inspection) -> Vec<ObservedRole> {
    let is_known = |state: State| matches!(state, State::Accepted | State::Expired | State::Revoked);
    let roles = observed.roles.iter().filter(|role| is_known(role.verdict.state));
    let roles = roles.map(|role| {
        let is_revoked = role.verdict.state == State::Revoked;
        ObservedRole {
            name: role.role.clone(),
            delegator: role.delegator.clone(),
            // What is left of it there counts for nothing, and nobody renews it.
            version: role.version.filter(|_| !is_revoked),
            expires: role.expires.filter(|_| !is_revoked),
            is_revoked,
        }
    });
    let bins = observed.bins.iter().map(|bins| ObservedRole {
        name: format!("{}-*", bins.name_prefix),
        delegator: Some(bins.delegator.clone()),
        version: None,
        expires: bins.expires,
        is_revoked: false,
    });
    roles.chain(bins).collect()
}

fn print(roles: &[ObservedRole], now: UnixTime) {
    outln!("role\tversion\texpires\tseconds");
    for role in roles {
        let version = role.version.map_or_else(|| "-".to_owned(), |version| version.to_string());
        let none = if role.is_revoked { REVOKED } else { "-" };
        let expires = role.expires.map_or_else(|| none.to_owned(), format_expiry);
        let left = role.expires.map_or_else(|| "-".to_owned(), |expires| (expires.0 - now.0).to_string());
        outln!("{}\t{version}\t{expires}\t{left}", printable(&role.name));
    }
}
