//! The core's values as the records of `wasm/wit`, in JSON.
//!
//! This is written a second time: in the component the package `wasm/records` does it, which is held to this.

use tuf_verifier_core::{
    Access, Basis, Hash, Listing, MapNotFound, MapRequest, MappedRepository, NotFound, Notice, Profile,
    Report, RoleState, Settings, Target, Waived, Waiver,
};

use super::failure;
use crate::json::Json;

/// A number of 64 bits as text: not every reader of JSON has such numbers.
pub(super) fn number(number: impl ToString) -> Json {
    Json::Text(number.to_string())
}

/// A number of 32 bits.
pub(super) fn small(number: u32) -> Json {
    Json::from(u64::from(number))
}

pub(super) fn list<T>(elements: &[T], record: impl Fn(&T) -> Json) -> Json {
    Json::Array(elements.iter().map(record).collect())
}

pub(super) fn option<T>(value: Option<T>, record: impl FnOnce(T) -> Json) -> Json {
    value.map_or(Json::raw("null"), record)
}

/// A case of a variant.
pub(super) fn case(tag: &str, value: impl Into<Json>) -> Json {
    Json::object([("tag", tag.into()), ("val", value.into())])
}

/// A case that has no value.
pub(super) fn bare(tag: &str) -> Json {
    Json::object([("tag", tag)])
}

pub(super) fn settings(settings: &Settings) -> Json {
    let access = match settings.access {
        Access::Repository => "repository",
        Access::Store => "store",
        Access::Bundle => "bundle",
    };
    let profile = match settings.profile {
        Profile::Strict => "strict",
        Profile::Compatible => "compatible",
    };
    Json::object([
        ("root-max-length", number(settings.root_max_length)),
        ("timestamp-max-length", number(settings.timestamp_max_length)),
        ("snapshot-max-length", number(settings.snapshot_max_length)),
        ("targets-max-length", number(settings.targets_max_length)),
        ("listed-max-length", number(settings.listed_max_length)),
        ("target-file-max-length", number(settings.target_file_max_length)),
        ("max-root-updates", small(settings.max_root_updates)),
        ("max-delegations", small(settings.max_delegations)),
        ("max-rotations", small(settings.max_rotations)),
        ("access", access.into()),
        ("fresh-for", number(settings.fresh_for)),
        ("profile", profile.into()),
        ("replace-root-line", settings.replace_root_line.into()),
    ])
}

pub(super) fn report(report: &Report) -> Json {
    Json::object([
        ("now", number(report.now.0)),
        ("root", role_state(report.root)),
        ("timestamp", role_state(report.timestamp)),
        ("snapshot", role_state(report.snapshot)),
        ("targets", role_state(report.targets)),
        ("consistent-snapshot", report.consistent_snapshot.into()),
        ("timestamp-unchanged", report.timestamp_unchanged.into()),
        ("notices", list(&report.notices, notice)),
        ("waived", list(&report.waived, waiver)),
    ])
}

fn role_state(state: RoleState) -> Json {
    Json::object([("version", number(state.version)), ("expires", number(state.expires.0))])
}

fn notice(notice: &Notice) -> Json {
    Json::object([("name", Json::from(&*notice.name)), ("why", failure::failure(&notice.why))])
}

fn waiver(waiver: &Waiver) -> Json {
    let check = match &waiver.check {
        Waived::NewerRoot => bare("newer-root"),
        Waived::NewerTimestamp => bare("newer-timestamp"),
        Waived::RootLimit => bare("root-limit"),
        Waived::DateForm { role } => case("date-form", &**role),
        Waived::KeyForm { role, keyid } => {
            case("key-form", Json::object([("role", &**role), ("keyid", &**keyid)]))
        }
    };
    let why = match waiver.why {
        Basis::Offline => bare("offline"),
        Basis::Fresh { refreshed } => case("fresh", number(refreshed.0)),
        Basis::Bundle => bare("bundle"),
        Basis::Limit { files } => case("limit", small(files)),
        Basis::Compatible => bare("compatible"),
    };
    Json::object([
        ("code", waiver.code().into()),
        ("message", waiver.to_string().into()),
        ("check", check),
        ("why", why),
    ])
}

pub(super) fn target(target: &Target) -> Json {
    Json::object([
        ("path", Json::from(&*target.path)),
        ("length", number(target.length)),
        ("hashes", list(&target.hashes, hash)),
        ("custom", option(target.custom.as_deref(), Json::from)),
        ("role", Json::from(&*target.role)),
        ("fetch-path", target.fetch_path.as_str().into()),
        ("waived", list(&target.waived, waiver)),
    ])
}

pub(super) fn hash(hash: &Hash) -> Json {
    Json::object([("algorithm", &*hash.algorithm), ("digest", &*hash.digest)])
}

pub(super) fn not_found(not_found: &NotFound) -> Json {
    let reason = match not_found {
        NotFound::Absent => bare("absent"),
        NotFound::BudgetSpent { visited } => case("budget-spent", small(*visited)),
        NotFound::UnsupportedDelegation { role } => case("unsupported-delegation", &**role),
        NotFound::Disagreement { delegation } => case("disagreement", &**delegation),
    };
    Json::object([
        ("code", not_found.code().into()),
        ("message", not_found.to_string().into()),
        ("advice", not_found.advice().into()),
        ("reason", reason),
    ])
}

pub(super) fn mapped_repository(repository: &MappedRepository) -> Json {
    Json::object([("name", Json::from(&*repository.name)), ("urls", names(&repository.urls))])
}

pub(super) fn listing(listing: &Listing) -> Json {
    Json::object([("length", number(listing.length)), ("hashes", list(&listing.hashes, hash))])
}

pub(super) fn map_request(request: &MapRequest) -> Json {
    match request {
        MapRequest::Ask { repository } => case("ask", &**repository),
        MapRequest::Found { repositories } => case("found", names(repositories)),
        MapRequest::NotFound(MapNotFound::Unmapped) => case("not-found", bare("unmapped")),
        MapRequest::NotFound(MapNotFound::Absent { repositories }) => {
            case("not-found", case("absent", names(repositories)))
        }
        MapRequest::NotFound(MapNotFound::Disagreement { mapping, repositories }) => {
            let roles = [("mapping", small(*mapping)), ("repositories", names(repositories))];
            case("not-found", case("disagreement", Json::object(roles)))
        }
    }
}

fn names(names: &[Box<str>]) -> Json {
    list(names, |name| Json::from(&**name))
}
