//! Keys on elliptic curves as old repositories wrote them: the legacy profile takes them, the specification's passes
//! them over.

use tuf_verifier_core::Profile;

use crate::vector::{below, verdict};

/// The signature is right, and counts under the legacy profile alone.
fn accepts(name: &str) {
    assert_eq!(verdict(name, Profile::Legacy), Ok(()));
    assert_eq!(verdict(name, Profile::Specification), Err(below(1, 0)));
}

/// The tests of one curve.
macro_rules! legacy {
    ($curve:ident, $name:literal) => {
        pub(crate) mod $curve {
            use super::*;
            use crate::vector::rejects;

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
                assert_eq!(verdict(name, Profile::Legacy), Err(below(2, 1)));
                assert_eq!(verdict(name, Profile::Specification), Err(below(2, 1)));
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
