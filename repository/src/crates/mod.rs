//! Crates of a cargo registry as targets: index files and `.crate` files.
