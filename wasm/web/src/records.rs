//! The records of the interface as objects of JavaScript.
//!
//! Each type is listed once, with all of its fields or cases: one that is forgotten does not compile. `given` goes to
//! JavaScript, `taken` comes from there, `both` does both.

use tuf_verifier_records::wit;
use wasm_bindgen::JsValue;

use crate::names::{camel_case, kebab_case};
use crate::value::{FromJs, Record, ToJs, record, wrong};

/// A record is a plain object with the names of its fields in camel case.
macro_rules! records {
    ($($way:ident $name:ident { $($field:ident),* $(,)? })*) => { $( record!($way $name { $($field),* }); )* };
}

macro_rules! record {
    (both $name:ident $fields:tt) => {
        record!(given $name $fields);
        record!(taken $name $fields);
    };
    (given $name:ident { $($field:ident),* }) => {
        impl ToJs for wit::$name {
            fn to_js(self) -> JsValue {
                let Self { $($field),* } = self;
                let object = Record::new();
                $( object.set(&camel_case(stringify!($field)), $field.to_js()); )*
                object.into()
            }
        }
    };
    (taken $name:ident { $($field:ident),* }) => {
        impl FromJs for wit::$name {
            fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
                let object = record(value, name)?;
                $(
                    let field = camel_case(stringify!($field));
                    let $field = FromJs::from_js(&object.get(&field)?, &format!("{name}.{field}"))?;
                )*
                Ok(Self { $($field),* })
            }
        }
    };
}

/// An enum is the name of its case in kebab case.
macro_rules! enums {
    ($($way:ident $name:ident { $($case:ident),* $(,)? })*) => { $( enumeration!($way $name { $($case),* }); )* };
}

macro_rules! enumeration {
    (both $name:ident $cases:tt) => {
        enumeration!(given $name $cases);
        enumeration!(taken $name $cases);
    };
    (given $name:ident { $($case:ident),* }) => {
        impl ToJs for wit::$name {
            fn to_js(self) -> JsValue {
                kebab_case(match self { $( Self::$case => stringify!($case), )* }).into()
            }
        }
    };
    (taken $name:ident { $($case:ident),* }) => {
        impl FromJs for wit::$name {
            fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
                let cases = [$( (kebab_case(stringify!($case)), Self::$case), )*];
                let text = String::from_js(value, name)?;
                let named: Vec<&str> = cases.iter().map(|(case, _)| case.as_str()).collect();
                let error = wrong(name, &format!("one of {}", named.join(", ")));
                cases.into_iter().find(|(case, _)| *case == text).map(|(_, case)| case).ok_or(error)
            }
        }
    };
}

/// A variant is an object with its case in kebab case as `tag`, and with `val` where the case has a value.
macro_rules! variants {
    ($($way:ident $name:ident { $($case:ident $(($val:ident))?),* $(,)? })*) => {
        $( variant!($way $name { $($case $(($val))?),* }); )*
    };
}

macro_rules! variant {
    (given $name:ident { $($case:ident $(($val:ident))?),* }) => {
        impl ToJs for wit::$name {
            fn to_js(self) -> JsValue {
                let object = Record::new();
                match self { $(
                    Self::$case $(($val))? => {
                        object.set("tag", kebab_case(stringify!($case)).into());
                        $( object.set("val", $val.to_js()); )?
                    }
                )* }
                object.into()
            }
        }
    };
    (taken $name:ident { $($case:ident $(($val:ident))?),* }) => {
        impl FromJs for wit::$name {
            fn from_js(value: &JsValue, name: &str) -> Result<Self, JsValue> {
                let object = record(value, name)?;
                let tag = String::from_js(&object.get("tag")?, &format!("{name}.tag"))?;
                $(
                    if tag == kebab_case(stringify!($case)) {
                        $( let $val = FromJs::from_js(&object.get("val")?, &format!("{name}.val"))?; )?
                        return Ok(Self::$case $(($val))?);
                    }
                )*
                let cases = [$( kebab_case(stringify!($case)) ),*];
                Err(wrong(&format!("{name}.tag"), &format!("one of {}", cases.join(", "))))
            }
        }
    };
}

records! {
    both Settings {
        root_max_length, timestamp_max_length, snapshot_max_length, targets_max_length, listed_max_length,
        target_file_max_length, max_root_updates, max_delegations, max_rotations, access, fresh_for, profile,
        replace_root_line,
    }
    given FetchRequest { name, max_length }
    given PersistRequest { name, bytes }
    given RoleState { version, expires }
    given Report {
        now, root, timestamp, snapshot, targets, consistent_snapshot, timestamp_unchanged, notices, waived,
    }
    given Waiver { code, message, check, why }
    given SigningKey { role, keyid }
    given Notice { name, why }
    given Target { path, length, hashes, custom, role, fetch_path, waived }
    both Hash { algorithm, digest }
    given Failure { code, message, cause }
    given Missing { name, place }
    given UnsupportedKeys { role, delegator, delegator_version, threshold, listed, unusable }
    given UnusableKeys { keytype, scheme, why, count }
    given UnsupportedHashes { name, listed }
    given UnsupportedText { name, found }
    given Revoked { role, version }
    given EndlessRotation { role, limit }
    given OtherRootLine { stored, pinned }
    given ArbitrarySoftware { role, delegator, delegator_version, threshold, valid }
    given Rollback { role, subject, trusted, offered }
    given Freeze { role, version, expires, now }
    given MixAndMatch { role, mismatch }
    given NumberMismatch { listed, offered }
    given EndlessData { name, limit, listed, setting }
    given WrongSoftware { path, mismatch }
    given Malformed { name, reason, offset }
    given MappedRepository { name, urls }
    taken Listing { length, hashes }
    given MapDisagreement { mapping, repositories }
    taken ClientOptions { settings, mirrors, retry, parallel, seed, resumes }
    both Retry { count, first, longest }
    given LoadAction { id, name }
    given GetAction { id, mirror, name, max_length }
    given ReceiveAction { id, transfer, mirror, fetch_path, offset, length, validator }
    given KeepAction { answer, name }
    given MirrorFile { mirror, name }
    given MirrorFailure { mirror, name, error }
    given Found { search, target }
    given NotFound { search, reason }
    given SearchFailure { search, error }
    given TransferFailure { transfer, error }
    given ClientError { code, message, cause }
    given MissingTarget { path, fetch_path }
    taken TargetStream { start, at_hand, validator, broken }
    both AtHand { length, digests }
    taken TransportError { kind, retry_after, text }
}

enums! {
    both Access { Repository, Store, Bundle }
    both Profile { Compatible, Strict }
    given KeyProblem { UnknownType, UnknownScheme, Unreadable, OtherForm }
    given Place { Repository, Store }
    taken MirrorKind { Repository, Bundle }
    taken Phase { Resolution, Connection, Response, Bytes, End }
}

variants! {
    given Request {
        Load(name), Fetch(file), Persist(file), Forget(name), Ready(report), Found(target), NotFound(reason),
        SearchFailed(failure),
    }
    given Waived { NewerRoot, NewerTimestamp, RootLimit, DateForm(role), KeyForm(key) }
    given Basis { Offline, Fresh(refreshed), Bundle, Limit(files), Compatible }
    given NotFoundReason { Absent, BudgetSpent(visited), UnsupportedDelegation(role), Disagreement(delegation) }
    given Cause { Refused(refusal), Unsupported(unsupported), Malformed(malformed), Missing(missing), Misuse(message) }
    given Refusal {
        ArbitrarySoftware(facts), Rollback(facts), Freeze(facts), MixAndMatch(facts), EndlessData(facts),
        WrongSoftware(facts), Revoked(facts), EndlessRotation(facts), OtherRootLine(facts),
    }
    given Unsupported { Keys(facts), Hashes(facts), Date(facts), SpecVersion(facts) }
    given Mismatch { Version(numbers), Length(numbers), Digest(algorithm), Unlisted, Replaced }
    given MapRequest { Ask(repository), Found(repositories), NotFound(reason) }
    given MapNotFound { Unmapped, Absent(repositories), Disagreement(facts) }
    given Action {
        Load(file), Get(file), Receive(bytes), Discard(transfer), Keep(file), Write(file), Forget(name), Release(answer),
        Tell(event), Ended(outcome), Await(until),
    }
    given ClientEvent { Accepted(file), Failed(failure) }
    given Outcome {
        Refreshed(report), RefreshFailed(error), Found(found), NotFound(reason), SearchFailed(failure), Verified(transfer),
        TransferFailed(failure),
    }
    given ClientCause { Verdict(cause), Transport(request), MissingTarget(facts), Offline(name), Store(request) }
    taken Response { Bytes(bytes), Absent, Failed(error), Stream(stream), Unreadable }
    taken TransportKind {
        Unusable, Name, Unreachable, Timeout(phase), TooSlow, Tls, Proxy, Read, Protocol, Status(status), Redirect,
    }
}
