//! ECDSA with multiples of the points that are kept, for keys that verify many signatures.
//!
//! The arithmetic is that of the crates of the curves, with their complete formulas. Here is only the order of the additions.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "points and scalars are of finite groups: nothing overflows"
)]

use alloc::sync::Arc;
use alloc::vec::Vec;

use elliptic_curve::group::{Curve, Group};
use elliptic_curve::ops::{Invert, Reduce};
use elliptic_curve::point::AffineCoordinates;
use elliptic_curve::{CurveArithmetic, FieldBytes, NonZeroScalar, PrimeField, ProjectivePoint, Scalar};

/// A public key's point, and the generator of its curve.
pub(super) struct PreparedPoint<C: CurveArithmetic> {
    generator: Arc<Multiples<C>>,
    point: Multiples<C>,
}

impl<C: CurveArithmetic> PreparedPoint<C> {
    pub(super) fn new(generator: Arc<Multiples<C>>, point: Multiples<C>) -> Self {
        Self { generator, point }
    }

    /// Whether `r` and `s` are a signature of a digest, which is not longer than the order of the curve.
    ///
    /// # Specification
    /// FIPS 186-5, 6.4.2.
    pub(super) fn verifies(&self, digest: &[u8], (r, s): (NonZeroScalar<C>, NonZeroScalar<C>)) -> bool {
        let mut bytes = FieldBytes::<C>::default();
        for (to, from) in bytes.iter_mut().rev().zip(digest.iter().rev()) {
            *to = *from;
        }
        let inverse = *s.invert_vartime();
        let of_generator = reduced::<C>(&bytes) * inverse;
        let of_point = *r * inverse;
        let sum = self.generator.times(&of_generator) + self.point.times(&of_point);
        // The identity has the coordinate 0, which `r` never is.
        *r == reduced::<C>(&sum.to_affine().x())
    }
}

fn reduced<C: CurveArithmetic>(bytes: &FieldBytes<C>) -> Scalar<C> {
    <Scalar<C> as Reduce<FieldBytes<C>>>::reduce(bytes)
}

/// For every second hexadecimal digit of a scalar, from the lowest: the point times 1 to 8 times the digit's place.
///
/// A scalar is read as hexadecimal digits from −8 to 8. The digits at even places are added up from the table as they are.
/// Those at odd places are added up likewise, and their sum is doubled four times. So a multiplication has two additions a byte
/// and four doublings, where the general one has eight doublings a byte: the doublings are in the table, which costs some
/// 500 operations once.
///
/// The time depends on the scalar. That is safe for the verification of signatures, where nothing is secret.
pub(super) struct Multiples<C: CurveArithmetic>(Vec<[ProjectivePoint<C>; 8]>);

impl<C: CurveArithmetic> Multiples<C> {
    /// The multiples of a point.
    pub(super) fn of(point: ProjectivePoint<C>) -> Self {
        let bytes = Scalar::<C>::NUM_BITS.div_ceil(8);
        let mut base = point;
        let windows = (0..=bytes).map(|_| {
            let mut next = ProjectivePoint::<C>::identity();
            let window = [(); 8].map(|()| {
                next += base;
                next
            });
            base = (0..8).fold(base, |doubled, _| doubled.double());
            window
        });
        Self(windows.collect())
    }

    /// The point times a scalar.
    pub(super) fn times(&self, scalar: &Scalar<C>) -> ProjectivePoint<C> {
        let (mut even, mut odd) = (ProjectivePoint::<C>::identity(), ProjectivePoint::<C>::identity());
        let mut carry = 0;
        let repr = scalar.to_repr();
        let bytes = repr.iter().rev();
        for (window, byte) in self.0.iter().zip(bytes.chain(&[0])) {
            add(&mut even, window, digit(byte & 0xf, &mut carry));
            add(&mut odd, window, digit(byte >> 4, &mut carry));
        }
        (0..4).fold(odd, |doubled, _| doubled.double()) + even
    }
}

/// A hexadecimal digit with what is carried from the one before: from −8 to 7, and what is carried to the next.
fn digit(digit: u8, carry: &mut u8) -> (bool, u8) {
    let sum = digit.saturating_add(*carry);
    *carry = u8::from(sum >= 8);
    if sum >= 8 { (true, 16_u8.saturating_sub(sum)) } else { (false, sum) }
}

/// Adds, or subtracts, this many times the point of a window.
fn add<Point: Group>(sum: &mut Point, window: &[Point; 8], (is_negative, digit): (bool, u8)) {
    let index = usize::from(digit).checked_sub(1);
    if let Some(multiple) = index.and_then(|index| window.get(index)) {
        if is_negative { *sum -= multiple } else { *sum += multiple }
    }
}
