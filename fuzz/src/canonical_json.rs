//! Any bytes through `canonicalize`.

use tuf_verifier_core::canonicalize;

use crate::tree::Tree;

/// Text is accepted where another parser finds JSON of the strict subset, and nowhere else; its canonical form is
/// that of the other parser's tree; canonical text is its own canonical form, unless a string has control
/// characters, which canonical JSON writes as they are.
///
/// # Panics
/// Where that does not hold for this input.
pub fn check(input: &[u8]) {
    let tree = Tree::read(input);
    match (canonicalize(input), &tree) {
        (Ok(canonical), Some(tree)) => {
            assert_eq!(canonical, tree.canonical(), "another canonical form");
            if !tree.has_control_characters() {
                assert_eq!(canonicalize(canonical.as_bytes()).as_ref(), Ok(&canonical), "not idempotent");
            }
        }
        (Err(malformed), None) => {
            let offset = malformed.offset.expect("malformed text is malformed at one place");
            assert!(offset <= input.len(), "the place {offset} is outside of the text");
        }
        (Ok(canonical), None) => panic!("accepted, and no JSON of the strict subset: {canonical}"),
        (Err(malformed), Some(tree)) => panic!("{malformed:?}, and JSON of the strict subset: {tree:?}"),
    }
}
