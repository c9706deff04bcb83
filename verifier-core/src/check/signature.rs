//! One signature by one key: for those who collect signatures before there is metadata that carries them.

use crate::crypto::{Message, PublicKey};
use crate::failure::KeyProblem;
use crate::role::{KeyDescription, Profile};

/// Whether a key made a signature of a message.
///
/// `key_object` is the key as metadata writes it (4.2.2), in JSON; `signature` is hexadecimal. The answer is the one that
/// the workflow gives for the same signature in metadata. It says nothing of who trusts the key.
///
/// # Errors
/// Why the key is not usable. A text that is no key object is unreadable.
pub fn signs(
    key_object: &[u8],
    message: &[u8],
    signature: &str,
    profile: Profile,
) -> Result<bool, KeyProblem> {
    let description = KeyDescription::read(key_object).ok_or(KeyProblem::Unreadable)?;
    let (key, _) = PublicKey::parse(&description, profile)?;
    Ok(key.verifies(&Message::new(message), signature))
}
