//! Machine code, bound to the component that it was compiled from.
//!
//! A file `TRIPLE.cwasm` is the SHA-256 of the component (64 lower-case hexadecimal digits), a line end, and the bytes that
//! Wasmtime wrote. Machine code by itself does not say what it was compiled from: a program would run the code of one
//! component, and name another by its digest.

/// The machine code in such a file; none where it is that of another component, or of nobody knows which.
pub(crate) fn code_of<'a>(component_digest: &str, bound: &'a [u8]) -> Option<&'a [u8]> {
    bound.strip_prefix(component_digest.as_bytes())?.strip_prefix(b"\n")
}
