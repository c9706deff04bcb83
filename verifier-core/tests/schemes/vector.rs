//! Reading a vector, and what the core says of it.

use std::fs;
use std::path::{Path, PathBuf};

use tuf_verifier_core::{
    Failure, KeyProblem, Profile, Refusal, Settings, UnixTime, Unsupported, UpdateCycle,
};

use crate::unusable;

/// The folder of the vectors.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// Whether the root metadata of a vector has the signatures that it demands.
pub(crate) fn verdict(name: &str, profile: Profile) -> Result<(), Failure> {
    let path = folder().join(format!("{name}.json"));
    let root = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let settings = Settings { profile, ..Settings::default() };
    UpdateCycle::start(&root, UnixTime(1_800_000_000), settings).map(|_| ())
}

/// The refusal of root metadata that demands some signatures and has fewer.
pub(crate) fn below(threshold: u64, valid: u64) -> Failure {
    Failure::Refused(Refusal::ArbitrarySoftware {
        role: "root".into(),
        delegator: "root".into(),
        delegator_version: 1,
        threshold,
        valid,
    })
}

/// The signatures of a vector are right, under each profile.
pub(crate) fn accepts(name: &str) {
    assert_eq!(verdict(name, Profile::Strict), Ok(()));
    assert_eq!(verdict(name, Profile::Compatible), Ok(()));
}

/// No signature of a vector is right, under no profile: an attack, or no usable key.
pub(crate) fn rejects(name: &str) {
    for profile in [Profile::Strict, Profile::Compatible] {
        match unusable::why(name) {
            Some(why) => assert_eq!(problem(name, profile), Some(why), "{profile:?}"),
            None => assert_eq!(verdict(name, profile), Err(below(1, 0)), "{profile:?}"),
        }
    }
}

/// Why the keys of a vector are not usable, if that is why it is not accepted.
pub(crate) fn problem(name: &str, profile: Profile) -> Option<KeyProblem> {
    match verdict(name, profile) {
        Err(Failure::Unsupported(Unsupported::Keys { unusable, .. })) => {
            unusable.first().map(|keys| keys.why)
        }
        _ => None,
    }
}

/// The distinct keys of a vector are fewer than it demands, under each profile.
pub(crate) fn rejects_below(name: &str, threshold: u64, valid: u64) {
    assert_eq!(verdict(name, Profile::Strict), Err(below(threshold, valid)));
    assert_eq!(verdict(name, Profile::Compatible), Err(below(threshold, valid)));
}

/// The tests of one scheme: its vector without a defect, those that are right all the same, and those with a defect.
#[macro_export]
macro_rules! vectors {
    ($module:ident, $scheme:literal, accepts: [$($good:ident),* $(,)?], rejects: [$($bad:ident),* $(,)?] $(,)?) => {
        pub(crate) mod $module {
            /// The vectors that have a test here.
            #[allow(dead_code, reason = "read where every scheme is there")]
            pub(crate) const NAMES: &[&str] = &[
                $scheme,
                $(concat!($scheme, "_", stringify!($good)),)*
                $(concat!($scheme, "_", stringify!($bad)),)*
            ];

            #[test]
            fn accepts() {
                $crate::vector::accepts($scheme);
            }

            mod accepts {
                $(
                    #[test]
                    fn $good() {
                        $crate::vector::accepts(concat!($scheme, "_", stringify!($good)));
                    }
                )*
            }

            mod rejects {
                $(
                    #[test]
                    fn $bad() {
                        $crate::vector::rejects(concat!($scheme, "_", stringify!($bad)));
                    }
                )*
            }
        }
    };
}
