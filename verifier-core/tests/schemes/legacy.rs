//! Keys on elliptic curves as old repositories wrote them: the compatible profile reads them, the strict one says that they
//! are not usable.

use tuf_verifier_core::{KeyProblem, Profile};

use crate::unusable;
use crate::vector::{below, problem, verdict};

/// The signature is right, and counts under the compatible profile alone.
fn accepts(name: &str) {
    assert_eq!(verdict(name, Profile::Compatible), Ok(()));
    assert_eq!(problem(name, Profile::Strict), Some(KeyProblem::OtherForm));
}

/// The signature is wrong, or the key is unusable in every form.
fn rejects(name: &str) {
    let why = unusable::why(name);
    match why {
        Some(why) => assert_eq!(problem(name, Profile::Compatible), Some(why)),
        None => assert_eq!(verdict(name, Profile::Compatible), Err(below(1, 0))),
    }
    assert_eq!(problem(name, Profile::Strict), Some(why.unwrap_or(KeyProblem::OtherForm)));
}

/// The tests of one curve.
macro_rules! legacy {
    ($curve:ident, $name:literal) => {
        pub(crate) mod $curve {
            use super::*;
            /// The vectors that have a test here.
            #[allow(dead_code, reason = "read where every scheme is there")]
            pub(crate) const NAMES: &[&str] = &[
                concat!("legacy_", $name, "_old_type"),
                concat!("legacy_", $name, "_uncompressed"),
                concat!("legacy_", $name, "_compressed"),
                concat!("legacy_", $name, "_new_type"),
                concat!("legacy_", $name, "_flipped_bit"),
                concat!("legacy_", $name, "_off_curve"),
                concat!("legacy_", $name, "_hybrid"),
                concat!("legacy_", $name, "_compact"),
                concat!("legacy_", $name, "_infinity"),
                concat!("legacy_", $name, "_no_point"),
                concat!("legacy_", $name, "_wrong_curve"),
                concat!("legacy_", $name, "_type_of_another_curve"),
                concat!("legacy_", $name, "_one_point_in_three_forms"),
            ];

            #[test]
            fn accepts_a_key_type_that_repeats_the_scheme() {
                accepts(concat!("legacy_", $name, "_old_type"));
            }

            #[test]
            fn accepts_an_uncompressed_point() {
                accepts(concat!("legacy_", $name, "_uncompressed"));
            }

            #[test]
            fn accepts_a_compressed_point() {
                accepts(concat!("legacy_", $name, "_compressed"));
            }

            #[test]
            fn accepts_a_point_under_the_key_type_of_today() {
                accepts(concat!("legacy_", $name, "_new_type"));
            }

            #[test]
            fn rejects_a_flipped_bit() {
                rejects(concat!("legacy_", $name, "_flipped_bit"));
            }

            #[test]
            fn rejects_a_point_off_the_curve() {
                rejects(concat!("legacy_", $name, "_off_curve"));
            }

            #[test]
            fn rejects_a_hybrid_point() {
                rejects(concat!("legacy_", $name, "_hybrid"));
            }

            #[test]
            fn rejects_a_compact_point() {
                rejects(concat!("legacy_", $name, "_compact"));
            }

            #[test]
            fn rejects_the_point_at_infinity() {
                rejects(concat!("legacy_", $name, "_infinity"));
            }

            #[test]
            fn rejects_no_point() {
                rejects(concat!("legacy_", $name, "_no_point"));
            }

            #[test]
            fn rejects_a_point_of_another_curve() {
                rejects(concat!("legacy_", $name, "_wrong_curve"));
            }

            #[test]
            fn rejects_the_key_type_of_another_curve() {
                rejects(concat!("legacy_", $name, "_type_of_another_curve"));
            }

            #[test]
            fn counts_a_point_in_three_forms_once() {
                let name = concat!("legacy_", $name, "_one_point_in_three_forms");
                assert_eq!(verdict(name, Profile::Compatible), Err(below(2, 1)));
                assert_eq!(problem(name, Profile::Strict), Some(KeyProblem::OtherForm));
            }
        }
    };
}

#[cfg(feature = "ecdsa-p256")]
legacy!(p256, "p256");
#[cfg(feature = "ecdsa-p384")]
legacy!(p384, "p384");
#[cfg(feature = "ecdsa-p521")]
legacy!(p521, "p521");
