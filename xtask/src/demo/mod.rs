//! `cargo xtask demo`.

/// Runs it.
///
/// # Errors
/// None.
pub fn run() -> anyhow::Result<()> {
    Ok(())
}
