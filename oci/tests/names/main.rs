//! Tests of `tuf-oci`, one file for each of its jobs.

mod custom;
mod descriptor;
mod hostile_references;
mod references;
mod target_paths;
