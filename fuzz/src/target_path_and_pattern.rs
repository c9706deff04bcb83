//! Target paths and path patterns: a pattern on the first line, a path on the second.

use std::path::{Component, Path};

use tuf_verifier_core::{is_safe_path, path_pattern_covers};

use crate::glob;

/// A path is safe where the standard library finds nothing in it but names, and nowhere else; a pattern covers what
/// a slow matcher says.
///
/// # Panics
/// Where that does not hold for this input.
pub fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (pattern, path) = text.split_once('\n').unwrap_or((text, text));
    for path in [pattern, path] {
        assert_eq!(is_safe_path(path), safe(path), "{path:?}");
    }
    assert_eq!(path_pattern_covers(pattern, path), glob::covers(pattern, path), "{pattern:?} and {path:?}");
}

fn safe(path: &str) -> bool {
    let names = Path::new(path).components().map(|component| match component {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    // What the standard library leaves out, such as an empty segment, is missing here.
    let rebuilt = names.collect::<Option<Vec<_>>>().map(|names| names.join("/"));
    let plain = |character: char| character != '\\' && !character.is_control();
    !path.is_empty() && rebuilt.as_deref() == Some(path) && path.chars().all(plain)
}
