//! `cargo xtask bench`: CPU, wall time and memory of three clients on the same repositories.

pub mod measure;

/// Runs it.
///
/// # Errors
/// None.
pub fn run() -> anyhow::Result<()> {
    Ok(())
}
