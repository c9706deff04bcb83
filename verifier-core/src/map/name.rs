//! Names of repositories, which are names of folders.

/// Characters of a name.
const LONGEST: usize = 100;

/// Names that some systems take for a device, whatever follows the first dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Whether a name is that of one folder, below the folder that it is joined to, on every system: ASCII letters and digits,
/// spaces, `.`, `-` and `_`, neither a space nor a dot at either end, and no device.
pub(super) fn is_safe(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b" .-_".contains(&byte);
    let edge = [' ', '.'];
    (1..=LONGEST).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with(edge)
        && !name.ends_with(edge)
        && !is_device(name)
}

/// Whether a name, up to its first dot and without the spaces before it, is a device's.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered =
        matches!(stem.as_bytes(), [b'c', b'o', b'm', b'0'..=b'9'] | [b'l', b'p', b't', b'0'..=b'9']);
    numbered || DEVICES.contains(&&*stem)
}
