//! Signed metadata, and its signatures counted again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::{Signature, VerifyingKey};

use crate::tree::Tree;

/// Signed metadata, read without the verifier.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The signed part.
    pub part: Tree,
    canonical: String,
    /// Keyids and signatures in hexadecimal.
    signatures: Vec<(String, String)>,
    /// What came of comparing a signature, by its number, with a key.
    compared: RefCell<BTreeMap<(usize, [u8; 32]), bool>>,
}

impl Signed {
    /// Bytes become signed metadata. `None` where they are none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let tree = Tree::read(bytes)?;
        let part = tree.get("signed")?.clone();
        let signature = |signature: &Tree| {
            Some((signature.get("keyid")?.text()?.to_owned(), signature.get("sig")?.text()?.to_owned()))
        };
        let signatures = tree.get("signatures")?.items().iter().map(signature).collect::<Option<_>>()?;
        Some(Self { canonical: part.canonical(), part, signatures, compared: RefCell::default() })
    }

    /// The role that the signed part is of.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.part.get("_type")?.text()
    }

    /// The version number.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.part.get("version")?.number()
    }

    /// Whether a threshold of distinct ed25519 keys signed. `role` has `keyids` and `threshold`, `keys` has the keys
    /// by keyid.
    #[must_use]
    pub fn meets(&self, role: &Tree, keys: &Tree) -> bool {
        let threshold = role.get("threshold").and_then(Tree::number).filter(|threshold| *threshold > 0);
        let keyids: Vec<&str> =
            role.get("keyids").map(Tree::items).unwrap_or_default().iter().filter_map(Tree::text).collect();
        let mut signers = BTreeSet::new();
        for (number, (keyid, _)) in self.signatures.iter().enumerate() {
            if keyids.contains(&&**keyid) {
                signers.extend(keys.get(keyid).and_then(|key| self.verified(key, number)));
            }
        }
        threshold.is_some_and(|threshold| signers.len() as u64 >= threshold)
    }

    /// The bytes of a key, where the signature is its own.
    fn verified(&self, key: &Tree, number: usize) -> Option<[u8; 32]> {
        if [key.get("keytype")?.text()?, key.get("scheme")?.text()?] != ["ed25519"; 2] {
            return None;
        }
        let public: [u8; 32] = bytes(key.get("keyval")?.get("public")?.text()?)?.try_into().ok()?;
        let compare = || self.compare(&public, number).is_some();
        let same = *self.compared.borrow_mut().entry((number, public)).or_insert_with(compare);
        same.then_some(public)
    }

    fn compare(&self, public: &[u8; 32], number: usize) -> Option<()> {
        let (_, signature) = self.signatures.get(number)?;
        let signature = Signature::from_slice(&bytes(signature)?).ok()?;
        let key = VerifyingKey::from_bytes(public).ok()?;
        key.verify_strict(self.canonical.as_bytes(), &signature).ok()
    }
}

/// Hexadecimal digits become bytes.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}
