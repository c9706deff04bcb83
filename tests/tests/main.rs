//! The workflow tests.
