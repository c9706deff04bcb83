//! Whether a target is what the registry offers.

use tuf_oci::{Descriptor, media_type_of};
use tuf_verifier_host::Target;

/// Why what is offered is not what is listed: a code and words.
pub(crate) type Difference = (&'static str, String);

/// Compares algorithm and digest, size and media type.
///
/// # Errors
/// The first that differs.
pub(crate) fn compare(target: &Target, offered: &Descriptor) -> Result<(), Difference> {
    let algorithm = offered.digest.algorithm().name();
    let path = &target.path;
    let Some(listed) = target.hashes.iter().find(|hash| hash.algorithm == algorithm) else {
        return Err((
            "algorithm-differs",
            format!("{} is offered, {path} lists no {algorithm} digest", offered.digest),
        ));
    };
    if listed.digest != offered.digest.hex() {
        let words = format!("{} is offered, {path} lists {algorithm}:{}", offered.digest, listed.digest);
        return Err(("digest-differs", words));
    }
    if target.length != offered.size {
        let words = format!("{} bytes are offered, {path} lists {}", offered.size, target.length);
        return Err(("size-differs", words));
    }
    match media_type_of(target.custom.as_deref()) {
        Ok(listed) if listed == offered.media_type => Ok(()),
        Ok(listed) => {
            Err(("media-type-differs", format!("{} is offered, {path} lists {listed}", offered.media_type)))
        }
        Err(error) => {
            Err(("media-type-differs", format!("{} is offered, but of {path}: {error}", offered.media_type)))
        }
    }
}
