//! What prepared keys have in common.

#[cfg(feature = "ecdsa")]
use {super::multiples::Multiples, alloc::sync::Arc};

/// Tables that belong to no key, each made when it is first needed. A clone shares them.
#[derive(Clone, Default)]
pub(super) struct Tables {
    #[cfg(feature = "ecdsa-p256")]
    p256_generator: Option<Arc<Multiples<p256::NistP256>>>,
    #[cfg(feature = "ecdsa-p384")]
    p384_generator: Option<Arc<Multiples<p384::NistP384>>>,
    #[cfg(feature = "ecdsa-p521")]
    p521_generator: Option<Arc<Multiples<p521::NistP521>>>,
}

/// The multiples of the generator of a curve.
#[cfg(feature = "ecdsa")]
macro_rules! generator {
    ($(#[$attribute:meta])* $name:ident, $curve:ident::$type:ident) => {
        $(#[$attribute])*
        pub(super) fn $name(&mut self) -> Arc<Multiples<$curve::$type>> {
            let generator = || Arc::new(Multiples::of($curve::ProjectivePoint::GENERATOR));
            Arc::clone(self.$name.get_or_insert_with(generator))
        }
    };
}

#[cfg(feature = "ecdsa")]
impl Tables {
    generator! { #[cfg(feature = "ecdsa-p256")] p256_generator, p256::NistP256 }
    generator! { #[cfg(feature = "ecdsa-p384")] p384_generator, p384::NistP384 }
    generator! { #[cfg(feature = "ecdsa-p521")] p521_generator, p521::NistP521 }
}
