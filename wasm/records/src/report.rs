//! What refreshes and searches end with, from the core to the host.

use tuf_verifier_core::{NotFound, Notice, Report, RoleState, Target};

use crate::{failure, hash, waiver, wit};

pub(crate) fn report(report: Report) -> wit::Report {
    wit::Report {
        now: report.now.0,
        root: role_state(report.root),
        timestamp: role_state(report.timestamp),
        snapshot: role_state(report.snapshot),
        targets: role_state(report.targets),
        consistent_snapshot: report.consistent_snapshot,
        timestamp_unchanged: report.timestamp_unchanged,
        notices: report.notices.into_iter().map(notice).collect(),
        waived: report.waived.into_iter().map(waiver::to_wit).collect(),
    }
}

fn role_state(state: RoleState) -> wit::RoleState {
    wit::RoleState { version: state.version, expires: state.expires.0 }
}

fn notice(notice: Notice) -> wit::Notice {
    wit::Notice { name: notice.name.into(), why: failure::to_wit(notice.why) }
}

pub(crate) fn target(target: Target) -> wit::Target {
    wit::Target {
        path: target.path.into(),
        length: target.length,
        hashes: target.hashes.into_iter().map(hash::to_wit).collect(),
        custom: target.custom.map(String::from),
        role: target.role.into(),
        fetch_path: target.fetch_path,
        waived: target.waived.into_iter().map(waiver::to_wit).collect(),
    }
}

pub(crate) fn not_found(reason: NotFound) -> wit::NotFound {
    let (code, message, advice) = (reason.code().into(), reason.to_string(), reason.advice().into());
    let reason = match reason {
        NotFound::Absent => wit::NotFoundReason::Absent,
        NotFound::BudgetSpent { visited } => wit::NotFoundReason::BudgetSpent(visited),
        NotFound::UnsupportedDelegation { role } => wit::NotFoundReason::UnsupportedDelegation(role.into()),
        NotFound::Disagreement { delegation } => wit::NotFoundReason::Disagreement(delegation.into()),
    };
    wit::NotFound { code, message, advice, reason }
}
